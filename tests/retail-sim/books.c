/* books.c - things, their names and how they are shown. */
#include "retail-sim/books.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/clock.h"

/* What a kind calls the members that all have; NULL: it has none. */
static const struct {
	const char *prefix; /* of its counted ids; NULL: ids are given */
	const char *id;
	const char *parent;
	const char *amount;
	const char *unit;
	const char *used;
	bool writes; /* shows how often it was written, and under which key */
} kinds[KINDS] = {
	[KIND_ORDER] = {.id = "number"},
	[KIND_RETURN] = {.prefix = "RMA-", .id = "rma", .parent = "order"},
	[KIND_CREDIT_MEMO] = {.prefix = "CM-",
			      .id = "number",
			      .parent = "order",
			      .amount = "amount_minor",
			      .unit = "currency"},
	[KIND_TRANSACTION] = {.prefix = "FT-",
			      .id = "number",
			      .parent = "order",
			      .amount = "amount_minor",
			      .unit = "currency"},
	[KIND_CAPTURE] = {.id = "id",
			  .parent = "order",
			  .amount = "amount_minor",
			  .unit = "currency",
			  .used = "refunded_minor"},
	[KIND_REFUND] = {.prefix = "re_",
			 .id = "id",
			 .parent = "capture",
			 .amount = "amount_minor",
			 .unit = "currency"},
	[KIND_LOYALTY] = {.id = "id", .amount = "balance"},
	[KIND_ADJUSTMENT] = {.prefix = "la_",
			     .id = "id",
			     .parent = "account",
			     .amount = "points"},
	[KIND_GIFT_CARD] = {.id = "id",
			    .amount = "balance",
			    .unit = "currency"},
	[KIND_GIFT_REFUND] = {.prefix = "gr_",
			      .id = "id",
			      .parent = "gift_card",
			      .amount = "amount_minor",
			      .unit = "currency"},
	[KIND_PICK_UP] = {.prefix = "PU-", .id = "number", .parent = "order"},
	[KIND_SHIPMENT] = {.prefix = "SH-", .id = "number", .parent = "order"},
	[KIND_TICKET] = {.id = "id", .writes = true},
	[KIND_COMMENT] = {.prefix = "C-",
			  .id = "id",
			  .parent = "ticket",
			  .writes = true},
	[KIND_SKU] = {.id = "sku", .amount = "available", .writes = true},
};

static struct str own(struct books *books, struct str s)
{
	char *copy;

	if (!s.at)
		return (struct str){NULL, 0};
	copy = malloc(s.len + 1);
	if (!copy)
		abort();
	memcpy(copy, s.at, s.len);
	copy[s.len] = 0;
	books->bytes += s.len;
	return (struct str){copy, s.len};
}

static void disown(struct books *books, struct str *s)
{
	books->bytes -= s->len;
	free((char *)s->at);
	*s = (struct str){NULL, 0};
}

void books_release(struct books *books)
{
	for (uint32_t i = 0; i < books->count; i++) {
		struct thing *thing = books->at[i];

		for (int by = 0; by < BYS; by++)
			disown(books, &thing->name[by]);
		disown(books, &thing->doc);
		disown(books, &thing->key);
		free(thing);
	}
	free(books->at);
	memset(books, 0, sizeof(*books));
}

bool books_have_room(const struct books *books, size_t body_bytes)
{
	return books->count + BULK_MAX <= THINGS_MAX &&
	       books->bytes + body_bytes <= BOOKS_MAX_BYTES;
}

static uint64_t hash_of(enum kind kind, struct str name)
{
	return XXH3_64bits_withSeed(name.at, name.len, kind);
}

static struct thing *append(struct books *books)
{
	struct thing *thing = calloc(1, sizeof(*thing));

	if (books->count == books->room) {
		books->room = books->room ? books->room * 2 : 256;
		books->at =
			realloc(books->at, books->room * sizeof(*books->at));
	}
	if (!thing || !books->at)
		abort();
	books->at[books->count++] = thing;
	return thing;
}

