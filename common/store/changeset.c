/* changeset.c - records through one transaction; ranks.c judges them. */
#include <stdlib.h>

#include "store/changeset_private.h"

struct changeset *changeset_new(const struct store *store, struct arena *arena)
{
	struct changeset *cs = ARENA_NEW(arena, struct changeset);

	cs->store = store;
	cs->arena = arena;
	return cs;
}

uint32_t changeset_put(struct changeset *cs, const struct record *record)
{
	struct change *change = ARENA_NEW(cs->arena, struct change);

	if (cs->count == cs->room) {
		uint32_t room = cs->room ? cs->room * 2 : 256;
		struct change **grown =
			arena_alloc(cs->arena, sizeof(*grown) * room);

		if (cs->count)
			memcpy(grown, cs->changes, sizeof(*grown) * cs->count);
		cs->changes = grown;
		cs->room = room;
	}
	change->record = record;
	change->number = cs->count;
	change->subject = record->subject;
	cs->changes[cs->count] = change;
	return cs->count++;
}

uint32_t changeset_count(const struct changeset *cs)
{
	return cs->count;
}

/* Winners that say which order they speak of in another system's words. */
static void find_unresolved(struct changeset *cs)
{
	cs->unresolved =
		arena_alloc(cs->arena, sizeof(struct change *) * cs->count);
	cs->unresolved_count = 0;
	for (uint32_t i = 0; i < cs->count; i++) {
		struct change *change = cs->changes[i];

		change->subject = change->record->subject;
		if (!change->winner && !change->subject.at &&
		    change->record->ref_id.at)
			cs->unresolved[cs->unresolved_count++] = change;
	}
}

int changeset_send_resolve(struct changeset *cs, struct pg *pg,
			   struct pg_params *params)
{
	ranks_collapse(cs);
	find_unresolved(cs);
	if (!cs->unresolved_count)
		return 0;
	pg_params_reset(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->unresolved_count; i++)
		pg_array_str(params, cs->unresolved[i]->record->ref_system);
	pg_array_end(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->unresolved_count; i++)
		pg_array_str(params, cs->unresolved[i]->record->ref_id);
	pg_array_end(params);
	pg_send(pg, xref_statements[0].name, params);
	return 1;
}

/* Rows are (number in the list from 1, canonical id). */
void changeset_take_resolve(struct changeset *cs,
			    const struct pg_reply *replies)
{
	for (int row = 0; row < pg_rows(replies); row++) {
		int64_t at = pg_i64(replies, row, 0) - 1;

		if (at >= 0 && at < cs->unresolved_count)
			cs->unresolved[at]->subject =
				arena_str(cs->arena, pg_str(replies, row, 1));
	}
}

static void attach_heads(struct changeset *cs)
{
	for (uint32_t i = 0; i < cs->count; i++)
		if (!cs->changes[i]->winner && cs->changes[i]->subject.at)
			heads_add(cs, cs->changes[i]->subject);
	heads_sort(cs);
	for (uint32_t i = 0; i < cs->count; i++) {
		struct change *change = cs->changes[i];

		change->head = NULL;
		if (change->winner || !change->subject.at)
			continue;
		change->head = heads_find(cs, change->subject);
		change->next_of_head = change->head->changes;
		change->head->changes = change;
	}
}

static bool group_needs_lock(const struct group *group)
{
	for (uint32_t i = 0; i < group->count; i++)
		if (!group->items[i]->head)
			return true;
	return false;
}

int changeset_send_locks(struct changeset *cs, struct pg *pg,
			 struct pg_params *params, bool careful)
{
	int sent;

	attach_heads(cs);
	sent = heads_send_locks(cs, pg, params, careful);
	cs->lock_first = sent;
	for (int e = 0; e < cs->store->entity_count; e++) {
		const struct entity_sql *sql = &cs->store->entities[e];
		const struct group *group = &cs->groups[e];

		if (!group->count)
			continue;
		pg_params_reset(params);
		pg_array_begin(params, PG_TEXT);
		for (uint32_t i = 0; i < group->count; i++)
			pg_array_str(params, group->items[i]->record->id);
		pg_array_end(params);
		/* an order's status row guards all its rows; what has no
		 * order is guarded by its own */
		pg_send(pg, group_needs_lock(group) ? sql->lock : sql->read,
			params);
		sent++;
	}
	return sent;
}

