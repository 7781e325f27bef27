/* connector.c - `fleetctl connector list|lint`. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connectors.h"
#include "map_files.h"

const char *connector_path(struct ctl *ctl, const char *system)
{
	return arena_printf(&ctl->arena, "%s/connectors%s%s%s",
			    ctl->settings.schemas_dir, system ? "/" : "",
			    system ? system : "", system ? ".json" : "")
		.at;
}

const char *connector_name_of(struct ctl *ctl, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t len = strlen(name);

	if (len > 5 && !strcmp(name + len - 5, ".json"))
		len -= 5;
	return arena_cstr(&ctl->arena, (struct str){name, len});
}

static int failed(struct ctl *ctl)
{
	return ctl->err.kind == ERR_INVALID ? ctl_usage(ctl) : ctl_fail(ctl);
}

/* list ------------------------------------------------------------------- */

static const struct column list_columns[] = {
	{"connector", NULL, COLUMN_TEXT}, {"revision", NULL, COLUMN_NUMBER},
	{"auth", NULL, COLUMN_TEXT},	  {"operations", NULL, COLUMN_NUMBER},
	{"tells", NULL, COLUMN_TEXT},	  {"fetches", NULL, COLUMN_TEXT},
	{"ready", NULL, COLUMN_BOOL},	  {"why", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

static struct str told_entities(struct ctl *ctl, const struct connector *c)
{
	const struct connector_tell *tell;
	struct str names = STR("");

	for (uint32_t i = 0; (tell = connector_tell_at(c, i)); i++)
		names = arena_printf(&ctl->arena, "%.*s%s%.*s", STR_ARGS(names),
				     i ? ", " : "", STR_ARGS(tell->entity));
	return names;
}

static struct str fetched(struct ctl *ctl, const struct connector *c)
{
	const struct connector_fetch *fetch;
	struct str names = STR("");

	for (uint32_t i = 0; (fetch = connector_fetch_at(c, i)); i++)
		names = arena_printf(&ctl->arena, "%.*s%s%.*s", STR_ARGS(names),
				     i ? ", " : "", STR_ARGS(fetch->name));
	return names;
}

static void list_row(struct ctl *ctl, struct table *table, const char *path)
{
	const char *name = connector_name_of(ctl, path);
	const struct connector_policy *policy;
	struct connector *c, *ready;
	struct err err = {.kind = ERR_NONE};
	struct str text;
	int64_t operations = 0;

	table_cstr(table, name);
	if (!map_read(ctl, path, &text) ||
	    !connector_load(text, name, NULL, &ctl->arena, &c, &ctl->err)) {
		for (int i = 0; i < 5; i++)
			table_null(table);
		table_bool(table, false);
		table_cstr(table, ctl->err.text);
		ctl->err.kind = ERR_NONE;
		return;
	}
	policy = connector_policy(c);
	while (connector_operation_at(c, (uint32_t)operations))
		operations++;
	table_number(table, policy->revision);
	table_cstr(table, policy->auth);
	table_number(table, operations);
	table_text(table, told_entities(ctl, c));
	table_text(table, fetched(ctl, c));
	table_bool(table, connector_load(text, name, &connector_environment,
					 &ctl->arena, &ready, &err));
	table_cstr(table, err.kind ? err.text : "");
}

int cmd_connector_list(struct ctl *ctl)
{
	struct map_files files;
	struct table table;

	if (!map_files(ctl, connector_path(ctl, NULL), &files))
		return failed(ctl);
	table_init(&table, list_columns);
	for (int i = 0; i < files.count; i++)
		list_row(ctl, &table, files.paths[i]);
	ctl_show(ctl, &table, "there are no connectors");
	table_release(&table);
	return CTL_DONE;
}

/* lint ------------------------------------------------------------------- */

static const struct column lint_columns[] = {
	{"file", NULL, COLUMN_TEXT},
	{"pointer", NULL, COLUMN_TEXT},
	{"finding", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

struct lint {
	struct table table;
	const char *file;
	int files;
};

static void on_finding(void *ctx, const char *pointer, const char *text)
{
	struct lint *lint = ctx;

	table_cstr(&lint->table, lint->file);
	table_cstr(&lint->table, pointer);
	table_cstr(&lint->table, text);
}

static bool lint_file(struct ctl *ctl, struct lint *lint, const char *path)
{
	struct mapping_findings findings = {.found = on_finding, .ctx = lint};
	struct connector *c;
	struct str text;
	struct err err;

	lint->file = path;
	lint->files++;
	if (!map_read(ctl, path, &text))
		return false;
	connector_lint(text, &findings);
	if (!findings.count &&
	    !connector_load(text, connector_name_of(ctl, path), NULL,
			    &ctl->arena, &c, &err))
		on_finding(lint, err.pointer, err.text);
	return true;
}

static bool lint_path(struct ctl *ctl, struct lint *lint, const char *path)
{
	struct map_files files;

	if (!map_files(ctl, path, &files))
		return false;
	for (int i = 0; i < files.count; i++)
		if (!lint_file(ctl, lint, files.paths[i]))
			return false;
	return true;
}

int cmd_connector_lint(struct ctl *ctl)
{
	struct lint lint = {.files = 0};
	bool ok = true;
	int code;

	table_init(&lint.table, lint_columns);
	if (!ctl->args.count)
		ok = lint_path(ctl, &lint, connector_path(ctl, NULL));
	for (int i = 0; ok && i < ctl->args.count; i++)
		ok = lint_path(ctl, &lint, ctl->args.words[i]);
	code = table_rows(&lint.table) ? CTL_FINDINGS : CTL_DONE;
	if (ok)
		ctl_show(ctl, &lint.table,
			 arena_printf(&ctl->arena, "%d files, no findings",
				      lint.files)
				 .at);
	table_release(&lint.table);
	return ok ? code : failed(ctl);
}
