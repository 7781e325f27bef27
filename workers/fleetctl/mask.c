/* mask.c - letters to x, digits to 9. */
#include "mask.h"
#include "json/writer.h"

void mask_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
			buf_byte(out, 'x');
		else if (c >= '0' && c <= '9')
			buf_byte(out, '9');
		else if (c < 0x80)
			buf_byte(out, (char)c);
		else if ((c & 0xc0) != 0x80)
			/* one for each character of several bytes */
			buf_byte(out, 'x');
	}
}

static void mask_node(const struct json_doc *doc, uint32_t at,
		      struct json_writer *w, struct arena *arena)
{
	const struct json_node *node = &doc->nodes[at];
	struct buf text;

	if (node->kind == JSON_ARRAY || node->kind == JSON_OBJECT) {
		bool object = node->kind == JSON_OBJECT;

		object ? json_begin_object(w) : json_begin_array(w);
		for (uint32_t i = at + 1; i < node->next;
		     i = doc->nodes[i].next) {
			if (object)
				json_name(w, doc->nodes[i].name);
			mask_node(doc, i, w, arena);
		}
		object ? json_end_object(w) : json_end_array(w);
		return;
	}
	if (node->kind != JSON_STRING) {
		json_copy(w, doc, at);
		return;
	}
	buf_init(&text, node->text.len + 1);
	mask_text(&text, node->text);
	json_string(w, buf_view(&text));
	buf_release(&text);
}

void mask_payload(struct arena *arena, struct buf *out, struct str payload)
{
	struct json_limits limits = {.max_bytes = payload.len + 1};
	struct json_writer w;
	struct json_doc doc;
	struct err err;

	if (!json_read(arena, payload, &limits, &doc, &err)) {
		mask_text(out, payload);
		return;
	}
	json_writer_init(&w, out);
	mask_node(&doc, 0, &w, arena);
}
