/* status_heads.c - the status of an order: facets out of all its rows. */
#include "store/changeset_private.h"
#include "store/heads.h"
#include "json/writer.h"

#define FACETS "confirmation, payment, fulfilment, returns, exceptions"
#define FACET_ARRAYS                                                           \
	"$4::text[], $5::text[], $6::text[], $7::text[], $8::text[]"

static const char status_topic[] = "flotilla.order.status-changed.v1";
static const char exception_topic[] = "flotilla.exception.raised.v1";
static const char *const topics[] = {status_topic, exception_topic, NULL};

enum { STATUS_ID, STATUS_REVISION, STATUS_PARTS, STATUS_FACETS };

struct status_head {
	int32_t parts;			/* stored rows of the order */
	struct str was[FACET_COUNT];	/* facets as stored */
	struct str facets[FACET_COUNT]; /* as they shall be */
};

static void reset(struct changeset *cs, struct head *head)
{
	if (!head->own)
		head->own = ARENA_NEW(cs->arena, struct status_head);
	memset(head->own, 0, sizeof(struct status_head));
}

static void take(struct changeset *cs, struct head *head,
		 const struct pg_reply *r, int row)
{
	struct status_head *own = head->own;

	own->parts = (int32_t)pg_i64(r, row, STATUS_PARTS);
	for (int f = 0; f < FACET_COUNT; f++) {
		struct str was = pg_str(r, row, STATUS_FACETS + f);

		own->was[f] = was.at ? arena_str(cs->arena, was) : was;
	}
}

static bool needs_rows(struct changeset *cs, struct head *head)
{
	const struct status_head *own = head->own;

	(void)cs;
	if (own->parts > head->covered)
		return true;
	/* a row that is not replaced counts with what is stored */
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (!c->write)
			return true;
	return false;
}

/* All rows that speak of an order, whatever their entity. Orders have their
 * own id as subject, which needs no second index. */
static void put_related(const struct store *store, struct buf *sql)
{
	for (int e = 0; e < store->entity_count; e++) {
		const char *table = store->entities[e].entity->table;
		bool orders = !strcmp(table, "orders");

		buf_printf(sql,
			   "%sSELECT %d, subject, id, at_us, doc FROM %s WHERE "
			   "subject = ANY ($1::text[])%s AND NOT deleted",
			   e ? " UNION ALL " : "", e, table,
			   orders ? " AND subject <> id" : "");
		if (orders)
			buf_printf(sql,
				   " UNION ALL SELECT %d, subject, id, at_us, "
				   "doc FROM orders WHERE id = ANY "
				   "($1::text[]) AND subject = id AND NOT "
				   "deleted",
				   e);
	}
}

static void bind_related(const struct changeset *cs, struct pg_params *params)
{
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->head_count; i++)
		pg_array_str(params, cs->heads[i]->id);
	pg_array_end(params);
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
	struct status_head *own = head->own;
	struct order_part *parts;
	uint32_t count = gather(cs, head, &parts);
	struct order_status status;

	order_status_derive(cs->store->rules, parts, count, cs->arena, &status);
	for (int f = 0; f < FACET_COUNT; f++) {
		own->facets[f] = facet_write(&status.facets[f], cs->arena);
		head->changed |= !facet_same(own->was[f], own->facets[f]);
	}
	head->write = true;
	if (head->changed)
		head->revision++;
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
	pg_array_begin(params, PG_INT4);
	for (uint32_t i = 0; i < count; i++) {
		const struct status_head *own = heads[i]->own;

		pg_array_i32(params, own->parts + heads[i]->added);
	}
	pg_array_end(params);
	for (int f = 0; f < FACET_COUNT; f++) {
		pg_array_begin(params, PG_TEXT);
		for (uint32_t i = 0; i < count; i++) {
			const struct status_head *own = heads[i]->own;

			pg_array_str(params, own->facets[f]);
		}
		pg_array_end(params);
	}
	head_bind_traces(cs, params, heads, count);
}

