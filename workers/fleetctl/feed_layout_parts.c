/* feed_layout_parts.c - columns, constants, the trailer. */
#include "feed_date.h"
#include "feed_keys.h"
#include "json/writer.h"

enum { NAME_MAX_BYTES = 256, MORE_MAX = 1000 };

static bool short_text(struct reading *r, uint32_t at, struct str *out)
{
	return key_text(r, at, out) &&
	       ((out->len > 0 && out->len <= NAME_MAX_BYTES) ||
		key_fault(r, at, "must have 1 to %d bytes", NAME_MAX_BYTES));
}

static bool place(struct reading *r, uint32_t at, int64_t high, int *out)
{
	int64_t n;

	if (!key_number(r, at, 1, high, &n))
		return false;
	*out = (int)n;
	return true;
}

/* Columns ------------------------------------------------------------------ */

static bool column_member(struct reading *r, uint32_t at, void *into)
{
	struct layout_column *c = into;
	struct json_writer w;
	struct buf text;

	if (!short_text(r, at, &c->member))
		return false;
	buf_init(&text, NAME_MAX_BYTES * 8);
	json_writer_init(&w, &text);
	json_string(&w, c->member);
	buf_byte(&text, ':');
	c->quoted = arena_str(r->arena, buf_view(&text));
	buf_release(&text);
	return true;
}

static bool column_name(struct reading *r, uint32_t at, void *into)
{
	return short_text(r, at, &((struct layout_column *)into)->name);
}

static bool column_position(struct reading *r, uint32_t at, void *into)
{
	return place(r, at, LAYOUT_COLUMNS_MAX,
		     &((struct layout_column *)into)->position);
}

static bool column_start(struct reading *r, uint32_t at, void *into)
{
	return place(r, at, LAYOUT_WIDTH_MAX,
		     &((struct layout_column *)into)->start);
}

static bool column_width(struct reading *r, uint32_t at, void *into)
{
	return place(r, at, LAYOUT_WIDTH_MAX,
		     &((struct layout_column *)into)->width);
}

static bool column_trim(struct reading *r, uint32_t at, void *into)
{
	static const char *const words[] = {"none", "left", "right", "both",
					    NULL};
	int n;

	if (!key_word(r, at, words, &n))
		return false;
	((struct layout_column *)into)->trim = (enum layout_trim)n;
	return true;
}

static bool column_pad(struct reading *r, uint32_t at, void *into)
{
	return key_char(r, at, &((struct layout_column *)into)->pad);
}

static bool column_required(struct reading *r, uint32_t at, void *into)
{
	return key_bool(r, at, &((struct layout_column *)into)->required);
}

static bool empty_text(struct reading *r, uint32_t at, void *into)
{
	struct layout_column *c = into;

	c->when_empty = EMPTY_TEXT;
	return short_text(r, at, &c->instead);
}

static bool column_when_empty(struct reading *r, uint32_t at, void *into)
{
	static const char *const words[] = {"omit", "null", "keep", NULL};
	static const struct key_row keys[] = {{"text", FOR_BOTH, empty_text},
					      {NULL, 0, NULL}};
	struct layout_column *c = into;
	int n;

	if (r->doc.nodes[at].kind == JSON_OBJECT)
		return keys_read(r, at, "\"when_empty\"", keys, c);
	if (!key_word(r, at, words, &n))
		return false;
	c->when_empty = (enum layout_empty)n;
	return true;
}

static const struct key_row column_keys[] = {
	{"member", FOR_BOTH, column_member},
	{"name", FOR_CSV, column_name},
	{"position", FOR_CSV, column_position},
	{"start", FOR_FIXED, column_start},
	{"width", FOR_FIXED, column_width},
	{"trim", FOR_BOTH, column_trim},
	{"pad", FOR_BOTH, column_pad},
	{"required", FOR_BOTH, column_required},
	{"when_empty", FOR_BOTH, column_when_empty},
	{NULL, 0, NULL},
};

static bool read_column(struct reading *r, uint32_t at, struct layout_column *c)
{
	bool csv = r->layout->kind == LAYOUT_CSV;

	*c = (struct layout_column){.pad = ' ',
				    .trim = csv ? TRIM_NONE : TRIM_BOTH};
	if (!keys_read(r, at, "a column", column_keys, c))
		return false;
	if (!c->member.at)
		return key_fault(r, at, "a column needs \"member\"");
	if (csv && !c->name.at == !c->position)
		return key_fault(r, at,
				 "a column of a csv file needs \"name\" or "
				 "\"position\", one of them");
	if (!csv && (!c->start || !c->width))
		return key_fault(r, at,
				 "a column of a fixed file needs \"start\" and "
				 "\"width\"");
	if (c->required && json_member(&r->doc, at, STR("when_empty")))
		return key_fault(r, at,
				 "is \"required\": what \"when_empty\" says "
				 "would never be done");
	return true;
}

