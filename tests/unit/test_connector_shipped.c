/* test_connector_shipped.c - each file of schemas/connectors: that it is
 * right, and what happens when anything in it is of a wrong kind. */
#include <glob.h>
#include <stdio.h>

#include "mapping/mapping.h"
#include "outbound/operation.h"
#include "unit/test_connector.h"
#include "json/writer.h"

enum { SHIPPED_AT_LEAST = 5, FILE_BYTES_MAX = 1 << 20 };

static glob_t found;

static void find_files(void)
{
	ck_assert_int_eq(glob("schemas/connectors/*.json", 0, NULL, &found), 0);
}

static void forget_files(void)
{
	globfree(&found);
}

static struct str read_file(struct buf *text, const char *path)
{
	struct err err;

	buf_init(text, FILE_BYTES_MAX);
	ck_assert_msg(buf_read_file(text, path, &err), "%s: %s", path,
		      err.text);
	return buf_view(text);
}

static const char *name_of(struct arena *arena, const char *path)
{
	struct str name = str_of(strrchr(path, '/') + 1);

	name.len -= strlen(".json");
	return arena_cstr(arena, name);
}

static void on_finding(void *ctx, const char *pointer, const char *text)
{
	fprintf(stderr, "%s%s: %s\n", (const char *)ctx, pointer, text);
}

START_TEST(every_shipped_file_is_right_and_named_as_its_system)
{
	ck_assert_uint_ge(found.gl_pathc, SHIPPED_AT_LEAST);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct mapping_findings findings = {.found = on_finding,
						    .ctx = found.gl_pathv[i]};
		struct connector *connector;
		struct arena arena;
		struct buf text;
		struct err err;

		arena_init(&arena, 0);
		connector_lint(read_file(&text, found.gl_pathv[i]), &findings);
		ck_assert_uint_eq(findings.count, 0);
		ck_assert_msg(connector_load(buf_view(&text),
					     name_of(&arena, found.gl_pathv[i]),
					     NULL, &arena, &connector, &err),
			      "%s", err.text);
		buf_release(&text);
		arena_release(&arena);
	}
}
END_TEST

/* The document with the value `at` replaced. */
static void write_with(struct json_writer *w, const struct json_doc *doc,
		       uint32_t here, uint32_t at, const char *instead)
{
	const struct json_node *node = &doc->nodes[here];

	if (here == at) {
		json_raw(w, str_of(instead));
		return;
	}
	if (node->kind < JSON_ARRAY) {
		json_copy(w, doc, here);
		return;
	}
	if (node->kind == JSON_OBJECT)
		json_begin_object(w);
	else
		json_begin_array(w);
	for (uint32_t i = here + 1; i < node->next; i = doc->nodes[i].next) {
		if (node->kind == JSON_OBJECT)
			json_name(w, doc->nodes[i].name);
		write_with(w, doc, i, at, instead);
	}
	if (node->kind == JSON_OBJECT)
		json_end_object(w);
	else
		json_end_array(w);
}

static const char *anything(void *ctx, const char *name)
{
	(void)ctx;
	return strstr(name, "_FILE") ? NULL : "https://12345.example.com";
}

/* Loads it, and renders and judges what there is to be loaded. */
static void try_file(struct str text, const char *name)
{
	static const struct connector_env env = {anything, NULL};
	static const struct http_result answer = {
		.status = 200, .body = {"{\"a\":[{\"b\":null},1]}", 20}};
	const struct connector_told told = {NULL, STR("key")};
	const struct connector_operation *op;
	struct connector *connector;
	struct connector_outcome outcome;
	struct http_request request;
	struct arena arena;
	struct err err;

	arena_init(&arena, 0);
	if (connector_load(text, name, &env, &arena, &connector, &err)) {
		for (uint32_t i = 0;
		     (op = connector_operation_at(connector, i)); i++) {
			(void)!operation_render(op, &told, &arena, &request,
						&err);
			operation_judge(op, &answer, &arena, &outcome);
		}
	} else {
		ck_assert_str_ne(err.text, "");
	}
	arena_release(&arena);
}

START_TEST(nothing_of_a_wrong_kind_does_more_than_a_finding)
{
	static const char *const kinds[] = {"null",
					    "true",
					    "-1",
					    "\"\"",
					    "\"/x/${nobody}\"",
					    "[]",
					    "[[1]]",
					    "{}",
					    "{\"x\":{\"y\":1}}"};
	const char *path = found.gl_pathv[_i];
	struct json_doc doc;
	struct arena arena;
	struct buf text, made;
	struct json_writer w;
	struct err err;

	arena_init(&arena, 0);
	buf_init(&made, FILE_BYTES_MAX);
	ck_assert(json_read(&arena, read_file(&text, path), NULL, &doc, &err));
	for (uint32_t at = 1; at < doc.count; at++) {
		buf_reset(&made);
		json_writer_init(&w, &made);
		write_with(&w, &doc, 0, at, kinds[at % 9]);
		try_file(buf_view(&made), name_of(&arena, path));
		buf_reset(&made);
		json_writer_init(&w, &made);
		write_with(&w, &doc, 0, at, kinds[(at / 9 + at + 4) % 9]);
		try_file(buf_view(&made), name_of(&arena, path));
	}
	buf_release(&made);
	buf_release(&text);
	arena_release(&arena);
}
END_TEST

TCase *connector_shipped(void)
{
	TCase *t = tcase_create("shipped");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, find_files, forget_files);
	tcase_add_test(t, every_shipped_file_is_right_and_named_as_its_system);
	tcase_add_loop_test(t, nothing_of_a_wrong_kind_does_more_than_a_finding,
			    0, SHIPPED_AT_LEAST);
	return t;
}
