/* compile_fields.c - canonical fields and what fills them. */
#include "mapping/compiler.h"
#include "mapping/findings.h"
#include "mapping/times.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { FIELDS_MAX = 64 };

static const char *const block_keys[] = {"at", "each", "where", "when",
					 "fields"};

/* Whether some rule inside has settled how the time is written. */
static bool makes_time(const struct rule *rule)
{
	if (!rule)
		return false;
	if (rule->convert == CONVERT_TIME)
		return true;
	if (rule->loop && makes_time(rule->loop->value))
		return true;
	for (uint32_t i = 0; i < rule->arg_count; i++)
		if (makes_time(rule->args[i]))
			return true;
	return false;
}

void compile_default_time(struct compiler *c, struct rule *rule)
{
	if (makes_time(rule) || rule->convert)
		return;
	rule->convert = CONVERT_TIME;
	rule->flags &= ~(unsigned)RULE_PLAIN;
	if (!rule->extra)
		rule->extra = ARENA_NEW(c->arena, struct rule_extra);
	rule->extra->time = TIME_RFC3339;
}

static void compile_scalar(struct compiler *c, struct assign *assign,
			   uint32_t at)
{
	assign->rule = compile_rule(c, at);
	if (!assign->rule)
		return;
	if (assign->field->kind == FIELD_TIME)
		compile_default_time(c, assign->rule);
	check_kind(c, assign->field, assign->rule, at);
	assign->direct = assign->field->kind == FIELD_STRING &&
			 assign->rule->kind == RULE_POINTER &&
			 (assign->rule->flags & RULE_PLAIN) &&
			 !assign->rule->absent_count;
}

struct block_part {
	struct block *block;
	const struct entity *entity;
	uint32_t fields;
};

static void block_within(struct compiler *c, struct loop *loop, uint32_t at,
			 void *ctx)
{
	struct block_part *part = ctx;

	(void)loop;
	(void)at;
	part->block->shape = compile_shape(c, part->entity, part->fields);
}

static void block_each(struct compiler *c, struct block_part *part, uint32_t at,
		       uint32_t each)
{
	part->block->kind = BLOCK_EACH;
	part->block->loop = compile_loop(c, at, each, block_within, part);
}

static void block_at(struct compiler *c, struct block_part *part, uint32_t at)
{
	const struct place *outer = c->place;
	struct place *place;

	part->block->kind = BLOCK_AT;
	part->block->path = compile_path(c, at);
	place = part->block->path ? place_at(c, at) : NULL;
	if (!place)
		return;
	c->place = place;
	part->block->shape = compile_shape(c, part->entity, part->fields);
	c->place = outer;
}

/* One object of the file is one block, but several where "at" has
 * alternatives. */
static uint32_t compile_block(struct compiler *c, const struct field *field,
			      struct block *blocks, uint32_t room, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	struct block_part part = {blocks, field->sub, member(c, at, "fields")};
	uint32_t where_at = member(c, at, "at"), each = member(c, at, "each");
	uint32_t when = member(c, at, "when"), n = 0;

	check_keys(c, at, "a sub-record", block_keys, COUNT(block_keys));
	if (!part.fields) {
		finding(c, at, "\"%s\" needs \"fields\"", field->name);
		return 0;
	}
	if (each && (where_at || field->kind == FIELD_OBJECT))
		finding(c, each, "\"each\" makes a list, \"at\" one");
	if (member(c, at, "where") && !each)
		finding(c, at,
			"\"where\" belongs to \"each\"; \"when\" is for "
			"one");
	if (when)
		blocks[0].when = compile_test(c, when);
	if (each) {
		block_each(c, &part, at, each);
		return 1;
	}
	if (!where_at || nodes[where_at].kind != JSON_ARRAY) {
		if (where_at)
			block_at(c, &part, where_at);
		else
			block_within(c, NULL, at, &part);
		return 1;
	}
	for (uint32_t i = where_at + 1; i < nodes[where_at].next && n < room;
	     i = nodes[i].next) {
		part.block = &blocks[n];
		blocks[n++].when = blocks[0].when;
		block_at(c, &part, i);
	}
	return n;
}

