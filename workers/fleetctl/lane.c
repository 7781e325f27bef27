/* lane.c - `fleetctl lane list|skip|reset`. */
#include "base/clock.h"
#include "commands.h"
#include "lanes.h"

const struct option lane_list_options[] = {
	{"group", "GROUP", "only this consumer group"},
	{"topic", "TOPIC", "only this topic"},
	{"halted", NULL, "only those that stand still"},
	{"since", "TIME", "only those that moved since: RFC 3339, or 15m, 2h"},
	OPTION_LIMIT,
	{NULL, NULL, NULL},
};

const struct option lane_skip_options[] = {
	{"to", "OFFSET|begin|end",
	 "where it goes on (begin: the oldest message that is there)"},
	{"force", NULL, "although it is not halted"},
	OPTION_REASON,
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

const struct option lane_reset_options[] = {
	{"to", "OFFSET|begin|end", "where its ledger starts anew (begin)"},
	{"force", NULL, "although it is not halted"},
	OPTION_REASON,
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"group", NULL, COLUMN_TEXT},
	{"topic", NULL, COLUMN_TEXT},
	{"partition", "part", COLUMN_NUMBER},
	{"owner", NULL, COLUMN_TEXT},
	{"epoch", NULL, COLUMN_NUMBER},
	{"from_offset", "from", COLUMN_NUMBER},
	{"next_offset", "next", COLUMN_NUMBER},
	{"until_offset", "until", COLUMN_NUMBER},
	{"end_of_topic", "end", COLUMN_NUMBER},
	{"backlog", NULL, COLUMN_NUMBER},
	{"applied", NULL, COLUMN_NUMBER},
	{"duplicate", NULL, COLUMN_NUMBER},
	{"superseded", NULL, COLUMN_NUMBER},
	{"skipped", NULL, COLUMN_NUMBER},
	{"dead", NULL, COLUMN_NUMBER},
	{"parked", NULL, COLUMN_NUMBER},
	{"gap", NULL, COLUMN_NUMBER},
	{"lost", NULL, COLUMN_NUMBER},
	{"strikes", NULL, COLUMN_NUMBER},
	{"moved_at", NULL, COLUMN_TEXT},
	{"halted", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

static void number_or_null(struct table *t, int64_t value)
{
	if (value < 0)
		table_null(t);
	else
		table_number(t, value);
}

static void add_row(struct table *t, const struct lane_row *l)
{
	static const enum fate order[] = {
		FATE_APPLIED, FATE_DUPLICATE, FATE_SUPERSEDED, FATE_SKIPPED,
		FATE_DEAD,    FATE_PARKED,    FATE_GAP,	       FATE_LOST};
	int64_t end = l->until >= 0 ? l->until : l->high;

	table_cstr(t, l->group);
	table_cstr(t, l->topic);
	table_number(t, l->partition);
	table_cstr(t, l->owner);
	table_number(t, l->epoch);
	table_number(t, l->from);
	table_number(t, l->next);
	number_or_null(t, l->until);
	number_or_null(t, l->high);
	number_or_null(t, end < 0 ? -1 : end > l->next ? end - l->next : 0);
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		table_number(t, l->counts[order[i]]);
	table_number(t, l->strikes);
	table_cstr(t, l->moved_at);
	table_cstr(t, l->halted);
}

/* Kafka being away does not hide what the database knows. */
static void try_watermarks(struct ctl *ctl, struct lane_list *lanes)
{
	if (lanes_watermarks(ctl, lanes))
		return;
	fprintf(stderr, "fleetctl: the topics' ends are not shown: %s\n",
		ctl->err.text);
	ctl->err.kind = ERR_NONE;
}

static bool moved_since(const struct lane_row *l, int64_t since)
{
	int64_t us;

	return !since || !clock_parse(str_of(l->moved_at), &us) || us >= since;
}

int cmd_lane_list(struct ctl *ctl)
{
	bool halted = args_flag(&ctl->args, "halted");
	struct lane_list lanes;
	int64_t limit, since;
	struct table t;

	if (!args_number(&ctl->args, "limit", 1, 100000, 100, &limit,
			 &ctl->err) ||
	    !args_time(&ctl->args, "since", 0, &since, &ctl->err))
		return ctl_usage(ctl);
	if (!lanes_read(ctl, args_value(&ctl->args, "group"),
			args_value(&ctl->args, "topic"), &lanes))
		return ctl_fail(ctl);
	try_watermarks(ctl, &lanes);
	table_init(&t, columns);
	for (int i = 0; i < lanes.count && table_rows(&t) < limit; i++)
		if ((!halted || lanes.rows[i].halted) &&
		    moved_since(&lanes.rows[i], since))
			add_row(&t, &lanes.rows[i]);
	ctl_show(ctl, &t, "no lanes: nothing has been claimed yet");
	table_release(&t);
	return CTL_DONE;
}

/* --to as an offset of that lane's partition. */
static bool target(struct ctl *ctl, const struct lane_row *row,
		   const char *fallback, int64_t *offset)
{
	const char *to = args_value(&ctl->args, "to");
	struct kafka_partition at = {row->topic, row->partition, -1};
	int64_t low, high;

	to = to ? to : fallback;
	if (!ctl_admin(ctl) ||
	    !kafka_admin_watermarks(ctl->admin, &at, 1, &low, &high, &ctl->err))
		return false;
	if (low < 0 || high < 0)
		return err_set(&ctl->err, ERR_FATAL,
			       "Kafka has no partition %s [%d]", row->topic,
			       row->partition);
	if (str_is(str_of(to), "begin"))
		*offset = low;
	else if (str_is(str_of(to), "end"))
		*offset = high;
	else if (!str_to_i64(str_of(to), offset))
		return err_set(&ctl->err, ERR_INVALID,
			       "--to %s: give an offset, begin or end", to);
	if (*offset >= low && *offset <= high)
		return true;
	return err_set(&ctl->err, ERR_INVALID,
		       "offset %lld is not in %s [%d], which has %lld to %lld",
		       (long long)*offset, row->topic, row->partition,
		       (long long)low, (long long)high);
}

/* Begins, locks the lane that the line names and finds its target. */
static bool open_lane(struct ctl *ctl, const char *fallback,
		      struct lane_row *row, int64_t *offset)
{
	struct lane_name name;

	if (!lane_name_read(ctl, ctl->args.words[0], &name) ||
	    !ctl_begin(ctl) || !lane_lock(ctl, &name, row))
		return false;
	if (!row->halted && !args_flag(&ctl->args, "force"))
		return err_set(&ctl->err, ERR_INVALID,
			       "the lane is not halted: --force if you mean "
			       "it");
	return target(ctl, row, fallback, offset);
}

static bool move_past(struct ctl *ctl, const struct lane_row *row,
		      int64_t offset)
{
	const char *params[] = {
		arena_printf(&ctl->arena, "%lld", (long long)row->lane_id).at,
		arena_printf(&ctl->arena, "%lld", (long long)offset).at};
	struct pg_table t;

	if (!pg_query(ctl->pg,
		      "UPDATE lane SET epoch = nextval('lane_epoch'), "
		      "lost = lost + $2::bigint - next_offset, "
		      "next_offset = $2::bigint, tried_offset = -1, "
		      "strikes = 0, halted = NULL, moved_at = now() "
		      "WHERE lane_id = $1::int",
		      2, params, &t, &ctl->err))
		return false;
	pg_table_release(&t);
	return true;
}

static const char *reason_of(struct ctl *ctl)
{
	const char *reason = args_value(&ctl->args, "reason");

	if (!reason || !*reason)
		err_set(&ctl->err, ERR_INVALID,
			"say why: --reason \"...\" is kept with the change");
	return reason && *reason ? reason : NULL;
}

static int end_change(struct ctl *ctl, bool ok)
{
	if (ok && ctl_end(ctl))
		return CTL_DONE;
	ctl_undo(ctl);
	return ctl->err.kind == ERR_INVALID ? CTL_USAGE : ctl_fail(ctl);
}

int cmd_lane_skip(struct ctl *ctl)
{
	const char *reason = reason_of(ctl);
	struct lane_row row;
	int64_t to = 0;
	int code;
	bool ok;

	if (!reason)
		return ctl_usage(ctl);
	ok = open_lane(ctl, "begin", &row, &to);
	if (ok && to <= row.next)
		ok = err_set(&ctl->err, ERR_INVALID,
			     "the lane is at %lld already: lane reset goes "
			     "back",
			     (long long)row.next);
	ok = ok && lane_archive(ctl, &row, "lane skip", reason) &&
	     move_past(ctl, &row, to);
	code = end_change(ctl, ok);
	if (code == CTL_DONE)
		ctl_said(ctl, "%s goes on at %lld; %lld offsets count as lost",
			 ctl->args.words[0], (long long)to,
			 (long long)(to - row.next));
	return code;
}

int cmd_lane_reset(struct ctl *ctl)
{
	const char *reason = reason_of(ctl);
	struct lane_row row;
	int64_t to = 0, letters = 0;
	int code;
	bool ok;

	if (!reason)
		return ctl_usage(ctl);
	ok = open_lane(ctl, "begin", &row, &to) &&
	     lane_archive(ctl, &row, "lane reset", reason) &&
	     lane_restart(ctl, &row, to, &letters);
	code = end_change(ctl, ok);
	if (code == CTL_DONE)
		ctl_said(ctl,
			 "%s starts anew at %lld; its old row is in "
			 "lane_archive, %lld dead letters left its ledger",
			 ctl->args.words[0], (long long)to, (long long)letters);
	return code;
}
