/* plan.h - the topics that this release wants, and how they must be set.
 *
 * raw.<system>.<noun>.v1 for each mapping file, the entities' topics from the
 * model, the status events and the dead letters. */
#ifndef FLEETCTL_PLAN_H
#define FLEETCTL_PLAN_H

#include "ctl.h"

struct plan {
	struct kafka_topic_plan *topics; /* the command's arena */
	int count;
};

/* `partitions`: 0 = 32 for raw topics and 8 for the others. */
bool plan_topics(struct ctl *ctl, int32_t partitions, struct plan *out,
		 struct err *err) MUST_CHECK;

/* The topic among `topics`; NULL if there is none. */
const struct kafka_topic *plan_find(const struct kafka_topic *topics, int count,
				    const char *name);

/* What is not as the plan has it, one sentence in the arena; NULL: all is
 * well. False: the broker could not be asked. */
bool plan_differs(struct ctl *ctl, const struct kafka_topic_plan *topic,
		  const char **what, struct err *err) MUST_CHECK;

#endif
