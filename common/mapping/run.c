/* run.c - one message, from bytes to sealed records. */
#include <stdio.h>

#include "mapping/decimal.h"
#include "mapping/run.h"
#include "model/document.h"

enum { SEAL_MAX_BYTES = 64 << 20, SCRATCH_KEEP_BYTES = 1 << 20 };

/* The items of a message, growing. */
struct items {
	struct mapped *at;
	uint32_t count;
	uint32_t room;
};

static struct mapped *add_item(struct run *run, struct items *items,
			       uint32_t more)
{
	if (items->count + more > items->room) {
		struct mapped *old = items->at;

		items->room = items->count + more;
		items->at = arena_alloc(run->arena, items->room * sizeof(*old));
		if (items->count)
			memcpy(items->at, old, items->count * sizeof(*old));
	}
	return &items->at[items->count];
}

static void add_fate(struct run *run, struct items *items,
		     enum mapped_fate fate)
{
	struct mapped *item = add_item(run, items, 1);

	*item = (struct mapped){.fate = fate};
	if (fate == MAPPED_INVALID) {
		struct err *err = arena_alloc(run->arena, sizeof(*err));

		*err = *run->err;
		item->err = err;
	}
	items->count++;
}

static bool run_data(struct run *run, const struct section *section,
		     struct record *record)
{
	const struct entity *entity = section->shape->entity;

	run->currency = (struct str){NULL, 0};
	run->digits = -1;
	run->step_count = 0;
	record->data = arena_zalloc(run->arena, entity->size);
	if (!run_shape(run, section->shape, record->data))
		return false;
	if (model_check(entity, record->data, run->err))
		return true;
	if (!record->deleted)
		run_locate(run, section);
	return false;
}

static bool run_record(struct run *run, const struct section *section,
		       struct record *record)
{
	record->entity = section->shape->entity;
	record->rank.source_epoch = run->mapping->source_epoch;
	record->rank.mapping_revision = run->mapping->revision;
	if (!run_head(run, section, record))
		return false;
	if (run_data(run, section, record))
		return true;
	/* a delete often carries no more than the id */
	record->data = NULL;
	return record->deleted;
}

static void run_section_record(struct run *run, const struct section *section,
			       struct items *items, struct buf *scratch)
{
	struct record *record;
	bool yes = true;

	run->step_count = 0;
	run->field = NULL;
	if (section->when && !run_test(run, section->when, &yes)) {
		add_fate(run, items, MAPPED_INVALID);
		return;
	}
	if (!yes) {
		add_fate(run, items, MAPPED_SKIPPED);
		return;
	}
	record = ARENA_NEW(run->arena, struct record);
	if (!run_record(run, section, record)) {
		add_fate(run, items, MAPPED_INVALID);
		return;
	}
	record_seal(record, run->arena, scratch);
	if (scratch->full) {
		(void)run_fail(run, NULL, NULL, "too-large",
			       "the record is larger than %d bytes",
			       SEAL_MAX_BYTES);
		add_fate(run, items, MAPPED_INVALID);
		return;
	}
	add_fate(run, items, MAPPED_RECORD);
	items->at[items->count - 1].record = record;
}

/* Pointer of the n-th record. Elements of one array share a prefix: a walk
 * from the root for each would be quadratic. */
static const char *record_pointer(struct run *run, const struct node_list *list,
				  const char *prefix, uint32_t n)
{
	char text[sizeof(run->err->pointer)];

	if (!list->nodes[n])
		return "";
	if (prefix)
		return arena_printf(run->arena, "%s/%u", prefix, n).at;
	json_pointer_of(&run->doc, list->nodes[n], text, sizeof(text));
	return arena_cstr(run->arena, str_of(text));
}

static void run_records(struct run *run, const struct section *section,
			struct items *items, struct buf *scratch, bool *exists)
{
	char text[sizeof(run->err->pointer)];
	const char *prefix = NULL;
	struct node_list list;

	run->step_count = 0;
	if (!run_elements(run, section->records, MAPPED_MAX, &list)) {
		*exists = true;
		add_fate(run, items, MAPPED_INVALID);
		return;
	}
	*exists |= list.exists;
	if (list.direct) {
		json_pointer_of(&run->doc, list.from, text, sizeof(text));
		prefix = text;
	}
	add_item(run, items, list.count);
	for (uint32_t i = 0; i < list.count; i++) {
		struct mapped *item;

		run_enter(run, section->records->scope, list.nodes[i], i);
		run_section_record(run, section, items, scratch);
		item = &items->at[items->count - 1];
		if (item->record)
			item->record->pointer =
				record_pointer(run, &list, prefix, i);
	}
}

