/* compile_rule.c - where a value comes from. */
#include "mapping/compiler.h"
#include "mapping/findings.h"
#include "json/writer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void compile_from(struct compiler *c, struct rule *rule, uint32_t at);
static void compile_const(struct compiler *c, struct rule *rule, uint32_t at);
static void compile_use(struct compiler *c, struct rule *rule, uint32_t at);
static void compile_many(struct compiler *c, struct rule *rule, uint32_t at);
static void compile_two(struct compiler *c, struct rule *rule, uint32_t at);
static void compile_if(struct compiler *c, struct rule *rule, uint32_t at);
static void compile_over(struct compiler *c, struct rule *rule, uint32_t at);

/* The keys of which a rule has exactly one. */
static const struct source {
	const char *key;
	enum rule_kind kind;
	enum aggregate aggregate; /* if it is over a list */
	void (*compile)(struct compiler *c, struct rule *rule, uint32_t at);
} sources[] = {
	{"from", RULE_FIRST, AGGREGATES, compile_from},
	{"const", RULE_CONST, AGGREGATES, compile_const},
	{"use", RULE_FIRST, AGGREGATES, compile_use},
	{"concat", RULE_CONCAT, AGGREGATE_JOIN, compile_many},
	{"sum", RULE_SUM, AGGREGATE_SUM, compile_many},
	{"subtract", RULE_SUBTRACT, AGGREGATES, compile_two},
	{"multiply", RULE_MULTIPLY, AGGREGATES, compile_two},
	{"if", RULE_IF, AGGREGATES, compile_if},
	{"count", RULE_LOOP, AGGREGATE_COUNT, compile_over},
	{"min", RULE_LOOP, AGGREGATE_MIN, compile_over},
	{"max", RULE_LOOP, AGGREGATE_MAX, compile_over},
	{"first", RULE_LOOP, AGGREGATE_FIRST, compile_over},
	{"last", RULE_LOOP, AGGREGATE_LAST, compile_over},
};

/* Keys that stand beside one of them. */
static const char *const beside[] = {"then", "else", "separator", "when"};

struct rule *rule_new(struct compiler *c, uint32_t at, enum rule_kind kind)
{
	struct rule *rule = ARENA_NEW(c->arena, struct rule);
	struct json_writer w;
	struct buf buf;

	rule->kind = kind;
	if (c->strict)
		rule->flags |= RULE_STRICT;
	buf_init(&buf, 1 << 20);
	json_writer_init(&w, &buf);
	json_copy(&w, c->doc, at);
	rule->text = arena_str(c->arena, buf_view(&buf));
	buf_release(&buf);
	return rule;
}

struct value constant_of(const struct compiler *c, uint32_t at)
{
	const struct json_node *node = &c->doc->nodes[at];
	struct value value = {.kind = VALUE_ABSENT, .node = NONE};