static struct change *group_find(const struct group *group, struct str id,
				 uint32_t *cursor)
{
	uint32_t low = 0, high = group->count;

	/* rows usually come in order of id */
	if (*cursor < group->count &&
	    str_eq(group->items[*cursor]->record->id, id))
		return group->items[(*cursor)++];
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = str_cmp(group->items[mid]->record->id, id);

		if (!c) {
			*cursor = mid + 1;
			return group->items[mid];
		}
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void take_row(struct changeset *cs, struct change *change,
		     const struct pg_reply *r, int row)
{
	struct str subject = pg_str(r, row, ENTITY_READ_SUBJECT);

	change->stored = true;
	change->revision = pg_i64(r, row, ENTITY_READ_REVISION);
	change->stored_hash = pg_i64(r, row, ENTITY_READ_HASH);
	change->stored_rank = (struct rank){
		.source_epoch =
			(int16_t)pg_i64(r, row, ENTITY_READ_SOURCE_EPOCH),
		.version = pg_i64(r, row, ENTITY_READ_VERSION),
		.at_us = pg_i64(r, row, ENTITY_READ_AT_US),
		.at_offset = pg_i64(r, row, ENTITY_READ_AT_OFFSET),
		.mapping_revision =
			(int32_t)pg_i64(r, row, ENTITY_READ_MAPPING_REVISION),
	};
	change->stored_subject = (struct str){NULL, 0};
	change->old_head = NULL;
	if (!subject.at)
		return;
	if (change->subject.at && str_eq(subject, change->subject))
		change->stored_subject = change->subject;
	else
		change->stored_subject = arena_str(cs->arena, subject);
}

/* A row that was linked before and is not understood now keeps its link. A
 * row that moves to another order concerns both. True: new heads to lock. */
static bool settle_subject(struct changeset *cs, struct change *change)
{
	if (!change->stored_subject.at)
		return false;
	if (!change->subject.at) {
		change->subject = change->stored_subject;
		return true;
	}
	if (str_eq(change->subject, change->stored_subject))
		return false;
	change->old_head = heads_find(cs, change->stored_subject);
	if (change->old_head)
		return false;
	heads_add(cs, change->stored_subject);
	return true;
}

bool changeset_take_locks(struct changeset *cs, const struct pg_reply *replies)
{
	bool again = false;
	int at = cs->lock_first;

	if (cs->head_count)
		heads_take_locks(cs, &replies[at - 1]);
	for (int e = 0; e < cs->store->entity_count; e++) {
		struct group *group = &cs->groups[e];
		const struct pg_reply *r = &replies[at];
		uint32_t cursor = 0;

		if (!group->count)
			continue;
		at++;
		for (uint32_t i = 0; i < group->count; i++)
			group->items[i]->stored = false;
		for (int row = 0; row < pg_rows(r); row++) {
			struct change *change = group_find(
				group, pg_str(r, row, ENTITY_READ_ID), &cursor);

			if (!change)
				continue;
			take_row(cs, change, r, row);
			again |= settle_subject(cs, change);
		}
	}
	return !again;
}

int changeset_send_related(struct changeset *cs, struct pg *pg,
			   struct pg_params *params)
{
	ranks_judge(cs);
	return heads_send_related(cs, pg, params);
}

bool changeset_take_related(struct changeset *cs,
			    const struct pg_reply *replies, struct err *err)
{
	return heads_take_related(cs, replies, err);
}

void changeset_decide(struct changeset *cs, int64_t now_us)
{
	cs->now_us = now_us;
	heads_decide(cs);
	events_make(cs);
}

enum fate changeset_fate(const struct changeset *cs, uint32_t number)
{
	const struct change *change = cs->changes[number];

	if (!change->winner)
		return change->fate;
	return change->record->hash == change->winner->record->hash
		       ? FATE_DUPLICATE
		       : FATE_SUPERSEDED;
}

uint32_t changeset_conflicts(const struct changeset *cs)
{
	return cs->conflicts;
}

const struct outgoing *changeset_events(const struct changeset *cs,
					uint32_t *count)
{
	*count = cs->event_count;
	return cs->events;
}

static int send_rows(struct changeset *cs, struct pg *pg,
		     struct pg_params *params, int e, bool stored)
{
	const struct entity_sql *sql = &cs->store->entities[e];
	const struct group *group = &cs->groups[e];
	struct entity_row *rows =
		arena_alloc(cs->arena, sizeof(*rows) * group->count);
	uint32_t count = 0;

	for (uint32_t i = 0; i < group->count; i++) {
		struct change *change = group->items[i];

		if (change->write && change->stored == stored)
			rows[count++] = (struct entity_row){
				change->record,
				change->subject,
				change->revision,
			};
	}
	if (!count)
		return 0;
	entity_bind_rows(params, sql->entity, rows, count, cs->now_us);
	pg_send(pg, stored ? sql->update : sql->insert, params);
	return 1;
}

int changeset_send_writes(struct changeset *cs, struct pg *pg,
			  struct pg_params *params)
{
	int sent = 0;

	for (int e = 0; e < cs->store->entity_count; e++) {
		if (!cs->groups[e].count)
			continue;
		sent += send_rows(cs, pg, params, e, false);
		sent += send_rows(cs, pg, params, e, true);
	}
	sent += heads_send_writes(cs, pg, params);
	sent += links_send_writes(cs, pg, params);
	return sent + wants_send(cs, pg, params);
}
