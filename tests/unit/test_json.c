/* test_json.c - the reader takes what json.h promises, and nothing else.
 *
 * tests/cases/json is named as JSONTestSuite names its files: y_ must be read,
 * n_ must be refused. Where RFC 8259 leaves it open, the name says what we
 * promise: i_<code>_... is refused with that code, i_accept_... is read. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/suites.h"
#include "json/json.h"
#include "json/writer.h"

#define CASES_DIR "tests/cases/json"

enum { OUT_MAX = 1 << 20, CASES_AT_LEAST = 300 };

static struct arena arena;
static struct buf out;
static struct json_doc doc;
static struct err err;

static void set_up(void)
{
	arena_init(&arena, 0);
	buf_init(&out, OUT_MAX);
	memset(&err, 0, sizeof(err));
}

static void tear_down(void)
{
	arena_release(&arena);
	buf_release(&out);
}

static bool read_text(const char *text)
{
	return json_read(&arena, str_of(text), NULL, &doc, &err);
}

/* Refused with this code, and at this place. */
static void refuses(const char *text, const char *code, const char *pointer)
{
	ck_assert_msg(!read_text(text), "read: %s", text);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.code, code);
	ck_assert_str_eq(err.pointer, pointer);
}

static struct json_writer writer(void)
{
	struct json_writer w;

	buf_reset(&out);
	json_writer_init(&w, &out);
	return w;
}

static void wrote(const char *text)
{
	ck_assert_msg(str_is(buf_view(&out), text), "wrote %.*s, not %s",
		      STR_ARGS(buf_view(&out)), text);
}

/* The corpus -------------------------------------------------------------- */

/* The bytes alone in a block, so that ASan sees one step beside them. */
static char *file_bytes(const char *name, size_t *len)
{
	struct buf text;
	char path[512], *bytes;

	snprintf(path, sizeof(path), CASES_DIR "/%s", name);
	buf_init(&text, OUT_MAX);
	ck_assert_msg(buf_read_file(&text, path, &err), "%s", err.text);
	*len = text.len;
	bytes = malloc(text.len);
	if (text.len)
		memcpy(bytes, text.at, text.len);
	buf_release(&text);
	return bytes;
}

static bool same(const struct json_doc *a, const struct json_doc *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct json_node *x = &a->nodes[i], *y = &b->nodes[i];

		if (x->kind != y->kind || x->next != y->next ||
		    x->count != y->count || !str_eq(x->text, y->text) ||
		    !str_eq(x->name, y->name) || !x->name.at != !y->name.at)
			return false;
	}
	return true;
}

/* What was read is written and read again: the tapes are the same, and so is
 * what is written of the second. */
static bool survives_copy(const struct json_doc *first)
{
	struct json_doc second = {NULL, 0};
	struct json_writer w = writer();
	struct str text;

	json_copy(&w, first, 0);
	text = arena_str(&arena, buf_view(&out));
	if (!json_read(&arena, text, NULL, &second, &err) ||
	    !same(first, &second))
		return false;
	w = writer();
	json_copy(&w, &second, 0);
	return str_eq(buf_view(&out), text);
}

/* NULL when the reader does with it what the name says. */
static const char *complaint(const char *name, struct str text)
{
	bool accepted = json_read(&arena, text, NULL, &doc, &err);
	const char *code = name + 2;
	bool accept = name[0] == 'y' || !strncmp(code, "accept_", 7);

	if (accept && !accepted)
		return err.text;
	if (accept)
		return survives_copy(&doc) ? NULL : "copied, it is another";
	if (accepted)
		return "was read";
	if (err.kind != ERR_INVALID || !*err.code || !*err.text)
		return "is not refused in the right way";
	if (name[0] == 'i' && strncmp(code, err.code, strlen(err.code)) != 0)
		return err.code;
	return NULL;
}

static bool is_case(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && !strcmp(dot, ".json") && strchr("yni", name[0]) &&
	       name[1] == '_';
}

