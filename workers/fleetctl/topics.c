/* topics.c - `fleetctl topics`: what is missing is made. */
#include <poll.h>

#include "base/clock.h"
#include "commands.h"
#include "plan.h"

enum { SETTLE_US = 10000000 };

const struct option topics_options[] = {
	{"partitions", "N",
	 "of the topics that are made (32 for raw topics, 8 for the others)"},
	{"replicas", "N", "copies of each (as the cluster has it)"},
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"topic", NULL, COLUMN_TEXT}, {"partitions", NULL, COLUMN_NUMBER},
	{"state", NULL, COLUMN_TEXT}, {"differs", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

/* Those of the plan that the cluster does not have, at the front. */
static int missing(const struct plan *plan, const struct kafka_topic *there,
		   int there_count, int64_t replicas,
		   struct kafka_topic_plan *out)
{
	int count = 0;

	for (int i = 0; i < plan->count; i++) {
		if (plan_find(there, there_count, plan->topics[i].name))
			continue;
		out[count] = plan->topics[i];
		out[count++].replicas = (int32_t)replicas;
	}
	return count;
}

/* True when one that was there is set otherwise. */
static bool add_row(struct ctl *ctl, struct table *t,
		    const struct kafka_topic_plan *plan,
		    const struct kafka_topic *there, int *findings)
{
	const char *differs = NULL;

	if (there && !plan_differs(ctl, plan, &differs, &ctl->err))
		return false;
	*findings += differs != NULL;
	table_cstr(t, plan->name);
	table_number(t, there ? there->partitions : plan->partitions);
	table_cstr(t, differs		 ? "differs"
		      : there		 ? "there"
		      : ctl_dry_run(ctl) ? "would be made"
					 : "made");
	table_cstr(t, differs);
	return true;
}

static int show(struct ctl *ctl, const struct plan *plan,
		const struct kafka_topic *there, int there_count)
{
	struct table t;
	int findings = 0;
	bool ok = true;

	table_init(&t, columns);
	for (int i = 0; ok && i < plan->count; i++)
		ok = add_row(
			ctl, &t, &plan->topics[i],
			plan_find(there, there_count, plan->topics[i].name),
			&findings);
	if (ok)
		ctl_show(ctl, &t, "no topics are wanted");
	table_release(&t);
	if (!ok)
		return ctl_fail(ctl);
	if (findings && !ctl->args.json)
		printf("\n%d set otherwise than Flotilla wants: mend them "
		       "with kafka-configs.sh --alter --entity-type topics\n",
		       findings);
	return findings ? CTL_FINDINGS : CTL_DONE;
}

/* A broker tells of a new topic a moment after it has said yes. */
static bool await_topics(struct ctl *ctl, const struct plan *plan)
{
	int64_t until = clock_mono_us() + SETTLE_US;
	struct kafka_topic_plan *left =
		ARENA_ARRAY(&ctl->arena, struct kafka_topic_plan, plan->count);
	struct kafka_topic *there;
	int count;

	do {
		if (!kafka_admin_topics(ctl->admin, &ctl->arena, &there, &count,
					&ctl->err))
			return false;
		if (!missing(plan, there, count, -1, left))
			return true;
		poll(NULL, 0, 50);
	} while (clock_mono_us() < until);
	return err_set(&ctl->err, ERR_TEMPORARY,
		       "topic %s was made but is not there yet: run it again",
		       left[0].name);
}

int cmd_topics(struct ctl *ctl)
{
	int64_t partitions, replicas;
	struct kafka_topic_plan *plans;
	struct kafka_topic *there;
	struct plan plan;
	int count, there_count;

	if (!args_number(&ctl->args, "partitions", 1, 10000, 0, &partitions,
			 &ctl->err) ||
	    !args_number(&ctl->args, "replicas", 1, 100, -1, &replicas,
			 &ctl->err))
		return ctl_usage(ctl);
	if (!plan_topics(ctl, (int32_t)partitions, &plan, &ctl->err) ||
	    !ctl_admin(ctl) ||
	    !kafka_admin_topics(ctl->admin, &ctl->arena, &there, &there_count,
				&ctl->err))
		return ctl_fail(ctl);
	plans = ARENA_ARRAY(&ctl->arena, struct kafka_topic_plan, plan.count);
	count = missing(&plan, there, there_count, replicas, plans);
	if (!kafka_admin_create(ctl->admin, plans, count, ctl_dry_run(ctl),
				&ctl->err) ||
	    (count && !ctl_dry_run(ctl) && !await_topics(ctl, &plan)))
		return ctl_fail(ctl);
	return show(ctl, &plan, there, there_count);
}
