/* test_mapping_cases.c - tests/cases/mapping, one case after the other; its
 * README says how they are written. */
#include <glob.h>
#include <stdio.h>

#include "mapping/example.h"
#include "unit/test_mapping.h"
#include "json/json.h"
#include "json/writer.h"

enum { CASES_AT_LEAST = 250, TEXT_BYTES_MAX = 1 << 20 };

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
	struct buf mapping;
	struct buf payload;
};

static uint32_t part(const struct the_case *c, const char *name)
{
	return json_member(&c->cases->doc, c->at, str_of(name));
}

static struct str text_at(const struct the_case *c, const char *name)
{
	uint32_t at = part(c, name);

	return at ? c->cases->doc.nodes[at].text : (struct str){NULL, 0};
}

static void complain(struct the_case *c, const char *what, struct str wanted,
		     struct str got)
{
	c->cases->bad++;
	fprintf(stderr, "%s: %.*s: %s\n  wanted %.*s\n  got    %.*s\n",
		c->cases->file, STR_ARGS(text_at(c, "says")), what,
		STR_ARGS(wanted), STR_ARGS(got));
}

static void copied(const struct json_doc *doc, uint32_t at, struct buf *out)
{
	struct json_writer w;

	buf_reset(out);
	json_writer_init(&w, out);
	json_copy(&w, doc, at);
}

/* The mapping ---------------------------------------------------------- */

/* A member of the mapping at hand, unless the case brings its own. */
static void usual(const struct the_case *c, struct json_writer *w,
		  uint32_t instead, const char *name, const char *json)
{
	if (!instead || !json_member(&c->cases->doc, instead, str_of(name)))
		json_put_raw(w, name, str_of(json));
}

static void all_members(const struct the_case *c, struct json_writer *w,
			uint32_t of)
{
	const struct json_node *nodes = c->cases->doc.nodes;

	for (uint32_t i = of + 1; of && i < nodes[of].next; i = nodes[i].next) {
		json_name(w, nodes[i].name);
		json_copy(w, &c->cases->doc, i);
	}
}

static void write_fields(const struct the_case *c, struct json_writer *w)
{
	static const char *const usuals[][2] = {
		{"placed_at", "{\"const\":\"2026-01-01T00:00:00Z\"}"},
		{"currency", "{\"from\":\"$/currency\",\"default\":\"EUR\"}"},
		{"total_minor", "{\"const\":0}"},
	};
	uint32_t fields = part(c, "fields"), rule = part(c, "rule");
	struct str field = text_at(c, "field");

	if (!field.at)
		field = STR("note");
	json_name(w, STR("fields"));
	json_begin_object(w);
	for (size_t i = 0; i < sizeof(usuals) / sizeof(*usuals); i++)
		if (!rule || !str_is(field, usuals[i][0]))
			usual(c, w, fields, usuals[i][0], usuals[i][1]);
	all_members(c, w, fields);
	if (rule) {
		json_name(w, field);
		json_copy(w, &c->cases->doc, rule);
	}
	json_end_object(w);
}

static void write_mapping(struct the_case *c)
{
	uint32_t whole = part(c, "mapping"), with = part(c, "with");
	struct json_writer w;

	if (whole) {
		copied(&c->cases->doc, whole, &c->mapping);
		return;
	}
	json_writer_init(&w, &c->mapping);
	json_begin_object(&w);
	json_put_cstr(&w, "mapping", "test/order");
	json_put_int(&w, "revision", 1);
	json_put_cstr(&w, "entity", "order");
	usual(c, &w, with, "id", "{\"const\":\"1\"}");
	usual(c, &w, with, "version", "\"arrival\"");
	all_members(c, &w, with);
	write_fields(c, &w);
	json_end_object(&w);
}

/* What comes of it ------------------------------------------------------ */

struct findings_seen {
	struct the_case *c;
	uint32_t next; /* of the findings that are wanted */
	uint32_t end;
};

static void see_finding(void *ctx, const char *pointer, const char *text)
{
	struct findings_seen *seen = ctx;
	const struct json_doc *doc = &seen->c->cases->doc;
	struct str wanted;

	if (seen->next == seen->end) {
		complain(seen->c, pointer, STR("no more findings"),
			 str_of(text));
		return;
	}
	wanted = doc->nodes[json_member(doc, seen->next, STR("pointer"))].text;
	if (!str_is(wanted, pointer))
		complain(seen->c, text, wanted, str_of(pointer));
	wanted = doc->nodes[json_member(doc, seen->next, STR("text"))].text;
	if (!memmem(text, strlen(text), wanted.at, wanted.len))
		complain(seen->c, pointer, wanted, str_of(text));
	seen->next = doc->nodes[seen->next].next;
}

static void check_lint(struct the_case *c, uint32_t lint)
{
	struct findings_seen seen = {c, lint + 1,
				     c->cases->doc.nodes[lint].next};
	struct mapping_findings findings = {.found = see_finding, .ctx = &seen};
	struct mapping *mapping;
	struct err err;

	mapping_lint(buf_view(&c->mapping), &findings);
	if (seen.next != seen.end)
		complain(c, "lint", STR("more findings"), STR("no more"));
	if (mapping_compile(buf_view(&c->mapping), "case", &mapping, &err) !=
	    (findings.count == 0))
		complain(c, "compiles", STR("as lint says"), STR("not"));
	mapping_free(mapping);
}

