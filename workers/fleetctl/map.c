/* map.c - `fleetctl map lint|test`. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "map_files.h"
#include "mapping/example.h"
#include "pretty.h"

enum { RESULT_BYTES = 256 << 20 };

const struct option map_test_options[] = {
	{"write", NULL,
	 "write .expected.json anew, for you to read and "
	 "commit"},
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

static const struct column lint_columns[] = {
	{"file", NULL, COLUMN_TEXT},
	{"pointer", NULL, COLUMN_TEXT},
	{"finding", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

struct lint {
	struct table table;
	const char *file;
};

static void on_finding(void *ctx, const char *pointer, const char *text)
{
	struct lint *lint = ctx;

	table_cstr(&lint->table, lint->file);
	table_cstr(&lint->table, pointer);
	table_cstr(&lint->table, text);
}

static int failed(struct ctl *ctl)
{
	return ctl->err.kind == ERR_INVALID ? ctl_usage(ctl) : ctl_fail(ctl);
}

/* The file's place says which topic's messages it gets. */
static void check_place(struct ctl *ctl, struct lint *lint, struct str text)
{
	struct mapping *m;
	struct err err;
	const char *wanted;
	size_t a, b = strlen(lint->file);

	if (!mapping_compile(text, lint->file, &m, &err))
		return;
	wanted = arena_printf(&ctl->arena, "%s.json", mapping_name(m)).at;
	a = strlen(wanted);
	if (b < a || strcmp(lint->file + b - a, wanted) != 0)
		on_finding(lint, "/mapping",
			   arena_printf(&ctl->arena,
					"says %s: the file's place must be "
					"%s, or it gets another topic's "
					"messages",
					mapping_name(m), wanted)
				   .at);
	mapping_free(m);
}

int cmd_map_lint(struct ctl *ctl)
{
	struct lint lint;
	struct map_files files;
	bool ok = true;
	int code;

	if (!map_files(ctl, ctl->args.words[0], &files))
		return failed(ctl);
	table_init(&lint.table, lint_columns);
	for (int i = 0; ok && i < files.count; i++) {
		struct mapping_findings findings = {.found = on_finding,
						    .ctx = &lint};
		struct str text;

		lint.file = files.paths[i];
		ok = map_read(ctl, lint.file, &text);
		if (!ok)
			break;
		mapping_lint(text, &findings);
		if (!findings.count)
			check_place(ctl, &lint, text);
	}
	code = table_rows(&lint.table) ? CTL_FINDINGS : CTL_DONE;
	if (ok)
		ctl_show(ctl, &lint.table,
			 arena_printf(&ctl->arena, "%d files, no findings",
				      files.count)
				 .at);
	table_release(&lint.table);
	return ok ? code : failed(ctl);
}

static const struct column test_columns[] = {
	{"example", NULL, COLUMN_TEXT}, {"result", NULL, COLUMN_TEXT},
	{"pointer", NULL, COLUMN_TEXT}, {"expected", NULL, COLUMN_TEXT},
	{"got", NULL, COLUMN_TEXT},	{NULL, NULL, COLUMN_TEXT},
};

struct test {
	struct table table;
	const char *example;
	int failures;
};

static void row(struct test *t, const char *result, const char *pointer,
		struct str want, struct str got)
{
	table_cstr(&t->table, t->example);
	table_cstr(&t->table, result);
	table_cstr(&t->table, pointer);
	table_text(&t->table, want);
	table_text(&t->table, got);
}

static void on_difference(void *ctx, const char *pointer, struct str want,
			  struct str got)
{
	row(ctx, "differs", pointer, want, got);
}

static void fail_row(struct test *t, const char *why)
{
	t->failures++;
	row(t, why, NULL, (struct str){NULL, 0}, (struct str){NULL, 0});
}

static void write_expected(struct ctl *ctl, struct test *t, const char *path,
			   const struct mapping *mapping, struct str message)
{
	struct buf made, text;
	struct json_doc got;
	FILE *file = NULL;
	bool ok;

	if (ctl_dry_run(ctl)) {
		row(t, "would be written", NULL, str_of(path),
		    (struct str){NULL, 0});
		return;
	}
	buf_init(&made, RESULT_BYTES);
	buf_init(&text, RESULT_BYTES);
	mapping_example_write(mapping, message, &made);
	ok = json_read(&ctl->arena, buf_view(&made), NULL, &got, &ctl->err);
	if (ok)
		pretty_json(&got, &text);
	if (ok)
		file = fopen(path, "w");
	ok = file && fwrite(text.at, 1, text.len, file) == text.len;
	ok = file && !fclose(file) && ok;
	buf_release(&text);
	buf_release(&made);
	row(t, ok ? "written" : "could not be written", NULL, str_of(path),
	    (struct str){NULL, 0});
	t->failures += !ok;
}

static void test_example(struct ctl *ctl, struct test *t,
			 const struct mapping *mapping,
			 const struct example_file *files)
{
	const struct mapping_example_report report = {on_difference, t};
	struct str message, expected;
	bool same;

	t->example = arena_cstr(&ctl->arena, str_of(files->example));
	if (!map_read(ctl, files->example, &message))
		fail_row(t, ctl->err.text);
	else if (args_flag(&ctl->args, "write"))
		write_expected(ctl, t,
			       arena_cstr(&ctl->arena, str_of(files->expected)),
			       mapping, message);
	else if (!map_read(ctl, files->expected, &expected) ||
		 !mapping_example_check(mapping, message, expected, &report,
					&same, &ctl->err))
		fail_row(t, ctl->err.text);
	else if (same)
		row(t, "passed", NULL, (struct str){NULL, 0},
		    (struct str){NULL, 0});
	else
		t->failures++;
}

static void test_file(struct ctl *ctl, struct test *t, const char *path)
{
	struct example_files examples;
	struct mapping *mapping;

	t->example = path;
	if (!map_compile(ctl, path, &mapping)) {
		fail_row(t, arena_printf(&ctl->arena, "%s (%s)", ctl->err.text,
					 ctl->err.pointer)
				    .at);
		return;
	}
	example_files_find(&examples, path);
	if (!examples.count)
		fail_row(t, "has no .example.json beside it");
	for (uint32_t i = 0; i < examples.count; i++)
		test_example(ctl, t, mapping, &examples.items[i]);
	example_files_release(&examples);
	mapping_free(mapping);
}

int cmd_map_test(struct ctl *ctl)
{
	struct test t = {.failures = 0};
	struct map_files files;

	if (!map_files(ctl, ctl->args.words[0], &files))
		return failed(ctl);
	table_init(&t.table, test_columns);
	for (int i = 0; i < files.count; i++)
		test_file(ctl, &t, files.paths[i]);
	ctl->err.kind = ERR_NONE;
	ctl_show(ctl, &t.table, "nothing to test");
	table_release(&t.table);
	if (!ctl->args.json)
		printf("\n%d failed\n", t.failures);
	return t.failures ? CTL_FINDINGS : CTL_DONE;
}