static void compile_blocks(struct compiler *c, struct assign *assign,
			   uint32_t at)
{
	enum { ROOM = 16 };
	const struct json_node *nodes = c->doc->nodes;
	const struct field *field = assign->field;
	uint32_t list = field->kind == FIELD_LIST ? member(c, at, "list") : 0;

	/* alternatives of an object stand in an array */
	if (field->kind == FIELD_OBJECT && nodes[at].kind == JSON_ARRAY)
		list = at;
	if (list && nodes[list].kind != JSON_ARRAY) {
		finding(c, list,
			"must be an array of {\"each\": ...} or "
			"{\"fields\": ...}");
		return;
	}
	if (!list && nodes[at].kind != JSON_OBJECT) {
		finding(c, at,
			field->kind == FIELD_LIST
				? "\"%s\" is a list: {\"each\": pointer, "
				  "\"fields\": {...}}"
				: "\"%s\" is an object: {\"at\": pointer, "
				  "\"fields\": {...}}",
			field->name);
		return;
	}
	assign->blocks = ARENA_ARRAY(c->arena, struct block, ROOM);
	if (!list) {
		assign->block_count =
			compile_block(c, field, assign->blocks, ROOM, at);
		return;
	}
	for (uint32_t i = list + 1;
	     i < nodes[list].next && assign->block_count < ROOM;
	     i = nodes[i].next)
		assign->block_count += compile_block(
			c, field, assign->blocks + assign->block_count,
			ROOM - assign->block_count, i);
	if (nodes[list].count > ROOM)
		finding(c, list, "more than %d parts", ROOM);
}

/* Strings and attributes: feeds --------------------------------------- */

static struct feed *add_feed(struct compiler *c, struct assign *assign,
			     enum feed_kind kind)
{
	struct feed *feeds = assign->feeds;

	if (assign->feed_count % 8 == 0) {
		assign->feeds = ARENA_ARRAY(c->arena, struct feed,
					    assign->feed_count + 8);
		if (assign->feed_count)
			memcpy(assign->feeds, feeds,
			       assign->feed_count * sizeof(*feeds));
	}
	assign->feeds[assign->feed_count].kind = kind;
	return &assign->feeds[assign->feed_count++];
}

static void strings_from(struct compiler *c, struct assign *assign, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	uint32_t list = member(c, at, "list"), each = member(c, at, "each");
	static const char *const keys[] = {"each", "where", "value"};
	struct feed *feed;

	if (list && nodes[list].kind == JSON_ARRAY) {
		for (uint32_t i = list + 1; i < nodes[list].next;
		     i = nodes[i].next)
			strings_from(c, assign, i);
		return;
	}
	if (nodes[at].kind == JSON_OBJECT && !each) {
		feed = add_feed(c, assign, FEED_RULE);
		feed->rule = compile_rule(c, at);
		if (feed->rule)
			check_kind(c, assign->field, feed->rule, at);
		return;
	}
	if (each)
		check_keys(c, at, "a list of strings", keys, COUNT(keys));
	feed = add_feed(c, assign, FEED_LOOP);
	feed->loop = compile_loop(c, at, each ? each : at, loop_value, NULL);
	if (feed->loop && feed->loop->value)
		check_kind(c, assign->field, feed->loop->value, at);
}

static void pair_within(struct compiler *c, struct loop *loop, uint32_t at,
			void *ctx)
{
	uint32_t name = member(c, at, "name"), value = member(c, at, "value");

	(void)ctx;
	if (!name || !value) {
		finding(c, at, "\"pairs\" needs \"name\" and \"value\"");
		return;
	}
	loop->name = compile_rule(c, name);
	loop->value = compile_rule(c, value);
}

static void named_attributes(struct compiler *c, struct assign *assign,
			     uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;

	if (nodes[at].kind != JSON_OBJECT) {
		finding(c, at,
			"\"attributes\" must be like {\"colour\": "
			"rule}");
		return;
	}
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct feed *feed;

		if (is_comment(nodes[i].name))
			continue;
		feed = add_feed(c, assign, FEED_NAMED);
		feed->name = nodes[i].name;
		feed->rule = compile_rule(c, i);
		if (feed->rule)
			check_kind(c, assign->field, feed->rule, i);
	}
}