	switch (node->kind) {
	case JSON_STRING:
		value.kind = VALUE_TEXT;
		value.text = node->text;
		break;
	case JSON_NUMBER:
		value.kind = VALUE_NUMBER;
		value.text = node->text;
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		value.kind = VALUE_BOOL;
		value.number = node->kind == JSON_TRUE;
		value.text = value.number ? STR("true") : STR("false");
		break;
	case JSON_NULL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return value;
}

static void compile_const(struct compiler *c, struct rule *rule, uint32_t at)
{
	rule->constant = constant_of(c, at);
	if (rule->constant.kind == VALUE_ABSENT)
		finding(c, at,
			"\"const\" must be a string, a number, true or "
			"false");
}

static void compile_args(struct compiler *c, struct rule *rule, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	uint32_t n = 0;

	rule->args = ARENA_ARRAY(c->arena, struct rule *, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		rule->args[n++] = compile_rule(c, i);
	rule->arg_count = n;
	if (!n)
		finding(c, at, "an empty list of rules");
}

/* What is plain is taken over: no rule is run that only passes on. */
static void compile_from(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule *inner = compile_rule(c, at);
	struct str text = rule->text;

	if (!inner)
		return;
	if (inner->flags & RULE_PLAIN) {
		*rule = *inner;
		rule->text = text;
		rule->flags &= ~(unsigned)RULE_PLAIN;
		return;
	}
	rule->args = ARENA_ARRAY(c->arena, struct rule *, 1);
	rule->args[0] = inner;
	rule->arg_count = 1;
}

static void compile_use(struct compiler *c, struct rule *rule, uint32_t at)
{
	const char *names[64];
	const struct json_node *nodes = c->doc->nodes;
	struct str name;
	size_t count = 0;
	uint32_t let;

	if (!want_text(c, at, "\"use\"", &name))
		return;
	let = c->lets ? json_member(c->doc, c->lets, name) : 0;
	if (let) {
		compile_from(c, rule, let);
		return;
	}
	for (uint32_t i = c->lets + 1;
	     c->lets && i < nodes[c->lets].next && count < COUNT(names);
	     i = nodes[i].next)
		names[count++] = arena_cstr(c->arena, nodes[i].name);
	finding(c, at, "\"let\" has no rule \"%.*s\"%s", STR_ARGS(name),
		suggest(c, name, names, count));
}

/* A list of rules, or a rule over the elements of a list. */
static void compile_many(struct compiler *c, struct rule *rule, uint32_t at)
{
	if (c->doc->nodes[at].kind == JSON_ARRAY)
		compile_args(c, rule, at);
	else
		compile_over(c, rule, at);
}

static void compile_two(struct compiler *c, struct rule *rule, uint32_t at)
{
	if (c->doc->nodes[at].kind == JSON_ARRAY && c->doc->nodes[at].count > 1)
		compile_args(c, rule, at);
	else
		finding(c, at, "must be a list of two rules or more");
}

static void compile_over(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const keys[] = {"each", "where", "value"};
	uint32_t each = at;

	rule->kind = RULE_LOOP;
	if (c->doc->nodes[at].kind == JSON_OBJECT) {
		check_keys(c, at, "a loop", keys, COUNT(keys));
		each = member(c, at, "each");
		if (!each) {
			finding(c, at,
				"a loop needs \"each\", a pointer to a list");
			return;
		}
	}
	rule->loop = compile_loop(c, at, each, loop_value, NULL);
}

static void compile_if(struct compiler *c, struct rule *rule, uint32_t at)
{
	rule->when = compile_test(c, at);
}

/* "then" and "else" stand beside "if", in the same object. */
static void compile_branches(struct compiler *c, struct rule *rule, uint32_t at)
{
	uint32_t then = member(c, at, "then");
	uint32_t other = member(c, at, "else");

	if (!then) {
		finding(c, at, "\"if\" needs \"then\"");
		return;
	}
	rule->args = ARENA_ARRAY(c->arena, struct rule *, 2);
	rule->args[0] = compile_rule(c, then);
	rule->args[1] = other ? compile_rule(c, other) : NULL;
	rule->arg_count = other ? 2 : 1;
}

/* The one source of the rule; NULL after a report. */
static const struct source *source_of(struct compiler *c, uint32_t at,
				      uint32_t *value_at)
{
	const struct source *found = NULL;

	for (size_t i = 0; i < COUNT(sources); i++) {
		uint32_t value = member(c, at, sources[i].key);

		if (!value)
			continue;
		if (found)
			return finding(c, value,
				       "a rule has one source: \"%s\" or "
				       "\"%s\", not both",
				       found->key, sources[i].key);
		found = &sources[i];
		*value_at = value;
	}
	return found ? found
		     : finding(c, at,
			       "a rule needs a source: \"from\", \"const\", "
			       "\"concat\", \"sum\", \"if\", \"first\", "
			       "\"use\" ...");
}

size_t rule_sources(const char **keys, size_t room)
{
	size_t n = 0;

	for (; n < COUNT(sources) && n < room; n++)
		keys[n] = sources[n].key;
	return n;
}

static void check_rule_keys(struct compiler *c, uint32_t at)
{
	const char *keys[96];
	size_t n = rule_sources(keys, COUNT(keys));

	for (size_t i = 0; i < COUNT(beside); i++)
		keys[n++] = beside[i];
	n += function_keys(keys + n, COUNT(keys) - n);
	check_keys(c, at, "a rule", keys, n);
}

static void compile_beside(struct compiler *c, struct rule *rule, uint32_t at,
			   const struct source *source)
{
	uint32_t when = member(c, at, "when");
	uint32_t separator = member(c, at, "separator");

	if (source->kind == RULE_IF)
		compile_branches(c, rule, at);
	else if (member(c, at, "then") || member(c, at, "else"))
		finding(c, at, "\"then\" and \"else\" belong to \"if\"");
	if (separator &&
	    want_text(c, separator, "\"separator\"", &rule->separator) &&
	    source->kind != RULE_CONCAT)
		finding(c, separator, "\"separator\" belongs to \"concat\"");
	if (when && source->kind == RULE_IF)
		finding(c, when,
			"\"when\" beside \"if\": one condition is "
			"enough");
	else if (when)
		rule->when = compile_test(c, when);
}

static struct rule *compile_object(struct compiler *c, uint32_t at)
{
	const uint32_t old_absent = c->absent;
	const bool old_keep = c->keep_empty;
	uint32_t absent = member(c, at, "absent");
	uint32_t empty = member(c, at, "empty");
	uint32_t value_at = 0;
	struct rule *rule = rule_new(c, at, RULE_FIRST);
	const struct source *source;

	check_rule_keys(c, at);
	source = source_of(c, at, &value_at);
	if (!source)
		return NULL;
	/* said here, they hold for the pointers inside as well */
	if (absent)
		c->absent = absent;
	if (empty)
		c->keep_empty = str_is(c->doc->nodes[empty].text, "keep");
	rule->kind = source->kind;
	rule->aggregate = source->aggregate;
	source->compile(c, rule, value_at);
	compile_beside(c, rule, at, source);
	compile_functions(c, rule, at);
	c->absent = old_absent;
	c->keep_empty = old_keep;
	return rule;
}

struct rule *compile_rule(struct compiler *c, uint32_t at)
{
	struct rule *rule = NULL;

	if (c->depth == RULE_DEPTH_MAX)
		return finding(c, at,
			       "rules in rules, more than %d deep (does a "
			       "\"use\" use itself?)",
			       RULE_DEPTH_MAX);
	c->depth++;
	switch (c->doc->nodes[at].kind) {
	case JSON_STRING:
		rule = compile_pointer(c, at);
		break;
	case JSON_ARRAY:
		rule = rule_new(c, at, RULE_FIRST);
		rule->flags |= RULE_PLAIN;
		compile_args(c, rule, at);
		break;
	case JSON_OBJECT:
		rule = compile_object(c, at);
		break;
	default:
		finding(c, at,
			"a rule is a pointer, a list of rules or an "
			"object; a fixed value is {\"const\": ...}");
	}
	c->depth--;
	return rule;
}
