/* kafka_consumer.h - a consumer that never blocks the loop.
 *
 * It hands out one message at a time and *asks* before a rebalance happens:
 * KAFKA_ASSIGNED and KAFKA_REVOKED are events that the loop answers, when it
 * is ready, with kafka_assign() or kafka_unassign(). Partitions start at the
 * offset that the lane names; nothing is stored or reset by Kafka. */
#ifndef FLOTILLA_IO_KAFKA_CONSUMER_H
#define FLOTILLA_IO_KAFKA_CONSUMER_H

#include "io/kafka.h"

enum kafka_event_kind {
	KAFKA_NOTHING,
	KAFKA_MESSAGE,	    /* `message` is yours to free */
	KAFKA_ASSIGNED,	    /* `partitions`; answer with kafka_assign() */
	KAFKA_REVOKED,	    /* answer with kafka_unassign(); `lost`: at once */
	KAFKA_END,	    /* of `topic`, `partition`, at `offset` */
	KAFKA_OUT_OF_RANGE, /* the lane's offset is not there any more */
	KAFKA_TROUBLE,	    /* `err`: TEMPORARY for logs, FATAL = exit */
};

enum { KAFKA_PARTITIONS_MAX = 1024 };

struct kafka_event {
	enum kafka_event_kind kind;
	struct kafka_message message;
	const struct kafka_partition *partitions; /* until the next poll */
	int partition_count;
	bool lost;
	const char *topic;
	int32_t partition;
	int64_t offset;
	struct err err;
};

struct kafka_consumer;

/* `topics`: names, or patterns that begin with ^; NULL-terminated. FATAL when
 * a property is refused. */
struct kafka_consumer *kafka_consumer_new(const struct kafka_property *props,
					  const char *group,
					  const char *const *topics,
					  struct err *err) MUST_CHECK;

/* Leaves the group; gives up after the deadline (it can hang). */
void kafka_consumer_close(struct kafka_consumer *c, int64_t timeout_ms);

/* Readable when kafka_poll() may have something. */
int kafka_consumer_fd(const struct kafka_consumer *c);

/* Never waits. */
void kafka_poll(struct kafka_consumer *c, struct kafka_event *event);

/* Replaces all that is assigned; an empty list keeps the membership and
 * fetches nothing. */
bool kafka_assign(struct kafka_consumer *c,
		  const struct kafka_partition *partitions, int count,
		  struct err *err) MUST_CHECK;
void kafka_unassign(struct kafka_consumer *c);

/* Whether the group has given our partitions to somebody else. */
bool kafka_assignment_lost(const struct kafka_consumer *c);

/* Tells the group's offsets, for lag tools alone; does not wait. */
void kafka_advise_offsets(struct kafka_consumer *c,
			  const struct kafka_partition *next, int count);

/* Low and high watermarks of all, in one question to each broker. Waits up to
 * the deadline: the one call here that may. low/high[i] = -1: no answer for
 * that partition. TEMPORARY. */
bool kafka_watermarks(struct kafka_consumer *c,
		      const struct kafka_partition *partitions, int count,
		      int64_t *low, int64_t *high, int64_t timeout_ms,
		      struct err *err) MUST_CHECK;

/* The high watermark as the last fetch reported it; -1: not yet known. */
int64_t kafka_high_seen(struct kafka_consumer *c, const char *topic,
			int32_t partition);

#endif
