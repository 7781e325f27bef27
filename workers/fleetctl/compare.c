/* compare.c - differences of two documents, by pointer. */
#include "compare.h"

#include <stdio.h>

enum { POINTER_BYTES = 512, VALUE_BYTES = 1 << 20 };

struct walk {
	const struct json_doc *want, *got;
	const struct compare *with;
	int count;
};

static void tell(struct walk *w, const char *pointer, uint32_t want,
		 uint32_t got)
{
	struct buf a, b;
	struct json_writer writer;

	buf_init(&a, VALUE_BYTES);
	buf_init(&b, VALUE_BYTES);
	if (want != UINT32_MAX) {
		json_writer_init(&writer, &a);
		json_copy(&writer, w->want, want);
	}
	if (got != UINT32_MAX) {
		json_writer_init(&writer, &b);
		json_copy(&writer, w->got, got);
	}
	w->count++;
	w->with->differs(
		w->with->ctx, pointer,
		want == UINT32_MAX ? (struct str){NULL, 0} : buf_view(&a),
		got == UINT32_MAX ? (struct str){NULL, 0} : buf_view(&b));
	buf_release(&a);
	buf_release(&b);
}

static void both(struct walk *w, const char *pointer, uint32_t want,
		 uint32_t got);

static void members(struct walk *w, const char *pointer, uint32_t want,
		    uint32_t got)
{
	const struct json_node *a = w->want->nodes, *b = w->got->nodes;
	char path[POINTER_BYTES];

	for (uint32_t i = want + 1; i < a[want].next; i = a[i].next) {
		uint32_t other = json_member(w->got, got, a[i].name);

		snprintf(path, sizeof(path), "%s/%.*s", pointer,
			 STR_ARGS(a[i].name));
		if (other)
			both(w, path, i, other);
		else
			tell(w, path, i, UINT32_MAX);
	}
	for (uint32_t i = got + 1; i < b[got].next; i = b[i].next)
		if (!json_member(w->want, want, b[i].name)) {
			snprintf(path, sizeof(path), "%s/%.*s", pointer,
				 STR_ARGS(b[i].name));
			tell(w, path, UINT32_MAX, i);
		}
}

static void elements(struct walk *w, const char *pointer, uint32_t want,
		     uint32_t got)
{
	const struct json_node *a = w->want->nodes, *b = w->got->nodes;
	uint32_t i = want + 1, k = got + 1;
	char path[POINTER_BYTES];

	for (int n = 0; i < a[want].next || k < b[got].next; n++) {
		bool has_a = i < a[want].next, has_b = k < b[got].next;

		snprintf(path, sizeof(path), "%s/%d", pointer, n);
		if (has_a && has_b)
			both(w, path, i, k);
		else
			tell(w, path, has_a ? i : UINT32_MAX,
			     has_b ? k : UINT32_MAX);
		i = has_a ? a[i].next : i;
		k = has_b ? b[k].next : k;
	}
}

static void both(struct walk *w, const char *pointer, uint32_t want,
		 uint32_t got)
{
	const struct json_node *a = &w->want->nodes[want];
	const struct json_node *b = &w->got->nodes[got];

	if (a->kind != b->kind)
		tell(w, pointer, want, got);
	else if (a->kind == JSON_OBJECT)
		members(w, pointer, want, got);
	else if (a->kind == JSON_ARRAY)
		elements(w, pointer, want, got);
	else if (!str_eq(a->text, b->text))
		tell(w, pointer, want, got);
}

int compare_json(const struct json_doc *want, const struct json_doc *got,
		 const struct compare *with)
{
	struct walk w = {want, got, with, 0};

	both(&w, "", 0, 0);
	return w.count;
}

static void line(struct buf *out, int depth)
{
	buf_byte(out, '\n');
	for (int i = 0; i < depth; i++)
		buf_byte(out, '\t');
}

static void pretty(const struct json_doc *doc, uint32_t at, int depth,
		   struct buf *out)
{
	const struct json_node *node = &doc->nodes[at];
	bool object = node->kind == JSON_OBJECT;
	struct json_writer w;

	if ((!object && node->kind != JSON_ARRAY) || !node->count) {
		json_writer_init(&w, out);
		json_copy(&w, doc, at);
		return;
	}
	buf_byte(out, object ? '{' : '[');
	for (uint32_t i = at + 1; i < node->next; i = doc->nodes[i].next) {
		if (i > at + 1)
			buf_byte(out, ',');
		line(out, depth + 1);
		if (object) {
			json_writer_init(&w, out);
			json_string(&w, doc->nodes[i].name);
			buf_cstr(out, ": ");
		}
		pretty(doc, i, depth + 1, out);
	}
	line(out, depth);
	buf_byte(out, object ? '}' : ']');
}

void pretty_json(const struct json_doc *doc, struct buf *out)
{
	pretty(doc, 0, 0, out);
	buf_byte(out, '\n');
}
