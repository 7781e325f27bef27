/* kafka_admin.h - what tools ask a broker: topics, their settings, offsets.
 *
 * Every call waits, up to the handle's deadline, and belongs into fleetctl,
 * never into a worker's loop. Errors of the broker are TEMPORARY when the
 * broker may be away and FATAL when it has refused. Not thread-safe. */
#ifndef FLOTILLA_IO_KAFKA_ADMIN_H
#define FLOTILLA_IO_KAFKA_ADMIN_H

#include "base/arena.h"
#include "io/kafka.h"

struct kafka_admin;

/* Connects when first used. FATAL: a property is refused. */
struct kafka_admin *kafka_admin_new(const struct kafka_property *props,
				    int64_t timeout_ms,
				    struct err *err) MUST_CHECK;
void kafka_admin_free(struct kafka_admin *admin);

struct kafka_topic {
	const char *name;
	int32_t partitions;
	int32_t replicas;
};

/* All topics of the cluster but its own ("__..."), sorted by name. */
bool kafka_admin_topics(struct kafka_admin *admin, struct arena *arena,
			struct kafka_topic **out, int *count,
			struct err *err) MUST_CHECK;

/* How many brokers there are. */
bool kafka_admin_brokers(struct kafka_admin *admin, int *count,
			 struct err *err) MUST_CHECK;

/* Low and high watermarks; -1: no answer for that partition. */
bool kafka_admin_watermarks(struct kafka_admin *admin,
			    const struct kafka_partition *partitions, int count,
			    int64_t *low, int64_t *high,
			    struct err *err) MUST_CHECK;

/* For each partition the first offset at or after that time, and the end of
 * the partition when there is none. */
bool kafka_admin_offsets_at(struct kafka_admin *admin,
			    const struct kafka_partition *partitions, int count,
			    int64_t time_us, int64_t *offsets,
			    struct err *err) MUST_CHECK;

struct kafka_topic_plan {
	const char *name;
	int32_t partitions;
	int32_t replicas; /* -1: as the cluster has it */
	const struct kafka_property *settings;
};

/* Makes topics; those that are there already are left as they are. `dry_run`:
 * the broker only checks. */
bool kafka_admin_create(struct kafka_admin *admin,
			const struct kafka_topic_plan *plans, int count,
			bool dry_run, struct err *err) MUST_CHECK;

/* One setting of a topic as the broker has it, in the arena; NULL when it has
 * none of that name. `names` are NULL-terminated, so is `values`. */
bool kafka_admin_settings(struct kafka_admin *admin, const char *topic,
			  const char *const *names, struct arena *arena,
			  const char **values, struct err *err) MUST_CHECK;

/* Removes a group that nobody is a member of, with its offsets. */
bool kafka_admin_delete_group(struct kafka_admin *admin, const char *group,
			      struct err *err) MUST_CHECK;

#endif
