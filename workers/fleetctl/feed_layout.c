/* feed_layout.c - the file's own keys, and what must hold between them. */
#include <stdlib.h>
#include <xxhash.h>

#include "feed_keys.h"

enum { LAYOUT_BYTES_MAX = 1 << 20, TOPIC_MAX = 249, SEPARATOR_MAX = 8 };

static bool read_kind(struct reading *r, uint32_t at, void *into)
{
	static const char *const kinds[] = {"csv", "fixed", NULL};
	struct layout *layout = into;
	int kind;

	if (!key_word(r, at, kinds, &kind))
		return false;
	layout->kind = (enum layout_kind)kind;
	return true;
}

static bool read_name(struct reading *r, uint32_t at, void *into)
{
	struct layout *layout = into;

	return key_text(r, at, &layout->name) &&
	       ((layout->name.len > 0 && layout->name.len <= TOPIC_MAX) ||
		key_fault(r, at, "must be <system>/<name>"));
}

static bool read_topic(struct reading *r, uint32_t at, void *into)
{
	struct layout *layout = into;
	struct str text;

	if (!key_text(r, at, &text))
		return false;
	if (!text.len || text.len > TOPIC_MAX)
		return key_fault(r, at, "is no name of a topic");
	layout->topic = arena_cstr(r->arena, text);
	return true;
}

static bool read_encoding(struct reading *r, uint32_t at, void *into)
{
	static const char *const words[] = {"utf-8", "iso-8859-1",
					    "windows-1252", NULL};
	static const char *const names[] = {NULL, "ISO-8859-1", "CP1252"};
	struct layout *layout = into;
	int n;

	if (!key_word(r, at, words, &n))
		return false;
	layout->encoding = names[n];
	return true;
}

static bool read_delimiter(struct reading *r, uint32_t at, void *into)
{
	return key_char(r, at, &((struct layout *)into)->delimiter);
}

static bool read_quote(struct reading *r, uint32_t at, void *into)
{
	struct layout *layout = into;

	if (r->doc.nodes[at].kind != JSON_NULL)
		return key_char(r, at, &layout->quote);
	layout->quote = '\0';
	return true;
}

static bool read_header(struct reading *r, uint32_t at, void *into)
{
	return key_bool(r, at, &((struct layout *)into)->header);
}

static bool read_column_count(struct reading *r, uint32_t at, void *into)
{
	int64_t n;

	if (!key_number(r, at, 1, LAYOUT_COLUMNS_MAX, &n))
		return false;
	((struct layout *)into)->column_count = (int)n;
	return true;
}

static bool read_line_width(struct reading *r, uint32_t at, void *into)
{
	int64_t n;

	if (!key_number(r, at, 1, LAYOUT_WIDTH_MAX, &n))
		return false;
	((struct layout *)into)->line_width = (int)n;
	return true;
}

static bool read_short_lines(struct reading *r, uint32_t at, void *into)
{
	return key_bool(r, at, &((struct layout *)into)->short_lines);
}

static bool read_comments(struct reading *r, uint32_t at, void *into)
{
	const struct json_node *nodes = r->doc.nodes;
	struct layout *layout = into;

	if (nodes[at].kind != JSON_ARRAY ||
	    nodes[at].count > LAYOUT_COMMENTS_MAX)
		return key_fault(r, at,
				 "must be a list of at most %d beginnings of "
				 "lines",
				 LAYOUT_COMMENTS_MAX);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct str *text = &layout->comments[layout->comment_count++];

		if (!key_text(r, i, text))
			return false;
		if (!text->len)
			return key_fault(r, i, "would make all a comment");
	}
	return true;
}

static bool read_separator(struct reading *r, uint32_t at, void *into)
{
	struct layout *layout = into;

	return key_text(r, at, &layout->key_separator) &&
	       (layout->key_separator.len <= SEPARATOR_MAX ||
		key_fault(r, at, "has more than %d bytes", SEPARATOR_MAX));
}

/* "key" is read last: it speaks of columns. */
static const struct key_row file_keys[] = {
	{"feed", FOR_BOTH, read_name},
	{"kind", FOR_BOTH, NULL},
	{"topic", FOR_BOTH, read_topic},
	{"encoding", FOR_BOTH, read_encoding},
	{"delimiter", FOR_CSV, read_delimiter},
	{"quote", FOR_CSV, read_quote},
	{"header", FOR_BOTH, read_header},
	{"column_count", FOR_CSV, read_column_count},
	{"line_width", FOR_FIXED, read_line_width},
	{"short_lines", FOR_FIXED, read_short_lines},
	{"comments", FOR_BOTH, read_comments},
	{"trailer", FOR_BOTH, read_trailer},
	{"columns", FOR_BOTH, read_columns},
	{"key", FOR_BOTH, NULL},
	{"key_separator", FOR_BOTH, read_separator},
	{"constants", FOR_BOTH, read_constants},
	{NULL, 0, NULL},
};