START_TEST(does_with_each_case_what_its_name_says)
{
	DIR *dir = opendir(CASES_DIR);
	struct dirent *entry;
	int cases = 0, bad = 0;

	ck_assert_msg(dir, "run this where " CASES_DIR " is");
	while ((entry = readdir(dir))) {
		const char *why;
		size_t len;
		char *bytes;

		if (!is_case(entry->d_name))
			continue;
		cases++;
		bytes = file_bytes(entry->d_name, &len);
		arena_reset(&arena);
		why = complaint(entry->d_name, (struct str){bytes, len});
		if (why)
			printf("%s: %s\n", entry->d_name, why);
		bad += why != NULL;
		free(bytes);
	}
	closedir(dir);
	ck_assert_int_ge(cases, CASES_AT_LEAST);
	ck_assert_msg(!bad, "%d of %d cases", bad, cases);
}
END_TEST

/* Reading ----------------------------------------------------------------- */

START_TEST(lays_the_nodes_in_the_order_of_the_text)
{
	static const struct {
		enum json_kind kind;
		const char *name, *text;
		uint32_t next, count;
	} expected[] = {
		{JSON_OBJECT, NULL, NULL, 10, 3},
		{JSON_NUMBER, "a", "-0.50", 2, 0},
		{JSON_ARRAY, "b", NULL, 8, 4},
		{JSON_TRUE, NULL, NULL, 4, 0},
		{JSON_FALSE, NULL, NULL, 5, 0},
		{JSON_OBJECT, NULL, NULL, 7, 1},
		{JSON_NULL, "c", NULL, 7, 0},
		{JSON_ARRAY, NULL, NULL, 8, 0},
		{JSON_OBJECT, "d", NULL, 10, 1},
		{JSON_STRING, "e", "\xc3\xa9\n", 10, 0},
	};

	ck_assert(read_text("{\"a\":-0.50,\"b\":[true,false,{\"c\":null},[]],"
			    "\"d\":{\"e\":\"\\u00e9\\n\"}}"));
	ck_assert_uint_eq(doc.count, 10);
	for (uint32_t i = 0; i < doc.count; i++) {
		const struct json_node *node = &doc.nodes[i];

		ck_assert_int_eq(node->kind, expected[i].kind);
		ck_assert_uint_eq(node->next, expected[i].next);
		ck_assert_uint_eq(node->count, expected[i].count);
		ck_assert_int_eq(!node->name.at, !expected[i].name);
		ck_assert(str_is(node->name, expected[i].name));
		ck_assert(str_is(node->text, expected[i].text));
	}
}
END_TEST

START_TEST(keeps_numbers_as_they_are_written)
{
	static const char *const numbers[] = {
		"0", "-0", "1e3", "1E+003", "-0.50", "12345678901234567890.10",
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		ck_assert(read_text(numbers[i]));
		ck_assert(str_is(doc.nodes[0].text, numbers[i]));
	}
}
END_TEST

START_TEST(tells_an_empty_string_from_none)
{
	ck_assert(read_text("{\"\":\"\"}"));
	ck_assert_ptr_nonnull(doc.nodes[1].name.at);
	ck_assert_ptr_nonnull(doc.nodes[1].text.at);
	ck_assert_uint_eq(doc.nodes[1].text.len, 0);
	ck_assert_ptr_null(doc.nodes[0].name.at);
}
END_TEST

START_TEST(borrows_a_string_without_escapes)
{
	const char *text = "[\"plain\",\"esc\\taped\"]";

	ck_assert(read_text(text));
	ck_assert_ptr_eq(doc.nodes[1].text.at, text + 2);
	ck_assert(str_is(doc.nodes[2].text, "esc\taped"));
}
END_TEST

START_TEST(names_the_byte_that_is_not_json)
{
	ck_assert(!read_text("{\"a\":1,}"));
	ck_assert_str_eq(err.code, "not-json");
	ck_assert_ptr_nonnull(strstr(err.text, "byte"));
	ck_assert_ptr_null(strchr(err.text, '\n'));
}
END_TEST

START_TEST(refuses_an_empty_document)
{
	refuses("", "empty", "");
	refuses(" \r\n\t", "empty", "");
}
END_TEST

START_TEST(refuses_a_name_twice_in_one_object)
{
	refuses("{\"a\":1,\"b\":2,\"a\":3}", "duplicate-key", "/a");
	refuses("[0,{\"x\":{\"b\":1,\"b\":1}}]", "duplicate-key", "/1/x/b");
	refuses("{\"\":1,\"\":1}", "duplicate-key", "/");
	refuses("{\"a/b~\":1,\"a/b~\":1}", "duplicate-key", "/a~1b~0");
}
END_TEST

