/* heads.c - the status rows of orders: locked first, derived last. */
#include <stdlib.h>

#include "store/changeset_private.h"

enum {
	STATUS_LOCK,
	STATUS_MAKE,
	STATUS_INSERT,
	STATUS_UPDATE,
};

#define FACETS "confirmation, payment, fulfilment, returns, exceptions"
#define FACET_ARRAYS                                                           \
	"$4::text[], $5::text[], $6::text[], $7::text[], $8::text[]"

const struct pg_statement heads_statements[] = {
	[STATUS_LOCK] = {"status_lock",
			 "SELECT order_id, revision, parts, " FACETS
			 " FROM order_status WHERE order_id = ANY ($1::text[]) "
			 "ORDER BY order_id FOR UPDATE"},
	[STATUS_MAKE] = {"status_make",
			 "INSERT INTO order_status (order_id, revision, parts)"
			 " SELECT id, 0, 0 FROM unnest($1::text[]) AS u (id) "
			 "ORDER BY id ON CONFLICT DO NOTHING"},
	[STATUS_INSERT] =
		{"status_insert",
		 "INSERT INTO order_status (order_id, revision, "
		 "parts, " FACETS ", trace, changed_at) "
		 "SELECT u.*, $10::timestamptz FROM "
		 "unnest($1::text[], $2::bigint[], $3::int[], " FACET_ARRAYS
		 ", $9::text[]) AS u"},
	[STATUS_UPDATE] = {"status_update",
			   "UPDATE order_status t SET revision = u.revision, "
			   "parts = u.parts, confirmation = u.confirmation, "
			   "payment = u.payment, fulfilment = u.fulfilment, "
			   "returns = u.returns, exceptions = u.exceptions, "
			   "trace = u.trace, changed_at = CASE WHEN "
			   "t.revision = u.revision THEN t.changed_at "
			   "ELSE $10::timestamptz END "
			   "FROM unnest($1::text[], $2::bigint[], "
			   "$3::int[], " FACET_ARRAYS
			   ", $9::text[]) AS u (id, revision, "
			   "parts, " FACETS ", trace) WHERE t.order_id = u.id"},
	{NULL, NULL},
};

void heads_add(struct changeset *cs, struct str id)
{
	struct head *head;

	if (cs->head_count == cs->head_room) {
		uint32_t room = cs->head_room ? cs->head_room * 2 : 256;
		struct head **grown =
			arena_alloc(cs->arena, sizeof(*grown) * room);

		if (cs->head_count)
			memcpy(grown, cs->heads,
			       sizeof(*grown) * cs->head_count);
		cs->heads = grown;
		cs->head_room = room;
	}
	head = ARENA_NEW(cs->arena, struct head);
	head->id = id;
	cs->heads[cs->head_count++] = head;
}

static int by_id(const void *a, const void *b)
{
	return str_cmp((*(struct head *const *)a)->id,
		       (*(struct head *const *)b)->id);
}

void heads_sort(struct changeset *cs)
{
	uint32_t kept = 0;

	if (cs->head_count)
		qsort(cs->heads, cs->head_count, sizeof(*cs->heads), by_id);
	for (uint32_t i = 0; i < cs->head_count; i++) {
		struct head *head = cs->heads[i];

		head->changes = NULL;
		if (!kept || !str_eq(cs->heads[kept - 1]->id, head->id))
			cs->heads[kept++] = head;
	}
	cs->head_count = kept;
}

struct head *heads_find(struct changeset *cs, struct str id)
{
	uint32_t low = 0, high = cs->head_count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = str_cmp(cs->heads[mid]->id, id);

