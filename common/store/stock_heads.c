/* stock_heads.c - the stock of a SKU: levels and movements counted together.
 *
 * Its row holds what was derived, positions and all, so that a level or a
 * movement needs no look at other rows: a batch of a nightly file reads and
 * writes each SKU once. Where older rows matter (a count that came late, one
 * that was withdrawn), they are read and the stock is counted anew. */
#include "model/document.h"
#include "model/stock.h"
#include "store/changeset_private.h"
#include "store/heads.h"
#include "json/json.h"

enum { STOCK_SKU, STOCK_REVISION, STOCK_DOC };

enum { DOC_MAX_BYTES = 16 << 20 };

/* The year 1: PostgreSQL's times do not reach as far back as an int64_t. */
static const int64_t DAWN_US = -62135596800000000;

static const char changed_topic[] = "flotilla.inventory.changed.v1";
static const char low_topic[] = "flotilla.inventory.low-stock.v1";
static const char out_topic[] = "flotilla.inventory.out-of-stock.v1";
static const char *const topics[] = {changed_topic, low_topic, out_topic, NULL};

struct stock_head {
	struct str was_doc;	       /* as stored */
	const struct inventory *known; /* read out of it; NULL: nothing */
	struct stock_book book;
	bool fill;	  /* the book is made of rows */
	int64_t floor_us; /* of movements; INT64_MAX: none is needed */
	struct inventory now;
	struct str doc;
};

static void reset(struct changeset *cs, struct head *head)
{
	if (!head->own)
		head->own = ARENA_NEW(cs->arena, struct stock_head);
	memset(head->own, 0, sizeof(struct stock_head));
}

static void take(struct changeset *cs, struct head *head,
		 const struct pg_reply *r, int row)
{
	struct stock_head *own = head->own;
	struct str doc = pg_str(r, row, STOCK_DOC);

	if (doc.at)
		own->was_doc = arena_str(cs->arena, doc);
}

/* What cannot be read is counted anew out of rows. */
static void read_known(struct changeset *cs, struct stock_head *own)
{
	struct json_doc doc;
	struct err err;
	void *known;

	own->known = NULL;
	if (own->was_doc.at &&
	    json_read(cs->arena, own->was_doc, &json_own, &doc, &err) &&
	    model_read(&inventory_entity, cs->arena, &doc, 0, &known, &err))
		own->known = known;
	if (own->was_doc.at && !own->known)
		own->floor_us = INT64_MIN;
}

static bool is_level(const struct record *record)
{
	return record->entity == &inventory_level_entity;
}

static struct stock_count count_of(const struct record *record)
{
	const struct inventory_level *level =
		record->deleted ? NULL : record->data;

	return (struct stock_count){
		.id = record->id,
		.source = record->source,
		.level = level,
		.as_of_us =
			level ? stock_as_of_us(level, record->rank.at_us) : 0,
	};
}

static void put_move(struct stock_book *book, struct str source,
		     const struct inventory_movement *move, int64_t received_us)
{
	stock_put_move(book, source, move->location,
		       move->quantity - move->reserved_quantity,
		       field_has(move, INVENTORY_MOVEMENT_F_AT) ? move->at
								: received_us);
}

static void put_own_moves(const struct head *head, struct stock_book *book)
{
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write && !is_level(c->record) && !c->record->deleted)
			put_move(book, c->record->source, c->record->data,
				 c->record->rank.at_us);
}

/* Levels first: which movements count depends on them. */
static void put_changes(const struct head *head, struct stock_head *own)
{
	for (const struct change *c = head->changes; c; c = c->next_of_head) {
		struct stock_count count;

		if (!c->write || !is_level(c->record))
			continue;
		count = count_of(c->record);
		own->fill |=
			!stock_put_level(&own->book, &count, &own->floor_us);
	}
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		/* a movement that says something else now, or is withdrawn */
		if (c->write && !is_level(c->record) && c->stored)
			own->floor_us = INT64_MIN;
	if (!own->fill && own->floor_us == INT64_MAX)
		put_own_moves(head, &own->book);
}

static bool needs_rows(struct changeset *cs, struct head *head)
{
	struct stock_head *own = head->own;

	own->fill = false;
	own->floor_us = INT64_MAX;
	read_known(cs, own);
	stock_open(&own->book, cs->store->rules, cs->arena, head->id,
		   own->known);
	if (head->lost)
		own->floor_us = INT64_MIN;
	put_changes(head, own);
	own->fill |= own->floor_us != INT64_MAX;
	return own->fill;
}

