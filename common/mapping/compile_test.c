/* compile_test.c - conditions, and lists of which each element is a scope. */
#include "mapping/compiler.h"
#include "mapping/findings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What may be asked of a value; the key's own value is the operand. */
static const struct question {
	const char *key;
	enum test_kind kind;
	bool many; /* a list of operands is allowed */
} questions[] = {
	{"equals", TEST_IN, false},	    {"in", TEST_IN, true},
	{"not_equals", TEST_NOT_IN, false}, {"not_in", TEST_NOT_IN, true},
	{"starts", TEST_STARTS, true},	    {"contains", TEST_CONTAINS, true},
	{"above", TEST_ABOVE, false},	    {"below", TEST_BELOW, false},
	{"exists", TEST_EXISTS, false},
};

static const char *const keys[] = {
	"value",    "some",  "all",	   "any",    "not",
	"equals",   "in",    "not_equals", "not_in", "starts",
	"contains", "above", "below",	   "exists", "where",
};

static void operands(struct compiler *c, struct test *test,
		     const struct question *question, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	bool many = question->many && nodes[at].kind == JSON_ARRAY;
	uint32_t n = 0, end = many ? nodes[at].next : at + 1;
	struct value *values = ARENA_ARRAY(c->arena, struct value,
					   many ? nodes[at].count + 1 : 1);

	for (uint32_t i = many ? at + 1 : at; i < end; i = nodes[i].next) {
		values[n] = constant_of(c, i);
		if (values[n++].kind != VALUE_ABSENT)
			continue;
		finding(c, i,
			"\"%s\" compares with a string, a number, true "
			"or false%s",
			question->key,
			nodes[i].kind == JSON_NULL
				? "; for null use {\"exists\": false}"
				: "");
	}
	test->values = values;
	test->value_count = n;
}

static void ask(struct compiler *c, struct test *test, uint32_t at)
{
	const struct question *found = NULL;
	uint32_t operand = 0;
	bool wanted = true;

	for (size_t i = 0; i < COUNT(questions); i++) {
		uint32_t here = member(c, at, questions[i].key);

		if (!here)
			continue;
		if (found)
			finding(c, here,
				"\"%s\" and \"%s\" in one condition: "
				"join them with \"all\"",
				found->key, questions[i].key);
		found = &questions[i];
		operand = here;
	}
	if (!found) {
		finding(c, at,
			"a condition needs \"equals\", \"in\", "
			"\"exists\", \"starts\", \"contains\", "
			"\"above\" or \"below\"");
		return;
	}
	test->kind = found->kind;
	if (found->kind != TEST_EXISTS)
		operands(c, test, found, operand);
	else if (want_bool(c, operand, "\"exists\"", &wanted) && !wanted)
		test->kind = TEST_MISSING;
}

/* {"all": [...]}: a list of conditions; {"not": condition} */
static struct test *joined(struct compiler *c, struct test *test, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	bool list = nodes[at].kind == JSON_ARRAY;
	uint32_t end = list ? nodes[at].next : at + 1;

	if (list != (test->kind != TEST_NOT))
		return finding(c, at,
			       test->kind == TEST_NOT
				       ? "\"not\" takes one condition"
				       : "\"all\" and \"any\" take a "
					 "list of conditions");
	test->tests = ARENA_ARRAY(c->arena, struct test *,
				  list ? nodes[at].count + 1 : 1);
	for (uint32_t i = list ? at + 1 : at; i < end; i = nodes[i].next)
		test->tests[test->test_count++] = compile_test(c, i);
	return test;
}

static void some_value(struct compiler *c, struct loop *loop, uint32_t at,
		       void *ctx)
{
	struct test *test = ctx;
	uint32_t value = member(c, at, "value");

	loop->value = value ? compile_rule(c, value) : NULL;
	if (!value)
		loop_value(c, loop, at, NULL);
	ask(c, test->tests[0], at);
	test->tests[0]->rule = loop->value;
}

