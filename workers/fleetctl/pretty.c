/* pretty.c - JSON with line breaks. */
#include "pretty.h"
#include "json/writer.h"

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