/* Levels of a SKU, and its movements since then. */
static void put_related(const struct store *store, struct buf *sql)
{
	int level = store_entity_index(store, &inventory_level_entity);
	int move = store_entity_index(store, &inventory_movement_entity);

	buf_printf(sql,
		   "SELECT %d, subject, id, at_us, doc FROM inventory_levels "
		   "WHERE subject = ANY ($1::text[]) AND NOT deleted "
		   "UNION ALL SELECT %d, m.subject, m.id, m.at_us, m.doc FROM "
		   "unnest($1::text[], $2::timestamptz[]) AS u (sku, since) "
		   "JOIN inventory_movements m ON m.subject = u.sku AND "
		   "(m.at > u.since OR m.at IS NULL) WHERE NOT m.deleted",
		   level, move);
}

static void bind_related(const struct changeset *cs, struct pg_params *params)
{
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->head_count; i++) {
		const struct stock_head *own = cs->heads[i]->own;

		if (cs->heads[i]->touched && own->fill)
			pg_array_str(params, cs->heads[i]->id);
	}
	pg_array_end(params);
	pg_array_begin(params, PG_TIMESTAMPTZ);
	for (uint32_t i = 0; i < cs->head_count; i++) {
		const struct stock_head *own = cs->heads[i]->own;

		if (cs->heads[i]->touched && own->fill)
			pg_array_time(params, own->floor_us < DAWN_US
						      ? DAWN_US
						      : own->floor_us);
	}
	pg_array_end(params);
}

static void fill(const struct head *head, struct stock_book *book)
{
	stock_clear(book);
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write && is_level(c->record)) {
			struct stock_count count = count_of(c->record);

			stock_fill_level(book, &count);
		}
	for (const struct part *p = head->related; p; p = p->next)
		if (p->row.entity == &inventory_level_entity)
			stock_fill_level(
				book,
				&(struct stock_count){
					.id = p->row.id,
					.source = p->row.source,
					.level = p->row.data,
					.as_of_us = stock_as_of_us(
						p->row.data, p->row.as_of_us),
				});
	for (const struct part *p = head->related; p; p = p->next)
		if (p->row.entity == &inventory_movement_entity)
			put_move(book, p->row.source, p->row.data,
				 p->row.as_of_us);
	put_own_moves(head, book);
}

static struct str write_doc(struct changeset *cs, const struct inventory *stock)
{
	struct json_writer w;
	struct buf text;
	struct str doc;

	buf_init(&text, DOC_MAX_BYTES);
	json_writer_init(&w, &text);
	model_write(&inventory_entity, stock, &w);
	doc = arena_str(cs->arena, buf_view(&text));
	buf_release(&text);
	return doc;
}

static void derive(struct changeset *cs, struct head *head)
{
	struct stock_head *own = head->own;

	if (own->fill)
		fill(head, &own->book);
	stock_derive(&own->book, &own->now);
	own->doc = write_doc(cs, &own->now);
	head->write = !own->was_doc.at || !str_eq(own->was_doc, own->doc);
	head->changed = !own->known || !stock_same(own->known, &own->now);
	if (head->changed)
		head->revision++;
}

static struct str state_of(const struct inventory *stock)
{
	return str_of(
		inventory_entity.fields[INVENTORY_F_STATE].codes[stock->state]);
}

static void bind(struct changeset *cs, struct pg_params *params,
		 struct head *const *heads, uint32_t count)
{
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++)
		pg_array_str(params, heads[i]->id);
	pg_array_end(params);
	pg_array_begin(params, PG_INT8);
	for (uint32_t i = 0; i < count; i++)
		pg_array_i64(params, heads[i]->revision);
	pg_array_end(params);
	pg_array_begin(params, PG_INT8);
	for (uint32_t i = 0; i < count; i++) {
		const struct stock_head *own = heads[i]->own;

		pg_array_i64(params, own->now.available);
	}
	pg_array_end(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++) {
		const struct stock_head *own = heads[i]->own;

		pg_array_str(params, state_of(&own->now));
	}
	pg_array_end(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++) {
		const struct stock_head *own = heads[i]->own;

		pg_array_str(params, own->doc);
	}
	pg_array_end(params);
	head_bind_traces(cs, params, heads, count);
}