static void run_section(struct run *run, const struct section *section,
			struct items *items, struct buf *scratch, bool *exists)
{
	struct node_list list;

	if (!section->within) {
		run_records(run, section, items, scratch, exists);
		return;
	}
	run->step_count = 0;
	if (!run_elements(run, section->within, MAPPED_MAX, &list)) {
		*exists = true;
		add_fate(run, items, MAPPED_INVALID);
		return;
	}
	*exists |= list.exists;
	for (uint32_t i = 0; i < list.count; i++) {
		run_enter(run, section->within->scope, list.nodes[i], i);
		run_records(run, section, items, scratch, exists);
	}
}

static void run_message(struct run *run, struct items *items, struct buf *seal)
{
	const struct mapping *m = run->mapping;
	const struct scope *document = m->scopes;
	bool yes = true, exists = false;

	while (document->next)
		document = document->next;
	run_enter(run, document, 0, 0);
	if (m->message_when && !run_test(run, m->message_when, &yes)) {
		add_fate(run, items, MAPPED_INVALID);
		return;
	}
	if (!yes) {
		add_fate(run, items, MAPPED_SKIPPED);
		return;
	}
	for (uint32_t i = 0; i < m->section_count; i++)
		run_section(run, &m->sections[i], items, seal, &exists);
	if (exists)
		return;
	run->step_count = 0;
	(void)run_fail(run, NULL, &(struct value){.node = 0}, "no-record",
		       "none of the places of \"records\" exists");
	add_fate(run, items, MAPPED_INVALID);
}

void mapping_work_init(struct mapping_work *work)
{
	arena_init(&work->scratch, SCRATCH_KEEP_BYTES);
	buf_init(&work->seal, SEAL_MAX_BYTES);
	work->limits = (struct json_limits){.max_bytes = 0};
}

void mapping_work_release(struct mapping_work *work)
{
	arena_release(&work->scratch);
	buf_release(&work->seal);
}

bool mapping_run_in(const struct mapping *mapping, struct mapping_work *work,
		    struct arena *arena, const struct mapping_message *message,
		    const struct mapping_trace *trace, struct mapped_list *out,
		    struct err *err)
{
	struct run run = {
		.mapping = mapping,
		.arena = arena,
		.message = message->name,
		.at_us = message->at_us,
		.trace = trace,
		.digits = -1,
	};
	struct items items = {NULL, 0, 0};
	struct err failure;

	*out = (struct mapped_list){NULL, 0};
	run.err = &failure;
	if (!message->payload.at && !mapping->skip_tombstone)
		return err_code(err, ERR_INVALID, "tombstone",
				"a message without a value, and %s does not "
				"expect one",
				mapping->name);
	if (!message->payload.at) {
		add_fate(&run, &items, MAPPED_SKIPPED);
	} else {
		arena_reset(&work->scratch);
		if (!json_read_in(arena, &work->scratch, message->payload,
				  &work->limits, &run.doc, err))
			return false;
		run.slots =
			arena_alloc(&work->scratch,
				    mapping->slot_count * sizeof(*run.slots));
		run.here =
			arena_alloc(&work->scratch,
				    mapping->scope_count * sizeof(*run.here));
		run_message(&run, &items, &work->seal);
	}
	*out = (struct mapped_list){items.at, items.count};
	return true;
}

bool mapping_run_at(const struct mapping *mapping, struct arena *arena,
		    const struct mapping_message *message,
		    const struct mapping_trace *trace, struct mapped_list *out,
		    struct err *err)
{
	struct mapping_work work;
	bool ok;

	mapping_work_init(&work);
	ok = mapping_run_in(mapping, &work, arena, message, trace, out, err);
	mapping_work_release(&work);
	return ok;
}

bool mapping_run(const struct mapping *mapping, struct arena *arena,
		 struct str payload, const struct mapping_trace *trace,
		 struct mapped_list *out, struct err *err)
{
	const struct mapping_message message = {.payload = payload};

	return mapping_run_at(mapping, arena, &message, trace, out, err);
}
