/* test_connector_cases.c - tests/cases/connector, one case after the other;
 * its README says how they are written. */
#include <glob.h>
#include <stdio.h>

#include "io/http_text.h"
#include "mapping/mapping.h"
#include "outbound/operation.h"
#include "unit/test_connector.h"
#include "json/writer.h"

enum { CASES_AT_LEAST = 100, TEXT_BYTES_MAX = 1 << 20 };

struct cases {
	struct arena arena;
	struct json_doc doc;
	const char *file;
	int count, bad;
};

/* One case. */
struct the_case {
	struct cases *cases;
	uint32_t at;
	struct arena arena;
	struct buf file;
};

static uint32_t part_of(const struct the_case *c, uint32_t at, const char *name)
{
	return json_member(&c->cases->doc, at, str_of(name));
}

static uint32_t part(const struct the_case *c, const char *name)
{
	return part_of(c, c->at, name);
}

static struct str text_of(const struct the_case *c, uint32_t at,
			  const char *name)
{
	uint32_t found = at ? part_of(c, at, name) : 0;

	return found ? c->cases->doc.nodes[found].text : (struct str){NULL, 0};
}

static void complain(struct the_case *c, const char *what, struct str wanted,
		     struct str got)
{
	c->cases->bad++;
	fprintf(stderr, "%s: %.*s: %s\n  wanted %.*s\n  got    %.*s\n",
		c->cases->file, STR_ARGS(text_of(c, c->at, "says")), what,
		STR_ARGS(wanted), STR_ARGS(got));
}

static void expect(struct the_case *c, const char *what, struct str wanted,
		   struct str got)
{
	if (wanted.at && !str_eq(wanted, got))
		complain(c, what, wanted, got);
}

static void expect_part(struct the_case *c, const char *what, struct str wanted,
			struct str got)
{
	if (wanted.at && !memmem(got.at, got.len, wanted.at, wanted.len))
		complain(c, what, wanted, got);
}

static struct str copied(struct the_case *c, const struct json_doc *doc,
			 uint32_t at)
{
	struct json_writer w;
	struct str text;
	struct buf out;

	buf_init(&out, TEXT_BYTES_MAX);
	json_writer_init(&w, &out);
	json_copy(&w, doc, at);
	text = arena_str(&c->arena, buf_view(&out));
	buf_release(&out);
	return text;
}

/* The file ----------------------------------------------------------------- */

static void all_members(const struct the_case *c, struct json_writer *w,
			uint32_t of)
{
	const struct json_node *nodes = c->cases->doc.nodes;

	for (uint32_t i = of + 1; of && i < nodes[of].next; i = nodes[i].next) {
		json_name(w, nodes[i].name);
		json_copy(w, &c->cases->doc, i);
	}
}

static void usual(const struct the_case *c, struct json_writer *w, uint32_t of,
		  const char *name, const char *json)
{
	if (!of || !part_of(c, of, name))
		json_put_raw(w, name, str_of(json));
}

static void read_shipped(struct the_case *c, struct str name)
{
	struct err err;

	if (!buf_read_file(&c->file,
			   arena_printf(&c->arena,
					"schemas/connectors/%.*s.json",
					STR_ARGS(name))
				   .at,
			   &err))
		ck_abort_msg("%s", err.text);
}

static void write_file(struct the_case *c)
{
	uint32_t file = part(c, "file"), with = part(c, "with"),
		 op = part(c, "op");
	struct str shipped = text_of(c, c->at, "shipped");
	struct json_writer w;

	if (shipped.at) {
		read_shipped(c, shipped);
		return;
	}
	json_writer_init(&w, &c->file);
	if (file) {
		json_copy(&w, &c->cases->doc, file);
		return;
	}
	json_begin_object(&w);
	usual(c, &w, with, "connector", "\"test\"");
	usual(c, &w, with, "revision", "1");
	usual(c, &w, with, "base_url", "\"https://api.example.com/v1\"");
	usual(c, &w, with, "auth", "{\"kind\":\"none\"}");
	all_members(c, &w, with);
	if (!with || !part_of(c, with, "operations")) {
		json_name(&w, STR("operations"));
		json_begin_object(&w);
		json_name(&w, STR("op"));
		json_begin_object(&w);
		usual(c, &w, op, "method", "\"POST\"");
		usual(c, &w, op, "path", "\"/x\"");
		all_members(c, &w, op);
		json_end_object(&w);
		json_end_object(&w);
	}
	json_end_object(&w);
}

static const char *from_case(void *ctx, const char *name)
{
	struct the_case *c = ctx;
	struct str value = text_of(c, part(c, "env"), name);

	if (!value.at && !strcmp(name, "FLOTILLA_PRIVATE_ADDRESSES"))
		return "1";
	return value.at ? arena_cstr(&c->arena, value) : NULL;
}

