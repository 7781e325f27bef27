/* plan.c - topics from mappings and from the model. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"
#include "run/mappings.h"
#include "store/heads.h"
#include "store/retell.h"

enum {
	RAW_PARTITIONS = 32,
	OTHER_PARTITIONS = 8,
	PLANS_MAX = 512,
	SETTINGS = 3,
};

static const struct head_kind *const kinds[] = {&status_heads, &stock_heads,
						&case_heads};

/* What a kind of topic wants; NULL: as the broker has it. */
struct kind {
	const char *cleanup;
	const char *timestamps;
};

/* A raw topic's timestamps are the broker's: ranks are made of them. */
static const struct kind raw_kind = {NULL, "LogAppendTime"};
static const struct kind entity_kind = {"compact", NULL};
static const struct kind event_kind = {"delete", NULL};

static void add(struct ctl *ctl, struct plan *plan, const char *name,
		int32_t partitions, struct kind kind)
{
	struct kafka_property *s =
		ARENA_ARRAY(&ctl->arena, struct kafka_property, SETTINGS + 1);
	int64_t bytes = ctl->settings.message_bytes + SETTINGS_SLACK_BYTES;
	int n = 0;

	if (plan->count == PLANS_MAX)
		return;
	if (kind.cleanup)
		s[n++] =
			(struct kafka_property){"cleanup.policy", kind.cleanup};
	if (kind.timestamps)
		s[n++] = (struct kafka_property){"message.timestamp.type",
						 kind.timestamps};
	s[n++] = (struct kafka_property){
		"max.message.bytes",
		arena_printf(&ctl->arena, "%lld", (long long)bytes).at};
	plan->topics[plan->count++] = (struct kafka_topic_plan){
		.name = name,
		.partitions = partitions,
		.replicas = -1,
		.settings = s,
	};
}

bool plan_topics(struct ctl *ctl, int32_t partitions, struct plan *out,
		 struct err *err)
{
	int32_t raw = partitions ? partitions : RAW_PARTITIONS;
	int32_t other = partitions ? partitions : OTHER_PARTITIONS;
	struct mappings mappings;

	out->count = 0;
	out->topics =
		ARENA_ARRAY(&ctl->arena, struct kafka_topic_plan, PLANS_MAX);
	if (!mappings_load(&mappings, ctl->settings.schemas_dir, NULL, err))
		return false;
	for (int i = 0; i < mappings.count; i++)
		add(ctl, out,
		    arena_printf(&ctl->arena, "raw.%s.%s.v1",
				 mapping_system(mappings.items[i]),
				 mapping_noun(mappings.items[i]))
			    .at,
		    raw, raw_kind);
	mappings_release(&mappings);
	for (int i = 0; model_entities[i]; i++)
		if (model_entities[i]->topic)
			add(ctl, out, model_entities[i]->topic, other,
			    entity_kind);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		for (const char *const *topic = kinds[i]->topics; *topic;
		     topic++)
			add(ctl, out, *topic, other, event_kind);
	add(ctl, out, dead_letter_topic, other, event_kind);
	return true;
}

const struct kafka_topic *plan_find(const struct kafka_topic *topics, int count,
				    const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(topics[i].name, name))
			return &topics[i];
	return NULL;
}

bool plan_differs(struct ctl *ctl, const struct kafka_topic_plan *topic,
		  const char **what, struct err *err)
{
	const char *names[SETTINGS + 1] = {0}, *values[SETTINGS + 1] = {0};
	const struct kafka_property *want = topic->settings;
	struct buf text;

	for (int i = 0; want[i].name; i++)
		names[i] = want[i].name;
	if (!kafka_admin_settings(ctl->admin, topic->name, names, &ctl->arena,
				  values, err))
		return false;
	buf_init(&text, 4096);
	for (int i = 0; want[i].name; i++) {
		bool number = strspn(want[i].value, "0123456789") ==
			      strlen(want[i].value);

		/* more room than is wanted does no harm */
		if (values[i] &&
		    (number ? atoll(values[i]) >= atoll(want[i].value)
			    : !strcmp(values[i], want[i].value)))
			continue;
		buf_printf(&text, "%s%s is %s and should be %s",
			   text.len ? ", " : "", want[i].name,
			   values[i] ? values[i] : "not set", want[i].value);
	}
	*what = text.len ? arena_cstr(&ctl->arena, buf_view(&text)) : NULL;
	buf_release(&text);
	return true;
}
