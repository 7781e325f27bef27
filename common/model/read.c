/* read.c - a record from canonical JSON, as model_write put it down. */
#include <stdio.h>

#include "base/clock.h"
#include "model/document.h"
#include "model/model.h"

struct source {
	struct arena *arena;
	const struct json_doc *doc;
	struct err *err;
};

static bool read_into(const struct source *s, const struct entity *entity,
		      uint32_t at, void *record);

static bool refuse(const struct source *s, uint32_t at, const char *code,
		   const char *what)
{
	char pointer[sizeof(s->err->pointer)];

	json_pointer_of(s->doc, at, pointer, sizeof(pointer));
	err_code(s->err, ERR_INVALID, code, "%s", what);
	return err_at(s->err, pointer);
}

static bool want(const struct source *s, uint32_t at, enum json_kind kind,
		 const char *what)
{
	return s->doc->nodes[at].kind == kind ||
	       refuse(s, at, "wrong-type", what);
}

static void *place(void *record, const struct field *field)
{
	return (char *)record + field->offset;
}

static uint32_t *count_place(void *record, const struct field *field)
{
	return (uint32_t *)(void *)((char *)record + field->count_offset);
}

static bool read_text(const struct source *s, const struct field *field,
		      uint32_t at, void *record)
{
	if (!want(s, at, JSON_STRING, "not a string"))
		return false;
	*(struct str *)place(record, field) = s->doc->nodes[at].text;
	return true;
}

static bool read_int(const struct source *s, const struct field *field,
		     uint32_t at, void *record)
{
	if (!want(s, at, JSON_NUMBER, "not an integer"))
		return false;
	return str_to_i64(s->doc->nodes[at].text, place(record, field)) ||
	       refuse(s, at, "wrong-type", "not an integer of 64 bits");
}

static bool read_bool(const struct source *s, const struct field *field,
		      uint32_t at, void *record)
{
	enum json_kind kind = s->doc->nodes[at].kind;

	*(bool *)place(record, field) = kind == JSON_TRUE;
	return kind == JSON_TRUE || kind == JSON_FALSE ||
	       refuse(s, at, "wrong-type", "neither true nor false");
}

static bool read_enum(const struct source *s, const struct field *field,
		      uint32_t at, void *record)
{
	if (!want(s, at, JSON_STRING, "not a string"))
		return false;
	for (int32_t i = 0; i < field->code_count; i++)
		if (str_is(s->doc->nodes[at].text, field->codes[i])) {
			*(int32_t *)place(record, field) = i;
			return true;
		}
	return refuse(s, at, "unknown-code", "not one of the schema's codes");
}

static bool read_time(const struct source *s, const struct field *field,
		      uint32_t at, void *record)
{
	if (!want(s, at, JSON_STRING, "not a string"))
		return false;
	return clock_parse(s->doc->nodes[at].text, place(record, field)) ||
	       refuse(s, at, "wrong-type", "not an RFC 3339 time");
}

static bool read_object(const struct source *s, const struct field *field,
			uint32_t at, void *record)
{
	void *sub = arena_zalloc(s->arena, field->sub->size);

	*(void **)place(record, field) = sub;
	return read_into(s, field->sub, at, sub);
}

static bool read_list(const struct source *s, const struct field *field,
		      uint32_t at, void *record)
{
	const struct json_node *nodes = s->doc->nodes;
	size_t size = field->sub->size;
	char *item;

	if (!want(s, at, JSON_ARRAY, "not an array"))
		return false;
	item = arena_zalloc(s->arena, size * nodes[at].count);
	*(void **)place(record, field) = item;
	*count_place(record, field) = nodes[at].count;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		if (!read_into(s, field->sub, i, item))
			return false;
		item += size;
	}
	return true;
}

static bool read_strings(const struct source *s, const struct field *field,
			 uint32_t at, void *record)
{
	const struct json_node *nodes = s->doc->nodes;
	struct str *item;

	if (!want(s, at, JSON_ARRAY, "not an array"))
		return false;
	item = ARENA_ARRAY(s->arena, struct str, nodes[at].count);
	*(struct str **)place(record, field) = item;
	*count_place(record, field) = nodes[at].count;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		if (!want(s, i, JSON_STRING, "not a string"))
			return false;
		*item++ = nodes[i].text;
	}
	return true;
}

static bool read_attributes(const struct source *s, const struct field *field,
			    uint32_t at, void *record)
{
	const struct json_node *nodes = s->doc->nodes;
	struct attribute *item;

	if (!want(s, at, JSON_OBJECT, "not an object"))
		return false;
	item = ARENA_ARRAY(s->arena, struct attribute, nodes[at].count);
	*(struct attribute **)place(record, field) = item;
	*count_place(record, field) = nodes[at].count;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		if (!want(s, i, JSON_STRING, "not a string"))
			return false;
		*item++ = (struct attribute){nodes[i].name, nodes[i].text};
	}
	return true;
}

static bool (*const readers[])(const struct source *, const struct field *,
			       uint32_t, void *) = {
	[FIELD_STRING] = read_text,	[FIELD_INT] = read_int,
	[FIELD_BOOL] = read_bool,	[FIELD_ENUM] = read_enum,
	[FIELD_MONEY] = read_int,	[FIELD_CURRENCY] = read_text,
	[FIELD_COUNTRY] = read_text,	[FIELD_TIME] = read_time,
	[FIELD_OBJECT] = read_object,	[FIELD_LIST] = read_list,
	[FIELD_STRINGS] = read_strings, [FIELD_ATTRIBUTES] = read_attributes,
};

static bool read_into(const struct source *s, const struct entity *entity,
		      uint32_t at, void *record)
{
	const struct json_node *nodes = s->doc->nodes;

	if (!want(s, at, JSON_OBJECT, "not an object"))
		return false;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		const struct field *field = entity_field(entity, nodes[i].name);

		if (!field)
			return refuse(s, i, "unknown-field",
				      "the schema has no such field");
		if (!readers[field->kind](s, field, i, record))
			return false;
		field_set(record, field_index(entity, field));
	}
	return true;
}

bool model_read(const struct entity *entity, struct arena *arena,
		const struct json_doc *doc, uint32_t at, void **record,
		struct err *err)
{
	const struct source source = {arena, doc, err};

	*record = arena_zalloc(arena, entity->size);
	return read_into(&source, entity, at, *record);
}
