/* migrate.c - `fleetctl migrate`: the schema's files into the database. */
#include "store/migrate.h"

#include <stdio.h>

#include "base/version.h"
#include "commands.h"
#include "model/status_rules.h"
#include "store/rules_file.h"

const struct option migrate_options[] = {
	{"print", NULL,
	 "print the SQL that is missing, or all of it without a "
	 "database; change nothing"},
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"version", NULL, COLUMN_NUMBER},
	{"name", NULL, COLUMN_TEXT},
	{"state", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

struct applied {
	struct table table;
	const char *state;
};

static void note(void *ctx, const struct migration *m)
{
	struct applied *applied = ctx;

	table_number(&applied->table, m->version);
	table_cstr(&applied->table, m->name);
	table_cstr(&applied->table, applied->state);
}

static int print_sql(struct ctl *ctl, const struct migration *all, int count)
{
	struct schema_state state = {0, 0};
	struct table t;

	/* no database: all of it */
	if (!ctl_pg(ctl))
		ctl->err.kind = ERR_NONE;
	else if (!schema_state(ctl->pg, &state, &ctl->err))
		return ctl_fail(ctl);
	if (!ctl->args.json) {
		for (int i = state.version; i < count; i++)
			printf("-- %s\n%.*s\n", all[i].name,
			       STR_ARGS(all[i].sql));
		return CTL_DONE;
	}
	table_init(&t, (const struct column[]){
			       {"version", NULL, COLUMN_NUMBER},
			       {"name", NULL, COLUMN_TEXT},
			       {"sql", NULL, COLUMN_TEXT},
			       {NULL, NULL, COLUMN_TEXT},
		       });
	for (int i = state.version; i < count; i++) {
		table_number(&t, all[i].version);
		table_cstr(&t, all[i].name);
		table_text(&t, all[i].sql);
	}
	ctl_show(ctl, &t, "");
	table_release(&t);
	return CTL_DONE;
}

static bool put_facet_rule(struct ctl *ctl, const struct status_rules *rules,
			   enum facet_kind kind)
{
	static const char sql[] =
		"INSERT INTO facet_rule (facet, stale_after) VALUES ($1::text, "
		"nullif($2::int, 0) * interval '1 second') ON CONFLICT (facet) "
		"DO UPDATE SET stale_after = excluded.stale_after";
	char seconds[24];
	const char *params[] = {facet_name(kind), seconds};
	struct pg_table t;

	snprintf(seconds, sizeof(seconds), "%lld",
		 (long long)status_rules_stale_after_s(rules, kind));
	if (!pg_query(ctl->pg, sql, 2, params, &t, &ctl->err))
		return false;
	pg_table_release(&t);
	return true;
}

/* How old a facet may be stands in canonical/order-status.json; the views ask
 * for it here. */
static bool put_facet_rules(struct ctl *ctl)
{
	struct status_rules *rules;
	bool ok =
		rules_file_status(ctl->settings.schemas_dir, &rules, &ctl->err);

	if (!ok)
		return false;
	for (int kind = 0; ok && kind < FACET_COUNT; kind++)
		ok = put_facet_rule(ctl, rules, (enum facet_kind)kind);
	status_rules_free(rules);
	return ok;
}

int cmd_migrate(struct ctl *ctl)
{
	struct applied applied = {.state = ctl_dry_run(ctl) ? "would be applied"
							    : "applied"};
	struct migration *all;
	int count;
	bool ok;

	if (!migrations_load(ctl->settings.schemas_dir, &ctl->arena, &all,
			     &count, &ctl->err))
		return ctl_fail(ctl);
	if (args_flag(&ctl->args, "print"))
		return print_sql(ctl, all, count);
	if (!ctl_pg(ctl))
		return ctl_fail(ctl);
	table_init(&applied.table, columns);
	ok = migrate_apply(ctl->pg, all, count, ctl_dry_run(ctl),
			   (struct migrate_each){note, &applied}, &ctl->err);
	if (ok && !ctl_dry_run(ctl))
		ok = put_facet_rules(ctl);
	if (ok || table_rows(&applied.table))
		ctl_show(ctl, &applied.table, "nothing to do");
	table_release(&applied.table);
	return ok ? CTL_DONE : ctl_fail(ctl);
}
