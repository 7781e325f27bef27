/* links.c - cross-references, and rows that wait for their order. */
#include "store/links.h"

#include "model/document.h"
#include "model/order.h"
#include "store/changeset_private.h"

enum {
	UNLINKED_ENTITY,
	UNLINKED_ID,
	UNLINKED_SUBJECT,
	UNLINKED_SOURCE_EPOCH,
	UNLINKED_VERSION,
	UNLINKED_AT_US,
	UNLINKED_AT_OFFSET,
	UNLINKED_MAPPING_REVISION,
	UNLINKED_HASH,
	UNLINKED_DELETED,
	UNLINKED_TRACE,
	UNLINKED_REF_SYSTEM,
	UNLINKED_REF_ID,
	UNLINKED_DOC,
};

void links_send_unlinked(const struct store *store, struct pg *pg)
{
	pg_send(pg, store->unlinked, NULL);
	if (store->stale)
		pg_send(pg, store->stale, NULL);
}

static struct str kept(struct arena *arena, const struct pg_reply *r, int row,
		       int col)
{
	struct str s = pg_str(r, row, col);

	return s.at ? arena_str(arena, s) : s;
}

static void take_identity(struct record *record, struct arena *arena,
			  const struct pg_reply *r, int row)
{
	const char *slash;

	record->id = kept(arena, r, row, UNLINKED_ID);
	slash = memchr(record->id.at, '/', record->id.len);
	record->source = record->id;
	if (slash) {
		record->source.len = (size_t)(slash - record->id.at);
		record->source_id = (struct str){
			slash + 1, record->id.len - record->source.len - 1};
	}
	record->subject = kept(arena, r, row, UNLINKED_SUBJECT);
	record->ref_system = kept(arena, r, row, UNLINKED_REF_SYSTEM);
	record->ref_id = kept(arena, r, row, UNLINKED_REF_ID);
	record->trace = kept(arena, r, row, UNLINKED_TRACE);
	record->rank = (struct rank){
		.source_epoch = (int16_t)pg_i64(r, row, UNLINKED_SOURCE_EPOCH),
		.version = pg_i64(r, row, UNLINKED_VERSION),
		.at_us = pg_i64(r, row, UNLINKED_AT_US),
		.at_offset = pg_i64(r, row, UNLINKED_AT_OFFSET),
		.mapping_revision =
			(int32_t)pg_i64(r, row, UNLINKED_MAPPING_REVISION),
	};
	record->hash = pg_i64(r, row, UNLINKED_HASH);
	record->deleted = pg_bool(r, row, UNLINKED_DELETED);
}

bool links_put_unlinked(struct changeset *cs, const struct store *store,
			struct arena *arena, const struct pg_reply *r,
			int *rows, struct err *err)
{
	int stale = store->stale ? pg_rows(&r[1]) : 0;

	*rows = pg_rows(r) + stale;
	for (int row = 0; row < stale; row++)
		heads_ask(cs, arena_str(arena, pg_str(&r[1], row, 0)));
	for (int row = 0; row < pg_rows(r); row++) {
		struct record *record = ARENA_NEW(arena, struct record);
		struct json_doc doc;

		record->entity =
			store->entities[pg_i64(r, row, UNLINKED_ENTITY)].entity;
		take_identity(record, arena, r, row);
		record->doc = kept(arena, r, row, UNLINKED_DOC);
		if (!json_read(arena, record->doc, &json_own, &doc, err) ||
		    !model_read(record->entity, arena, &doc, 0, &record->data,
				err))
			return err_wrap(err, "stored %.*s",
					STR_ARGS(record->id));
		changeset_put(cs, record);
	}
	return true;
}

/* The order's own word about the ids under which others know it. The
 * smallest canonical id wins, so that the order of arrival does not matter. */
const struct pg_statement links_statements[] = {
	{"xref_put",
	 "INSERT INTO xref AS x (entity, system, external_id, canonical_id) "
	 "SELECT DISTINCT ON (u.system, u.id) 'order', u.system, u.id, "
	 "u.canonical FROM unnest($1::text[], $2::text[], $3::text[]) AS u "
	 "(system, id, canonical) ORDER BY u.system, u.id, u.canonical "
	 "ON CONFLICT (entity, system, external_id) DO UPDATE SET "
	 "canonical_id = excluded.canonical_id WHERE "
	 "excluded.canonical_id < x.canonical_id"},
	{NULL, NULL},
};

static const struct order *order_with_references(const struct change *change)
{
	const struct record *record = change->record;
	const struct order *order = record->data;

	if (change->winner || change->fate != FATE_APPLIED ||
	    record->entity != &order_entity || !order || !change->subject.at ||
	    !order->references_count)
		return NULL;
	return order;
}

static void bind_references(struct changeset *cs, struct pg_params *params,
			    int column)
{
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->count; i++) {
		const struct change *change = cs->changes[i];
		const struct order *order = order_with_references(change);

		for (uint32_t k = 0; order && k < order->references_count; k++)
			pg_array_str(params,
				     column == 0   ? order->references[k].system
				     : column == 1 ? order->references[k].id
						   : change->subject);
	}
	pg_array_end(params);
}

int links_send_writes(struct changeset *cs, struct pg *pg,
		      struct pg_params *params)
{
	bool any = false;

	for (uint32_t i = 0; i < cs->count && !any; i++)
		any = order_with_references(cs->changes[i]) != NULL;
	if (!any)
		return 0;
	pg_params_reset(params);
	for (int column = 0; column < 3; column++)
		bind_references(cs, params, column);
	pg_send(pg, links_statements[0].name, params);
	return 1;
}
