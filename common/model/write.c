/* write.c - a record as canonical JSON, in the schema's order. */
#include "model/document.h"
#include "model/model.h"

static const void *value_at(const void *record, const struct field *field)
{
	return (const char *)record + field->offset;
}

static uint32_t count_at(const void *record, const struct field *field)
{
	return *(const uint32_t *)((const char *)record + field->count_offset);
}

static void write_text(struct json_writer *w, const struct field *field,
		       const void *record)
{
	json_string(w, *(const struct str *)value_at(record, field));
}

static void write_int(struct json_writer *w, const struct field *field,
		      const void *record)
{
	json_int(w, *(const int64_t *)value_at(record, field));
}

static void write_bool(struct json_writer *w, const struct field *field,
		       const void *record)
{
	json_bool(w, *(const bool *)value_at(record, field));
}

static void write_enum(struct json_writer *w, const struct field *field,
		       const void *record)
{
	int32_t code = *(const int32_t *)value_at(record, field);

	json_string(w, str_of(field->codes[code]));
}

static void write_time(struct json_writer *w, const struct field *field,
		       const void *record)
{
	json_time(w, *(const int64_t *)value_at(record, field));
}

static void write_object(struct json_writer *w, const struct field *field,
			 const void *record)
{
	model_write(field->sub, *(const void *const *)value_at(record, field),
		    w);
}

static void write_list(struct json_writer *w, const struct field *field,
		       const void *record)
{
	const char *items = *(const char *const *)value_at(record, field);
	uint32_t count = count_at(record, field);

	json_begin_array(w);
	for (uint32_t i = 0; i < count; i++)
		model_write(field->sub, items + (size_t)i * field->sub->size,
			    w);
	json_end_array(w);
}

static void write_strings(struct json_writer *w, const struct field *field,
			  const void *record)
{
	const struct str *items =
		*(const struct str *const *)value_at(record, field);
	uint32_t count = count_at(record, field);

	json_begin_array(w);
	for (uint32_t i = 0; i < count; i++)
		json_string(w, items[i]);
	json_end_array(w);
}

static void write_attributes(struct json_writer *w, const struct field *field,
			     const void *record)
{
	const struct attribute *items =
		*(const struct attribute *const *)value_at(record, field);
	uint32_t count = count_at(record, field);

	json_begin_object(w);
	for (uint32_t i = 0; i < count; i++) {
		json_name(w, items[i].name);
		json_string(w, items[i].value);
	}
	json_end_object(w);
}

static void (*const writers[])(struct json_writer *, const struct field *,
			       const void *) = {
	[FIELD_STRING] = write_text,	 [FIELD_INT] = write_int,
	[FIELD_BOOL] = write_bool,	 [FIELD_ENUM] = write_enum,
	[FIELD_MONEY] = write_int,	 [FIELD_CURRENCY] = write_text,
	[FIELD_COUNTRY] = write_text,	 [FIELD_TIME] = write_time,
	[FIELD_OBJECT] = write_object,	 [FIELD_LIST] = write_list,
	[FIELD_STRINGS] = write_strings, [FIELD_ATTRIBUTES] = write_attributes,
};

void model_write(const struct entity *entity, const void *record,
		 struct json_writer *w)
{
	uint64_t has = *(const uint64_t *)record;

	json_begin_object(w);
	while (has) {
		const struct field *field =
			&entity->fields[__builtin_ctzll(has)];

		has &= has - 1;
		json_plain_name(w, field->json_name);
		writers[field->kind](w, field, record);
	}
	json_end_object(w);
}
