/* settings.c - `fleetctl settings`: what the environment can say. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"

const struct option settings_options[] = {
	{"markdown", NULL, "as the README has them"},
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"variable", NULL, COLUMN_TEXT},
	{"default", NULL, COLUMN_TEXT},
	{"what", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

/* "`FLOTILLA_GROUP`" without what Markdown adds. */
static struct str bare(const char *cell, const char *end)
{
	while (cell < end && (*cell == ' ' || *cell == '`'))
		cell++;
	while (end > cell && (end[-1] == ' ' || end[-1] == '`'))
		end--;
	return (struct str){cell, (size_t)(end - cell)};
}

/* The settings have one table, which is written for people: rows are lines
 * that begin with "| `". */
static void as_json(struct ctl *ctl)
{
	char *text = NULL, *rest;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	struct table t;

	if (!to)
		abort();
	settings_markdown(to);
	fclose(to);
	rest = text;
	table_init(&t, columns);
	for (char *line; (line = strtok_r(rest, "\n", &rest));) {
		char *cell = line + 1, *end;

		if (strncmp(line, "| `", 3) != 0)
			continue;
		for (int col = 0; col < 3; col++, cell = end + 1) {
			end = col < 2 ? strchr(cell, '|') : strrchr(cell, '|');
			if (!end)
				end = cell + strlen(cell) - 1;
			table_text(&t, bare(cell, end));
		}
	}
	ctl_show(ctl, &t, "");
	table_release(&t);
	free(text);
}

int cmd_settings(struct ctl *ctl)
{
	if (ctl->args.json)
		as_json(ctl);
	else if (args_flag(&ctl->args, "markdown"))
		settings_markdown(stdout);
	else
		settings_help(stdout, "flotilla", "what all programs know");
	return CTL_DONE;
}