/* {"some": "/lines/.../status", "equals": "x"}; with "value", that of each
 * element is asked */
static struct test *compile_some(struct compiler *c, struct test *test,
				 uint32_t at, uint32_t some)
{
	test->kind = TEST_SOME;
	test->tests = ARENA_ARRAY(c->arena, struct test *, 1);
	test->tests[0] = ARENA_NEW(c->arena, struct test);
	test->test_count = 1;
	test->loop = compile_loop(c, at, some, some_value, test);
	return test;
}

struct test *compile_test(struct compiler *c, uint32_t at)
{
	static const struct {
		const char *key;
		enum test_kind kind;
	} joins[] = {{"all", TEST_ALL}, {"any", TEST_ANY}, {"not", TEST_NOT}};
	struct test *test = ARENA_NEW(c->arena, struct test);
	uint32_t inner;

	if (c->doc->nodes[at].kind != JSON_OBJECT)
		return finding(c, at,
			       "a condition is an object like "
			       "{\"value\": \"/status\", \"equals\": "
			       "\"open\"}");
	if (c->depth >= RULE_DEPTH_MAX)
		return finding(c, at, "conditions too deep");
	check_keys(c, at, "a condition", keys, COUNT(keys));
	c->depth++;
	for (size_t i = 0; i < COUNT(joins); i++) {
		inner = member(c, at, joins[i].key);
		if (!inner)
			continue;
		test->kind = joins[i].kind;
		test = joined(c, test, inner);
		if (c->doc->nodes[at].count > 1)
			finding(c, at, "\"%s\" stands alone", joins[i].key);
		c->depth--;
		return test;
	}
	inner = member(c, at, "some");
	if (inner) {
		test = compile_some(c, test, at, inner);
	} else {
		inner = member(c, at, "value");
		if (inner)
			test->rule = compile_rule(c, inner);
		else
			finding(c, at,
				"a condition needs \"value\" (or "
				"\"some\", \"all\", \"any\", \"not\")");
		ask(c, test, at);
	}
	c->depth--;
	return test;
}

/* "value" of a loop; without it, the element itself. */
void loop_value(struct compiler *c, struct loop *loop, uint32_t at, void *ctx)
{
	uint32_t value = c->doc->nodes[at].kind == JSON_OBJECT
				 ? member(c, at, "value")
				 : 0;
	struct rule *rule;

	(void)ctx;
	if (value) {
		loop->value = compile_rule(c, value);
		return;
	}
	rule = ARENA_NEW(c->arena, struct rule);
	rule->kind = RULE_POINTER;
	rule->flags = RULE_PLAIN;
	rule->text = loop->paths[0] ? loop->paths[0]->text : STR("");
	rule->path = path_here(c);
	loop->value = rule;
}

struct loop *compile_loop(struct compiler *c, uint32_t at, uint32_t paths_at,
			  void (*within)(struct compiler *, struct loop *,
					 uint32_t at, void *ctx),
			  void *ctx)
{
	struct loop *loop = ARENA_NEW(c->arena, struct loop);
	struct place inner = {.outer = c->place};
	uint32_t where = c->doc->nodes[at].kind == JSON_OBJECT
				 ? member(c, at, "where")
				 : 0;

	if (paths_at == NONE) {
		loop->paths = ARENA_ARRAY(c->arena, struct path *, 1);
		loop->paths[loop->path_count++] = path_here(c);
	} else {
		loop->paths = compile_paths(c, paths_at, &loop->path_count);
	}
	if (c->mapping->scope_count == SCOPES_MAX)
		return finding(c, at, "more than %d lists in a file",
			       SCOPES_MAX);
	loop->scope = scope_new(c);
	inner.scope = loop->scope;
	c->place = &inner;
	if (where)
		loop->where = compile_test(c, where);
	within(c, loop, at, ctx);
	c->place = inner.outer;
	return loop;
}
