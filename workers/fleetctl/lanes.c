/* lanes.c - lane rows read, locked, archived and started anew. */
#include "lanes.h"

#include <string.h>

#define LANE_COLUMNS                                                           \
	"lane_id, consumer_group, topic, partition, owner, epoch, "            \
	"from_offset, next_offset, coalesce(until_offset, -1), dead, parked, " \
	"applied, superseded, duplicate, skipped, gap, lost, "                 \
	"strikes * (tried_offset IN (-1, next_offset))::int, "                 \
	"halted, to_char(moved_at AT TIME ZONE 'UTC', "                        \
	"'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

enum { LANE_FIRST_COUNT = 9 };

static const char *keep(struct ctl *ctl, const struct pg_table *t, int row,
			int col)
{
	const char *text = pg_text(t, row, col);

	return text ? arena_cstr(&ctl->arena, str_of(text)) : NULL;
}

static void take_row(struct ctl *ctl, const struct pg_table *t, int row,
		     struct lane_row *out)
{
	int col = LANE_FIRST_COUNT + FATE_COUNT;

	*out = (struct lane_row){
		.lane_id = pg_number(t, row, 0),
		.group = keep(ctl, t, row, 1),
		.topic = keep(ctl, t, row, 2),
		.partition = (int32_t)pg_number(t, row, 3),
		.owner = keep(ctl, t, row, 4),
		.epoch = pg_number(t, row, 5),
		.from = pg_number(t, row, 6),
		.next = pg_number(t, row, 7),
		.until = pg_number(t, row, 8),
		.strikes = pg_number(t, row, col),
		.halted = keep(ctl, t, row, col + 1),
		.moved_at = keep(ctl, t, row, col + 2),
		.low = -1,
		.high = -1,
	};
	for (int i = 0; i < FATE_COUNT; i++)
		out->counts[i] = pg_number(t, row, LANE_FIRST_COUNT + i);
}

bool lanes_read(struct ctl *ctl, const char *group, const char *topic,
		struct lane_list *out)
{
	const char *params[] = {group, topic};
	struct pg_table t;

	if (!ctl_pg(ctl) ||
	    !pg_query(ctl->pg,
		      "SELECT " LANE_COLUMNS " FROM lane WHERE "
		      "($1::text IS NULL OR consumer_group = $1) AND "
		      "($2::text IS NULL OR topic = $2) ORDER BY "
		      "consumer_group, topic, partition",
		      2, params, &t, &ctl->err))
		return false;
	out->count = pg_table_rows(&t);
	out->rows = ARENA_ARRAY(&ctl->arena, struct lane_row, out->count + 1);
	for (int row = 0; row < out->count; row++)
		take_row(ctl, &t, row, &out->rows[row]);
	pg_table_release(&t);
	return true;
}

bool lanes_watermarks(struct ctl *ctl, struct lane_list *lanes)
{
	int n = lanes->count;
	struct kafka_partition *at =
		ARENA_ARRAY(&ctl->arena, struct kafka_partition, n + 1);
	int64_t *low = ARENA_ARRAY(&ctl->arena, int64_t, n + 1);
	int64_t *high = ARENA_ARRAY(&ctl->arena, int64_t, n + 1);

	for (int i = 0; i < n; i++)
		at[i] = (struct kafka_partition){lanes->rows[i].topic,
						 lanes->rows[i].partition, -1};
	if (!ctl_admin(ctl) ||
	    !kafka_admin_watermarks(ctl->admin, at, n, low, high, &ctl->err))
		return false;
	for (int i = 0; i < n; i++) {
		lanes->rows[i].low = low[i];
		lanes->rows[i].high = high[i];
	}
	return true;
}

