/* pointer.c - finding one's way about a document (RFC 6901). */
#include <stdio.h>

#include "json/json_private.h"

static void put(struct pointer_text *out, char c)
{
	if (out->len + 1 < out->size) {
		out->at[out->len++] = c;
		out->at[out->len] = '\0';
	}
}

void pointer_add_name(struct pointer_text *out, struct str name)
{
	put(out, '/');
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (c == '~' || c == '/') {
			put(out, '~');
			put(out, c == '~' ? '0' : '1');
		} else {
			put(out, c);
		}
	}
}

void pointer_add_index(struct pointer_text *out, uint32_t index)
{
	char digits[12];

	snprintf(digits, sizeof(digits), "%u", index);
	pointer_add_name(out, str_of(digits));
}

uint32_t json_member(const struct json_doc *doc, uint32_t at, struct str name)
{
	const struct json_node *nodes = doc->nodes;

	if (nodes[at].kind != JSON_OBJECT)
		return 0;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (str_eq(nodes[i].name, name))
			return i;
	return 0;
}

/* Whether the token, with ~0 and ~1 for ~ and /, is the name. */
static bool token_is(struct str token, struct str name)
{
	size_t k = 0;

	for (size_t i = 0; i < token.len; i++, k++) {
		char c = token.at[i];

		if (c == '~' && i + 1 < token.len)
			c = token.at[++i] == '1' ? '/' : '~';
		if (k == name.len || name.at[k] != c)
			return false;
	}
	return k == name.len;
}

static bool token_index(struct str token, uint32_t *index)
{
	uint32_t value = 0;

	if (!token.len || token.len > 9 ||
	    (token.len > 1 && token.at[0] == '0'))
		return false;
	for (size_t i = 0; i < token.len; i++) {
		if (token.at[i] < '0' || token.at[i] > '9')
			return false;
		value = value * 10 + (uint32_t)(token.at[i] - '0');
	}
	*index = value;
	return true;
}

static uint32_t step(const struct json_doc *doc, uint32_t at, struct str token)
{
	const struct json_node *nodes = doc->nodes;
	bool array = nodes[at].kind == JSON_ARRAY;
	uint32_t index = 0;

	if (!array && nodes[at].kind != JSON_OBJECT)
		return UINT32_MAX;
	if (array && !token_index(token, &index))
		return UINT32_MAX;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (array ? !index-- : token_is(token, nodes[i].name))
			return i;
	return UINT32_MAX;
}

uint32_t json_find(const struct json_doc *doc, uint32_t at, struct str pointer)
{
	const char *end = pointer.at + pointer.len;
	const char *p = pointer.at;

	while (at != UINT32_MAX && p < end) {
		const char *start = p + 1;

		if (*p != '/')
			return UINT32_MAX;
		for (p = start; p < end && *p != '/'; p++)
			;
		at = step(doc, at, (struct str){start, (size_t)(p - start)});
	}
	return at;
}

void json_pointer_of(const struct json_doc *doc, uint32_t at, char *text,
		     size_t size)
{
	const struct json_node *nodes = doc->nodes;
	struct pointer_text out = {text, size, 0};
	uint32_t here = 0;

	text[0] = '\0';
	while (here != at) {
		uint32_t index = 0, i = here + 1;

		while (nodes[i].next <= at) {
			i = nodes[i].next;
			index++;
		}
		if (nodes[here].kind == JSON_ARRAY)
			pointer_add_index(&out, index);
		else
			pointer_add_name(&out, nodes[i].name);
		here = i;
	}
}

bool json_pointer_ok(struct str text)
{
	if (text.len && text.at[0] != '/')
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '~' &&
		    (i + 1 == text.len ||
		     (text.at[i + 1] != '0' && text.at[i + 1] != '1')))
			return false;
	return true;
}
