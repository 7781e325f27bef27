/* check.c - whether a record keeps the contract of its schema. */
#include <stdio.h>

#include "model/codes.h"
#include "model/document.h"
#include "model/model.h"
#include "model/money.h"

/* Where the check is, for the pointer of a finding. */
struct place {
	const struct place *outer; /* NULL at the record */
	const char *field;	   /* NULL: element `index` */
	uint32_t index;
};

struct checker {
	const void *record;
	const struct entity *entity;
	bool currency; /* some enclosing record names one */
	const struct place *place;
	struct err *err;
};

static bool check_record(const struct checker *c);

static size_t pointer_of(const struct place *place, char *text, size_t size)
{
	size_t len = 0;
	int more;

	if (place->outer)
		len = pointer_of(place->outer, text, size);
	if (place->field)
		more = snprintf(text + len, size - len, "/%s", place->field);
	else
		more = snprintf(text + len, size - len, "/%u", place->index);
	len += more > 0 ? (size_t)more : 0;
	return len < size ? len : size - 1;
}

static bool refuse(const struct checker *c, const struct place *place,
		   const char *code, const char *what)
{
	char pointer[sizeof(c->err->pointer)];

	pointer_of(place, pointer, sizeof(pointer));
	err_code(c->err, ERR_INVALID, code, "%s", what);
	return err_at(c->err, pointer);
}

static const void *value_of(const struct checker *c, const struct field *field)
{
	return (const char *)c->record + field->offset;
}

static uint32_t count_of(const struct checker *c, const struct field *field)
{
	return *(const uint32_t *)(const void *)((const char *)c->record +
						 field->count_offset);
}

static bool check_text(const struct checker *c, const struct field *field,
		       const struct place *place)
{
	const struct str *text = value_of(c, field);
	size_t most = field->max_bytes ? field->max_bytes : MODEL_STRING_BYTES;

	if ((field->flags & FIELD_REQUIRED) && !text->len)
		return refuse(c, place, "missing-field",
			      "required, and an empty text");
	return text->len <= most ||
	       refuse(c, place, "too-long", "longer than the schema allows");
}

static bool check_currency(const struct checker *c, const struct field *field,
			   const struct place *place)
{
	return money_exponent(*(const struct str *)value_of(c, field)) >= 0 ||
	       refuse(c, place, "unknown-currency",
		      "not a currency of ISO 4217");
}

static bool check_country(const struct checker *c, const struct field *field,
			  const struct place *place)
{
	return country_known(*(const struct str *)value_of(c, field)) ||
	       refuse(c, place, "unknown-country",
		      "not a country of ISO 3166-1");
}

static bool check_money(const struct checker *c, const struct field *field,
			const struct place *place)
{
	(void)field;
	return c->currency || refuse(c, place, "missing-field",
				     "an amount, and no currency anywhere");
}

static bool check_object(const struct checker *c, const struct field *field,
			 const struct place *place)
{
	struct checker sub = *c;

	sub.record = *(const void *const *)value_of(c, field);
	sub.entity = field->sub;
	sub.place = place;
	return check_record(&sub);
}

static bool check_count(const struct checker *c, const struct field *field,
			const struct place *place)
{
	return count_of(c, field) <= MODEL_LIST_ITEMS ||
	       refuse(c, place, "too-many", "more than 10,000 items");
}

static bool check_list(const struct checker *c, const struct field *field,
		       const struct place *place)
{
	const char *items = *(const char *const *)value_of(c, field);
	uint32_t count = count_of(c, field);
	struct checker sub = *c;

	if (!check_count(c, field, place))
		return false;
	sub.entity = field->sub;
	for (uint32_t i = 0; i < count; i++) {
		struct place element = {.outer = place, .index = i};

		sub.record = items + (size_t)i * field->sub->size;
		sub.place = &element;
		if (!check_record(&sub))
			return false;
	}
	return true;
}

static bool check_strings(const struct checker *c, const struct field *field,
			  const struct place *place)
{
	const struct str *items =
		*(const struct str *const *)value_of(c, field);
	size_t most = field->max_bytes ? field->max_bytes : MODEL_STRING_BYTES;

	if (!check_count(c, field, place))
		return false;
	for (uint32_t i = 0; i < count_of(c, field); i++)
		if (items[i].len > most)
			return refuse(c, place, "too-long",
				      "longer than the schema allows");
	return true;
}

/* They are members of one JSON object: a name stands there once. */
static bool check_attributes(const struct checker *c, const struct field *field,
			     const struct place *place)
{
	const struct attribute *items =
		*(const struct attribute *const *)value_of(c, field);
	uint32_t count = count_of(c, field);

	if (!check_count(c, field, place))
		return false;
	for (uint32_t i = 0; i < count; i++) {
		if (items[i].name.len + items[i].value.len > MODEL_STRING_BYTES)
			return refuse(c, place, "too-long",
				      "longer than the schema allows");
		for (uint32_t k = 0; k < i; k++)
			if (str_eq(items[i].name, items[k].name))
				return refuse(c, place, "duplicate-attribute",
					      "the same attribute twice");
	}
	return true;
}

/* Kinds that are right as soon as they are there have no row. */
static bool (*const checks[])(const struct checker *, const struct field *,
			      const struct place *) = {
	[FIELD_STRING] = check_text,
	[FIELD_MONEY] = check_money,
	[FIELD_CURRENCY] = check_currency,
	[FIELD_COUNTRY] = check_country,
	[FIELD_OBJECT] = check_object,
	[FIELD_LIST] = check_list,
	[FIELD_STRINGS] = check_strings,
	[FIELD_ATTRIBUTES] = check_attributes,
};

static bool names_currency(const struct checker *c)
{
	for (unsigned i = 0; i < c->entity->field_count; i++)
		if (c->entity->fields[i].kind == FIELD_CURRENCY)
			return field_has(c->record, i);
	return false;
}

static bool check_record(const struct checker *outer)
{
	struct checker c = *outer;

	c.currency |= names_currency(&c);
	for (unsigned i = 0; i < c.entity->field_count; i++) {
		const struct field *field = &c.entity->fields[i];
		struct place place = {.outer = c.place, .field = field->name};

		if (!field_has(c.record, i)) {
			if (field->flags & FIELD_REQUIRED)
				return refuse(&c, &place, "missing-field",
					      "required, and not there");
			continue;
		}
		if ((size_t)field->kind < sizeof(checks) / sizeof(*checks) &&
		    checks[field->kind] &&
		    !checks[field->kind](&c, field, &place))
			return false;
	}
	return true;
}

bool model_check(const struct entity *entity, const void *record,
		 struct err *err)
{
	const struct checker checker = {
		.record = record,
		.entity = entity,
		.err = err,
	};

	return check_record(&checker);
}