START_TEST(refuses_names_that_only_look_different)
{
	refuses("{\"ab\":1,\"\\u0061b\":2}", "duplicate-key", "/ab");
	refuses("{\"\\u0061b\":1,\"ab\":2}", "duplicate-key", "/ab");
	refuses("{\"\xc3\xa9\":1,\"\\u00E9\":2}", "duplicate-key", "/\xc3\xa9");
	refuses("{\"\\/\":1,\"/\":2}", "duplicate-key", "/~1");
}
END_TEST

/* Members m0 to m<count-1>, and then m<again>. */
static const char *many_members(int count, int again)
{
	struct json_writer w = writer();
	char name[16];

	json_begin_object(&w);
	for (int i = 0; i <= count; i++) {
		snprintf(name, sizeof(name), "m%d", i < count ? i : again);
		json_put_int(&w, name, i);
	}
	json_end_object(&w);
	return arena_cstr(&arena, buf_view(&out));
}

START_TEST(finds_a_name_twice_however_many_there_are)
{
	for (int count = 1; count < 300; count++) {
		char pointer[16];

		snprintf(pointer, sizeof(pointer), "/m%d", count / 2);
		refuses(many_members(count, count / 2), "duplicate-key",
			pointer);
		ck_assert(read_text(many_members(count, count)));
	}
}
END_TEST

START_TEST(allows_a_name_again_in_another_object)
{
	ck_assert(read_text("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},"
			    "{\"a\":1}]}"));
}
END_TEST

START_TEST(refuses_u0000)
{
	refuses("{\"a\":[\"x\\u0000\"]}", "nul-character", "/a/0");
	refuses("\"\\u0000\"", "nul-character", "");
	ck_assert(!read_text("{\"a\\u0000\":1}"));
	ck_assert_str_eq(err.code, "nul-character");
	ck_assert(read_text("\"\\\\u0000\""));
	ck_assert(str_is(doc.nodes[0].text, "\\u0000"));
}
END_TEST

START_TEST(refuses_half_a_surrogate_pair)
{
	refuses("{\"a\":\"\\ud83d\"}", "not-utf8", "/a");
	refuses("[1,\"\\udc00\\ud800\"]", "not-utf8", "/1");
	ck_assert(read_text("\"\\ud83d\\ude39\""));
	ck_assert(str_is(doc.nodes[0].text, "\xf0\x9f\x98\xb9"));
}
END_TEST

START_TEST(decodes_every_escape)
{
	ck_assert(read_text("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20AC\\u007f\""));
	ck_assert(str_is(doc.nodes[0].text, "\"\\/\b\f\n\r\t\xe2\x82\xac\x7f"));
}
END_TEST

/* Limits ------------------------------------------------------------------ */

static bool read_within(const char *text, struct json_limits limits)
{
	return json_read(&arena, str_of(text), &limits, &doc, &err);
}

