/* test_feed_layout.c - layouts that are refused, and where; dates in names; the
 * state file; the layouts that ship. */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fleetctl/feed_date.h"
#include "fleetctl/feed_row.h"
#include "fleetctl/feed_state.h"
#include "unit/test_feed.h"
#include "json/writer.h"

#define CSV "{\"feed\":\"t/a\",\"topic\":\"t\",\"kind\":\"csv\","
#define FIXED "{\"feed\":\"t/a\",\"topic\":\"t\",\"kind\":\"fixed\","
#define ID "{\"member\":\"id\",\"position\":1,\"required\":true}"
#define SLOT "\"member\":\"id\",\"required\":true,\"start\":1,\"width\":4"
#define KEY "\"key\":[\"id\"]"
#define GOOD CSV "\"column_count\":2," KEY ",\"columns\":[" ID "]"

static const struct {
	const char *text;
	const char *pointer; /* NULL: it is fine */
	const char *says;
} layout_cases[] = {
	{GOOD "}", NULL, NULL},
	{GOOD ",\"quote\":null,\"delimiter\":\"\\t\"}", NULL, NULL},
	{"[]", "", "must be an object"},
	{"{", "", ""},
	{"{}", "", "needs \"kind\""},
	{"{\"kind\":\"xml\"}", "/kind", "one of \"csv\", \"fixed\""},
	{CSV "\"header\":true}", "", "needs \"columns\""},
	{CSV "\"columns\":[" ID "]," KEY "}", "", "\"column_count\""},
	{GOOD ",\"delimeter\":\";\"}", "/delimeter", "has no key"},
	{GOOD ",\"line_width\":9}", "/line_width", "not for files"},
	{GOOD ",\"delimiter\":\";;\"}", "/delimiter", "one ASCII"},
	{GOOD ",\"delimiter\":\"\\n\"}", "/delimiter", "one ASCII"},
	{GOOD ",\"delimiter\":\"\\\"\"}", "", "are the same"},
	{GOOD ",\"encoding\":\"utf-16\"}", "/encoding", "one of"},
	{GOOD ",\"header\":1}", "/header", "true or false"},
	{GOOD ",\"header\":true}", "", "without a header"},
	{GOOD ",\"comments\":[\"#\",\"\"]}", "/comments/1", "all a comment"},
	{GOOD ",\"key_separator\":\"123456789\"}", "/key_separator",
	 "more than 8"},
	{GOOD ",\"trailer\":{\"position\":1}}", "/trailer", "needs \"starts\""},
	{GOOD ",\"trailer\":{\"starts\":\"T\"}}", "/trailer",
	 "needs \"position\""},
	{GOOD ",\"trailer\":{\"starts\":\"T\",\"start\":1}}", "/trailer/start",
	 "not for files"},
	{GOOD ",\"constants\":{\"id\":\"x\"}}", "", "a column and a constant"},
	{GOOD ",\"constants\":{\"a\":7}}", "/constants/a", "an object"},
	{GOOD ",\"constants\":{\"a\":{}}}", "/constants/a", "is a string"},
	{GOOD ",\"constants\":{\"a\":{\"file\":\"size\"}}}",
	 "/constants/a/file", "one of"},
	{GOOD ",\"constants\":{\"a\":{\"date_in_name\":\"{YYYY}\"}}}",
	 "/constants/a/date_in_name", "needs {YYYY}"},
	{GOOD ",\"constants\":{\"a\":{\"date_in_name\":\"{YYYY}{MM}{DD}\","
	      "\"offset\":\"CET\"}}}",
	 "/constants/a/offset", "an offset like"},
	{CSV "\"column_count\":2,\"key\":[\"no\"],\"columns\":[" ID "]}",
	 "/key/0", "no column makes"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[{\"member\":\"id\","
	     "\"position\":1}]}",
	 "/key/0", "must be \"required\""},
	{CSV "\"column_count\":2,\"key\":[],\"columns\":[" ID "]}", "/key",
	 "1 to 8"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[" ID "," ID "]}", "",
	 "two columns make"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[" ID
	     ",{\"member\":\"b\",\"position\":3}]}",
	 "/columns/1", "only 2 fields"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[" ID
	     ",{\"member\":\"b\",\"name\":\"B\"}]}",
	 "/columns/1", "has no header"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[" ID
	     ",{\"member\":\"b\"}]}",
	 "/columns/1", "one of them"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[" ID
	     ",{\"member\":\"b\",\"position\":2,\"when_empty\":\"zero\"}]}",
	 "/columns/1/when_empty", "one of"},
	{CSV "\"column_count\":2," KEY ",\"columns\":[" ID
	     ",{\"member\":\"b\",\"position\":2,\"required\":true,"
	     "\"when_empty\":\"null\"}]}",
	 "/columns/1", "would never be done"},
	{FIXED KEY ",\"line_width\":4,\"columns\":[{" SLOT "}]}", NULL, NULL},
	{FIXED KEY ",\"line_width\":3,\"columns\":[{" SLOT "}]}", "/columns/0",
	 "ends at 4"},
	{FIXED KEY ",\"columns\":[{" SLOT "}]}", "", "\"line_width\""},
	{FIXED KEY ",\"line_width\":4,\"columns\":[{\"member\":\"id\","
		   "\"start\":1}]}",
	 "/columns/0", "\"start\" and"},
	{FIXED KEY ",\"line_width\":4,\"columns\":[{" SLOT
		   ",\"pad\":\"\\u00e4\"}]}",
	 "/columns/0/pad", "one ASCII"},
	{FIXED KEY ",\"line_width\":4,\"columns\":[{" SLOT
		   ",\"trim\":\"up\"}]}",
	 "/columns/0/trim", "one of"},
};

START_TEST(says_what_is_wrong_with_a_layout_and_where)
{
	const char *pointer = layout_cases[_i].pointer;
	struct layout layout;
	struct arena arena;
	struct err err = {0};
	bool ok;

	arena_init(&arena, 0);
	ok = layout_read(&arena, str_of(layout_cases[_i].text), &layout, &err);
	ck_assert_msg(ok == !pointer, "%s: %s", layout_cases[_i].text,
		      err.text);
	if (!ok) {
		ck_assert_msg(!strcmp(err.pointer, pointer), "%s: %s, not %s",
			      err.text, err.pointer, pointer);
		ck_assert_msg(strstr(err.text, layout_cases[_i].says) != NULL,
			      "%s", err.text);
	}
	arena_release(&arena);
}
END_TEST

static const struct {
	const char *pattern, *name, *offset, *time; /* NULL: it does not fit */
} date_cases[] = {
	{"S_{YYYY}{MM}{DD}.csv", "S_20260131.csv", "Z", "2026-01-31T00:00:00Z"},
	{"S_{YYYY}{MM}{DD}.csv", "S_20260131.txt", "Z", NULL},
	{"S_{YYYY}{MM}{DD}.csv", "S_20260230.csv", "Z", NULL},
	{"S_{YYYY}{MM}{DD}.csv", "S_2026013.csv", "Z", NULL},
	{"*{YYYY}{MM}{DD}*", "S_20260131", "Z", "2026-01-31T00:00:00Z"},
	{"*_{DD}.{MM}.{YYYY}-{hh}{mm}*", "A_B_01.02.2026-0130.csv", "+01:00",
	 "2026-02-01T00:30:00Z"},
	{"*{YYYY}{MM}{DD}", "", "Z", NULL},
	{"*a*a*a*{YYYY}{MM}{DD}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Z",
	 NULL},
};

START_TEST(takes_the_date_out_of_a_name)
{
	char text[CLOCK_TEXT_BYTES];
	const char *time = date_cases[_i].time;
	bool ok = date_in_name(str_of(date_cases[_i].pattern),
			       str_of(date_cases[_i].name),
			       str_of(date_cases[_i].offset), text);

	ck_assert_ptr_null(date_pattern_fault(str_of(date_cases[_i].pattern)));
	ck_assert(ok == (time != NULL));
	if (ok)
		ck_assert_str_eq(text, time);
}
END_TEST

START_TEST(knows_a_file_again)
{
	struct feed_identity a, b;
	struct err err;
	int fd = feed_file_of(STR("id\n1\n"));

	ck_assert(feed_identify(fd, &a, &err));
	ck_assert(feed_identify(fd, &b, &err));
	ck_assert(feed_same_file(&a, &b));
	ck_assert_int_eq(pwrite(fd, "2", 1, 3), 1);
	ck_assert(feed_identify(fd, &b, &err));
	b.mtime_us = a.mtime_us;
	ck_assert(!feed_same_file(&a, &b));
	close(fd);
}
END_TEST

START_TEST(keeps_the_state_and_refuses_what_is_none)
{
	static const char *const broken[] = {
		"",
		"{}",
		"{\"version\":2}",
		"[1]",
		"{\"version\":1,\"done\":0}",
	};
	const struct feed_state state = {
		.file = {100, 200, UINT64_MAX, 0x8000000000000001u},
		.layout = 7,
		.topic = "t\"",
		.mark = {90, 12, 11, 2, 300}};
	char folder[] = "/tmp/test-feed-XXXXXX", path[64];
	struct feed_state read;
	struct arena arena;
	struct err err;
	bool found;

	arena_init(&arena, 0);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.feed", folder);
	ck_assert(feed_state_read(&arena, path, &read, &found, &err) && !found);
	ck_assert_msg(feed_state_write(path, &state, &err), "%s", err.text);
	ck_assert_msg(feed_state_read(&arena, path, &read, &found, &err), "%s",
		      err.text);
	ck_assert(found && feed_same_file(&read.file, &state.file));
	ck_assert_str_eq(read.topic, state.topic);
	ck_assert(!memcmp(&read.mark, &state.mark, sizeof(read.mark)));
	ck_assert(read.layout == 7 && !read.done && !read.rejects);
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		FILE *file = fopen(path, "w");

		fputs(broken[i], file);
		fclose(file);
		ck_assert_msg(
			!feed_state_read(&arena, path, &read, &found, &err),
			"%s", broken[i]);
		ck_assert(strstr(err.text, "remove it") || !*broken[i]);
	}
	unlink(path);
	rmdir(folder);
	arena_release(&arena);
}
END_TEST

TCase *feed_layout_tests(void)
{
	TCase *tc = tcase_create("layouts");

	tcase_add_loop_test(tc, says_what_is_wrong_with_a_layout_and_where, 0,
			    sizeof(layout_cases) / sizeof(*layout_cases));
	tcase_add_loop_test(tc, takes_the_date_out_of_a_name, 0,
			    sizeof(date_cases) / sizeof(*date_cases));
	tcase_add_test(tc, knows_a_file_again);
	tcase_add_test(tc, keeps_the_state_and_refuses_what_is_none);
	return tc;
}

/* What ships ----------------------------------------------------------------
 */

/* "schemas/feeds/legacy/inventory-csv.json" and its
 * "inventory-csv[.<label>].example.<any>", with the messages that are expected
 * in "inventory-csv[.<label>].expected.json". */
struct shipped {
	const char *path;
	struct arena arena;
	struct layout layout;
	int examples;
};

static struct str load(struct arena *arena, const char *path)
{
	struct buf text;
	struct str out;
	struct err err;

	buf_init(&text, 1 << 20);
	ck_assert_msg(buf_read_file(&text, path, &err), "%s: %s", path,
		      err.text);
	out = arena_str(arena, buf_view(&text));
	buf_release(&text);
	return out;
}

/* One message a line, in a JSON list of {"key", "value"}. */
static void make_all(struct row_maker *rows, int fd, struct json_writer *w)
{
	struct record_bytes record;
	struct str key, value;
	struct reader r;
	struct err err;
	bool header = rows->layout->header;

	reader_init(&r, fd, rows->form, 0, 1);
	json_begin_array(w);
	for (;;) {
		ck_assert(reader_next(&r, &record, &err));
		if (record.kind == RECORD_END)
			break;
		ck_assert_int_eq(record.kind, RECORD_WHOLE);
		if (row_kind_of(rows->layout, record.raw) != ROW_DATA)
			continue;
		if (header) {
			header = false;
			ck_assert(row_header(rows, record.raw, &err));
			continue;
		}
		ck_assert_msg(row_make(rows, record.raw, &key, &value, &err),
			      "line %lld %s", (long long)record.line, err.text);
		json_begin_object(w);
		json_put_str(w, "key", key);
		json_put_raw(w, "value", value);
		json_end_object(w);
	}
	json_end_array(w);
	reader_release(&r);
}

static void try_example(struct shipped *s, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct row_file file = {name, 1769904000000000}; /* 2026-02-01 */
	const char *expected =
		arena_printf(&s->arena, "%.*s.expected.json",
			     (int)(strstr(path, ".example.") - path), path)
			.at;
	struct row_maker rows;
	struct json_writer w;
	struct json_doc doc;
	struct buf made, wanted;
	struct err err;
	int fd = open(path, O_RDONLY);

	buf_init(&made, 1 << 20);
	buf_init(&wanted, 1 << 20);
	json_writer_init(&w, &made);
	ck_assert_msg(row_maker_init(&rows, &s->layout, &file, &err), "%s: %s",
		      path, err.text);
	make_all(&rows, fd, &w);
	ck_assert(json_read(&s->arena, load(&s->arena, expected), NULL, &doc,
			    &err));
	json_writer_init(&w, &wanted);
	json_copy(&w, &doc, 0);
	ck_assert_msg(str_eq(buf_view(&made), buf_view(&wanted)),
		      "%s:\n%.*s\nnot\n%.*s", path, STR_ARGS(buf_view(&made)),
		      STR_ARGS(buf_view(&wanted)));
	s->examples++;
	row_maker_release(&rows);
	buf_release(&made);
	buf_release(&wanted);
	close(fd);
}

static void try_layout(const char *path)
{
	struct shipped s = {.path = path};
	struct err err = {0};
	glob_t found;
	size_t stem = strlen(path) - strlen(".json");

	arena_init(&s.arena, 0);
	ck_assert_msg(
		layout_read(&s.arena, load(&s.arena, path), &s.layout, &err),
		"%s: %s at %s", path, err.text, err.pointer);
	/* it bears the name of its file */
	ck_assert_msg(!strncmp(path + strlen("schemas/feeds/"),
			       s.layout.name.at, s.layout.name.len) &&
			      strlen("schemas/feeds/") + s.layout.name.len ==
				      stem,
		      "%s", path);
	ck_assert_int_eq(
		glob(arena_printf(&s.arena, "%.*s.*example.*", (int)stem, path)
			     .at,
		     0, NULL, &found),
		0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		try_example(&s, found.gl_pathv[i]);
	globfree(&found);
	ck_assert_int_gt(s.examples, 0);
	arena_release(&s.arena);
}

START_TEST(makes_of_each_shipped_example_what_is_expected)
{
	glob_t found;
	int layouts = 0;

	ck_assert_int_eq(glob("schemas/feeds/*/*.json", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = strrchr(found.gl_pathv[i], '/');

		if (strchr(name, '.') != strrchr(name, '.'))
			continue;
		try_layout(found.gl_pathv[i]);
		layouts++;
	}
	ck_assert_int_ge(layouts, 2);
	globfree(&found);
}
END_TEST

TCase *feed_shipped_tests(void)
{
	TCase *tc = tcase_create("shipped");

	tcase_add_test(tc, makes_of_each_shipped_example_what_is_expected);
	return tc;
}
