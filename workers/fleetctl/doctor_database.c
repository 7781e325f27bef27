/* doctor_database.c - PostgreSQL: schema, settings, clock, and what waits. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "doctor.h"
#include "run/mappings.h"
#include "store/startup.h"

enum { SKEW_WARN_US = 1000000, SKEW_BAD_US = 10000000 };

static const struct wanted {
	const char *name, *value;
	enum verdict verdict;
	const char *advice;
} wanted[] = {
	{"synchronous_commit", "on", VERDICT_BAD,
	 "turn it on: a commit that a crash forgets would lose messages"},
	{"fsync", "on", VERDICT_BAD, "turn it on: a crash destroys the data"},
	{"full_page_writes", "on", VERDICT_BAD,
	 "turn it on: a crash destroys the data"},
	{"autovacuum", "on", VERDICT_BAD,
	 "turn it on: tables that are updated all day grow without end"},
	{"default_transaction_isolation", "read committed", VERDICT_BAD,
	 "leave it at read committed: the lane protocol was proven with it"},
	{"default_transaction_read_only", "off", VERDICT_BAD,
	 "connect to the primary"},
	{"track_counts", "on", VERDICT_BAD, "turn it on: autovacuum needs it"},
};

/* One row with one value, or NULL and ctl->err. */
static const char *ask(struct ctl *ctl, const char *sql, const char *param)
{
	struct pg_table t;
	const char *text = NULL;

	if (!pg_query(ctl->pg, sql, param ? 1 : 0, &param, &t, &ctl->err))
		return NULL;
	if (pg_table_rows(&t) && pg_text(&t, 0, 0))
		text = arena_cstr(&ctl->arena, str_of(pg_text(&t, 0, 0)));
	else
		err_set(&ctl->err, ERR_FATAL, "PostgreSQL gave no answer");
	pg_table_release(&t);
	return text;
}

static void check_settings(struct doctor *d)
{
	bool well = true;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		const struct wanted *w = &wanted[i];
		const char *value =
			ask(d->ctl, "SELECT current_setting($1)", w->name);

		if (!value) {
			doctor_failed(d, w->name, w->advice);
			return;
		}
		/* stricter than on is as good */
		if (!strcmp(value, w->value) ||
		    (!strcmp(w->name, "synchronous_commit") &&
		     !strncmp(value, "remote_", 7)))
			continue;
		well = false;
		doctor_say(d, w->verdict, "database setting", w->advice,
			   "%s is %s", w->name, value);
	}
	if (well)
		doctor_say(d, VERDICT_OK, "database settings", NULL,
			   "durable, and autovacuum is on");
}

/* Half of the round trip is taken off: close enough for seconds. */
static void check_clock(struct doctor *d)
{
	int64_t before = clock_now_us();
	const char *text = ask(d->ctl,
			       "SELECT (extract(epoch FROM clock_timestamp()) "
			       "* 1000000)::bigint",
			       NULL);
	int64_t after = clock_now_us(), skew;
	enum verdict verdict;

	if (!text) {
		doctor_failed(d, "database clock", NULL);
		return;
	}
	skew = llabs(atoll(text) - (before + after) / 2);
	verdict = skew > SKEW_BAD_US	? VERDICT_BAD
		  : skew > SKEW_WARN_US ? VERDICT_WARN
					: VERDICT_OK;
	doctor_say(d, verdict, "database clock",
		   "let both machines ask a time server (chronyc tracking)",
		   "%lld ms from this machine's", (long long)(skew / 1000));
}

static void check_mapping(struct doctor *d, const struct mapping *m, int *bad)
{
	const char *params[] = {
		mapping_name(m),
		arena_printf(&d->ctl->arena, "%d", mapping_revision(m)).at};
	struct pg_table t;

	if (!pg_query(d->ctl->pg,
		      "SELECT hash FROM mapping_revision WHERE mapping = $1 "
		      "AND revision = $2::int",
		      2, params, &t, &d->ctl->err)) {
		(*bad)++;
		doctor_failed(d, "mapping revision", NULL);
		return;
	}
	if (pg_table_rows(&t) && pg_number(&t, 0, 0) != mapping_hash(m)) {
		(*bad)++;
		doctor_say(d, VERDICT_BAD, "mapping revision",
			   "raise its \"revision\"",
			   "%s was changed and is still revision %d",
			   mapping_name(m), mapping_revision(m));
	}
	pg_table_release(&t);
}

static void check_mappings(struct doctor *d)
{
	struct mappings mappings;
	int bad = 0;

	if (!mappings_load(&mappings, d->ctl->settings.schemas_dir, NULL,
			   &d->ctl->err)) {
		d->ctl->err.kind = ERR_NONE; /* said above */
		return;
	}
	for (int i = 0; i < mappings.count; i++)
		check_mapping(d, mappings.items[i], &bad);
	mappings_release(&mappings);
	if (!bad)
		doctor_say(d, VERDICT_OK, "mapping revisions", NULL,
			   "none was changed under its number");
}

static void count(struct doctor *d, enum verdict verdict, const char *check,
		  const char *sql, const char *noun, const char *advice)
{
	const char *text = ask(d->ctl, sql, NULL);

	if (!text)
		doctor_failed(d, check, advice);
	else
		doctor_say(d, strcmp(text, "0") ? verdict : VERDICT_OK, check,
			   advice, "%s %s", text, noun);
}

static void check_schema(struct doctor *d)
{
	if (!startup_check_schema(d->ctl->pg, &d->ctl->err)) {
		doctor_failed(d, "schema", "fleetctl migrate");
		return;
	}
	doctor_say(d, VERDICT_OK, "schema", NULL, "%s",
		   ask(d->ctl,
		       "SELECT 'version ' || max(version) FROM schema_version",
		       NULL));
	check_mappings(d);
	count(d, VERDICT_BAD, "halted lanes",
	      "SELECT count(*) FROM lane WHERE halted IS NOT NULL",
	      "lanes stand still",
	      "fleetctl lane list --halted says why; then lane skip or reset");
	count(d, VERDICT_WARN, "dead letters",
	      "SELECT count(*) FROM dead_letter WHERE state = 'open'",
	      "are open", "fleetctl dlq list");
}

void doctor_database(struct doctor *d)
{
	const char *version;

	if (!ctl_pg(d->ctl) ||
	    !(version = ask(d->ctl, "SELECT current_setting('server_version')",
			    NULL))) {
		doctor_failed(d, "database",
			      "is PostgreSQL up, and are PGHOST, PGPORT, "
			      "PGUSER, PGDATABASE right?");
		return;
	}
	d->database = true;
	doctor_say(d, VERDICT_OK, "database", NULL, "PostgreSQL %s", version);
	check_schema(d);
	check_settings(d);
	check_clock(d);
}