START_TEST(keeps_to_the_limit_of_bytes)
{
	struct json_limits limits = {.max_bytes = 5};

	ck_assert(read_within("[123]", limits));
	ck_assert(!read_within("[1234]", limits));
	ck_assert_str_eq(err.code, "too-large");
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

START_TEST(keeps_to_the_limit_of_depth)
{
	struct json_limits limits = {.max_depth = 2};

	ck_assert(read_within("[[1,2],{\"a\":3}]", limits));
	ck_assert(!read_within("[0,{\"a\":[]}]", limits));
	ck_assert_str_eq(err.code, "too-deep");
	ck_assert_str_eq(err.pointer, "/1/a");
}
END_TEST

START_TEST(keeps_to_the_limit_of_nodes)
{
	struct json_limits limits = {.max_nodes = 4};

	ck_assert(read_within("[1,2,3]", limits));
	ck_assert(!read_within("[1,2,3,4]", limits));
	ck_assert_str_eq(err.code, "too-large");
	ck_assert(!read_within("[[[[[]]]]]", limits));
}
END_TEST

START_TEST(has_limits_by_default)
{
	struct json_limits none = {0};
	struct buf text;
	size_t ten_mib = 10 * 1024 * 1024;

	buf_init(&text, ten_mib + 16);
	buf_byte(&text, '"');
	while (text.len < ten_mib - 1)
		buf_byte(&text, 'x');
	buf_byte(&text, '"');
	ck_assert(json_read(&arena, buf_view(&text), &none, &doc, &err));
	buf_byte(&text, ' ');
	ck_assert(!json_read(&arena, buf_view(&text), NULL, &doc, &err));
	ck_assert_str_eq(err.code, "too-large");
	buf_release(&text);
}
END_TEST

START_TEST(takes_a_million_nodes_and_no_more)
{
	struct buf text;

	buf_init(&text, 4 << 20);
	buf_cstr(&text, "[0");
	for (int i = 2; i < 1000 * 1000; i++)
		buf_cstr(&text, ",0");
	buf_byte(&text, ']');
	ck_assert(json_read(&arena, buf_view(&text), NULL, &doc, &err));
	ck_assert_uint_eq(doc.count, 1000 * 1000);
	text.len--;
	buf_cstr(&text, ",0]");
	ck_assert(!json_read(&arena, buf_view(&text), NULL, &doc, &err));
	ck_assert_str_eq(err.code, "too-large");
	buf_release(&text);
}
END_TEST

/* Finding ----------------------------------------------------------------- */

START_TEST(finds_members_by_name)
{
	uint32_t b;

	ck_assert(read_text("{\"a\":[1,2],\"b\":{\"a\":3},\"\":4}"));
	b = json_member(&doc, 0, STR("b"));
	ck_assert_uint_eq(b, 4);
	ck_assert(str_is(doc.nodes[json_member(&doc, b, STR("a"))].text, "3"));
	ck_assert_uint_eq(json_member(&doc, 0, STR("")), 6);
	ck_assert_uint_eq(json_member(&doc, 0, STR("A")), 0);
	ck_assert_uint_eq(json_member(&doc, 1, STR("a")), 0);
	ck_assert_uint_eq(json_member(&doc, 2, STR("a")), 0);
}
END_TEST

/* The document and the pointers of RFC 6901, section 5. */
static const char rfc6901[] = "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,"
			      "\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
			      "\"k\\\"l\":6,\" \":7,\"m~n\":8}";

static const struct {
	const char *pointer;
	const char *text; /* NULL: a container */
} rfc6901_finds[] = {
	{"", NULL},	{"/foo", NULL}, {"/foo/0", "bar"}, {"/foo/1", "baz"},
	{"/", "0"},	{"/a~1b", "1"}, {"/c%d", "2"},	   {"/e^f", "3"},
	{"/g|h", "4"},	{"/i\\j", "5"}, {"/k\"l", "6"},	   {"/ ", "7"},
	{"/m~0n", "8"},
};

enum { FINDS = sizeof(rfc6901_finds) / sizeof(*rfc6901_finds) };

START_TEST(finds_what_rfc_6901_finds)
{
	ck_assert(read_text(rfc6901));
	for (int i = 0; i < FINDS; i++) {
		const char *pointer = rfc6901_finds[i].pointer;
		uint32_t at = json_find(&doc, 0, str_of(pointer));

		ck_assert_msg(at < doc.count, "%s", pointer);
		ck_assert(str_is(doc.nodes[at].text, rfc6901_finds[i].text));
	}
}
END_TEST

START_TEST(names_what_it_found_by_the_same_pointer)
{
	char text[32];

	ck_assert(read_text(rfc6901));
	for (int i = 0; i < FINDS; i++) {
		const char *pointer = rfc6901_finds[i].pointer;
		uint32_t at = json_find(&doc, 0, str_of(pointer));

		json_pointer_of(&doc, at, text, sizeof(text));
		ck_assert_str_eq(text, pointer);
	}
}
END_TEST

START_TEST(finds_nothing_where_nothing_is)
{
	static const char *const pointers[] = {
		"/bar",
		"/foo/2",
		"/foo/-",
		"/foo/00",
		"/foo/01",
		"/foo/0/0",
		"/foo/",
		"/foo/-1",
		"/foo/+1",
		"/foo/1e0",
		"/FOO",
		"//",
		"foo",
		"/a/b",
		"/m~n~",
		"/foo/ 0",
		"/foo/0 ",
		"/foo/4294967296",
		"/foo/99999999999999999999",
	};

	ck_assert(read_text(rfc6901));
	for (size_t i = 0; i < sizeof(pointers) / sizeof(*pointers); i++)
		ck_assert_msg(json_find(&doc, 0, str_of(pointers[i])) ==
				      UINT32_MAX,
			      "%s", pointers[i]);
}
END_TEST

START_TEST(finds_from_a_node_inside)
{
	uint32_t a, found;

	ck_assert(read_text("{\"x\":1,\"a\":{\"x\":[10,20,{\"y\":30}]}}"));
	a = json_member(&doc, 0, STR("a"));
	found = json_find(&doc, a, STR("/x/2/y"));
	ck_assert_uint_lt(found, doc.count);
	ck_assert(str_is(doc.nodes[found].text, "30"));
	ck_assert_uint_eq(json_find(&doc, a, STR("")), a);
}
END_TEST

START_TEST(unescapes_pointers_in_the_right_order)
{
	ck_assert(read_text("{\"~1\":1,\"/\":2,\"~\":3}"));
	ck_assert_uint_eq(json_find(&doc, 0, STR("/~01")), 1);
	ck_assert_uint_eq(json_find(&doc, 0, STR("/~1")), 2);
	ck_assert_uint_eq(json_find(&doc, 0, STR("/~0")), 3);
}
END_TEST

START_TEST(cuts_a_pointer_to_its_room)
{
	char text[8];

	ck_assert(read_text("{\"abc\":{\"defghij\":1}}"));
	json_pointer_of(&doc, 2, text, sizeof(text));
	ck_assert_str_eq(text, "/abc/de");
	json_pointer_of(&doc, 2, text, 1);
	ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(names_each_node_so_that_it_is_found_again)
{
	char text[64];

	ck_assert(read_text("[{\"a\":[[],[{}]],\"b/~\":{\"\":[0,1,2]}},"
			    "[[[null]]],{\"0\":{\"1\":true}}]"));
	for (uint32_t i = 0; i < doc.count; i++) {
		json_pointer_of(&doc, i, text, sizeof(text));
		ck_assert_uint_eq(json_find(&doc, 0, str_of(text)), i);
	}
}
END_TEST

START_TEST(knows_a_pointer_when_it_sees_one)
{
	static const char *const good[] = {"",	   "/",	     "/a",  "//",
					   "/a/b", "/a~0~1", "/~01"};
	static const char *const bad[] = {"a", " /a", "#/a", "/a~",
					  "~", "/~2", "/~~0"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		ck_assert_msg(json_pointer_ok(str_of(good[i])), "%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(!json_pointer_ok(str_of(bad[i])), "%s", bad[i]);
}
END_TEST

/* Writing ----------------------------------------------------------------- */

START_TEST(writes_commas_where_they_belong)
{
	struct json_writer w = writer();

	json_begin_array(&w);
	json_begin_object(&w);
	json_end_object(&w);
	json_begin_array(&w);
	json_end_array(&w);
	json_begin_object(&w);
	json_put_int(&w, "a", -1);
	json_name(&w, STR("b"));
	json_begin_array(&w);
	json_null(&w);
	json_bool(&w, true);
	json_end_array(&w);
	json_put_bool(&w, "c", false);
	json_end_object(&w);
	json_string(&w, STR("x"));
	json_end_array(&w);
	wrote("[{},[],{\"a\":-1,\"b\":[null,true],\"c\":false},\"x\"]");
	ck_assert_int_eq(w.depth, 0);
}
END_TEST

START_TEST(writes_each_kind_of_member)
{
	struct json_writer w = writer();

	json_begin_object(&w);
	json_put_str(&w, "a", (struct str){"xyz", 2});
	json_put_cstr(&w, "b", "");
	json_put_int(&w, "c", INT64_MIN);
	json_put_int(&w, "d", INT64_MAX);
	json_put_time(&w, "e", 1500000);
	json_put_raw(&w, "f", STR("{\"g\":1e2}"));
	json_end_object(&w);
	wrote("{\"a\":\"xy\",\"b\":\"\",\"c\":-9223372036854775808,"
	      "\"d\":9223372036854775807,\"e\":\"1970-01-01T00:00:01.500Z\","
	      "\"f\":{\"g\":1e2}}");
}
END_TEST

START_TEST(escapes_what_must_be_escaped)
{
	struct json_writer w = writer();

	json_begin_object(&w);
	json_put_cstr(&w, "\"\\\n", "/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9");
	json_end_object(&w);
	wrote("{\"\\\"\\\\\\n\":\"/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\""
	      "}");
}
END_TEST

START_TEST(reads_back_every_character_that_it_wrote)
{
	char text[127];
	struct json_writer w = writer();

	for (int c = 1; c < 128; c++)
		text[c - 1] = (char)c;
	json_string(&w, (struct str){text, sizeof(text)});
	ck_assert(json_read(&arena, buf_view(&out), NULL, &doc, &err));
	ck_assert(str_eq(doc.nodes[0].text, (struct str){text, sizeof(text)}));
}
END_TEST

START_TEST(copies_a_part_of_a_document)
{
	struct json_writer w = writer();

	ck_assert(read_text("{ \"a\" : [ 1.50 , \"\\u0041/\\/\" , { } ] }"));
	json_begin_array(&w);
	json_copy(&w, &doc, 1);
	json_copy(&w, &doc, 2);
	json_end_array(&w);
	wrote("[[1.50,\"A//\",{}],1.50]");
}
END_TEST

START_TEST(aborts_when_more_is_closed_than_was_opened)
{
	struct json_writer w = writer();

	json_begin_array(&w);
	json_end_array(&w);
	json_end_array(&w);
}
END_TEST

START_TEST(keeps_within_its_buffer)
{
	struct json_writer w;
	struct buf small;

	buf_init(&small, 8);
	json_writer_init(&w, &small);
	json_begin_array(&w);
	json_string(&w, STR("longer than eight"));
	json_end_array(&w);
	ck_assert(small.full);
	ck_assert_uint_le(small.len, 8);
	buf_release(&small);
}
END_TEST

static void add_reading(TCase *tc)
{
	tcase_add_test(tc, lays_the_nodes_in_the_order_of_the_text);
	tcase_add_test(tc, keeps_numbers_as_they_are_written);
	tcase_add_test(tc, tells_an_empty_string_from_none);
	tcase_add_test(tc, borrows_a_string_without_escapes);
	tcase_add_test(tc, names_the_byte_that_is_not_json);
	tcase_add_test(tc, refuses_an_empty_document);
	tcase_add_test(tc, refuses_a_name_twice_in_one_object);
	tcase_add_test(tc, refuses_names_that_only_look_different);
	tcase_add_test(tc, finds_a_name_twice_however_many_there_are);
	tcase_add_test(tc, allows_a_name_again_in_another_object);
	tcase_add_test(tc, refuses_u0000);
	tcase_add_test(tc, refuses_half_a_surrogate_pair);
	tcase_add_test(tc, decodes_every_escape);
	tcase_add_test(tc, keeps_to_the_limit_of_bytes);
	tcase_add_test(tc, keeps_to_the_limit_of_depth);
	tcase_add_test(tc, keeps_to_the_limit_of_nodes);
	tcase_add_test(tc, has_limits_by_default);
	tcase_add_test(tc, takes_a_million_nodes_and_no_more);
}

static void add_finding(TCase *tc)
{
	tcase_add_test(tc, finds_members_by_name);
	tcase_add_test(tc, finds_what_rfc_6901_finds);
	tcase_add_test(tc, names_what_it_found_by_the_same_pointer);
	tcase_add_test(tc, finds_nothing_where_nothing_is);
	tcase_add_test(tc, finds_from_a_node_inside);
	tcase_add_test(tc, unescapes_pointers_in_the_right_order);
	tcase_add_test(tc, cuts_a_pointer_to_its_room);
	tcase_add_test(tc, names_each_node_so_that_it_is_found_again);
	tcase_add_test(tc, knows_a_pointer_when_it_sees_one);
}

static void add_writing(TCase *tc)
{
	tcase_add_test(tc, writes_commas_where_they_belong);
	tcase_add_test(tc, writes_each_kind_of_member);
	tcase_add_test(tc, escapes_what_must_be_escaped);
	tcase_add_test(tc, reads_back_every_character_that_it_wrote);
	tcase_add_test(tc, copies_a_part_of_a_document);
	tcase_add_test_raise_signal(
		tc, aborts_when_more_is_closed_than_was_opened, SIGABRT);
	tcase_add_test(tc, keeps_within_its_buffer);
}

Suite *json_suite(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *tc);
	} groups[] = {
		{"reading", add_reading},
		{"finding", add_finding},
		{"writing", add_writing},
	};
	Suite *suite = suite_create("json");
	TCase *tc = tcase_create("corpus");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, does_with_each_case_what_its_name_says);
	suite_add_tcase(suite, tc);
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		tc = tcase_create(groups[i].name);
		tcase_add_checked_fixture(tc, set_up, tear_down);
		groups[i].add(tc);
		suite_add_tcase(suite, tc);
	}
	return suite;
}