		if (!c)
			return cs->heads[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void bind_ids(struct changeset *cs, struct pg_params *params,
		     bool related)
{
	pg_params_reset(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->head_count; i++)
		if (!related || cs->heads[i]->parts > cs->heads[i]->covered)
			pg_array_str(params, cs->heads[i]->id);
	pg_array_end(params);
}

int heads_send_locks(struct changeset *cs, struct pg *pg,
		     struct pg_params *params, bool careful)
{
	if (!cs->head_count)
		return 0;
	bind_ids(cs, params, false);
	if (careful)
		pg_send(pg, heads_statements[STATUS_MAKE].name, params);
	pg_send(pg, heads_statements[STATUS_LOCK].name, params);
	return careful ? 2 : 1;
}

static void take_head(struct changeset *cs, struct head *head,
		      const struct pg_reply *r, int row)
{
	head->stored = true;
	head->revision = pg_i64(r, row, 1);
	head->parts = (int32_t)pg_i64(r, row, 2);
	for (int f = 0; f < FACET_COUNT; f++) {
		struct str was = pg_str(r, row, 3 + f);

		head->was[f] = was.at ? arena_str(cs->arena, was) : was;
	}
}

void heads_take_locks(struct changeset *cs, const struct pg_reply *r)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < cs->head_count; i++) {
		cs->heads[i]->stored = false;
		cs->heads[i]->parts = 0;
		cs->heads[i]->revision = 0;
		cs->heads[i]->related = NULL;
		memset(cs->heads[i]->was, 0, sizeof(cs->heads[i]->was));
	}
	/* both in order of id */
	for (int row = 0; row < pg_rows(r); row++) {
		struct str id = pg_str(r, row, 0);

		while (at < cs->head_count && !str_eq(cs->heads[at]->id, id))
			at++;
		if (at < cs->head_count)
			take_head(cs, cs->heads[at], r, row);
	}
}

int heads_send_related(struct changeset *cs, struct pg *pg,
		       struct pg_params *params)
{
	bool needed = false;

	for (uint32_t i = 0; i < cs->head_count && !needed; i++)
		needed = cs->heads[i]->touched &&
			 cs->heads[i]->parts > cs->heads[i]->covered;
	/* a row that is not replaced counts with what is stored */
	for (uint32_t i = 0; i < cs->count && !needed; i++)
		needed = cs->changes[i]->head && !cs->changes[i]->write &&
			 cs->changes[i]->head->touched;
	if (!needed)
		return 0;
	bind_ids(cs, params, false);
	pg_send(pg, cs->store->related, params);
	return 1;
}

/* Whether this batch replaces the stored row. */
static bool replaced(const struct head *head, const struct entity *entity,
		     struct str id)
{
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write && c->record->entity == entity &&
		    str_eq(c->record->id, id))
			return true;
	return false;
}

/* Whether the row leaves this order with this batch. */
static bool leaves(const struct changeset *cs, const struct head *head,
		   const struct entity *entity, struct str id)
{
	for (uint32_t i = 0; i < cs->count; i++) {
		const struct change *c = cs->changes[i];

		if (c->old_head == head && c->write &&
		    c->record->entity == entity && str_eq(c->record->id, id))
			return true;
	}
	return false;
}

static struct str source_of(struct str id)
{
	const char *slash = memchr(id.at, '/', id.len);

	return (struct str){id.at, slash ? (size_t)(slash - id.at) : id.len};
}

enum { RELATED_ENTITY, RELATED_SUBJECT, RELATED_ID, RELATED_AT, RELATED_DOC };

static bool take_part(struct changeset *cs, const struct pg_reply *r, int row,
		      struct err *err)
{
	const struct entity *entity =
		cs->store->entities[pg_i64(r, row, RELATED_ENTITY)].entity;
	struct head *head = heads_find(cs, pg_str(r, row, RELATED_SUBJECT));
	struct str id = pg_str(r, row, RELATED_ID);
	struct json_doc doc;
	struct part *part;
	void *data;

	if (!head || replaced(head, entity, id) || leaves(cs, head, entity, id))
		return true;
	id = arena_str(cs->arena, id);
	if (!json_read(cs->arena,
		       arena_str(cs->arena, pg_str(r, row, RELATED_DOC)),
		       &json_own, &doc, err) ||
	    !model_read(entity, cs->arena, &doc, 0, &data, err)) {
		err->kind = ERR_FATAL;
		return err_wrap(err, "stored %s %.*s", entity->name,
				STR_ARGS(id));
	}
	part = ARENA_NEW(cs->arena, struct part);
	part->row = (struct order_part){
		.entity = entity,
		.data = data,
		.source = source_of(id),
		.id = id,
		.as_of_us = pg_i64(r, row, RELATED_AT),
	};
	part->next = head->related;
	head->related = part;
	return true;
}

