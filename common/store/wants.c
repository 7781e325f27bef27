/* wants.c - what a batch changes, and who is to be told of it: deliveries, in
 * the transaction that changes the record. */
#include <stdlib.h>

#include "store/changeset_private.h"

/* $1 targets, $2 entity, $3 ids, $4 revisions, $5 traces, $6 now, $7 whether
 * only the system that the id names is told. A row that
 * waits or is under way keeps its clock: what is told then is the latest. One
 * that was given up gets a new chance with new content. */
const struct pg_statement wants_statements[] = {
	{"want",
	 "INSERT INTO delivery AS d (target, entity, id, wanted, due_at, "
	 "since, trace, changed_at) SELECT t.target, $2::text, u.id, u.wanted, "
	 "$6::timestamptz, $6::timestamptz, u.trace, $6::timestamptz FROM "
	 "unnest($3::text[], $4::bigint[], $5::text[]) AS u (id, wanted, "
	 "trace) CROSS JOIN unnest($1::text[]) AS t (target) "
	 "WHERE NOT $7::boolean OR split_part(u.id, '/', 1) = t.target "
	 "ORDER BY t.target, u.id "
	 "ON CONFLICT (target, entity, id) DO UPDATE SET "
	 "wanted = excluded.wanted, "
	 "due_at = coalesce(d.due_at, excluded.due_at), "
	 "since = CASE WHEN d.due_at IS NULL THEN excluded.since ELSE d.since "
	 "END, tries = CASE WHEN d.due_at IS NULL THEN 0 ELSE d.tries END, "
	 "rejected = NULL, trace = excluded.trace, "
	 "changed_at = excluded.changed_at "
	 "WHERE d.wanted < excluded.wanted"},
	{NULL, NULL},
};

void store_tell(struct store *store, const char *target,
		const struct entity *entity)
{
	if (store->target_count == STORE_TARGETS_MAX)
		abort(); /* the caller counts them */
	store->targets[store->target_count++] =
		(struct store_target){str_of(target), entity};
}

static bool first_of_entity(const struct store *store, int t)
{
	for (int i = 0; i < t; i++)
		if (store->targets[i].entity == store->targets[t].entity)
			return false;
	return true;
}

struct want {
	struct str id, trace;
	int64_t revision;
};

static uint32_t gather_heads(const struct changeset *cs, struct want *wants)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < cs->head_count; i++)
		if (cs->heads[i]->changed)
			wants[count++] = (struct want){
				.id = cs->heads[i]->id,
				.revision = cs->heads[i]->revision,
				.trace = head_trace(cs->heads[i]),
			};
	return count;
}

static uint32_t gather_rows(const struct changeset *cs,
			    const struct entity *entity, struct want *wants)
{
	const struct group *group =
		&cs->groups[store_entity_index(cs->store, entity)];
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->count; i++)
		if (group->items[i]->fate == FATE_APPLIED)
			wants[count++] = (struct want){
				.id = group->items[i]->record->id,
				.revision = group->items[i]->revision,
				.trace = group->items[i]->record->trace,
			};
	return count;
}

static void bind(struct changeset *cs, struct pg_params *params,
		 const struct entity *entity, const struct want *wants,
		 uint32_t count)
{
	const struct store *store = cs->store;

	pg_params_reset(params);
	pg_array_begin(params, PG_TEXT);
	for (int t = 0; t < store->target_count; t++)
		if (store->targets[t].entity == entity)
			pg_array_str(params, store->targets[t].name);
	pg_array_end(params);
	pg_param_str(params, str_of(entity->name));
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++)
		pg_array_str(params, wants[i].id);
	pg_array_end(params);
	pg_array_begin(params, PG_INT8);
	for (uint32_t i = 0; i < count; i++)
		pg_array_i64(params, wants[i].revision);
	pg_array_end(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++)
		pg_array_str(params, wants[i].trace);
	pg_array_end(params);
	pg_param_time(params, cs->now_us);
	pg_param_bool(params, entity == store->kind->entity &&
				      store->kind->told_at_home);
}

int wants_send(struct changeset *cs, struct pg *pg, struct pg_params *params)
{
	const struct store *store = cs->store;
	int sent = 0;

	for (int t = 0; t < store->target_count; t++) {
		const struct entity *entity = store->targets[t].entity;
		bool derived = entity == store->kind->entity;
		struct want *wants;
		uint32_t count;

		if (!first_of_entity(store, t))
			continue;
		wants = ARENA_ARRAY(cs->arena, struct want,
				    derived ? cs->head_count : cs->count);
		count = derived ? gather_heads(cs, wants)
				: gather_rows(cs, entity, wants);
		if (!count)
			continue;
		bind(cs, params, entity, wants, count);
		pg_send(pg, wants_statements[0].name, params);
		sent++;
	}
	return sent;
}