bool lane_name_read(struct ctl *ctl, const char *text, struct lane_name *out)
{
	const char *first = strchr(text, '/');
	const char *last = strrchr(text, '/');
	int64_t partition;

	if (!first || first == last ||
	    !str_to_i64(str_of(last + 1), &partition) || partition < 0 ||
	    partition > INT32_MAX)
		return err_set(&ctl->err, ERR_INVALID,
			       "\"%s\" names no lane: give "
			       "<group>/<topic>/<partition>, as lane list "
			       "shows them",
			       text);
	out->group = arena_cstr(&ctl->arena,
				(struct str){text, (size_t)(first - text)});
	out->topic =
		arena_cstr(&ctl->arena,
			   (struct str){first + 1, (size_t)(last - first - 1)});
	out->partition = (int32_t)partition;
	return true;
}

bool lane_lock(struct ctl *ctl, const struct lane_name *name,
	       struct lane_row *out)
{
	const char *params[] = {
		name->group, name->topic,
		arena_printf(&ctl->arena, "%d", name->partition).at};
	struct pg_table t;
	bool found;

	if (!pg_query(ctl->pg,
		      "SELECT " LANE_COLUMNS " FROM lane WHERE "
		      "consumer_group = $1 AND topic = $2 AND "
		      "partition = $3::int FOR UPDATE",
		      3, params, &t, &ctl->err))
		return false;
	found = pg_table_rows(&t) == 1;
	if (found)
		take_row(ctl, &t, 0, out);
	pg_table_release(&t);
	return found ||
	       err_set(&ctl->err, ERR_FATAL,
		       "there is no lane %s/%s/%d: fleetctl lane list shows "
		       "all",
		       name->group, name->topic, name->partition);
}

static bool statement(struct ctl *ctl, const char *sql, int count,
		      const char *const *params, int64_t *affected)
{
	struct pg_table t;

	if (!pg_query(ctl->pg, sql, count, params, &t, &ctl->err))
		return false;
	if (affected)
		*affected = pg_table_affected(&t);
	pg_table_release(&t);
	return true;
}

bool lane_archive(struct ctl *ctl, const struct lane_row *row, const char *verb,
		  const char *reason)
{
	const char *params[] = {
		arena_printf(&ctl->arena, "%lld", (long long)row->lane_id).at,
		arena_printf(&ctl->arena, "%s: %s", verb, reason).at,
		ctl_operator(ctl)};

	return statement(ctl,
			 "INSERT INTO lane_archive (reason, operator, was) "
			 "SELECT $2, $3, to_jsonb(l) FROM lane l "
			 "WHERE lane_id = $1::int",
			 3, params, NULL);
}

bool lane_restart(struct ctl *ctl, const struct lane_row *row, int64_t offset,
		  int64_t *letters)
{
	const char *at =
		arena_printf(&ctl->arena, "%lld", (long long)offset).at;
	const char *lane[] = {
		arena_printf(&ctl->arena, "%lld", (long long)row->lane_id).at,
		at};
	const char *letter[] = {
		row->group, row->topic,
		arena_printf(&ctl->arena, "%d", row->partition).at, at,
		ctl_operator(ctl)};

	/* discarded stays discarded: that was somebody's decision */
	return statement(ctl,
			 "UPDATE dead_letter SET counted = false, state = CASE "
			 "WHEN state = 'discarded' THEN state ELSE 'rewound' "
			 "END, operator = $5, reason = 'its lane was rewound', "
			 "changed_at = now() WHERE consumer_group = $1 AND "
			 "topic = $2 AND partition = $3::int AND "
			 "log_offset >= $4::bigint AND counted",
			 5, letter, letters) &&
	       statement(ctl,
			 "UPDATE lane SET epoch = nextval('lane_epoch'), "
			 "from_offset = $2::bigint, next_offset = $2::bigint, "
			 "applied = 0, duplicate = 0, superseded = 0, "
			 "skipped = 0, dead = 0, parked = 0, gap = 0, "
			 "lost = 0, tried_offset = -1, strikes = 0, "
			 "halted = NULL, moved_at = now() "
			 "WHERE lane_id = $1::int",
			 2, lane, NULL);
}
