/* doctor_broker.c - Kafka: whether it answers, has the topics, and tells the
 * time. */
#include <string.h>

#include "base/clock.h"
#include "doctor.h"
#include "plan.h"

enum { FUTURE_US = 2000000 };

static void check_topics(struct doctor *d, const struct plan *plan,
			 const struct kafka_topic *there, int count)
{
	int missing = 0, differing = 0;

	for (int i = 0; i < plan->count; i++) {
		const struct kafka_topic_plan *topic = &plan->topics[i];
		const char *differs;

		if (!plan_find(there, count, topic->name)) {
			missing++;
			doctor_say(d, VERDICT_BAD, "topic", "fleetctl topics",
				   "%s is missing", topic->name);
		} else if (!plan_differs(d->ctl, topic, &differs,
					 &d->ctl->err)) {
			doctor_failed(d, "topic", "may we describe topics?");
			return;
		} else if (differs) {
			differing++;
			doctor_say(d, VERDICT_BAD, "topic",
				   "kafka-configs.sh --alter --entity-type "
				   "topics",
				   "%s: %s", topic->name, differs);
		}
	}
	if (!missing && !differing)
		doctor_say(d, VERDICT_OK, "topics", NULL,
			   "%d are there, set as they should be", plan->count);
}

/* A raw message from the future: its broker's clock is ahead of ours, and
 * ranks are made of its timestamps. */
static void check_future(struct doctor *d, const struct kafka_topic *topics,
			 int count)
{
	struct ctl *ctl = d->ctl;
	int64_t at_us = clock_now_us() + FUTURE_US;
	int ahead = 0;

	for (int i = 0; i < count; i++) {
		int n = topics[i].partitions;
		struct kafka_partition *at =
			ARENA_ARRAY(&ctl->arena, struct kafka_partition, n + 1);
		int64_t *low = ARENA_ARRAY(&ctl->arena, int64_t, n + 1);
		int64_t *high = ARENA_ARRAY(&ctl->arena, int64_t, n + 1);
		int64_t *first = ARENA_ARRAY(&ctl->arena, int64_t, n + 1);

		if (strncmp(topics[i].name, "raw.", 4) != 0)
			continue;
		for (int p = 0; p < n; p++)
			at[p] = (struct kafka_partition){topics[i].name, p, -1};
		if (!kafka_admin_offsets_at(ctl->admin, at, n, at_us, first,
					    &ctl->err) ||
		    !kafka_admin_watermarks(ctl->admin, at, n, low, high,
					    &ctl->err)) {
			doctor_failed(d, "broker clock",
				      "see whether the brokers are well");
			return;
		}
		for (int p = 0; p < n; p++)
			ahead += first[p] < high[p];
	}
	if (ahead)
		doctor_say(d, VERDICT_WARN, "broker clock",
			   "compare the clocks (chronyc tracking): ranks are "
			   "made of the brokers' timestamps",
			   "%d partitions have messages of the future", ahead);
	else
		doctor_say(d, VERDICT_OK, "broker clock", NULL,
			   "no message is ahead of this machine's clock");
}

void doctor_broker(struct doctor *d)
{
	struct ctl *ctl = d->ctl;
	struct kafka_topic *there;
	struct plan plan;
	int count, brokers;

	if (!ctl_admin(ctl) ||
	    !kafka_admin_brokers(ctl->admin, &brokers, &ctl->err) ||
	    !kafka_admin_topics(ctl->admin, &ctl->arena, &there, &count,
				&ctl->err)) {
		doctor_failed(d, "broker",
			      "is Kafka up, and is "
			      "KAFKA_BOOTSTRAP_SERVERS right?");
		return;
	}
	d->broker = true;
	doctor_say(d, VERDICT_OK, "broker", NULL, "%d brokers, %d topics",
		   brokers, count);
	if (plan_topics(ctl, 0, &plan, &ctl->err))
		check_topics(d, &plan, there, count);
	else
		doctor_failed(d, "topics", "mend the mapping files first");
	check_future(d, there, count);
}