/* {"order_id":..,"revision":..,"changed":[..],"payment":{..},..} */
static struct str status_doc(const struct head *head, struct arena *arena)
{
	const struct status_head *own = head->own;
	/* escapes make a byte six at most */
	size_t room = 512 + head->id.len * 6;
	struct json_writer w;
	struct buf text;

	for (int f = 0; f < FACET_COUNT; f++)
		room += own->facets[f].len;
	buf_fixed(&text, arena_alloc(arena, room), room);
	json_writer_init(&w, &text);
	json_begin_object(&w);
	json_put_str(&w, "order_id", head->id);
	json_put_int(&w, "revision", head->revision);
	json_name(&w, STR("changed"));
	json_begin_array(&w);
	for (int f = 0; f < FACET_COUNT; f++)
		if (!facet_same(own->was[f], own->facets[f]))
			json_string(&w, str_of(facet_name((enum facet_kind)f)));
	json_end_array(&w);
	for (int f = 0; f < FACET_COUNT; f++)
		if (own->facets[f].at)
			json_put_raw(&w, facet_name((enum facet_kind)f),
				     own->facets[f]);
	json_end_object(&w);
	return buf_view(&text);
}

/* Something else is wrong than before. */
static bool raises(const struct status_head *own)
{
	return own->facets[FACET_EXCEPTIONS].at &&
	       !facet_same(own->was[FACET_EXCEPTIONS],
			   own->facets[FACET_EXCEPTIONS]);
}

static void tell(struct changeset *cs, const struct head *head)
{
	struct outgoing *out = head_event(cs, head), *raised;

	out->topic = out->type = STR(status_topic);
	out->value = status_doc(head, cs->arena);
	out->entity = STR("order-status");
	out->schema = STR("/schemas/canonical/order-status-changed.json");
	if (!raises(head->own))
		return;
	raised = head_event(cs, head);
	raised->topic = raised->type = STR(exception_topic);
	raised->value = out->value;
	raised->entity = STR("exception");
	raised->schema = out->schema;
}

const struct head_kind status_heads = {
	.statements =
		{
			[HEAD_LOCK] =
				{"status_lock",
				 "SELECT order_id, revision, parts, " FACETS
				 " FROM order_status WHERE "
				 "order_id = ANY ($1::text[]) "
				 "ORDER BY order_id FOR UPDATE"},
			[HEAD_MAKE] = {"status_make",
				       "INSERT INTO order_status (order_id, "
				       "revision, parts) SELECT id, 0, 0 FROM "
				       "unnest($1::text[]) AS u (id) "
				       "ORDER BY id ON CONFLICT DO NOTHING"},
			[HEAD_INSERT] =
				{"status_insert",
				 "INSERT INTO order_status (order_id, "
				 "revision, parts, " FACETS ", trace, "
				 "changed_at) SELECT u.*, $10::timestamptz "
				 "FROM unnest($1::text[], $2::bigint[], "
				 "$3::int[], " FACET_ARRAYS
				 ", $9::text[]) AS u"},
			[HEAD_UPDATE] =
				{"status_update",
				 "UPDATE order_status t SET revision = "
				 "u.revision, parts = u.parts, confirmation = "
				 "u.confirmation, payment = u.payment, "
				 "fulfilment = u.fulfilment, returns = "
				 "u.returns, exceptions = u.exceptions, "
				 "trace = u.trace, changed_at = CASE WHEN "
				 "t.revision = u.revision THEN t.changed_at "
				 "ELSE $10::timestamptz END FROM "
				 "unnest($1::text[], $2::bigint[], "
				 "$3::int[], " FACET_ARRAYS
				 ", $9::text[]) AS u (id, revision, "
				 "parts, " FACETS
				 ", trace) WHERE t.order_id = u.id"},
		},
	.put_related = put_related,
	.bind_related = bind_related,
	.reset = reset,
	.take = take,
	.needs_rows = needs_rows,
	.derive = derive,
	.bind = bind,
	.tell = tell,
	.events = 2,
	.topics = topics,
};