/* What is wrong with it ------------------------------------------------------
 */

struct findings_seen {
	struct the_case *c;
	uint32_t next, end; /* of the findings that are wanted */
};

static void see_finding(void *ctx, const char *pointer, const char *text)
{
	struct findings_seen *seen = ctx;
	struct the_case *c = seen->c;

	if (seen->next == seen->end) {
		complain(c, pointer, STR("no more findings"), str_of(text));
		return;
	}
	expect(c, text, text_of(c, seen->next, "pointer"), str_of(pointer));
	expect_part(c, pointer, text_of(c, seen->next, "text"), str_of(text));
	seen->next = c->cases->doc.nodes[seen->next].next;
}

static void check_lint(struct the_case *c, uint32_t lint)
{
	struct findings_seen seen = {c, lint + 1,
				     c->cases->doc.nodes[lint].next};
	struct mapping_findings findings = {.found = see_finding, .ctx = &seen};

	connector_lint(buf_view(&c->file), &findings);
	if (seen.next != seen.end)
		complain(c, "lint", text_of(c, seen.next, "text"),
			 STR("nothing"));
}

static void check_load(struct the_case *c, uint32_t load, bool ok,
		       const struct err *err)
{
	if (ok) {
		complain(c, "load", text_of(c, load, "text"), STR("a load"));
		return;
	}
	expect(c, "kind", text_of(c, load, "kind"),
	       str_of(err_kind_name(err->kind)));
	expect_part(c, "load", text_of(c, load, "text"), str_of(err->text));
}

/* Requests ----------------------------------------------------------------- */

static void check_headers(struct the_case *c, uint32_t wanted,
			  const struct http_request *r)
{
	const struct json_node *nodes = c->cases->doc.nodes;
	const struct http_result as_result = {.headers = r->headers,
					      .header_count = r->header_count};

	if (nodes[wanted].count != r->header_count)
		complain(
			c, "headers", copied(c, &c->cases->doc, wanted),
			arena_printf(&c->arena, "%u of them", r->header_count));
	for (uint32_t i = wanted + 1; i < nodes[wanted].next;
	     i = nodes[i].next) {
		const char *name = arena_cstr(&c->arena, nodes[i].name);
		struct str got = http_header_find(&as_result, name);

		if (!str_eq(nodes[i].text, got))
			complain(c, name, nodes[i].text, got);
	}
}

static void check_request(struct the_case *c, uint32_t wanted,
			  const struct http_request *r)
{
	uint32_t body = part_of(c, wanted, "body"),
		 headers = part_of(c, wanted, "headers");

	expect(c, "method", text_of(c, wanted, "method"), r->method);
	expect(c, "url", text_of(c, wanted, "url"), r->url);
	expect(c, "text", text_of(c, wanted, "text"), r->body);
	if (headers)
		check_headers(c, headers, r);
	if (body)
		expect(c, "body", copied(c, &c->cases->doc, body), r->body);
}

static void check_render(struct the_case *c,
			 const struct connector_operation *op)
{
	uint32_t told = part(c, "told"), request = part(c, "request"),
		 fails = part(c, "fails");
	struct connector_told what = {NULL, text_of(c, c->at, "key")};
	struct http_request got;
	struct json_doc doc;
	struct err err;

	if (!request && !fails)
		return;
	if (told) {
		ck_assert(json_read(&c->arena, copied(c, &c->cases->doc, told),
				    NULL, &doc, &err));
		what.doc = &doc;
	}
	if (operation_render(op, &what, &c->arena, &got, &err)) {
		if (fails)
			complain(c, "fails", text_of(c, fails, "code"),
				 got.url);
		else
			check_request(c, request, &got);
		return;
	}
	if (!fails) {
		complain(c, "renders", STR("a request"), str_of(err.text));
		return;
	}
	expect(c, "code", text_of(c, fails, "code"), str_of(err.code));
	expect_part(c, "fails", text_of(c, fails, "text"), str_of(err.text));
}

/* Answers ------------------------------------------------------------------ */

static void read_answer(struct the_case *c, uint32_t at, struct http_result *r)
{
	const struct json_node *nodes = c->cases->doc.nodes;
	uint32_t headers = part_of(c, at, "headers"),
		 body = part_of(c, at, "body");
	struct http_header *list =
		ARENA_ARRAY(&c->arena, struct http_header,
			    headers ? nodes[headers].count + 1 : 1);
	int64_t status = 0;

	memset(r, 0, sizeof(*r));
	if (str_to_i64(text_of(c, at, "status"), &status))
		r->status = (int)status;
	r->headers = list;
	for (uint32_t i = headers + 1; headers && i < nodes[headers].next;
	     i = nodes[i].next)
		list[r->header_count++] =
			(struct http_header){nodes[i].name, nodes[i].text};
	r->body =
		body ? copied(c, &c->cases->doc, body) : text_of(c, at, "text");
	if (r->status)
		return;
	err_code(&r->err,
		 str_is(text_of(c, at, "kind"), "invalid") ? ERR_INVALID
							   : ERR_TEMPORARY,
		 arena_cstr(&c->arena, text_of(c, at, "error")), "%s",
		 "so it failed");
	r->maybe_sent = part_of(c, at, "maybe_sent") &&
			nodes[part_of(c, at, "maybe_sent")].kind == JSON_TRUE;
}

