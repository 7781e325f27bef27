/* replay.c - `fleetctl replay`: a topic again, as a group of its own.
 *
 * Lanes from..until are made before the worker starts, for a replay claims no
 * others; the store's merging makes it harmless, and what its lanes count as
 * applied is what the live path had missed. */
#include "replay.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "lanes.h"

const struct option replay_options[] = {
	{"group", "WORKER", "whose work is done again, as order-sync"},
	{"name", "NAME", "of the replay: its group is <worker>.replay-<name>"},
	{"from", "OFFSET|TIME|begin", "where it begins (begin)"},
	{"until", "OFFSET|TIME|end",
	 "where it ends, that one not included "
	 "(end: what is there now)"},
	{"prepare", NULL, "make the lanes, start no worker"},
	{"in-place", NULL,
	 "emergency: rewind a live lane itself; see --lane, --from, --reason"},
	{"lane", "GROUP/TOPIC/PART", "with --in-place: which"},
	OPTION_REASON,
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

/* Letters, digits, "-", "_": it becomes part of a group's name. */
static bool name_ok(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
			    "XYZ0123456789-_") == len;
}

/* An edge of the replay for each partition, within low..high. */
static bool edge(struct ctl *ctl, const char *text, struct replay *r,
		 int64_t *out)
{
	struct kafka_partition *at =
		ARENA_ARRAY(&ctl->arena, struct kafka_partition, r->count + 1);
	int64_t offset = -1, us;

	for (int i = 0; i < r->count; i++)
		at[i] = (struct kafka_partition){r->topic, i, -1};
	if (!strcmp(text, "begin")) {
		memcpy(out, r->low, sizeof(*out) * (size_t)r->count);
	} else if (!strcmp(text, "end")) {
		memcpy(out, r->high, sizeof(*out) * (size_t)r->count);
	} else if (str_to_i64(str_of(text), &offset)) {
		for (int i = 0; i < r->count; i++)
			out[i] = offset;
	} else if (!args_time_of(text, &us, &ctl->err) ||
		   !kafka_admin_offsets_at(ctl->admin, at, r->count, us, out,
					   &ctl->err)) {
		return false;
	}
	for (int i = 0; i < r->count; i++) {
		if (out[i] < r->low[i])
			out[i] = r->low[i];
		if (out[i] > r->high[i])
			out[i] = r->high[i];
	}
	return true;
}

static bool find_topic(struct ctl *ctl, struct replay *r)
{
	struct kafka_topic *topics;
	struct kafka_partition *at;
	int count;

	if (!ctl_admin(ctl) || !kafka_admin_topics(ctl->admin, &ctl->arena,
						   &topics, &count, &ctl->err))
		return false;
	for (int i = 0; i < count; i++)
		if (!strcmp(topics[i].name, r->topic))
			r->count = topics[i].partitions;
	if (!r->count)
		return err_set(&ctl->err, ERR_FATAL,
			       "Kafka has no topic %s; fleetctl topics shows "
			       "those of this release",
			       r->topic);
	r->low = ARENA_ARRAY(&ctl->arena, int64_t, r->count);
	r->high = ARENA_ARRAY(&ctl->arena, int64_t, r->count);
	r->from = ARENA_ARRAY(&ctl->arena, int64_t, r->count);
	r->until = ARENA_ARRAY(&ctl->arena, int64_t, r->count);
	at = ARENA_ARRAY(&ctl->arena, struct kafka_partition, r->count);
	for (int i = 0; i < r->count; i++)
		at[i] = (struct kafka_partition){r->topic, i, -1};
	return kafka_admin_watermarks(ctl->admin, at, r->count, r->low, r->high,
				      &ctl->err);
}

static bool find_edges(struct ctl *ctl, struct replay *r)
{
	const char *from = args_value(&ctl->args, "from");
	const char *until = args_value(&ctl->args, "until");
	int64_t messages = 0;

	if (!edge(ctl, from ? from : "begin", r, r->from) ||
	    !edge(ctl, until ? until : "end", r, r->until))
		return false;
	for (int i = 0; i < r->count; i++) {
		if (r->until[i] < r->from[i])
			r->until[i] = r->from[i];
		messages += r->until[i] - r->from[i];
	}
	r->offsets = messages;
	return messages > 0 ||
	       err_set(&ctl->err, ERR_INVALID,
		       "nothing of %s lies between --from and --until",
		       r->topic);
}

static void array_of(struct ctl *ctl, const int64_t *values, int count,
		     const char **out)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < count; i++)
		buf_printf(&text, "%c%lld", i ? ',' : '{',
			   (long long)values[i]);
	buf_byte(&text, '}');
	*out = arena_cstr(&ctl->arena, buf_view(&text));
	buf_release(&text);
}

