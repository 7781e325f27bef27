/* effects.c - what operations of all systems share. */
#include "retail-sim/world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct entry *world_effect(struct world *world, struct call *call,
			   struct str reference)
{
	uint32_t number =
		ledger_add(&world->ledger, call->system->name,
			   call->operation->name, reference, call->key);

	if (!call->entry)
		call->entry = number;
	world->counts[call->system->id].effects++;
	return ledger_at(&world->ledger, number);
}

void world_effect_of(struct world *world, struct call *call,
		     struct str reference, int64_t amount, struct str unit)
{
	struct entry *entry = world_effect(world, call, reference);

	entry->has_amount = true;
	entry->amount = amount;
	snprintf(entry->unit, sizeof(entry->unit), "%.*s", STR_ARGS(unit));
}

void world_asked_again(struct world *world, uint32_t entry)
{
	if (entry)
		ledger_at(&world->ledger, entry)->asked++;
}

void world_show(struct call *call, int status, const struct thing *thing)
{
	struct json_writer w;

	call_answer(call, status, &w);
	thing_write(&w, thing);
}

void world_array(struct world *world, struct json_writer *w, enum kind kind,
		 enum by by, struct str name)
{
	int64_t settled_us = INT64_MAX;

	if (by == BY_REFERENCE)
		settled_us = clock_mono_us() - world->settle_ms * 1000;
	json_begin_array(w);
	for (struct thing *thing = books_find(&world->books, kind, by, name);
	     thing; thing = books_next(thing, by))
		if (thing->born_us <= settled_us)
			thing_write(w, thing);
	json_end_array(w);
}

void world_list(struct world *world, struct call *call, const char *list,
		enum kind kind, enum by by, struct str name)
{
	struct json_writer w;

	call_answer(call, 200, &w);
	json_begin_object(&w);
	json_name(&w, str_of(list));
	world_array(world, &w, kind, by, name);
	json_end_object(&w);
}

struct thing *world_part(struct world *world, struct call *call, int part,
			 enum kind kind, const char *what)
{
	struct thing *thing =
		books_find(&world->books, kind, BY_ID, call->parts[part]);

	if (!thing)
		call_problem(call, 404, "not-found", "there is no %s %.*s",
			     what, STR_ARGS(call->parts[part]));
	return thing;
}

bool world_reference(struct call *call, struct str *reference)
{
	*reference = call_query(call, "reference");
	return reference->len ||
	       call_problem(call, 400, "bad-query", "say ?reference=");
}

struct json_doc world_doc(struct call *call, struct str doc)
{
	struct json_doc read;
	struct err err;

	/* the books hold only what was read once */
	if (!json_read(&call->arena, doc, NULL, &read, &err))
		abort();
	return read;
}

struct str world_with_member(struct call *call, struct str doc,
			     const char *member, struct str json)
{
	struct json_doc old = world_doc(call, doc);
	struct json_writer w;
	struct str text;
	struct buf out;

	buf_init(&out, CALL_ANSWER_MAX_BYTES);
	json_writer_init(&w, &out);
	json_begin_object(&w);
	for (uint32_t i = 1; i < old.nodes[0].next; i = old.nodes[i].next) {
		if (str_is(old.nodes[i].name, member))
			continue;
		json_name(&w, old.nodes[i].name);
		json_copy(&w, &old, i);
	}
	json_put_raw(&w, member, json);
	json_end_object(&w);
	text = arena_str(&call->arena, buf_view(&out));
	buf_release(&out);
	return text;
}