static int column_of(const struct layout *layout, struct str member)
{
	for (int i = 0; i < layout->count; i++)
		if (str_eq(layout->columns[i].member, member))
			return i;
	return -1;
}

static bool read_key(struct reading *r, uint32_t at)
{
	const struct json_node *nodes = r->doc.nodes;
	struct layout *layout = r->layout;

	if (nodes[at].kind != JSON_ARRAY || !nodes[at].count ||
	    nodes[at].count > LAYOUT_KEY_MAX)
		return key_fault(r, at, "must be a list of 1 to %d members",
				 LAYOUT_KEY_MAX);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct str member;
		int column;

		if (!key_text(r, i, &member))
			return false;
		column = column_of(layout, member);
		if (column < 0)
			return key_fault(r, i, "no column makes \"%.*s\"",
					 STR_ARGS(member));
		if (!layout->columns[column].required)
			return key_fault(r, i,
					 "\"%.*s\" is part of the key: its "
					 "column must be \"required\"",
					 STR_ARGS(member));
		layout->key[layout->key_count++] = column;
	}
	return true;
}

static bool wants(struct reading *r, const char *key)
{
	return json_member(&r->doc, 0, str_of(key)) ||
	       key_fault(r, 0, "a layout needs \"%s\"", key);
}

static bool csv_holds(struct reading *r)
{
	struct layout *layout = r->layout;

	if (layout->quote == layout->delimiter)
		return key_fault(r, 0, "quote and delimiter are the same");
	if (layout->header && layout->column_count)
		return key_fault(r, 0,
				 "\"column_count\" is for files without a "
				 "header: theirs says it");
	return layout->header || layout->column_count ||
	       key_fault(r, 0,
			 "a file without a header needs \"column_count\", how "
			 "many fields a row has");
}

static bool holds(struct reading *r)
{
	struct layout *layout = r->layout;

	if (layout->kind == LAYOUT_CSV && !csv_holds(r))
		return false;
	if (layout->kind == LAYOUT_FIXED && !wants(r, "line_width"))
		return false;
	return wants(r, "feed") && wants(r, "topic") && wants(r, "columns") &&
	       wants(r, "key");
}

static bool column_fits(struct reading *r, uint32_t at,
			const struct layout_column *c)
{
	const struct layout *layout = r->layout;

	if (layout->kind == LAYOUT_FIXED)
		return c->start + c->width - 1 <= layout->line_width ||
		       key_fault(r, at,
				 "ends at %d, and a line has %d characters",
				 c->start + c->width - 1, layout->line_width);
	if (c->name.at && !layout->header)
		return key_fault(r, at,
				 "the file has no header: give \"position\"");
	return layout->header || c->position <= layout->column_count ||
	       key_fault(r, at, "a row has only %d fields",
			 layout->column_count);
}

/* Whatever the order of the keys in the file was. */
static bool columns_fit(struct reading *r, uint32_t at)
{
	const struct json_node *nodes = r->doc.nodes;
	int n = 0;

	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!column_fits(r, i, &r->layout->columns[n++]))
			return false;
	return true;
}

static bool members_differ(struct reading *r)
{
	const struct layout *layout = r->layout;

	for (int i = 0; i < layout->count; i++)
		if (column_of(layout, layout->columns[i].member) != i)
			return key_fault(r, 0, "two columns make \"%.*s\"",
					 STR_ARGS(layout->columns[i].member));
	for (int i = 0; i < layout->constant_count; i++)
		if (column_of(layout, layout->constants[i].member) >= 0)
			return key_fault(r, 0,
					 "a column and a constant make "
					 "\"%.*s\"",
					 STR_ARGS(layout->constants[i].member));
	return true;
}

bool layout_read(struct arena *arena, struct str text, struct layout *layout,
		 struct err *err)
{
	static const struct json_limits limits = {.max_bytes =
							  LAYOUT_BYTES_MAX};
	struct reading r = {.arena = arena, .layout = layout, .err = err};
	uint32_t kind;

	*layout = (struct layout){
		.delimiter = ',', .quote = '"', .key_separator = STR("/")};
	if (!json_read(arena, text, &limits, &r.doc, err))
		return false;
	if (r.doc.nodes[0].kind != JSON_OBJECT)
		return key_fault(&r, 0, "a layout must be an object");
	kind = json_member(&r.doc, 0, STR("kind"));
	if (!kind)
		return wants(&r, "kind");
	layout->hash = XXH3_64bits(text.at, text.len);
	return read_kind(&r, kind, layout) &&
	       keys_read(&r, 0, "a layout", file_keys, layout) && holds(&r) &&
	       columns_fit(&r, json_member(&r.doc, 0, STR("columns"))) &&
	       members_differ(&r) &&
	       read_key(&r, json_member(&r.doc, 0, STR("key")));
}
