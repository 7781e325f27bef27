/* heads.c - the heads of a batch: locked first, derived last. */
#include "store/heads.h"

#include <stdlib.h>

#include "model/document.h"
#include "store/changeset_private.h"
#include "json/json.h"

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

void heads_ask(struct changeset *cs, struct str id)
{
	heads_add(cs, id);
	cs->heads[cs->head_count - 1]->asked = true;
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
		else
			cs->heads[kept - 1]->asked |= head->asked;
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

int heads_send_locks(struct changeset *cs, struct pg *pg,
		     struct pg_params *params, bool careful)
{
	const struct pg_statement *statements = cs->store->kind->statements;

	if (!cs->head_count)
		return 0;
	pg_params_reset(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->head_count; i++)
		pg_array_str(params, cs->heads[i]->id);
	pg_array_end(params);
	if (careful)
		pg_send(pg, statements[HEAD_MAKE].name, params);
	pg_send(pg, statements[HEAD_LOCK].name, params);
	return careful ? 2 : 1;
}

void heads_take_locks(struct changeset *cs, const struct pg_reply *r)
{
	const struct head_kind *kind = cs->store->kind;
	uint32_t at = 0;

	for (uint32_t i = 0; i < cs->head_count; i++) {
		struct head *head = cs->heads[i];

		head->stored = false;
		head->revision = 0;
		head->related = NULL;
		kind->reset(cs, head);
	}
	/* both in order of id */
	for (int row = 0; row < pg_rows(r); row++) {
		struct str id = pg_str(r, row, 0);

		while (at < cs->head_count && !str_eq(cs->heads[at]->id, id))
			at++;
		if (at == cs->head_count)
			return;
		cs->heads[at]->stored = true;
		cs->heads[at]->revision = pg_i64(r, row, 1);
		kind->take(cs, cs->heads[at], r, row);
	}
}

int heads_send_related(struct changeset *cs, struct pg *pg,
		       struct pg_params *params)
{
	const struct head_kind *kind = cs->store->kind;
	bool needed = false;

	for (uint32_t i = 0; i < cs->head_count; i++)
		if (cs->heads[i]->touched)
			needed |= kind->needs_rows(cs, cs->heads[i]);
	if (!needed)
		return 0;
	pg_params_reset(params);
	kind->bind_related(cs, params);
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
	const struct head_kind *kind = cs->store->kind;

	for (int row = 0; row < pg_rows(r); row++) {
		struct head *head;
		bool ok;

		if (!kind->take_related) {
			ok = take_part(cs, r, row, err);
		} else {
			head = heads_find(cs, pg_str(r, row, RELATED_SUBJECT));
			ok = !head || kind->take_related(cs, head, r, row, err);
		}
		if (!ok)
			return false;
	}
	return true;
}

void heads_decide(struct changeset *cs)
{
	for (uint32_t i = 0; i < cs->head_count; i++) {
		cs->heads[i]->changed = cs->heads[i]->write = false;
		if (cs->heads[i]->touched)
			cs->store->kind->derive(cs, cs->heads[i]);
	}
}

/* The record of the batch that changed it; NULL: a row that left it did. */
static const struct record *speaker_of(const struct head *head)
{
	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write)
			return c->record;
	return NULL;
}

struct outgoing *head_event(struct changeset *cs, const struct head *head)
{
	const struct record *by = speaker_of(head);
	struct outgoing *out = &cs->events[cs->event_count++];

	*out = (struct outgoing){
		.message = by	       ? by->message
			   : cs->count ? cs->changes[0]->record->message
				       : 0,
		.key = head->id,
		.subject = head->id,
		.revision = head->revision,
		.time_us = cs->now_us,
		.trace = head_trace(head),
	};
	return out;
}

struct str head_trace(const struct head *head)
{
	const struct record *by = speaker_of(head);

	return by ? by->trace : (struct str){NULL, 0};
}

void head_bind_traces(const struct changeset *cs, struct pg_params *params,
		      struct head *const *heads, uint32_t count)
{
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < count; i++)
		pg_array_str(params, head_trace(heads[i]));
	pg_array_end(params);
	pg_param_time(params, cs->now_us);
}

int heads_send_writes(struct changeset *cs, struct pg *pg,
		      struct pg_params *params)
{
	const struct head_kind *kind = cs->store->kind;
	struct head **heads =
		arena_alloc(cs->arena, sizeof(struct head *) * cs->head_count);
	int sent = 0;

	for (int stored = 0; stored <= 1; stored++) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < cs->head_count; i++)
			if (cs->heads[i]->write &&
			    cs->heads[i]->stored == stored)
				heads[count++] = cs->heads[i];
		if (!count)
			continue;
		pg_params_reset(params);
		kind->bind(cs, params, heads, count);
		pg_send(pg,
			kind->statements[stored ? HEAD_UPDATE : HEAD_INSERT]
				.name,
			params);
		sent++;
	}
	return sent;
}
