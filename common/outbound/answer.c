/* answer.c - an answer as a document that rules can speak of. */
#include <ctype.h>
#include <stdio.h>

#include "outbound/answer_private.h"

enum { TEXT_BYTES = 64 << 10 };

static struct str lower_case(struct arena *arena, struct str s)
{
	char *to = arena_cstr(arena, s);

	for (size_t i = 0; i < s.len; i++)
		to[i] = (char)tolower((unsigned char)to[i]);
	return (struct str){to, s.len};
}

static bool has_header(const struct json_node *nodes, uint32_t from,
		       uint32_t end, struct str name)
{
	for (uint32_t i = from; i < end; i++)
		if (str_eq(nodes[i].name, name))
			return true;
	return false;
}

/* The first of each name; those that are no UTF-8 are nobody's. */
static uint32_t add_headers(const struct http_result *result,
			    struct arena *arena, struct json_node *nodes,
			    uint32_t at)
{
	const uint32_t head = at++;

	for (uint32_t i = 0; i < result->header_count; i++) {
		const struct http_header *h = &result->headers[i];
		struct str name = lower_case(arena, h->name);

		if (!str_is_utf8(h->value) ||
		    has_header(nodes, head + 1, at, name))
			continue;
		nodes[at] = (struct json_node){.name = name,
					       .text = h->value,
					       .next = at + 1,
					       .kind = JSON_STRING};
		at++;
	}
	nodes[head] = (struct json_node){.name = STR("headers"),
					 .next = at,
					 .count = at - head - 1,
					 .kind = JSON_OBJECT};
	return at;
}

static uint32_t add_body(const struct json_doc *body, struct json_node *nodes,
			 uint32_t at)
{
	for (uint32_t i = 0; i < body->count; i++) {
		nodes[at + i] = body->nodes[i];
		nodes[at + i].next += at;
	}
	nodes[at].name = STR("body");
	return at + body->count;
}

static uint32_t add_text(const struct http_result *result,
			 struct json_node *nodes, uint32_t at)
{
	struct str text = result->body;

	if (text.len > TEXT_BYTES || !text.len || !str_is_utf8(text))
		return at;
	nodes[at] = (struct json_node){.name = STR("text"),
				       .text = text,
				       .next = at + 1,
				       .kind = JSON_STRING};
	return at + 1;
}

void answer_document(const struct http_result *result, struct arena *arena,
		     struct json_doc *out)
{
	struct json_doc body = {NULL, 0};
	struct json_node *nodes;
	struct err err;
	uint32_t at = 1;
	bool json = result->body.len > 0 &&
		    json_read(arena, result->body, NULL, &body, &err);

	nodes = ARENA_ARRAY(arena, struct json_node,
			    4 + result->header_count + (json ? body.count : 1));
	nodes[at] = (struct json_node){
		.name = STR("status"),
		.text = arena_printf(arena, "%d", result->status),
		.next = at + 1,
		.kind = JSON_NUMBER};
	at = add_headers(result, arena, nodes, at + 1);
	nodes[0].count = 2;
	if (json) {
		at = add_body(&body, nodes, at);
		nodes[0].count++;
	} else {
		uint32_t end = add_text(result, nodes, at);

		nodes[0].count += end - at;
		at = end;
	}
	nodes[0].kind = JSON_OBJECT;
	nodes[0].next = at;
	*out = (struct json_doc){nodes, at};
}
