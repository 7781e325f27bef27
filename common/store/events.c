/* events.c - what changed rows and changed heads tell the world. */
#include <stdlib.h>

#include "store/changeset_private.h"

void event_describe(struct outgoing *out, const struct entity_sql *sql,
		    bool deleted)
{
	out->type = deleted ? sql->deleted_type : sql->changed_type;
	out->subject = out->key;
	out->schema = sql->schema;
}

static void tell_change(struct changeset *cs, const struct change *change)
{
	const struct record *record = change->record;
	const struct entity *entity = record->entity;
	struct outgoing *out = &cs->events[cs->event_count++];

	*out = (struct outgoing){
		.message = record->message,
		.topic = str_of(entity->topic),
		.key = record->id,
		.value = record->deleted ? (struct str){NULL, 0} : record->doc,
		.reference = true,
		.entity = str_of(entity->name),
		.revision = change->revision,
		.time_us = cs->now_us,
		.trace = record->trace,
	};
	event_describe(
		out,
		&cs->store->entities[store_entity_index(cs->store, entity)],
		record->deleted);
}

static int by_message(const void *a, const void *b)
{
	const struct outgoing *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

void events_make(struct changeset *cs)
{
	const struct head_kind *kind = cs->store->kind;

	cs->events = arena_alloc(
		cs->arena, sizeof(*cs->events) *
				   (cs->count + cs->head_count * kind->events));
	cs->event_count = 0;
	for (uint32_t i = 0; i < cs->count; i++) {
		const struct change *change = cs->changes[i];

		if (!change->winner && change->fate == FATE_APPLIED &&
		    change->record->entity->topic)
			tell_change(cs, change);
	}
	for (uint32_t i = 0; i < cs->head_count; i++)
		if (cs->heads[i]->changed)
			kind->tell(cs, cs->heads[i]);
	if (cs->event_count)
		qsort(cs->events, cs->event_count, sizeof(*cs->events),
		      by_message);
}
