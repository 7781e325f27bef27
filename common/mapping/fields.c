/* fields.c - canonical records, field by field. */
#include "mapping/run.h"
#include "model/document.h"

/* Elements of a list that grows by blocks. */
struct growing {
	char *items;
	uint32_t count;
	uint32_t room;
	uint32_t size; /* of one */
};

static char *grow_by(struct run *run, struct growing *list, uint32_t more)
{
	if (list->count + more > list->room) {
		char *old = list->items;

		list->room = list->count + more;
		list->items = arena_zalloc(run->arena,
					   (size_t)list->room * list->size);
		if (list->count)
			memcpy(list->items, old,
			       (size_t)list->count * list->size);
	}
	return list->items + (size_t)list->count * list->size;
}

static bool has_nothing(const void *record)
{
	return *(const uint64_t *)record == 0;
}

/* Whether a block that makes one sub-record is there at all. */
static bool block_exists(struct run *run, const struct block *block, bool *yes)
{
	const struct json_node *node;
	struct value where = {.node = NONE};

	*yes = true;
	if (block->kind == BLOCK_AT) {
		where.node = run->slots[block->path->slot];
		*yes = false;
		if (where.node == NONE)
			return true;
		node = &run->doc.nodes[where.node];
		if (node->kind == JSON_NULL || node->kind == JSON_FALSE ||
		    (node->kind == JSON_STRING && !node->text.len))
			return true;
		if (node->kind < JSON_ARRAY)
			return run_fail(run, NULL, &where, "wrong-type",
					"an object is wanted (pointer "
					"\"%.*s\")",
					STR_ARGS(block->path->text));
		*yes = true;
	}
	return !block->when || run_test(run, block->when, yes);
}

/* Alternatives: the first in which something was found. */
static bool run_object(struct run *run, const struct assign *assign,
		       void *record)
{
	for (uint32_t i = 0; i < assign->block_count; i++) {
		const struct block *block = &assign->blocks[i];
		void *sub;
		bool yes;

		if (!block_exists(run, block, &yes))
			return false;
		if (!yes)
			continue;
		sub = arena_zalloc(run->arena, assign->field->sub->size);
		if (!run_shape(run, block->shape, sub))
			return false;
		if (has_nothing(sub))
			continue;
		*(void **)((char *)record + assign->field->offset) = sub;
		field_set(record, assign->index);
		return true;
	}
	return true;
}

static bool run_element(struct run *run, const struct block *block,
			struct growing *list, bool *kept)
{
	char *sub = grow_by(run, list, 1);
	bool ok;

	if (!run_push(run, NULL, list->count))
		return run_fail(run, NULL, NULL, "too-deep", "too deep");
	ok = run_shape(run, block->shape, sub);
	run_pop(run);
	*kept = ok && !has_nothing(sub);
	return ok;
}

static bool run_each(struct run *run, const struct block *block,
		     struct growing *list, bool *exists)
{
	const struct loop *loop = block->loop;
	struct node_list nodes;
	uint32_t left = MODEL_LIST_ITEMS - list->count;

	if (!run_elements(run, loop, left, &nodes))
		return false;
	*exists |= nodes.exists;
	if (run->trace)
		run_trace_list(run, loop->paths[0], "each", nodes.count);
	grow_by(run, list, nodes.count);
	for (uint32_t i = 0; i < nodes.count; i++) {
		bool yes, kept;

		run_enter(run, loop->scope, nodes.nodes[i], i);
		if (!run_where(run, loop, &yes))
			return false;
		if (!yes)
			continue;
		if (!run_element(run, block, list, &kept))
			return false;
		list->count++;
	}
	return true;
}

static bool run_list(struct run *run, const struct assign *assign, void *record)
{
	struct growing list = {.size = assign->field->sub->size};
	bool exists = false;

	for (uint32_t i = 0; i < assign->block_count; i++) {
		const struct block *block = &assign->blocks[i];
		bool yes, kept;

		if (!block_exists(run, block, &yes))
			return false;
		if (!yes)
			continue;
		if (block->kind == BLOCK_EACH) {
			if (!run_each(run, block, &list, &exists))
				return false;
			continue;
		}
		if (list.count == MODEL_LIST_ITEMS)
			return run_fail(run, NULL, NULL, "too-many",
					"more than %d elements",
					MODEL_LIST_ITEMS);
		if (!run_element(run, block, &list, &kept))
			return false;
		list.count += kept;
	}
	if (!list.count && !exists)
		return true;
	*(void **)((char *)record + assign->field->offset) = list.items;
	*(uint32_t *)((char *)record + assign->field->count_offset) =
		list.count;
	field_set(record, assign->index);
	return true;
}

static bool run_scalar(struct run *run, const struct assign *assign,
		       void *record)
{
	struct value value;

	run->field = assign->field;
	if (!run_rule(run, assign->rule, &value) ||
	    (value.kind != VALUE_ABSENT &&
	     !run_store(run, assign, &value, record)))
		return false;
	if (run->trace)
		run_trace_scalar(run, assign, &value, record);
	return true;
}

static bool run_assign(struct run *run, const struct assign *assign,
		       void *record)
{
	switch (assign->field->kind) {
	case FIELD_OBJECT:
		return run_object(run, assign, record);
	case FIELD_LIST:
		return run_list(run, assign, record);
	case FIELD_STRINGS:
		return run_strings(run, assign, record);
	case FIELD_ATTRIBUTES:
		return run_attributes(run, assign, record);
	default:
		return run_scalar(run, assign, record);
	}
}

/* The commonest of all, without a detour. False: to be looked at. */
static inline bool store_text(const struct run *run,
			      const struct assign *assign, void *record)
{
	uint32_t at = run->slots[assign->rule->path->slot];
	const struct json_node *node = &run->doc.nodes[at];

	if (node->kind != JSON_STRING || !node->text.len)
		return false;
	*(struct str *)((char *)record + assign->field->offset) = node->text;
	field_set(record, assign->index);
	return true;
}

bool run_shape(struct run *run, const struct shape *shape, void *record)
{
	const struct str currency = run->currency;
	const int digits = run->digits;
	bool ok = true;

	for (uint32_t i = 0; ok && i < shape->count; i++) {
		const struct assign *assign = &shape->assigns[i];

		if (assign->rule && !run->trace &&
		    (run_nothing(run, assign->rule) ||
		     (assign->direct && store_text(run, assign, record))))
			continue;
		if (!run_push(run, assign->field->name, 0))
			return run_fail(run, NULL, NULL, "too-deep",
					"too deep");
		ok = run_assign(run, assign, record);
		run_pop(run);
	}
	run->currency = currency;
	run->digits = digits;
	return ok;
}
