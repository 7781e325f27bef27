/* feed_keys.c - closed objects, and values of one kind. */
#include "feed_keys.h"

#include <stdio.h>

static const char *const kind_names[] = {
	[LAYOUT_CSV] = "csv",
	[LAYOUT_FIXED] = "fixed",
};

bool key_fault(struct reading *r, uint32_t at, const char *fmt, ...)
{
	char text[400], pointer[192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_pointer_of(&r->doc, at, pointer, sizeof(pointer));
	err_code(r->err, ERR_INVALID, "bad-layout", "%s", text);
	return err_at(r->err, pointer);
}

static bool unknown_key(struct reading *r, uint32_t at, const char *what,
			const struct key_row *rows)
{
	struct buf names;
	char memory[300];

	buf_fixed(&names, memory, sizeof(memory));
	for (const struct key_row *row = rows; row->name; row++)
		if (row->kinds & 1u << r->layout->kind)
			buf_printf(&names, "%s%s", names.len ? ", " : "",
				   row->name);
	return key_fault(r, at, "%s has no key \"%.*s\"; it has %.*s", what,
			 STR_ARGS(r->doc.nodes[at].name), (int)names.len,
			 names.at);
}

static const struct key_row *row_of(const struct key_row *rows, struct str name)
{
	for (const struct key_row *row = rows; row->name; row++)
		if (str_is(name, row->name))
			return row;
	return NULL;
}

bool keys_read(struct reading *r, uint32_t at, const char *what,
	       const struct key_row *rows, void *into)
{
	const struct json_node *nodes = r->doc.nodes;

	if (nodes[at].kind != JSON_OBJECT)
		return key_fault(r, at, "%s must be an object", what);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		const struct key_row *row = row_of(rows, nodes[i].name);

		if (!row)
			return unknown_key(r, i, what, rows);
		if (!(row->kinds & 1u << r->layout->kind))
			return key_fault(
				r, i, "\"%s\" is not for files of kind %s",
				row->name, kind_names[r->layout->kind]);
		if (row->read && !row->read(r, i, into))
			return false;
	}
	return true;
}

bool key_text(struct reading *r, uint32_t at, struct str *out)
{
	*out = r->doc.nodes[at].text;
	return r->doc.nodes[at].kind == JSON_STRING ||
	       key_fault(r, at, "must be a string");
}

bool key_number(struct reading *r, uint32_t at, int64_t low, int64_t high,
		int64_t *out)
{
	const struct json_node *node = &r->doc.nodes[at];

	if (node->kind == JSON_NUMBER && str_to_i64(node->text, out) &&
	    *out >= low && *out <= high)
		return true;
	return key_fault(r, at, "must be a whole number from %lld to %lld",
			 (long long)low, (long long)high);
}

bool key_bool(struct reading *r, uint32_t at, bool *out)
{
	enum json_kind kind = r->doc.nodes[at].kind;

	*out = kind == JSON_TRUE;
	return kind == JSON_TRUE || kind == JSON_FALSE ||
	       key_fault(r, at, "must be true or false");
}

bool key_char(struct reading *r, uint32_t at, char *out)
{
	struct str text = r->doc.nodes[at].text;

	if (r->doc.nodes[at].kind != JSON_STRING || text.len != 1 ||
	    (unsigned char)text.at[0] >= 0x7f || text.at[0] == '\n' ||
	    text.at[0] == '\r')
		return key_fault(r, at,
				 "must be one ASCII character that ends no "
				 "line");
	*out = text.at[0];
	return true;
}

bool key_word(struct reading *r, uint32_t at, const char *const *words,
	      int *out)
{
	struct buf all;
	char memory[200];

	buf_fixed(&all, memory, sizeof(memory));
	for (int i = 0; words[i]; i++) {
		if (r->doc.nodes[at].kind == JSON_STRING &&
		    str_is(r->doc.nodes[at].text, words[i])) {
			*out = i;
			return true;
		}
		buf_printf(&all, "%s\"%s\"", i ? ", " : "", words[i]);
	}
	return key_fault(r, at, "must be one of %.*s", (int)all.len, all.at);
}
