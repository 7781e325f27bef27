/* delivery.c - `fleetctl delivery list|show|retry|discard|pause|resume`. */
#include <string.h>

#include "commands.h"

const struct option delivery_list_options[] = {
	{"target", "NAME", "only of this connector"},
	{"entity", "NAME", "only of this entity, as inventory"},
	{"state", "STATE",
	 "due (waits or is under way), rejected, done, all; due and rejected "
	 "without it"},
	OPTION_LIMIT,
	{NULL, NULL, NULL},
};

const struct option delivery_change_options[] = {
	{"target", "NAME", "of this connector"},
	{"all", NULL, "all of the target that were given up"},
	OPTION_REASON,
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

const struct option target_change_options[] = {
	OPTION_REASON,
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

/* The rows that a line of the shell speaks of. */
#define STATE                                                                  \
	"CASE WHEN d.rejected IS NOT NULL THEN 'rejected' WHEN d.due_at IS "   \
	"NULL THEN 'done' ELSE 'due' END"
#define UTC(column)                                                            \
	"to_char(" column " AT TIME ZONE 'UTC', "                              \
	"'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

static const struct column list_columns[] = {
	{"target", NULL, COLUMN_TEXT},	 {"entity", NULL, COLUMN_TEXT},
	{"id", NULL, COLUMN_TEXT},	 {"state", NULL, COLUMN_TEXT},
	{"wanted", NULL, COLUMN_NUMBER}, {"told", NULL, COLUMN_NUMBER},
	{"tries", NULL, COLUMN_NUMBER},	 {"due_at", "due", COLUMN_TEXT},
	{"since", NULL, COLUMN_TEXT},	 {"why", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

static const struct column target_columns[] = {
	{"target", NULL, COLUMN_TEXT},
	{"due", NULL, COLUMN_NUMBER},
	{"rejected", NULL, COLUMN_NUMBER},
	{"oldest_s", "oldest s", COLUMN_NUMBER},
	{"breaker", NULL, COLUMN_TEXT},
	{"failures", NULL, COLUMN_NUMBER},
	{"why", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

static int failed(struct ctl *ctl)
{
	return ctl->err.kind == ERR_INVALID ? ctl_usage(ctl) : ctl_fail(ctl);
}

static bool show_rows(struct ctl *ctl, const struct column *columns,
		      const char *sql, int count, const char *const *params,
		      const char *none)
{
	struct pg_table rows;
	struct table t;

	if (!ctl_pg(ctl) ||
	    !pg_query(ctl->pg, sql, count, params, &rows, &ctl->err))
		return false;
	table_init(&t, columns);
	for (int row = 0; row < pg_table_rows(&rows); row++)
		for (int col = 0; col < pg_table_cols(&rows); col++)
			table_cstr(&t, pg_text(&rows, row, col));
	ctl_show(ctl, &t, none);
	table_release(&t);
	pg_table_release(&rows);
	return true;
}

int cmd_delivery_list(struct ctl *ctl)
{
	const char *params[] = {args_value(&ctl->args, "target"),
				args_value(&ctl->args, "entity"),
				args_value(&ctl->args, "state"), NULL};
	int64_t limit;

	if (params[2] && strcmp(params[2], "due") &&
	    strcmp(params[2], "rejected") && strcmp(params[2], "done") &&
	    strcmp(params[2], "all")) {
		err_set(&ctl->err, ERR_INVALID,
			"--state %s: give due, rejected, done or all",
			params[2]);
		return ctl_usage(ctl);
	}
	if (!args_number(&ctl->args, "limit", 1, 1000000, 100, &limit,
			 &ctl->err))
		return ctl_usage(ctl);
	params[3] = arena_printf(&ctl->arena, "%lld", (long long)limit).at;
	if (!show_rows(
		    ctl, list_columns,
		    "SELECT * FROM (SELECT d.target, d.entity, d.id, " STATE
		    " AS state, d.wanted, d.told, d.tries, " UTC(
			    "d.due_at") ", " UTC("d.since") ", "
							    "coalesce(d."
							    "rejected, "
							    "d.error) FROM "
							    "delivery d WHERE "
							    "($1::text IS NULL "
							    "OR d.target = $1) "
							    "AND "
							    "($2::text IS NULL "
							    "OR d.entity = "
							    "$2)) r WHERE "
							    "$3 = 'all' OR "
							    "r.state = $3 OR "
							    "($3::text IS NULL "
							    "AND "
							    "r.state <> "
							    "'done') ORDER BY "
							    "r.state, 9 LIMIT "
							    "$4::bigint",
		    4, params, "no deliveries wait"))
		return failed(ctl);
	return CTL_DONE;
}

/* Without a word: target by target. */
int cmd_delivery_show(struct ctl *ctl)
{
	const char *params[] = {NULL};

	if (ctl->args.count)
		params[0] = ctl->args.words[0];
	if (!show_rows(ctl, target_columns,
		       "SELECT t.name, coalesce(d.due, 0), coalesce(d.rejected,"
		       " 0), coalesce(extract(epoch FROM now() - d.oldest)::"
		       "bigint, 0), CASE WHEN t.paused THEN 'paused' WHEN "
		       "t.open_until > now() THEN 'open until ' || " UTC(
			       "t.open_until") " WHEN t.failures > 0 AND "
					       "t.open_until > '-infinity' "
					       "THEN 'half open' ELSE 'closed' "
					       "END, t.failures, t.why "
					       "FROM target t LEFT JOIN "
					       "(SELECT target, count(due_at) "
					       "AS due, count(rejected) AS "
					       "rejected, min(since) FILTER "
					       "(WHERE due_at IS NOT NULL) AS "
					       "oldest FROM delivery "
					       "WHERE due_at IS NOT NULL OR "
					       "rejected IS NOT NULL GROUP "
					       "BY target) d ON d.target = "
					       "t.name WHERE $1::text IS "
					       "NULL OR t.name = $1 ORDER BY "
					       "t.name",
		       1, params, "no targets: FLOTILLA_TARGETS names them"))
		return failed(ctl);
	return CTL_DONE;
}

/* "<target>/<entity>/<id>" as --target, the entity and the id of one word. */
static bool chosen(struct ctl *ctl, const char *params[3])
{
	bool all = args_flag(&ctl->args, "all");
	const char *target = args_value(&ctl->args, "target");
	char *entity, *id;

	if (all && target && !ctl->args.count) {
		params[0] = target;
		return true;
	}
	if (all || ctl->args.count != 1)
		return err_set(&ctl->err, ERR_INVALID,
			       "name one delivery as <target>/<entity>/<id>, "
			       "or --all with --target");
	params[0] = arena_cstr(&ctl->arena, str_of(ctl->args.words[0]));
	entity = strchr(params[0], '/');
	id = entity ? strchr(entity + 1, '/') : NULL;
	if (!id)
		return err_set(&ctl->err, ERR_INVALID,
			       "\"%s\" is no <target>/<entity>/<id>",
			       ctl->args.words[0]);
	*entity++ = *id++ = '\0';
	params[1] = entity;
	params[2] = id;
	return true;
}

static int change(struct ctl *ctl, const char *sql, const char *what)
{
	const char *params[5] = {NULL};
	struct pg_table t;
	int64_t changed;

	params[3] = args_value(&ctl->args, "reason");
	params[4] = ctl_operator(ctl);
	if (!chosen(ctl, params))
		return ctl_usage(ctl);
	if (!params[3] || !*params[3]) {
		err_set(&ctl->err, ERR_INVALID,
			"say why: --reason \"...\" is kept with the row");
		return ctl_usage(ctl);
	}
	if (!ctl_pg(ctl) || !ctl_begin(ctl) ||
	    !pg_query(ctl->pg, sql, 5, params, &t, &ctl->err)) {
		ctl_undo(ctl);
		return failed(ctl);
	}
	changed = pg_table_affected(&t);
	pg_table_release(&t);
	if (!ctl_end(ctl))
		return failed(ctl);
	ctl_said(ctl, "%lld deliveries %s", (long long)changed, what);
	return changed || ctl_dry_run(ctl) ? CTL_DONE : CTL_FINDINGS;
}

#define CHOSEN                                                                 \
	"WHERE target = $1::text AND ($2::text IS NULL OR entity = $2) AND "   \
	"($3::text IS NULL OR id = $3) "

int cmd_delivery_retry(struct ctl *ctl)
{
	return change(ctl,
		      "UPDATE delivery SET rejected = NULL, tries = 0, due_at "
		      "= now(), error = 'tried again by ' || $5::text || ': ' "
		      "|| $4::text, changed_at = now() " CHOSEN
		      "AND (rejected IS NOT NULL OR ($2::text IS NOT NULL AND "
		      "due_at IS NOT NULL AND tries > 0))",
		      "are tried again");
}

int cmd_delivery_discard(struct ctl *ctl)
{
	return change(ctl,
		      "UPDATE delivery SET rejected = NULL, told = wanted, "
		      "told_hash = NULL, due_at = NULL, fence = fence + 1, "
		      "error = 'discarded by ' || $5::text || ': ' || "
		      "$4::text, changed_at = now() " CHOSEN
		      "AND (rejected IS NOT NULL OR ($2::text IS NOT NULL AND "
		      "due_at IS NOT NULL))",
		      "are given up; the next change of the record is told");
}

static int pause(struct ctl *ctl, bool paused)
{
	const char *params[] = {
		ctl->args.count ? ctl->args.words[0] : NULL,
		paused ? "true" : "false",
		args_value(&ctl->args, "reason"),
		ctl_operator(ctl),
	};
	struct pg_table t;
	int64_t changed;

	if (ctl->args.count != 1 || (paused && (!params[2] || !*params[2]))) {
		err_set(&ctl->err, ERR_INVALID,
			paused ? "give a target, and say why: --reason"
			       : "give a target");
		return ctl_usage(ctl);
	}
	if (!ctl_pg(ctl) || !ctl_begin(ctl) ||
	    !pg_query(ctl->pg,
		      "UPDATE target SET paused = $2::boolean, why = CASE WHEN "
		      "$2::boolean THEN 'paused by ' || $4::text || ': ' || "
		      "$3::text END, failures = 0, open_until = '-infinity', "
		      "changed_at = now() WHERE name = $1::text",
		      4, params, &t, &ctl->err)) {
		ctl_undo(ctl);
		return failed(ctl);
	}
	changed = pg_table_affected(&t);
	pg_table_release(&t);
	if (!ctl_end(ctl))
		return failed(ctl);
	if (!changed) {
		err_set(&ctl->err, ERR_FATAL,
			"there is no target %s: delivery show lists them",
			params[0]);
		return ctl_fail(ctl);
	}
	ctl_said(ctl, "%s %s", params[0],
		 paused ? "is paused: its deliveries wait" : "goes on");
	return CTL_DONE;
}

int cmd_delivery_pause(struct ctl *ctl)
{
	return pause(ctl, true);
}

int cmd_delivery_resume(struct ctl *ctl)
{
	return pause(ctl, false);
}