struct thing *books_add(struct books *books, enum kind kind,
			const struct str name[BYS], struct str doc)
{
	struct thing *thing = append(books);
	char counted[32];

	thing->kind = kind;
	thing->born_us = clock_mono_us();
	for (int by = 0; by < BYS; by++) {
		struct str s = name[by];

		if (by == BY_ID && !s.at) {
			snprintf(counted, sizeof(counted), "%s%lld",
				 kinds[kind].prefix,
				 (long long)++books->made[kind]);
			s = str_of(counted);
		}
		thing->name[by] = own(books, s);
		if (s.at)
			index_add(&books->by[by], &thing->nodes[by], thing,
				  hash_of(kind, s));
	}
	thing->doc = own(books, doc);
	return thing;
}

/* From `thing` on, the first that is really called so. */
static struct thing *called(struct thing *thing, enum kind kind, enum by by,
			    struct str name)
{
	while (thing && (thing->kind != kind || !str_eq(thing->name[by], name)))
		thing = index_next(&thing->nodes[by]);
	return thing;
}

struct thing *books_find(const struct books *books, enum kind kind, enum by by,
			 struct str name)
{
	return called(index_first(&books->by[by], hash_of(kind, name)), kind,
		      by, name);
}

struct thing *books_next(const struct thing *thing, enum by by)
{
	return called(index_next(&thing->nodes[by]), thing->kind, by,
		      thing->name[by]);
}

void thing_set_doc(struct books *books, struct thing *thing, struct str doc)
{
	struct str old = thing->doc;

	thing->doc = own(books, doc);
	disown(books, &old);
}

void thing_set_key(struct books *books, struct thing *thing, struct str key)
{
	disown(books, &thing->key);
	thing->key = own(books, key);
}

void thing_set_unit(struct thing *thing, struct str unit)
{
	snprintf(thing->unit, sizeof(thing->unit), "%.*s", STR_ARGS(unit));
}

/* Whether this member is ours to say, whatever was sent. */
static bool owns(const struct thing *thing, struct str member)
{
	enum kind kind = thing->kind;
	bool writes = kinds[kind].writes;
	const char *const names[] = {
		kinds[kind].id,
		kinds[kind].parent,
		kinds[kind].amount,
		kinds[kind].unit,
		kinds[kind].used,
		writes ? "writes" : NULL,
		writes ? "idempotency_key" : NULL,
		thing->state ? "state" : NULL,
		thing->name[BY_REFERENCE].at ? "reference" : NULL,
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i] && str_is(member, names[i]))
			return true;
	return false;
}

static void put_name(struct json_writer *w, const char *member, struct str name)
{
	if (member && name.at)
		json_put_str(w, member, name);
}

static void sent_members(struct json_writer *w, const struct thing *thing)
{
	struct arena arena;
	struct json_doc doc;
	struct err err;

	if (!thing->doc.at)
		return;
	arena_init(&arena, 0);
	/* it was read once: it can be read again */
	if (!json_read(&arena, thing->doc, NULL, &doc, &err))
		abort();
	for (uint32_t i = 1; i < doc.nodes[0].next; i = doc.nodes[i].next) {
		if (owns(thing, doc.nodes[i].name))
			continue;
		json_name(w, doc.nodes[i].name);
		json_copy(w, &doc, i);
	}
	arena_release(&arena);
}

void thing_members(struct json_writer *w, const struct thing *thing)
{
	enum kind kind = thing->kind;

	json_put_str(w, kinds[kind].id, thing->name[BY_ID]);
	put_name(w, "reference", thing->name[BY_REFERENCE]);
	put_name(w, kinds[kind].parent, thing->name[BY_PARENT]);
	if (kinds[kind].amount)
		json_put_int(w, kinds[kind].amount, thing->amount);
	if (kinds[kind].used)
		json_put_int(w, kinds[kind].used, thing->used);
	if (kinds[kind].unit && *thing->unit)
		json_put_cstr(w, kinds[kind].unit, thing->unit);
	if (thing->state)
		json_put_cstr(w, "state", thing->state);
	if (kinds[kind].writes) {
		json_put_int(w, "writes", thing->writes);
		put_name(w, "idempotency_key", thing->key);
	}
	sent_members(w, thing);
}

void thing_write(struct json_writer *w, const struct thing *thing)
{
	json_begin_object(w);
	thing_members(w, thing);
	json_end_object(w);
}
