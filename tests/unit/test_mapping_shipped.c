/* test_mapping_shipped.c - each file of schemas/mappings: its examples, and
 * what it does when anything in an example is of a wrong kind. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapping/example.h"
#include "model/document.h"
#include "model/record.h"
#include "unit/test_mapping.h"
#include "json/json.h"

enum { SHIPPED_AT_LEAST = 20, FILE_BYTES_MAX = 1 << 20 };

static glob_t found;

static void find_files(void)
{
	ck_assert_int_eq(glob("schemas/mappings/*/*.json", 0, NULL, &found), 0);
}

static void forget_files(void)
{
	globfree(&found);
}

/* "schemas/mappings/shopify/order.json", not its examples */
static bool is_mapping(const char *path)
{
	const char *name = strrchr(path, '/');

	return strchr(name, '.') == strrchr(name, '.');
}

static struct str load(struct buf *text, const char *path)
{
	struct err err;

	buf_init(text, FILE_BYTES_MAX);
	ck_assert_msg(buf_read_file(text, path, &err), "%s: %s", path,
		      err.text);
	return buf_view(text);
}

static struct mapping *compiled(const char *path)
{
	struct mapping *mapping;
	struct buf text;
	struct err err;

	if (!mapping_compile(load(&text, path), path, &mapping, &err))
		ck_abort_msg("%s at %s", err.text, err.pointer);
	buf_release(&text);
	return mapping;
}

/* Examples ---------------------------------------------------------------- */

static void show(void *ctx, const char *pointer, struct str expected,
		 struct str got)
{
	fprintf(stderr, "%s at %s: expected %.*s, got %.*s\n",
		(const char *)ctx, pointer, STR_ARGS(expected), STR_ARGS(got));
}

static void try_example(const struct mapping *mapping,
			const struct example_file *file)
{
	const struct mapping_example_report report = {show, file->example};
	struct buf example, expected;
	struct err err;
	bool same;

	load(&example, file->example);
	load(&expected, file->expected);
	ck_assert_msg(mapping_example_check(mapping, buf_view(&example),
					    buf_view(&expected), &report, &same,
					    &err),
		      "%s: %s", file->expected, err.text);
	ck_assert_msg(same, "%s", file->example);
	buf_release(&example);
	buf_release(&expected);
}

START_TEST(makes_of_each_example_what_is_expected)
{
	int mappings = 0;

	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		struct example_files files;
		struct mapping *mapping;

		if (!is_mapping(path))
			continue;
		mappings++;
		mapping = compiled(path);
		example_files_find(&files, path);
		ck_assert_msg(files.count > 0, "%s has no example", path);
		for (uint32_t k = 0; k < files.count; k++)
			try_example(mapping, &files.items[k]);
		example_files_release(&files);
		mapping_free(mapping);
	}
	ck_assert_int_ge(mappings, SHIPPED_AT_LEAST);
}
END_TEST

START_TEST(bears_the_name_of_its_file)
{
	char path[512];

	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct mapping *mapping;

		if (!is_mapping(found.gl_pathv[i]))
			continue;
		mapping = compiled(found.gl_pathv[i]);
		snprintf(path, sizeof(path), "schemas/mappings/%s.json",
			 mapping_name(mapping));
		ck_assert_str_eq(path, found.gl_pathv[i]);
		mapping_free(mapping);
	}
}
END_TEST

START_TEST(speaks_for_a_system_with_a_role)
{
	struct arena arena;
	struct json_doc doc;
	struct buf text;
	struct err err;
	uint32_t systems;

	arena_init(&arena, 0);
	ck_assert(json_read(&arena,
			    load(&text, "schemas/canonical/order-status.json"),
			    NULL, &doc, &err));
	systems = json_member(&doc, 0, STR("systems"));
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct mapping *mapping;

		if (!is_mapping(found.gl_pathv[i]))
			continue;
		mapping = compiled(found.gl_pathv[i]);
		ck_assert_msg(json_member(&doc, systems,
					  str_of(mapping_system(mapping))),
			      "%s", found.gl_pathv[i]);
		mapping_free(mapping);
	}
	buf_release(&text);
	arena_release(&arena);
}
END_TEST

/* Hostile input ------------------------------------------------------------ */

static const char *const intruders[] = {
	"null",
	"true",
	"false",
	"0",
	"-1",
	"1.5",
	"1e9",
	"1e-400",
	"1e400",
	"9223372036854775808",
	"\"\"",
	"\"x\"",
	"\" \"",
	"\"2026-02-30T25:61:00Z\"",
	"[]",
	"[[]]",
	"[null]",
	"[{}]",
	"[1,\"a\",{\"id\":[]}]",
	"{}",
	"{\"id\":{}}",
	"\"/Date(99999999999999999999)/\"",
	"\"\\ud83d\\ude00\"",
};

