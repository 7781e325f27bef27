/* events.c - what changed rows and changed statuses tell the world. */
#include <stdlib.h>

#include "store/changeset_private.h"

static const char status_topic[] = "flotilla.order.status-changed.v1";

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

/* {"order_id":..,"revision":..,"changed":[..],"payment":{..},..} */
static struct str status_doc(const struct head *head, struct arena *arena)
{
	/* escapes make a byte six at most */
	size_t room = 512 + head->id.len * 6;
	struct json_writer w;
	struct buf text;

	for (int f = 0; f < FACET_COUNT; f++)
		room += head->facets[f].len;
	buf_fixed(&text, arena_alloc(arena, room), room);
	json_writer_init(&w, &text);
	json_begin_object(&w);
	json_put_str(&w, "order_id", head->id);
	json_put_int(&w, "revision", head->revision);
	json_name(&w, STR("changed"));
	json_begin_array(&w);
	for (int f = 0; f < FACET_COUNT; f++)
		if (!facet_same(head->was[f], head->facets[f]))
			json_string(&w, str_of(facet_name((enum facet_kind)f)));
	json_end_array(&w);
	for (int f = 0; f < FACET_COUNT; f++)
		if (head->facets[f].at)
			json_put_raw(&w, facet_name((enum facet_kind)f),
				     head->facets[f]);
	json_end_object(&w);
	return buf_view(&text);
}

static const struct record *speaker_of(const struct head *head)
{
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write)
			return c->record;
	return NULL;
}

static void tell_status(struct changeset *cs, const struct head *head)
{
	const struct record *by = speaker_of(head);

	cs->events[cs->event_count++] = (struct outgoing){
		.message = by ? by->message : cs->changes[0]->record->message,
		.topic = STR(status_topic),
		.key = head->id,
		.value = status_doc(head, cs->arena),
		.entity = STR("order-status"),
		.revision = head->revision,
		.type = STR(status_topic),
		.subject = head->id,
		.time_us = cs->now_us,
		.schema = STR("/schemas/canonical/order-status-changed.json"),
		.trace = by ? by->trace : (struct str){NULL, 0},
	};
}

static int by_message(const void *a, const void *b)
{
	const struct outgoing *x = a, *y = b;

	return (x->message > y->message) - (x->message < y->message);
}

void events_make(struct changeset *cs)
{
	cs->events = arena_alloc(
		cs->arena, sizeof(*cs->events) * (cs->count + cs->head_count));
	cs->event_count = 0;
	for (uint32_t i = 0; i < cs->count; i++) {
		const struct change *change = cs->changes[i];

		if (!change->winner && change->fate == FATE_APPLIED &&
		    change->record->entity->topic)
			tell_change(cs, change);
	}
	for (uint32_t i = 0; i < cs->head_count; i++)
		if (cs->heads[i]->touched && cs->heads[i]->changed)
			tell_status(cs, cs->heads[i]);
	if (cs->event_count)
		qsort(cs->events, cs->event_count, sizeof(*cs->events),
		      by_message);
}