bool read_columns(struct reading *r, uint32_t at, void *into)
{
	const struct json_node *nodes = r->doc.nodes;
	struct layout *layout = into;
	struct layout_column *all;

	if (nodes[at].kind != JSON_ARRAY || !nodes[at].count ||
	    nodes[at].count > LAYOUT_COLUMNS_MAX)
		return key_fault(r, at, "must be a list of 1 to %d columns",
				 LAYOUT_COLUMNS_MAX);
	all = ARENA_ARRAY(r->arena, struct layout_column, nodes[at].count);
	layout->columns = all;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!read_column(r, i, &all[layout->count++]))
			return false;
	return true;
}

/* Constants ---------------------------------------------------------------- */

static bool constant_file(struct reading *r, uint32_t at, void *into)
{
	static const char *const words[] = {"name", "mtime", NULL};
	struct layout_constant *c = into;
	int n;

	if (!key_word(r, at, words, &n))
		return false;
	c->source = n ? CONSTANT_FILE_TIME : CONSTANT_FILE_NAME;
	return true;
}

static bool constant_date(struct reading *r, uint32_t at, void *into)
{
	struct layout_constant *c = into;
	const char *why;

	c->source = CONSTANT_DATE_IN_NAME;
	if (!key_text(r, at, &c->text))
		return false;
	why = date_pattern_fault(c->text);
	return !why || key_fault(r, at, "%s", why);
}

static bool constant_offset(struct reading *r, uint32_t at, void *into)
{
	struct layout_constant *c = into;

	return key_text(r, at, &c->offset) &&
	       (date_offset_ok(c->offset) ||
		key_fault(r, at, "must be \"Z\" or an offset like \"+01:00\""));
}

static const struct key_row constant_keys[] = {
	{"file", FOR_BOTH, constant_file},
	{"date_in_name", FOR_BOTH, constant_date},
	{"offset", FOR_BOTH, constant_offset},
	{NULL, 0, NULL},
};

static bool read_constant(struct reading *r, uint32_t at,
			  struct layout_constant *c)
{
	const struct json_doc *doc = &r->doc;
	bool file, date;

	*c = (struct layout_constant){.member = doc->nodes[at].name,
				      .offset = STR("Z")};
	if (doc->nodes[at].kind == JSON_STRING)
		return key_text(r, at, &c->text);
	if (!keys_read(r, at, "a constant that is no string", constant_keys, c))
		return false;
	file = json_member(doc, at, STR("file"));
	date = json_member(doc, at, STR("date_in_name"));
	if (file == date)
		return key_fault(r, at,
				 "a constant is a string, or has \"file\" or "
				 "\"date_in_name\"");
	return !file || !json_member(doc, at, STR("offset")) ||
	       key_fault(r, at, "\"offset\" is for \"date_in_name\"");
}

bool read_constants(struct reading *r, uint32_t at, void *into)
{
	const struct json_node *nodes = r->doc.nodes;
	struct layout *layout = into;
	struct layout_constant *all;

	if (nodes[at].kind != JSON_OBJECT ||
	    nodes[at].count > LAYOUT_CONSTANTS_MAX)
		return key_fault(r, at,
				 "must be an object of at most %d members",
				 LAYOUT_CONSTANTS_MAX);
	all = ARENA_ARRAY(r->arena, struct layout_constant,
			  nodes[at].count + 1);
	layout->constants = all;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!read_constant(r, i, &all[layout->constant_count++]))
			return false;
	return true;
}

/* The trailer -------------------------------------------------------------- */

static bool trailer_starts(struct reading *r, uint32_t at, void *into)
{
	return short_text(r, at, &((struct layout_trailer *)into)->starts);
}

static bool trailer_position(struct reading *r, uint32_t at, void *into)
{
	return place(r, at, LAYOUT_COLUMNS_MAX,
		     &((struct layout_trailer *)into)->position);
}

static bool trailer_start(struct reading *r, uint32_t at, void *into)
{
	return place(r, at, LAYOUT_WIDTH_MAX,
		     &((struct layout_trailer *)into)->start);
}

static bool trailer_width(struct reading *r, uint32_t at, void *into)
{
	return place(r, at, 18, &((struct layout_trailer *)into)->width);
}

static bool trailer_more(struct reading *r, uint32_t at, void *into)
{
	return key_number(r, at, 0, MORE_MAX,
			  &((struct layout_trailer *)into)->more);
}

static const struct key_row trailer_keys[] = {
	{"starts", FOR_BOTH, trailer_starts},
	{"position", FOR_CSV, trailer_position},
	{"start", FOR_FIXED, trailer_start},
	{"width", FOR_FIXED, trailer_width},
	{"more", FOR_BOTH, trailer_more},
	{NULL, 0, NULL},
};

bool read_trailer(struct reading *r, uint32_t at, void *into)
{
	struct layout_trailer *t = &((struct layout *)into)->trailer;

	if (!keys_read(r, at, "\"trailer\"", trailer_keys, t))
		return false;
	if (!t->starts.at)
		return key_fault(r, at,
				 "needs \"starts\", how its line begins");
	if (r->layout->kind == LAYOUT_CSV)
		return t->position ||
		       key_fault(r, at,
				 "needs \"position\": which field is the "
				 "count of rows");
	return (t->start && t->width) ||
	       key_fault(r, at,
			 "needs \"start\" and \"width\": where the count of "
			 "rows is");
}