struct attack {
	const struct mapping *mapping;
	const char *file;
	struct arena arena;
	struct buf text;
	unsigned runs, records, refused;
};

static void see_line(void *ctx, struct str target, struct str pointer,
		     struct str rule, struct str value)
{
	size_t *bytes = ctx;

	*bytes += target.len + pointer.len + rule.len + value.len;
}

/* What was stored must be read back as the same. */
static void check_record(struct attack *a, const struct record *record)
{
	struct json_writer w;
	struct json_doc doc;
	struct buf again;
	struct err err;
	void *data;

	ck_assert(record->id.len > 0);
	ck_assert(record->pointer);
	if (!record->data)
		return;
	if (!model_check(record->entity, record->data, &err) ||
	    !json_read(&a->arena, record->doc, NULL, &doc, &err) ||
	    !model_read(record->entity, &a->arena, &doc, 0, &data, &err))
		ck_abort_msg("%s: %.*s: %s", a->file, STR_ARGS(record->doc),
			     err.text);
	buf_init(&again, FILE_BYTES_MAX);
	json_writer_init(&w, &again);
	model_write(record->entity, data, &w);
	ck_assert_msg(str_eq(buf_view(&again), record->doc), "%s: %.*s",
		      a->file, STR_ARGS(record->doc));
	buf_release(&again);
}

static void check_refusal(const struct attack *a, const struct err *err)
{
	ck_assert_int_eq(err->kind, ERR_INVALID);
	ck_assert_msg(err->code[0] && err->text[0], "%s", a->file);
	ck_assert_msg(json_pointer_ok(str_of(err->pointer)), "%s: %s", a->file,
		      err->pointer);
	/* only a document that is no record at all has no place to show */
	ck_assert_msg(err->pointer[0] || !strcmp(err->code, "no-record") ||
			      buf_view(&a->text).len < 64,
		      "%s: %s: %s: %s", a->file, err->code, err->text,
		      a->text.at);
}

static void strike(struct attack *a)
{
	size_t bytes = 0;
	const struct mapping_trace trace = {see_line, &bytes};
	const struct mapping_message message = {
		buf_view(&a->text), STR("t/0/0"), MAPPING_EXAMPLE_AT_US};
	struct mapped_list list;
	struct err err;

	a->runs++;
	ck_assert_msg(mapping_run_at(a->mapping, &a->arena, &message,
				     a->runs % 3 ? NULL : &trace, &list, &err),
		      "%s: %s: %s", a->file, err.text, a->text.at);
	for (uint32_t i = 0; i < list.count; i++) {
		const struct mapped *item = &list.items[i];

		if (item->fate == MAPPED_RECORD) {
			a->records++;
			check_record(a, item->record);
		} else if (item->fate == MAPPED_INVALID) {
			a->refused++;
			check_refusal(a, item->err);
		}
	}
}

/* The example with another value at `at`; no value: the member is gone. */
static void write_changed(const struct json_doc *doc, uint32_t node,
			  uint32_t at, const char *value, struct json_writer *w)
{
	const struct json_node *nodes = doc->nodes;
	bool object = nodes[node].kind == JSON_OBJECT;

	if (node == at) {
		json_raw(w, str_of(value));
		return;
	}
	if (nodes[node].kind < JSON_ARRAY) {
		json_copy(w, doc, node);
		return;
	}
	if (object)
		json_begin_object(w);
	else
		json_begin_array(w);
	for (uint32_t i = node + 1; i < nodes[node].next; i = nodes[i].next) {
		if (i == at && !value)
			continue;
		if (object)
			json_name(w, nodes[i].name);
		write_changed(doc, i, at, value, w);
	}
	if (object)
		json_end_object(w);
	else
		json_end_array(w);
}

static void change(struct attack *a, const struct json_doc *doc, uint32_t at,
		   const char *value)
{
	struct json_writer w;

	buf_reset(&a->text);
	json_writer_init(&w, &a->text);
	write_changed(doc, 0, at, value, &w);
	buf_byte(&a->text, ' ');
	a->text.at[--a->text.len] = '\0';
	strike(a);
	arena_reset(&a->arena);
}

static void attack_example(const struct mapping *mapping, const char *path,
			   struct attack *total)
{
	struct attack a = {.mapping = mapping, .file = path};
	struct arena kept;
	struct json_doc doc;
	struct buf text;
	struct err err;

	arena_init(&kept, 0);
	arena_init(&a.arena, 0);
	buf_init(&a.text, FILE_BYTES_MAX);
	ck_assert(json_read(&kept, load(&text, path), NULL, &doc, &err));
	for (uint32_t at = 0; at < doc.count; at++) {
		for (size_t i = 0; i < sizeof(intruders) / sizeof(*intruders);
		     i++)
			change(&a, &doc, at, intruders[i]);
		if (at)
			change(&a, &doc, at, NULL);
	}
	buf_release(&text);
	buf_release(&a.text);
	arena_release(&a.arena);
	arena_release(&kept);
	total->runs += a.runs;
	total->records += a.records;
	total->refused += a.refused;
}

