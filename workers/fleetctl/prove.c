/* prove.c - `fleetctl prove`: is every message accounted for?
 *
 * The CHECK on the lane row says that each offset below next_offset has one
 * fate. Here is what lies outside it: Kafka's own watermarks, the dead letters
 * that a lane counts, outputs that nobody has acknowledged. */
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "commands.h"
#include "lanes.h"
#include "plan.h"
#include "json/writer.h"

enum { LOOK_MS = 200 };

const struct option prove_options[] = {
	{"group", "GROUP", "only this consumer group"},
	{"wait", "SECONDS", "how long the fleet may take to settle (10)"},
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"group", NULL, COLUMN_TEXT},
	{"topic", NULL, COLUMN_TEXT},
	{"partition", "part", COLUMN_NUMBER},
	{"from_offset", "from", COLUMN_NUMBER},
	{"next_offset", "next", COLUMN_NUMBER},
	{"end", NULL, COLUMN_NUMBER},
	{"counted", NULL, COLUMN_NUMBER},
	{"dead", NULL, COLUMN_NUMBER},
	{"letters", NULL, COLUMN_NUMBER},
	{"outputs", NULL, COLUMN_NUMBER},
	{"findings", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

/* What stands beside a lane's row. */
struct beside {
	int64_t letters; /* dead letters of its ledger */
	int64_t outputs; /* not acknowledged; healing ones left out */
};

struct proof {
	struct lane_list lanes;
	struct beside *beside; /* one per lane */
	int64_t loose_outputs; /* of no lane */
	const char *missing;   /* topics with partitions that nobody claims */
	int findings;
};

/* A partition without a lane is one that nobody reads. */
static bool find_missing(struct ctl *ctl, struct proof *p)
{
	struct kafka_topic *topics;
	struct buf text;
	int count, i = 0;

	if (!kafka_admin_topics(ctl->admin, &ctl->arena, &topics, &count,
				&ctl->err))
		return false;
	buf_init(&text, 65536);
	while (i < p->lanes.count) {
		const struct lane_row *l = &p->lanes.rows[i];
		const struct kafka_topic *topic =
			plan_find(topics, count, l->topic);
		int lanes = 0;

		for (; i < p->lanes.count &&
		       !strcmp(p->lanes.rows[i].topic, l->topic) &&
		       !strcmp(p->lanes.rows[i].group, l->group);
		     i++)
			lanes++;
		if (topic && topic->partitions > lanes && l->until < 0)
			buf_printf(&text,
				   "%s has claimed %d of the %d partitions of "
				   "%s\n",
				   l->group, lanes, topic->partitions,
				   l->topic);
	}
	if (!p->lanes.count && args_flag(&ctl->args, "group"))
		buf_printf(&text, "the group %s has no lanes\n",
			   args_value(&ctl->args, "group"));
	p->missing = text.len ? arena_cstr(&ctl->arena, buf_view(&text)) : NULL;
	buf_release(&text);
	return true;
}

/* Both counts and the rows in one snapshot: a running worker moves them
 * together, in one transaction. */
static bool read_all(struct ctl *ctl, struct proof *p)
{
	const char *group = args_value(&ctl->args, "group");
	struct pg_table t;
	bool ok;

	if (!ctl_pg(ctl) ||
	    !pg_script(ctl->pg, "BEGIN ISOLATION LEVEL REPEATABLE READ",
		       &ctl->err) ||
	    !lanes_read(ctl, group, NULL, &p->lanes))
		return false;
	ok = pg_query(
		ctl->pg,
		"SELECT l.lane_id, (SELECT count(*) FROM dead_letter d WHERE "
		"d.consumer_group = l.consumer_group AND d.topic = l.topic AND "
		"d.partition = l.partition AND d.counted AND "
		"d.stage <> 'publish' AND d.log_offset >= l.from_offset AND "
		"d.log_offset < l.next_offset), "
		"(SELECT count(*) FROM output o WHERE o.lane_id = l.lane_id "
		"AND o.keep_until IS NULL), "
		"(SELECT count(*) FROM output WHERE lane_id IS NULL) "
		"FROM lane l WHERE $1::text IS NULL OR l.consumer_group = $1 "
		"ORDER BY l.consumer_group, l.topic, l.partition",
		1, &group, &t, &ctl->err);
	ctl_undo(ctl);
	if (!ok)
		return false;
	p->beside = ARENA_ARRAY(&ctl->arena, struct beside, p->lanes.count + 1);
	for (int i = 0; i < p->lanes.count && i < pg_table_rows(&t); i++) {
		p->beside[i].letters = pg_number(&t, i, 1);
		p->beside[i].outputs = pg_number(&t, i, 2);
		p->loose_outputs = pg_number(&t, i, 3);
	}
	pg_table_release(&t);
	return lanes_watermarks(ctl, &p->lanes) && find_missing(ctl, p);
}

static int64_t counted(const struct lane_row *l)
{
	int64_t sum = 0;

	for (int i = 0; i < FATE_COUNT; i++)
		sum += l->counts[i];
	return sum;
}

static int64_t end_of(const struct lane_row *l)
{
	return l->until >= 0 ? l->until : l->high;
}

static void find(struct buf *text, int *findings, const char *what)
{
	buf_printf(text, "%s%s", text->len ? "; " : "", what);
	(*findings)++;
}

#define FIND(condition, ...)                                                   \
	do {                                                                   \
		if (condition) {                                               \
			snprintf(line, sizeof(line), __VA_ARGS__);             \
			find(text, findings, line);                            \
		}                                                              \
	} while (0)

/* What is not as it should be with one lane. */
static void judge(const struct lane_row *l, const struct beside *b,
		  struct buf *text, int *findings)
{
	int64_t end = end_of(l);
	char line[512];

	FIND(l->next - l->from != counted(l),
	     "the ledger does not balance: %lld offsets, %lld counted",
	     (long long)(l->next - l->from), (long long)counted(l));
	FIND(l->halted, "halted: %s (fleetctl lane skip|reset)", l->halted);
	FIND(l->high < 0, "Kafka has no such partition");
	FIND(end >= 0 && l->next < end, "%lld offsets are waiting",
	     (long long)(end - l->next));
	FIND(l->high >= 0 && l->next > l->high,
	     "beyond the topic's end: was it made anew?");
	FIND(l->high >= 0 && l->until < 0 && l->next < l->low,
	     "the topic begins at %lld: messages are gone unread",
	     (long long)l->low);
	FIND(l->counts[FATE_DEAD] != b->letters,
	     "%lld dead, but %lld dead letters",
	     (long long)l->counts[FATE_DEAD], (long long)b->letters);
	FIND(b->outputs, "%lld outputs are not acknowledged",
	     (long long)b->outputs);
	FIND(l->strikes, "%lld owners died at its next offset",
	     (long long)l->strikes);
}

static int count_findings(struct proof *p)
{
	struct buf text;

	p->findings = (p->loose_outputs > 0) + (p->missing != NULL);
	for (int i = 0; i < p->lanes.count; i++) {
		buf_init(&text, 4096);
		judge(&p->lanes.rows[i], &p->beside[i], &text, &p->findings);
		buf_release(&text);
	}
	return p->findings;
}

/* Again and again until there is nothing to say, or the deadline. */
static bool settle(struct ctl *ctl, struct proof *p, int64_t wait_seconds)
{
	int64_t until = clock_mono_us() + wait_seconds * 1000000;

	for (;;) {
		if (!read_all(ctl, p))
			return false;
		if (!count_findings(p) || clock_mono_us() >= until)
			return true;
		poll(NULL, 0, LOOK_MS);
	}
}

static void fill(struct table *t, const struct proof *p)
{
	for (int i = 0; i < p->lanes.count; i++) {
		const struct lane_row *l = &p->lanes.rows[i];
		int ignored = 0;
		struct buf text;

		buf_init(&text, 4096);
		judge(l, &p->beside[i], &text, &ignored);
		table_cstr(t, l->group);
		table_cstr(t, l->topic);
		table_number(t, l->partition);
		table_number(t, l->from);
		table_number(t, l->next);
		table_number(t, end_of(l));
		table_number(t, counted(l));
		table_number(t, l->counts[FATE_DEAD]);
		table_number(t, p->beside[i].letters);
		table_number(t, p->beside[i].outputs);
		table_text(t,
			   text.len ? buf_view(&text) : (struct str){NULL, 0});
		buf_release(&text);
	}
}

static void sums(const struct proof *p, int64_t *offsets, int64_t *fates)
{
	*offsets = 0;
	for (int i = 0; i < p->lanes.count; i++) {
		*offsets += p->lanes.rows[i].next - p->lanes.rows[i].from;
		for (int f = 0; f < FATE_COUNT; f++)
			fates[f] += p->lanes.rows[i].counts[f];
	}
}

static void show_json(const struct table *t, const struct proof *p)
{
	int64_t offsets, fates[FATE_COUNT] = {0};
	struct json_writer w;
	struct buf out;

	sums(p, &offsets, fates);
	buf_init(&out, 64 << 20);
	json_writer_init(&w, &out);
	json_begin_object(&w);
	json_put_bool(&w, "proven", !p->findings);
	json_put_int(&w, "findings", p->findings);
	json_put_int(&w, "loose_outputs", p->loose_outputs);
	if (p->missing)
		json_put_cstr(&w, "missing", p->missing);
	json_put_int(&w, "offsets", offsets);
	for (int f = 0; f < FATE_COUNT; f++)
		json_put_int(&w, fate_name((enum fate)f), fates[f]);
	json_name(&w, STR("lanes"));
	table_write_json(t, &w);
	json_end_object(&w);
	ctl_print(&out);
	buf_release(&out);
}

static void show_text(const struct table *t, const struct proof *p)
{
	int64_t offsets, fates[FATE_COUNT] = {0};

	sums(p, &offsets, fates);
	if (table_rows(t))
		table_write_text(t, stdout);
	if (p->loose_outputs)
		printf("%lld outputs of no lane are not acknowledged\n",
		       (long long)p->loose_outputs);
	if (p->missing)
		printf("%s", p->missing);
	printf("%s%lld offsets =", table_rows(t) ? "\n" : "",
	       (long long)offsets);
	for (int f = 0; f < FATE_COUNT; f++)
		printf("%s %lld %s", f ? " +" : "", (long long)fates[f],
		       fate_name((enum fate)f));
	if (p->findings)
		printf("\nNOT PROVEN: %d findings in %d lanes\n", p->findings,
		       p->lanes.count);
	else if (!p->lanes.count)
		printf("\nnothing to prove: there are no lanes yet\n");
	else
		printf("\nPROVEN: %d lanes, every offset accounted for, "
		       "nothing waiting\n",
		       p->lanes.count);
}

int cmd_prove(struct ctl *ctl)
{
	struct proof p = {.findings = 0};
	int64_t wait_seconds;
	struct table t;

	if (!args_number(&ctl->args, "wait", 0, 86400, 10, &wait_seconds,
			 &ctl->err))
		return ctl_usage(ctl);
	if (!settle(ctl, &p, wait_seconds))
		return ctl_fail(ctl);
	table_init(&t, columns);
	fill(&t, &p);
	if (ctl->args.json)
		show_json(&t, &p);
	else
		show_text(&t, &p);
	table_release(&t);
	return p.findings ? CTL_FINDINGS : CTL_DONE;
}