static bool insert_lanes(struct ctl *ctl, const struct replay *r)
{
	const char *params[] = {r->group, r->topic, NULL, NULL};
	struct pg_table t;

	array_of(ctl, r->from, r->count, &params[2]);
	array_of(ctl, r->until, r->count, &params[3]);
	if (!pg_query(ctl->pg,
		      "INSERT INTO lane (consumer_group, topic, partition, "
		      "from_offset, next_offset, until_offset) "
		      "SELECT $1, $2, u.n - 1, u.f, u.f, u.t FROM "
		      "unnest($3::bigint[], $4::bigint[]) WITH ORDINALITY AS "
		      "u (f, t, n)",
		      4, params, &t, &ctl->err))
		return false;
	pg_table_release(&t);
	return true;
}

/* Lanes of that name: none (make them), or one that was begun (go on). */
static bool make_lanes(struct ctl *ctl, struct replay *r)
{
	bool edges =
		args_flag(&ctl->args, "from") || args_flag(&ctl->args, "until");
	struct lane_list lanes;

	if (!lanes_read(ctl, r->group, r->topic, &lanes))
		return false;
	if (lanes.count && edges)
		return err_set(&ctl->err, ERR_INVALID,
			       "there is a replay %s already: choose another "
			       "--name, or leave out --from and --until to go "
			       "on with it",
			       r->group);
	if (lanes.count) {
		for (int i = 0; i < lanes.count; i++)
			r->offsets += lanes.rows[i].until - lanes.rows[i].next;
		return true;
	}
	return find_topic(ctl, r) && find_edges(ctl, r) && ctl_begin(ctl) &&
	       insert_lanes(ctl, r) && ctl_end(ctl);
}

static int failed(struct ctl *ctl)
{
	return ctl->err.kind == ERR_INVALID ? ctl_usage(ctl) : ctl_fail(ctl);
}

/* Back to --from, live: the words are lane_restart's. */
static int in_place(struct ctl *ctl)
{
	const char *lane = args_value(&ctl->args, "lane");
	const char *reason = args_value(&ctl->args, "reason");
	const char *from = args_value(&ctl->args, "from");
	struct lane_name name;
	struct replay r = {0};
	struct lane_row row;
	int64_t letters = 0;

	if (!lane || !reason || !*reason || !from || ctl->args.count) {
		err_set(&ctl->err, ERR_INVALID,
			"--in-place wants --lane <group>/<topic>/<partition>, "
			"--from and --reason");
		return ctl_usage(ctl);
	}
	if (!lane_name_read(ctl, lane, &name))
		return ctl_usage(ctl);
	r.topic = name.topic;
	if (!find_topic(ctl, &r))
		return failed(ctl);
	if (name.partition >= r.count) {
		err_set(&ctl->err, ERR_FATAL, "%s has %d partitions", r.topic,
			r.count);
		return ctl_fail(ctl);
	}
	if (!edge(ctl, from, &r, r.from) || !ctl_begin(ctl))
		return failed(ctl);
	if (!lane_lock(ctl, &name, &row) ||
	    !lane_archive(ctl, &row, "rewind", reason) ||
	    !lane_restart(ctl, &row, r.from[name.partition], &letters) ||
	    !ctl_end(ctl)) {
		ctl_undo(ctl);
		return failed(ctl);
	}
	ctl_said(ctl,
		 "%s was at %lld and begins anew at %lld; %lld dead letters "
		 "left its ledger",
		 lane, (long long)row.next, (long long)r.from[name.partition],
		 (long long)letters);
	return CTL_DONE;
}

int cmd_replay(struct ctl *ctl)
{
	const char *worker = args_value(&ctl->args, "group");
	const char *name = args_value(&ctl->args, "name");
	struct replay r = {0};

	if (args_flag(&ctl->args, "in-place"))
		return in_place(ctl);
	if (!ctl->args.count || !worker || !name || !name_ok(name) ||
	    strchr(worker, '/')) {
		err_set(&ctl->err, ERR_INVALID,
			"give a topic, --group <worker> and --name <name> "
			"(letters, digits, - and _)");
		return ctl_usage(ctl);
	}
	r.topic = ctl->args.words[0];
	r.worker = worker;
	r.group = arena_printf(&ctl->arena, "%s.replay-%s", worker, name).at;
	if (!ctl_pg(ctl))
		return ctl_fail(ctl);
	if (!make_lanes(ctl, &r)) {
		ctl_undo(ctl);
		return failed(ctl);
	}
	if (ctl_dry_run(ctl) || args_flag(&ctl->args, "prepare")) {
		ctl_said(ctl, "replay %s of %s: %lld offsets", r.group, r.topic,
			 (long long)r.offsets);
		return CTL_DONE;
	}
	return replay_work(ctl, &r);
}