START_TEST(survives_every_kind_at_every_place)
{
	struct attack total = {.runs = 0};

	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct example_files files;
		struct mapping *mapping;

		if (!is_mapping(found.gl_pathv[i]))
			continue;
		mapping = compiled(found.gl_pathv[i]);
		example_files_find(&files, found.gl_pathv[i]);
		for (uint32_t k = 0; k < files.count; k++)
			attack_example(mapping, files.items[k].example, &total);
		example_files_release(&files);
		mapping_free(mapping);
	}
	ck_assert_uint_gt(total.runs, 30000);
	ck_assert_uint_gt(total.records, 10000);
	ck_assert_uint_gt(total.refused, 1000);
	if (getenv("TESTS_SAY"))
		printf("%u messages: %u records, %u refused\n", total.runs,
		       total.records, total.refused);
}
END_TEST

/* Every beginning of the example, and the example with one byte changed. */
START_TEST(refuses_what_is_cut_off)
{
	struct mapping *mapping =
		compiled("schemas/mappings/shopify/order.json");
	struct mapped_list list;
	struct arena arena;
	struct buf text;
	struct err err;

	arena_init(&arena, 0);
	load(&text, "schemas/mappings/shopify/order.example.json");
	for (size_t len = 0; len + 3 < text.len; len++) {
		err.pointer[0] = '\0';
		ck_assert(!mapping_run(mapping, &arena,
				       (struct str){text.at, len}, NULL, &list,
				       &err));
		ck_assert_int_eq(err.kind, ERR_INVALID);
		arena_reset(&arena);
	}
	buf_release(&text);
	arena_release(&arena);
	mapping_free(mapping);
}
END_TEST

START_TEST(survives_any_byte_anywhere)
{
	struct mapping *mapping =
		compiled("schemas/mappings/shopify/order.json");
	struct mapped_list list;
	struct arena arena;
	struct buf text;
	struct err err;
	unsigned seed = 17;

	arena_init(&arena, 0);
	load(&text, "schemas/mappings/shopify/order.example.json");
	for (int i = 0; i < 20000; i++) {
		char *at, old;

		seed = seed * 1103515245 + 12345;
		at = &text.at[(seed >> 8) % text.len];
		old = *at;
		*at = (char)(seed >> 3);
		if (mapping_run(mapping, &arena, buf_view(&text), NULL, &list,
				&err))
			ck_assert_uint_le(list.count, 1);
		*at = old;
		arena_reset(&arena);
	}
	buf_release(&text);
	arena_release(&arena);
	mapping_free(mapping);
}
END_TEST

/* A mapping file is input as well. */
START_TEST(lints_every_kind_at_every_place_of_a_mapping)
{
	struct attack a = {.runs = 0};
	struct mapping_findings none = {.count = 0};
	struct arena kept;
	struct json_doc doc;
	struct buf text;
	struct err err;
	struct json_writer w;

	arena_init(&kept, 0);
	buf_init(&a.text, FILE_BYTES_MAX);
	ck_assert(json_read(&kept,
			    load(&text, "schemas/mappings/stripe/payment.json"),
			    NULL, &doc, &err));
	for (uint32_t at = 0; at < doc.count; at++) {
		for (size_t i = 0; i < sizeof(intruders) / sizeof(*intruders);
		     i++) {
			struct mapping_findings findings = none;

			buf_reset(&a.text);
			json_writer_init(&w, &a.text);
			write_changed(&doc, 0, at, intruders[i], &w);
			mapping_lint(buf_view(&a.text), &findings);
			ck_assert(!findings.count ||
				  json_pointer_ok(
					  str_of(findings.first.pointer)));
		}
	}
	buf_release(&text);
	buf_release(&a.text);
	arena_release(&kept);
}
END_TEST

TCase *mapping_shipped_tests(void)
{
	TCase *tc = tcase_create("shipped");

	tcase_add_checked_fixture(tc, find_files, forget_files);
	tcase_add_test(tc, makes_of_each_example_what_is_expected);
	tcase_add_test(tc, bears_the_name_of_its_file);
	tcase_add_test(tc, speaks_for_a_system_with_a_role);
	return tc;
}

TCase *mapping_hostile_tests(void)
{
	TCase *tc = tcase_create("hostile");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, find_files, forget_files);
	tcase_add_test(tc, survives_every_kind_at_every_place);
	tcase_add_test(tc, refuses_what_is_cut_off);
	tcase_add_test(tc, survives_any_byte_anywhere);
	tcase_add_test(tc, lints_every_kind_at_every_place_of_a_mapping);
	return tc;
}