static void check_fields(struct the_case *c, uint32_t wanted,
			 const struct connector_outcome *o)
{
	const struct json_node *nodes = c->cases->doc.nodes;
	const struct http_result as_result = {.headers = o->fields,
					      .header_count = o->field_count};

	for (uint32_t i = wanted + 1; i < nodes[wanted].next;
	     i = nodes[i].next) {
		const char *name = arena_cstr(&c->arena, nodes[i].name);
		struct str got = http_header_find(&as_result, name);

		if (nodes[i].kind == JSON_NULL ? got.at != NULL
					       : !str_eq(nodes[i].text, got))
			complain(c, name, nodes[i].text, got);
	}
}

static void check_judge(struct the_case *c,
			const struct connector_operation *op)
{
	uint32_t answer = part(c, "answer"), wanted = part(c, "outcome"),
		 fields;
	struct connector_outcome o;
	struct http_result result;

	if (!answer || !wanted)
		return;
	fields = part_of(c, wanted, "fields");
	read_answer(c, answer, &result);
	operation_judge(op, &result, &c->arena, &o);
	expect(c, "outcome", text_of(c, wanted, "kind"),
	       str_of(outcome_name(o.kind)));
	expect(c, "external_id", text_of(c, wanted, "external_id"),
	       o.external_id);
	expect_part(c, "text", text_of(c, wanted, "text"), o.text);
	expect(c, "retry_after_ms", text_of(c, wanted, "retry_after_ms"),
	       arena_printf(&c->arena, "%lld", (long long)o.retry_after_ms));
	if (fields)
		check_fields(c, fields, &o);
}

/* -------------------------------------------------------------------------- */

static void run_case(struct the_case *c)
{
	const struct connector_env env = {from_case, c};
	uint32_t lint = part(c, "lint"), load = part(c, "load");
	struct str shipped = text_of(c, c->at, "shipped"),
		   operation = text_of(c, c->at, "operation");
	const struct connector_operation *op;
	struct connector *connector;
	struct err err;
	bool ok;

	write_file(c);
	if (lint) {
		check_lint(c, lint);
		return;
	}
	ok = connector_load(buf_view(&c->file),
			    shipped.at ? arena_cstr(&c->arena, shipped)
				       : "test",
			    &env, &c->arena, &connector, &err);
	if (load) {
		check_load(c, load, ok, &err);
		return;
	}
	if (!ok) {
		complain(c, err.pointer, STR("a load"), str_of(err.text));
		return;
	}
	op = connector_operation(connector,
				 operation.at ? operation : STR("op"));
	ck_assert_msg(op != NULL, "no operation %.*s", STR_ARGS(operation));
	check_render(c, op);
	check_judge(c, op);
}

static void run_file(struct cases *cases, const char *path)
{
	struct buf text;
	struct err err;

	buf_init(&text, TEXT_BYTES_MAX);
	arena_init(&cases->arena, 0);
	cases->file = path;
	ck_assert_msg(buf_read_file(&text, path, &err), "%s", err.text);
	ck_assert_msg(json_read(&cases->arena, buf_view(&text), NULL,
				&cases->doc, &err),
		      "%s: %s", path, err.text);
	for (uint32_t i = 1; i < cases->doc.count;
	     i = cases->doc.nodes[i].next) {
		struct the_case c = {.cases = cases, .at = i};

		arena_init(&c.arena, 0);
		buf_init(&c.file, TEXT_BYTES_MAX);
		run_case(&c);
		buf_release(&c.file);
		arena_release(&c.arena);
		cases->count++;
	}
	arena_release(&cases->arena);
	buf_release(&text);
}

START_TEST(every_case_of_the_connector_language_holds)
{
	struct cases cases = {.count = 0};
	glob_t files;

	ck_assert_int_eq(glob("tests/cases/connector/*.json", 0, NULL, &files),
			 0);
	for (size_t i = 0; i < files.gl_pathc; i++)
		run_file(&cases, files.gl_pathv[i]);
	globfree(&files);
	ck_assert_int_eq(cases.bad, 0);
	ck_assert_int_ge(cases.count, CASES_AT_LEAST);
}
END_TEST

TCase *connector_cases(void)
{
	TCase *tcase = tcase_create("cases");

	tcase_add_test(tcase, every_case_of_the_connector_language_holds);
	return tcase;
}
