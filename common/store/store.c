/* store.c - what one process knows of the store: entities and statements. */
#include <stdlib.h>

#include "store/changeset_private.h"
#include "store/lane_sql.h"
#include "store/links.h"

enum { STATEMENTS_MAX = 160 };

/* $1 systems, $2 ids: a system's own number of an order, or an id under which
 * it is known elsewhere. Rows are (position in the list, canonical id). */
const struct pg_statement xref_statements[] = {
	{"resolve_orders",
	 "SELECT u.n, x.canonical_id FROM unnest($1::text[], $2::text[]) "
	 "WITH ORDINALITY AS u (system, id, n) JOIN xref x ON x.entity = "
	 "'order' AND x.system = u.system AND x.external_id = u.id "
	 "UNION ALL "
	 "SELECT u.n, o.id FROM unnest($1::text[], $2::text[]) "
	 "WITH ORDINALITY AS u (system, id, n) JOIN orders o ON o.number = "
	 "u.id AND o.id LIKE u.system || '/%'"},
	{NULL, NULL},
};

static int add_all(struct pg_statement *out, int count,
		   const struct pg_statement *more)
{
	for (; more->name; more++)
		out[count++] = *more;
	return count;
}

static struct pg_statement related_statement(struct store *store)
{
	struct pg_statement s = {"related_rows", NULL};
	struct buf sql;

	buf_init(&sql, 65536);
	store->kind->put_related(store, &sql);
	s.sql = arena_str(&store->arena, buf_view(&sql)).at;
	buf_release(&sql);
	return s;
}

/* Rows whose order was not known when they came and is known by now. They are
 * put again as they are, and find their order this time. */
static struct pg_statement unlinked_statement(struct store *store)
{
	struct pg_statement s = {"unlinked_rows", NULL};
	struct buf sql;

	buf_init(&sql, 65536);
	for (int e = 0; e < store->entity_count; e++)
		buf_printf(&sql,
			   "%sSELECT * FROM (SELECT %d, t.id, k.canonical_id, "
			   "t.source_epoch, t.version, t.at_us, t.at_offset, "
			   "t.mapping_revision, t.hash, t.deleted, t.trace, "
			   "t.ref_system, t.ref_id, t.doc FROM %s t "
			   "CROSS JOIN LATERAL (SELECT x.canonical_id FROM "
			   "xref x WHERE x.entity = 'order' AND x.system = "
			   "t.ref_system AND x.external_id = t.ref_id UNION "
			   "ALL SELECT o.id FROM orders o WHERE o.number = "
			   "t.ref_id AND o.id LIKE t.ref_system || '/%%' "
			   "LIMIT 1) k WHERE t.subject IS NULL AND t.ref_id IS "
			   "NOT NULL LIMIT 200) q%d",
			   e ? " UNION ALL " : "", e,
			   store->entities[e].entity->table, e);
	s.sql = arena_str(&store->arena, buf_view(&sql)).at;
	buf_release(&sql);
	return s;
}

static int add_stale(struct store *store, struct pg_statement *out)
{
	if (!store->kind->stale)
		return 0;
	store->stale = "stale_heads";
	*out = (struct pg_statement){store->stale, store->kind->stale};
	return 1;
}

/* The head's own record, where it is told by reference. */
static int add_derived(struct store *store, struct pg_statement *out)
{
	const struct entity *entity = store->kind->entity;
	struct entity_sql *sql = &store->entities[store->entity_count];

	store->told_count = store->entity_count;
	if (!entity)
		return 0;
	entity_sql_name(&store->arena, entity, sql);
	sql->tell = arena_printf(&store->arena, "tell_%s", entity->name).at;
	*out = (struct pg_statement){sql->tell, store->kind->read};
	store->told_count++;
	return 1;
}

struct store *store_new(const struct entity *const *entities,
			const struct head_kind *kind, const void *rules)
{
	struct store *store = calloc(1, sizeof(*store));
	struct pg_statement *all;
	int count = 0;

	if (!store)
		abort();
	arena_init(&store->arena, 0);
	store->kind = kind;
	store->rules = rules;
	all = ARENA_ARRAY(&store->arena, struct pg_statement, STATEMENTS_MAX);
	count = add_all(all, count, lane_statements);
	count = add_all(all, count, kind->statements);
	count = add_all(all, count, xref_statements);
	count = add_all(all, count, links_statements);
	count = add_all(all, count, wants_statements);
	for (; *entities; entities++) {
		entity_sql_build(&store->arena, *entities,
				 &store->entities[store->entity_count++],
				 all + count);
		count += ENTITY_STATEMENTS;
	}
	count += add_derived(store, all + count);
	count += add_stale(store, all + count);
	all[count] = related_statement(store);
	store->related = all[count++].name;
	all[count] = unlinked_statement(store);
	store->unlinked = all[count].name;
	store->statements = all;
	return store;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	arena_release(&store->arena);
	free(store);
}

const struct pg_statement *store_statements(const struct store *store)
{
	return store->statements;
}

int store_entity_index(const struct store *store, const struct entity *entity)
{
	for (int e = 0; e < store->entity_count; e++)
		if (store->entities[e].entity == entity)
			return e;
	abort(); /* a worker puts an entity that it did not declare */
}