/* `wanted` in the document of cases, `at` in what the mapping made. */
static void check_same(struct the_case *c, const char *what, uint32_t wanted,
		       const struct json_doc *got, uint32_t at)
{
	struct buf left, right;

	buf_init(&left, TEXT_BYTES_MAX);
	buf_init(&right, TEXT_BYTES_MAX);
	copied(&c->cases->doc, wanted, &left);
	if (at)
		copied(got, at, &right);
	else
		buf_cstr(&right, "null");
	if (!str_eq(buf_view(&left), buf_view(&right)))
		complain(c, what, buf_view(&left), buf_view(&right));
	buf_release(&left);
	buf_release(&right);
}

/* Parts with their docs left out. */
static void check_parts(struct the_case *c, uint32_t expect,
			const struct json_doc *got)
{
	const struct json_node *nodes = c->cases->doc.nodes;
	const struct json_node *parts = got->nodes;
	uint32_t i = expect + 1, k = 1;

	if (nodes[expect].count != parts[0].count) {
		complain(c, "parts", STR("as many"), STR("not as many"));
		return;
	}
	for (; i < nodes[expect].next; i = nodes[i].next, k = parts[k].next) {
		uint32_t doc = json_member(got, k, STR("doc"));

		if (nodes[i].count != parts[k].count - (doc != 0))
			complain(c, "part", STR("as many members"),
				 STR("not as many"));
		for (uint32_t m = i + 1; m < nodes[i].next; m = nodes[m].next)
			check_same(c, "part", m, got,
				   json_member(got, k, nodes[m].name));
	}
}

static void check_fields(struct the_case *c, uint32_t gives,
			 const struct json_doc *got)
{
	const struct json_node *nodes = c->cases->doc.nodes;
	struct str field = text_at(c, "field");
	uint32_t doc = json_member(got, 1, STR("doc"));

	if (!doc) {
		check_same(c, "a record", gives, got, 1);
		return;
	}
	if (!part(c, "fields")) {
		check_same(
			c, "field", gives, got,
			json_member(got, doc, field.at ? field : STR("note")));
		return;
	}
	for (uint32_t i = gives + 1; i < nodes[gives].next; i = nodes[i].next)
		check_same(c, "field", i, got,
			   json_member(got, doc, nodes[i].name));
}

static void check_run(struct the_case *c)
{
	uint32_t gives = part(c, "gives"), fails = part(c, "fails");
	struct mapping *mapping;
	struct json_doc got;
	struct buf out;
	struct err err;

	if (!mapping_compile(buf_view(&c->mapping), "case", &mapping, &err)) {
		complain(c, err.pointer, STR("a mapping"), str_of(err.text));
		return;
	}
	buf_init(&out, TEXT_BYTES_MAX);
	copied(&c->cases->doc, part(c, "in"), &c->payload);
	mapping_example_write(mapping, buf_view(&c->payload), &out);
	ck_assert_msg(
		json_read(&c->cases->arena, buf_view(&out), NULL, &got, &err),
		"%s", err.text);
	if (gives)
		check_fields(c, gives, &got);
	else if (fails)
		check_same(c, "failure", fails, &got,
			   json_member(&got, 1, STR("invalid")));
	else
		check_parts(c, part(c, "expect"), &got);
	buf_release(&out);
	mapping_free(mapping);
}

static void run_case(struct cases *cases, uint32_t at)
{
	struct the_case c = {.cases = cases, .at = at};

	buf_init(&c.mapping, TEXT_BYTES_MAX);
	buf_init(&c.payload, TEXT_BYTES_MAX);
	write_mapping(&c);
	cases->count++;
	if (part(&c, "lint"))
		check_lint(&c, part(&c, "lint"));
	else
		check_run(&c);
	buf_release(&c.mapping);
	buf_release(&c.payload);
}

static void run_file(struct cases *cases, const char *path)
{
	struct buf text;
	struct err err;

	cases->file = path;
	arena_init(&cases->arena, 0);
	buf_init(&text, TEXT_BYTES_MAX);
	ck_assert_msg(buf_read_file(&text, path, &err), "%s", err.text);
	ck_assert_msg(json_read(&cases->arena, buf_view(&text), NULL,
				&cases->doc, &err),
		      "%s: %s", path, err.text);
	for (uint32_t i = 1; i < cases->doc.count; i = cases->doc.nodes[i].next)
		run_case(cases, i);
	buf_release(&text);
	arena_release(&cases->arena);
}

START_TEST(does_what_each_case_says)
{
	struct cases cases = {.count = 0};
	glob_t found;

	ck_assert_int_eq(glob("tests/cases/mapping/*.json", 0, NULL, &found),
			 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(&cases, found.gl_pathv[i]);
	globfree(&found);
	ck_assert_int_ge(cases.count, CASES_AT_LEAST);
	ck_assert_msg(!cases.bad, "%d complaints about %d cases", cases.bad,
		      cases.count);
}
END_TEST

TCase *mapping_case_tests(void)
{
	TCase *tc = tcase_create("cases");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, does_what_each_case_says);
	return tc;
}
