/* lists.c - lists of strings, and attributes by name. */
#include "mapping/run.h"
#include "model/document.h"

/* Strings that grow; in the arena. */
struct texts {
	struct str *items;
	uint32_t count;
	uint32_t room;
};

static bool add_text(struct run *run, struct texts *texts, struct str text)
{
	struct str *old = texts->items;

	if (texts->count == MODEL_LIST_ITEMS)
		return run_fail(run, NULL, NULL, "too-many",
				"more than %d strings", MODEL_LIST_ITEMS);
	if (texts->count == texts->room) {
		texts->room = texts->room ? texts->room * 2 : 4;
		texts->items =
			arena_alloc(run->arena, texts->room * sizeof(*old));
		if (texts->count)
			memcpy(texts->items, old, texts->count * sizeof(*old));
	}
	texts->items[texts->count++] = text;
	return true;
}

/* "a, b" -> "a", "b"; blanks around them and empty ones are left out. */
static bool add_split(struct run *run, struct texts *texts, struct str text,
		      struct str separator)
{
	while (text.at) {
		const char *found =
			memmem(text.at, text.len, separator.at, separator.len);
		struct str part = {text.at, found ? (size_t)(found - text.at)
						  : text.len};

		text = found ? (struct str){found + separator.len,
					    text.len - part.len - separator.len}
			     : (struct str){NULL, 0};
		while (part.len && part.at[0] == ' ') {
			part.at++;
			part.len--;
		}
		while (part.len && part.at[part.len - 1] == ' ')
			part.len--;
		if (part.len && !add_text(run, texts, part))
			return false;
	}
	return true;
}

static bool add_rule(struct run *run, const struct rule *rule,
		     struct texts *texts)
{
	const struct rule_extra *extra = rule->extra;
	struct value value;
	struct str text;

	if (!run_rule(run, rule, &value))
		return false;
	if (value.kind == VALUE_ABSENT)
		return true;
	if (!run_string(run, rule, &value, &text))
		return false;
	if (run->trace)
		run_trace_text(run, rule, &value, text);
	if (extra && extra->split.at && !extra->has_part)
		return add_split(run, texts, text, extra->split);
	return add_text(run, texts, text);
}

static bool add_loop(struct run *run, const struct loop *loop,
		     struct texts *texts)
{
	struct node_list list;

	if (!run_elements(run, loop, MODEL_LIST_ITEMS, &list))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		bool yes;

		run_enter(run, loop->scope, list.nodes[i], i);
		if (!run_where(run, loop, &yes) ||
		    (yes && !add_rule(run, loop->value, texts)))
			return false;
	}
	return true;
}

bool run_strings(struct run *run, const struct assign *assign, void *record)
{
	struct texts texts = {NULL, 0, 0};

	run->field = assign->field;
	for (uint32_t i = 0; i < assign->feed_count; i++) {
		const struct feed *feed = &assign->feeds[i];

		if (feed->kind == FEED_RULE
			    ? !add_rule(run, feed->rule, &texts)
			    : !add_loop(run, feed->loop, &texts))
			return false;
	}
	if (!texts.count)
		return true;
	*(struct str **)((char *)record + assign->field->offset) = texts.items;
	*(uint32_t *)((char *)record + assign->field->count_offset) =
		texts.count;
	field_set(record, assign->index);
	return true;
}

/* Attributes ----------------------------------------------------------- */

struct attributes {
	struct attribute *items;
	uint32_t count;
	uint32_t room;
};

/* The first of a name stays: a JSON object has each once. */
static bool add_attribute(struct run *run, struct attributes *list,
			  struct str name, struct str value)
{
	struct attribute *old = list->items;

	for (uint32_t i = 0; i < list->count; i++)
		if (str_eq(old[i].name, name))
			return true;
	if (list->count == ATTRIBUTES_MAX)
		return run_fail(run, NULL, NULL, "too-many",
				"more than %d attributes", ATTRIBUTES_MAX);
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 4;
		list->items =
			arena_alloc(run->arena, list->room * sizeof(*old));
		if (list->count)
			memcpy(list->items, old, list->count * sizeof(*old));
	}
	list->items[list->count++] = (struct attribute){name, value};
	return true;
}

static void trace_attribute(struct run *run, const struct rule *rule,
			    const struct value *value, struct str name,
			    struct str text)
{
	if (!run->trace || !run_push(run, arena_cstr(run->arena, name), 0))
		return;
	run_trace_text(run, rule, value, text);
	run_pop(run);
}

/* An attribute's value is any scalar, as written; objects and arrays are
 * none. */
static bool add_valued(struct run *run, struct attributes *list,
		       const struct rule *rule, struct str name)
{
	struct value value;
	struct str text;

	if (!run_rule(run, rule, &value))
		return false;
	if (value.kind == VALUE_ABSENT || value.kind == VALUE_NODE)
		return true;
	if (!run_text(run, rule, &value, &text))
		return false;
	trace_attribute(run, rule, &value, name, text);
	return add_attribute(run, list, name, text);
}

static bool add_pairs(struct run *run, struct attributes *list,
		      const struct loop *loop)
{
	struct node_list nodes;

	if (!run_elements(run, loop, MODEL_LIST_ITEMS, &nodes))
		return false;
	for (uint32_t i = 0; i < nodes.count; i++) {
		struct value name;
		struct str text;
		bool yes;

		run_enter(run, loop->scope, nodes.nodes[i], i);
		if (!run_where(run, loop, &yes) ||
		    (yes && !run_rule(run, loop->name, &name)))
			return false;
		if (!yes || name.kind == VALUE_ABSENT)
			continue;
		if (!run_string(run, loop->name, &name, &text) ||
		    !add_valued(run, list, loop->value, text))
			return false;
	}
	return true;
}

/* Every scalar member; objects and arrays are no attributes. */
static bool add_members(struct run *run, struct attributes *list,
			const struct path *path)
{
	const struct json_node *nodes = run->doc.nodes;
	uint32_t at = run->slots[path->slot];
	struct value value = {.kind = VALUE_TEXT};

	if (at == NONE || nodes[at].kind != JSON_OBJECT)
		return true;
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct str text = nodes[i].text;

		if (nodes[i].kind == JSON_TRUE || nodes[i].kind == JSON_FALSE)
			text = nodes[i].kind == JSON_TRUE ? STR("true")
							  : STR("false");
		else if (nodes[i].kind == JSON_NULL ||
			 nodes[i].kind >= JSON_ARRAY || !text.len)
			continue;
		value.node = i;
		trace_attribute(run, NULL, &value, nodes[i].name, text);
		if (!add_attribute(run, list, nodes[i].name, text))
			return false;
	}
	return true;
}

bool run_attributes(struct run *run, const struct assign *assign, void *record)
{
	struct attributes list = {NULL, 0, 0};

	run->field = assign->field;
	for (uint32_t i = 0; i < assign->feed_count; i++) {
		const struct feed *feed = &assign->feeds[i];
		bool ok;

		if (feed->kind == FEED_NAMED)
			ok = add_valued(run, &list, feed->rule, feed->name);
		else if (feed->kind == FEED_LOOP)
			ok = add_pairs(run, &list, feed->loop);
		else
			ok = add_members(run, &list, feed->path);
		if (!ok)
			return false;
	}
	if (!list.count)
		return true;
	*(struct attribute **)((char *)record + assign->field->offset) =
		list.items;
	*(uint32_t *)((char *)record + assign->field->count_offset) =
		list.count;
	field_set(record, assign->index);
	return true;
}
