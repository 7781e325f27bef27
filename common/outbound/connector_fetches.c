/* connector_fetches.c - what is fetched from a system, and from when on. */
#include "mapping/findings.h"
#include "outbound/connector_loading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const fetch_keys[] = {
	"description", "operation", "topic", "records", "watermark", "every_s",
};

/* {"time": rule, "overlap_s": 120} or {"integer": rule, "overlap": 100} */
static const struct {
	const char *keys[2];
	enum watermark kind;
	int64_t unit; /* of the overlap */
} watermarks[] = {
	{{"time", "overlap_s"}, WATERMARK_TIME, 1000},
	{{"integer", "overlap"}, WATERMARK_INTEGER, 1},
};

static void load_overlap(struct loading *l, struct fetch *fetch, uint32_t at,
			 size_t which)
{
	const char *key = watermarks[which].keys[1];
	uint32_t overlap = member(l->c, at, key);
	int64_t value = 0;

	if (!overlap)
		finding(l->c, at,
			"needs \"%s\": changes become visible later than "
			"they say",
			key);
	else if (want_int(l->c, overlap, key, &value) &&
		 (value < 0 || value > 31536000))
		finding(l->c, overlap, "\"%s\" is 0 to 31536000", key);
	fetch->said.overlap = value * watermarks[which].unit;
}

/* The record is the scope: its rule is compiled within the loop. */
static void record_within(struct compiler *c, struct loop *loop, uint32_t at,
			  void *ctx)
{
	struct fetch *fetch = ctx;
	uint32_t watermark = member(c, at, "watermark");

	(void)loop;
	for (size_t i = 0; watermark && i < COUNT(watermarks); i++) {
		uint32_t rule = member(c, watermark, watermarks[i].keys[0]);

		if (!rule)
			continue;
		check_keys(c, watermark, "\"watermark\"", watermarks[i].keys,
			   2);
		fetch->said.watermark = watermarks[i].kind;
		fetch->watermark = compile_rule(c, rule);
		return;
	}
	if (watermark)
		finding(c, watermark,
			"\"watermark\" is {\"time\": rule, \"overlap_s\": "
			"...} or {\"integer\": rule, \"overlap\": ...}");
}

/* "raw.<system>.<noun>.v1" */
static bool is_raw_topic(struct str topic)
{
	unsigned dots = 0;

	for (size_t i = 0; i < topic.len; i++) {
		char c = topic.at[i];

		if (c == '.' && (topic.at[i - 1] == '.' || i + 1 == topic.len))
			return false;
		dots += c == '.';
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '-' && c != '_')
			return false;
	}
	return str_starts(topic, STR("raw.")) && dots == 3 && topic.len < 200;
}

static void check_fetch(struct loading *l, const struct fetch *fetch,
			uint32_t at)
{
	const struct connector_fetch *said = &fetch->said;

	if (!said->operation)
		finding(l->c, at, "needs \"operation\"");
	else if (!said->operation->repeats_safely)
		finding(l->c, at,
			"\"%s\" is not safe to repeat: a fetch must "
			"change nothing",
			said->operation->name);
	if (!is_raw_topic(said->topic))
		finding(l->c, at,
			"needs \"topic\": \"raw.<system>.<noun>.v1\"");
	if (said->watermark && !said->every_ms)
		finding(l->c, at,
			"a \"watermark\" is of use with \"every_s\" alone");
}

static void load_every(struct loading *l, struct fetch *fetch, uint32_t at)
{
	uint32_t every = member(l->c, at, "every_s");
	int64_t seconds = 0;

	if (every && want_int(l->c, every, "\"every_s\"", &seconds) &&
	    (seconds < 1 || seconds > 31536000))
		finding(l->c, every, "\"every_s\" is 1 to 31536000");
	fetch->said.every_ms = seconds * 1000;
}

static void load_fetch(struct loading *l, struct fetch *fetch, uint32_t at)
{
	const unsigned before = l->c->findings->count;
	uint32_t topic = member(l->c, at, "topic"),
		 records = member(l->c, at, "records"),
		 watermark = member(l->c, at, "watermark");

	fetch->said.name = l->c->doc->nodes[at].name;
	if (l->c->doc->nodes[at].kind != JSON_OBJECT || !records) {
		finding(l->c, at,
			"a fetch is {\"operation\": ..., \"topic\": ..., "
			"\"records\": pointer, \"watermark\": ..., "
			"\"every_s\": ...}");
		return;
	}
	check_keys(l->c, at, "a fetch", fetch_keys, COUNT(fetch_keys));
	fetch->said.operation = load_operation_ref(l, at, "operation");
	fetch->records = compile_loop(l->c, at, records, record_within, fetch);
	if (fetch->said.watermark)
		load_overlap(l, fetch, watermark,
			     fetch->said.watermark == WATERMARK_INTEGER);
	load_every(l, fetch, at);
	if (topic)
		(void)!want_text(l->c, topic, "\"topic\"", &fetch->said.topic);
	if (l->c->findings->count == before)
		check_fetch(l, fetch, at);
}

void load_fetches(struct loading *l)
{
	const struct json_node *nodes = l->c->doc->nodes;
	struct connector *connector = l->connector;
	uint32_t at = member(l->c, 0, "fetches");

	if (!at)
		return;
	if (nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at, "\"fetches\" is an object");
		return;
	}
	connector->fetches =
		ARENA_ARRAY(l->c->arena, struct fetch, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!is_comment(nodes[i].name))
			load_fetch(
				l,
				&connector->fetches[connector->fetch_count++],
				i);
}