/* {"sku":..,"revision":..,"available":..,"state":..,"was":{..}} */
static struct str change_doc(const struct head *head, struct arena *arena)
{
	const struct stock_head *own = head->own;
	size_t room = 512 + head->id.len * 6;
	struct json_writer w;
	struct buf text;

	buf_fixed(&text, arena_alloc(arena, room), room);
	json_writer_init(&w, &text);
	json_begin_object(&w);
	json_put_str(&w, "sku", head->id);
	json_put_int(&w, "revision", head->revision);
	json_put_int(&w, "available", own->now.available);
	json_put_str(&w, "state", state_of(&own->now));
	json_put_int(&w, "low_at", own->now.low_at);
	if (own->known) {
		json_name(&w, STR("was"));
		json_begin_object(&w);
		json_put_int(&w, "available", own->known->available);
		json_put_str(&w, "state", state_of(own->known));
		json_end_object(&w);
	}
	json_end_object(&w);
	return buf_view(&text);
}

/* What is told besides a change when a state is entered; what is new and
 * plentiful crosses nothing. */
static const struct {
	const char *topic, *entity;
} crossings[] = {
	[INVENTORY_STATE_OK] = {NULL, NULL},
	[INVENTORY_STATE_LOW] = {low_topic, "inventory-low-stock"},
	[INVENTORY_STATE_OUT] = {out_topic, "inventory-out-of-stock"},
};

static void tell(struct changeset *cs, const struct head *head)
{
	const struct stock_head *own = head->own;
	struct outgoing *out = head_event(cs, head);
	struct str doc = change_doc(head, cs->arena);

	out->topic = str_of(inventory_entity.topic);
	out->value = own->doc;
	out->reference = true;
	out->entity = str_of(inventory_entity.name);
	event_describe(out, &cs->store->entities[cs->store->entity_count],
		       false);

	out = head_event(cs, head);
	out->topic = out->type = STR(changed_topic);
	out->value = doc;
	out->entity = STR("inventory-changed");
	out->schema = STR("/schemas/canonical/inventory-changed.json");
	if (!crossings[own->now.state].topic ||
	    (own->known && own->known->state == own->now.state))
		return;
	out = head_event(cs, head);
	out->topic = out->type = str_of(crossings[own->now.state].topic);
	out->value = doc;
	out->entity = str_of(crossings[own->now.state].entity);
	out->schema = STR("/schemas/canonical/inventory-changed.json");
}

const struct head_kind stock_heads = {
	.entity = &inventory_entity,
	.read = "SELECT sku, revision, false, changed_at, trace, doc FROM "
		"stock WHERE sku = ANY ($1::text[])",
	.statements =
		{
			[HEAD_LOCK] = {"stock_lock",
				       "SELECT sku, revision, doc FROM stock "
				       "WHERE sku = ANY ($1::text[]) "
				       "ORDER BY sku FOR UPDATE"},
			[HEAD_MAKE] = {"stock_make",
				       "INSERT INTO stock (sku, revision) "
				       "SELECT sku, 0 FROM unnest($1::text[]) "
				       "AS u (sku) ORDER BY sku "
				       "ON CONFLICT DO NOTHING"},
			[HEAD_INSERT] =
				{"stock_insert",
				 "INSERT INTO stock (sku, revision, "
				 "available, state, doc, trace, changed_at) "
				 "SELECT u.*, $7::timestamptz FROM "
				 "unnest($1::text[], $2::bigint[], "
				 "$3::bigint[], $4::text[], $5::text[], "
				 "$6::text[]) AS u"},
			[HEAD_UPDATE] =
				{"stock_update",
				 "UPDATE stock t SET revision = u.revision, "
				 "available = u.available, state = u.state, "
				 "doc = u.doc, trace = u.trace, changed_at = "
				 "CASE WHEN t.revision = u.revision THEN "
				 "t.changed_at ELSE $7::timestamptz END FROM "
				 "unnest($1::text[], $2::bigint[], "
				 "$3::bigint[], $4::text[], $5::text[], "
				 "$6::text[]) AS u (sku, revision, available, "
				 "state, doc, trace) WHERE t.sku = u.sku"},
		},
	.put_related = put_related,
	.bind_related = bind_related,
	.reset = reset,
	.take = take,
	.needs_rows = needs_rows,
	.derive = derive,
	.bind = bind,
	.tell = tell,
	.events = 3,
	.topics = topics,
};