static void attributes_from(struct compiler *c, struct assign *assign,
			    uint32_t at)
{
	static const char *const keys[] = {"pairs", "name",    "value",
					   "where", "members", "attributes",
					   "list"};
	const struct json_node *nodes = c->doc->nodes;
	uint32_t list = member(c, at, "list"), pairs = member(c, at, "pairs");
	uint32_t members = member(c, at, "members");
	uint32_t named = member(c, at, "attributes");

	if (nodes[at].kind != JSON_OBJECT ||
	    (!list && !pairs && !members && !named)) {
		finding(c, at,
			"attributes come from \"attributes\", \"pairs\" or "
			"\"members\"");
		return;
	}
	check_keys(c, at, "attributes", keys, COUNT(keys));
	if (named)
		named_attributes(c, assign, named);
	if (pairs)
		add_feed(c, assign, FEED_LOOP)->loop =
			compile_loop(c, at, pairs, pair_within, NULL);
	if (members)
		add_feed(c, assign, FEED_MEMBERS)->path =
			compile_path(c, members);
	for (uint32_t i = list + 1; list && i < nodes[list].next;
	     i = nodes[i].next)
		attributes_from(c, assign, i);
}

static void compile_assign(struct compiler *c, struct assign *assign,
			   uint32_t at)
{
	switch (assign->field->kind) {
	case FIELD_OBJECT:
	case FIELD_LIST:
		compile_blocks(c, assign, at);
		break;
	case FIELD_STRINGS:
		strings_from(c, assign, at);
		break;
	case FIELD_ATTRIBUTES:
		attributes_from(c, assign, at);
		break;
	default:
		compile_scalar(c, assign, at);
	}
}

static void check_required(struct compiler *c, const struct shape *shape,
			   uint32_t at)
{
	const struct entity *entity = shape->entity;
	uint64_t filled = 0;

	for (uint32_t i = 0; i < shape->count; i++)
		filled |= (uint64_t)1 << shape->assigns[i].index;
	for (unsigned i = 0; i < entity->field_count; i++)
		if ((entity->fields[i].flags & FIELD_REQUIRED) &&
		    !(filled >> i & 1))
			finding(c, at,
				"%s requires \"%s\", and no rule fills "
				"it",
				entity->name, entity->fields[i].name);
}

static const struct field *find_field(struct compiler *c,
				      const struct entity *entity, uint32_t at)
{
	const char *names[FIELDS_MAX];
	struct str name = c->doc->nodes[at].name;
	const struct field *field = entity_field(entity, name);

	if (field)
		return field;
	for (unsigned i = 0; i < entity->field_count; i++)
		names[i] = entity->fields[i].name;
	return finding(c, at, "%s has no field \"%.*s\"%s", entity->name,
		       STR_ARGS(name),
		       suggest(c, name, names, entity->field_count));
}

struct shape *compile_shape(struct compiler *c, const struct entity *entity,
			    uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	struct shape *shape = ARENA_NEW(c->arena, struct shape);
	struct assign *assigns;
	uint32_t n = 1;

	shape->entity = entity;
	if (nodes[at].kind != JSON_OBJECT)
		return finding(c, at, "\"fields\" must be an object");
	/* place 0 is kept for the currency, which the others need */
	assigns = ARENA_ARRAY(c->arena, struct assign, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		const struct field *field;
		struct assign *assign = &assigns[n];

		if (is_comment(nodes[i].name))
			continue;
		field = find_field(c, entity, i);
		if (!field)
			continue;
		if (field->kind == FIELD_CURRENCY &&
		    str_is(nodes[i].name, "currency")) {
			assign = &assigns[0];
			shape->currency = true;
		} else {
			n++;
		}
		assign->field = field;
		assign->index = field_index(entity, field);
		compile_assign(c, assign, i);
	}
	shape->assigns = shape->currency ? assigns : assigns + 1;
	shape->count = shape->currency ? n : n - 1;
	check_required(c, shape, at);
	return shape;
}
