/* doctor.c - `fleetctl doctor`: what is wrong, and what to do about it. */
#include "doctor.h"
#include "commands.h"

#include <stdarg.h>

#include "model/stock.h"
#include "run/mappings.h"
#include "store/rules_file.h"

static const struct column columns[] = {
	{"check", NULL, COLUMN_TEXT}, {"state", NULL, COLUMN_TEXT},
	{"what", NULL, COLUMN_TEXT},  {"what_to_do", "what to do", COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

static const char *const verdicts[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARN] = "warn",
	[VERDICT_BAD] = "BAD",
};

void doctor_say(struct doctor *d, enum verdict verdict, const char *check,
		const char *advice, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	d->warn += verdict == VERDICT_WARN;
	d->bad += verdict == VERDICT_BAD;
	table_cstr(&d->table, check);
	table_cstr(&d->table, verdicts[verdict]);
	table_cstr(&d->table, line);
	table_cstr(&d->table, verdict == VERDICT_OK ? NULL : advice);
}

void doctor_failed(struct doctor *d, const char *check, const char *advice)
{
	doctor_say(d, VERDICT_BAD, check, advice, "%s", d->ctl->err.text);
	d->ctl->err.kind = ERR_NONE;
}

static void check_rules(struct doctor *d)
{
	static const char advice[] =
		"mend the file: workers do not start without it";
	const char *dir = d->ctl->settings.schemas_dir;
	struct status_rules *status;
	struct stock_rules *stock;

	if (!rules_file_status(dir, &status, &d->ctl->err)) {
		doctor_failed(d, "status rules", advice);
		return;
	}
	doctor_say(d, VERDICT_OK, "status rules", NULL,
		   "%s/canonical/order-status.json", dir);
	if (!rules_file_stock(dir, status, &stock, &d->ctl->err)) {
		doctor_failed(d, "stock rules", advice);
	} else {
		doctor_say(d, VERDICT_OK, "stock rules", NULL,
			   "%s/canonical/stock-rules.json", dir);
		stock_rules_free(stock);
	}
	status_rules_free(status);
}

void doctor_files(struct doctor *d)
{
	struct ctl *ctl = d->ctl;
	struct mappings mappings;

	doctor_say(d, VERDICT_OK, "settings", NULL,
		   "the environment is understood; schemas are in %s",
		   ctl->settings.schemas_dir);
	if (mappings_load(&mappings, ctl->settings.schemas_dir, NULL,
			  &ctl->err)) {
		doctor_say(d, VERDICT_OK, "mappings", NULL, "%d files load",
			   mappings.count);
		mappings_release(&mappings);
	} else {
		doctor_failed(d, "mappings",
			      "fleetctl map lint shows all that is wrong");
	}
	check_rules(d);
}

int cmd_doctor(struct ctl *ctl)
{
	struct doctor d = {.ctl = ctl};

	table_init(&d.table, columns);
	doctor_files(&d);
	doctor_broker(&d);
	doctor_database(&d);
	ctl_show(ctl, &d.table, "");
	if (!ctl->args.json)
		printf("\n%s: %d bad, %d to look at\n",
		       d.bad ? "not well" : "well", d.bad, d.warn);
	table_release(&d.table);
	return d.bad ? CTL_FINDINGS : CTL_DONE;
}