bool heads_take_related(struct changeset *cs, const struct pg_reply *r,
			struct err *err)
{
	for (int row = 0; row < pg_rows(r); row++)
		if (!take_part(cs, r, row, err))
			return false;
	return true;
}

static uint32_t gather(const struct changeset *cs, const struct head *head,
		       struct order_part **out)
{
	uint32_t count = 0;
	struct order_part *parts;

	for (const struct change *c = head->changes; c; c = c->next_of_head)
		count += c->write && !c->record->deleted;
	for (const struct part *p = head->related; p; p = p->next)
		count++;
	parts = arena_alloc(cs->arena, sizeof(*parts) * count);
	*out = parts;
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write && !c->record->deleted)
			*parts++ = (struct order_part){
				.entity = c->record->entity,
				.data = c->record->data,
				.source = c->record->source,
				.id = c->record->id,
				.as_of_us = c->record->rank.at_us,
			};
	for (const struct part *p = head->related; p; p = p->next)
		*parts++ = p->row;
	return count;
}

static void derive(struct changeset *cs, struct head *head)
{
	struct order_part *parts;
	uint32_t count = gather(cs, head, &parts);
	struct order_status status;

	order_status_derive(cs->store->rules, parts, count, cs->arena, &status);
	head->changed = false;
	for (int f = 0; f < FACET_COUNT; f++) {
		head->facets[f] = facet_write(&status.facets[f], cs->arena);
		head->changed |= !facet_same(head->was[f], head->facets[f]);
	}
	if (head->changed)
		head->revision++;
}

void heads_decide(struct changeset *cs)
{
	for (uint32_t i = 0; i < cs->head_count; i++)
		if (cs->heads[i]->touched)
			derive(cs, cs->heads[i]);
}

static struct str head_trace(const struct head *head)
{
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write)
			return c->record->trace;
	return (struct str){NULL, 0};
}

static void bind_heads(struct changeset *cs, struct pg_params *params,
		       struct head **heads, uint32_t count)
{
	pg_params_reset(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++)
		pg_array_str(params, heads[i]->id);
	pg_array_end(params);
	pg_array_begin(params, PG_INT8);
	for (uint32_t i = 0; i < count; i++)
		pg_array_i64(params, heads[i]->revision);
	pg_array_end(params);
	pg_array_begin(params, PG_INT4);
	for (uint32_t i = 0; i < count; i++)
		pg_array_i32(params, heads[i]->parts + heads[i]->parts_added);
	pg_array_end(params);
	for (int f = 0; f < FACET_COUNT; f++) {
		pg_array_begin(params, PG_TEXT);
		for (uint32_t i = 0; i < count; i++)
			pg_array_str(params, heads[i]->facets[f]);
		pg_array_end(params);
	}
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++)
		pg_array_str(params, head_trace(heads[i]));
	pg_array_end(params);
	pg_param_time(params, cs->now_us);
}

int heads_send_writes(struct changeset *cs, struct pg *pg,
		      struct pg_params *params)
{
	struct head **heads =
		arena_alloc(cs->arena, sizeof(struct head *) * cs->head_count);
	int sent = 0;

	for (int stored = 0; stored <= 1; stored++) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < cs->head_count; i++)
			if (cs->heads[i]->touched &&
			    cs->heads[i]->stored == stored)
				heads[count++] = cs->heads[i];
		if (!count)
			continue;
		bind_heads(cs, params, heads, count);
		pg_send(pg,
			heads_statements[stored ? STATUS_UPDATE : STATUS_INSERT]
				.name,
			params);
		sent++;
	}
	return sent;
}
