/* compile_functions.c - what is done to a value that was found. */
#include "mapping/compile_functions.h"

#include "mapping/findings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void fn_trim(struct compiler *c, struct rule *rule, uint32_t at)
{
	bool on;

	if (want_bool(c, at, "\"trim\"", &on) && on)
		rule->flags |= RULE_TRIM | RULE_TEXT;
}

static void fn_case(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"lower", "upper"};
	size_t which;

	if (want_word(c, at, "\"case\"", words, COUNT(words), &which))
		rule->flags |= (which ? RULE_UPPER : RULE_LOWER) | RULE_TEXT;
}

static void fn_trim_zeros(struct compiler *c, struct rule *rule, uint32_t at)
{
	bool on;

	if (want_bool(c, at, "\"trim_zeros\"", &on) && on)
		rule->flags |= RULE_TRIM_ZEROS | RULE_TEXT;
}

static void fn_absolute(struct compiler *c, struct rule *rule, uint32_t at)
{
	bool on;

	if (want_bool(c, at, "\"absolute\"", &on) && on)
		rule->flags |= RULE_ABSOLUTE;
}

static void fn_negate(struct compiler *c, struct rule *rule, uint32_t at)
{
	bool on;

	if (want_bool(c, at, "\"negate\"", &on) && on)
		rule->flags |= RULE_NEGATE;
}

static void fn_as(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"text"};
	size_t which;

	if (want_word(c, at, "\"as\"", words, COUNT(words), &which))
		rule->flags |= RULE_AS_TEXT;
}

static void fn_strip(struct compiler *c, struct rule *rule, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	bool many = nodes[at].kind == JSON_ARRAY;
	struct str *list = ARENA_ARRAY(c->arena, struct str,
				       many ? nodes[at].count + 1 : 1);
	uint32_t n = 0, end = many ? nodes[at].next : at + 1;

	for (uint32_t i = many ? at + 1 : at; i < end; i = nodes[i].next)
		if (want_text(c, i, "a prefix to strip", &list[n]))
			n++;
	rule_extra(c, rule)->strip = list;
	rule->extra->strip_count = n;
	rule->flags |= RULE_TEXT;
}

static void want_cut(struct compiler *c, struct rule *rule, uint32_t at,
		     const char *what, struct str *out)
{
	if (want_text(c, at, what, out) && !out->len)
		finding(c, at, "%s must not be empty", what);
	rule->flags |= RULE_TEXT;
}

static void fn_after(struct compiler *c, struct rule *rule, uint32_t at)
{
	want_cut(c, rule, at, "\"after\"", &rule_extra(c, rule)->after);
}

static void fn_before(struct compiler *c, struct rule *rule, uint32_t at)
{
	want_cut(c, rule, at, "\"before\"", &rule_extra(c, rule)->before);
}

static void fn_split(struct compiler *c, struct rule *rule, uint32_t at)
{
	want_cut(c, rule, at, "\"split\"", &rule_extra(c, rule)->split);
}

static void fn_part(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule_extra *extra = rule_extra(c, rule);

	extra->has_part = want_int(c, at, "\"part\"", &extra->part);
	if (!extra->split.at)
		finding(c, at, "\"part\" needs \"split\"");
}

static void fn_default(struct compiler *c, struct rule *rule, uint32_t at)
{
	enum json_kind kind = c->doc->nodes[at].kind;

	if (kind == JSON_OBJECT || kind == JSON_ARRAY) {
		rule->fallback = compile_rule(c, at);
		return;
	}
	rule->fallback = ARENA_NEW(c->arena, struct rule);
	rule->fallback->kind = RULE_CONST;
	rule->fallback->constant = constant_of(c, at);
	if (kind == JSON_NULL)
		finding(c, at, "\"default\" null is no default");
}

static void fn_absent(struct compiler *c, struct rule *rule, uint32_t at)
{
	(void)rule;
	if (c->doc->nodes[at].kind != JSON_ARRAY)
		finding(c, at,
			"\"absent\" is a list of values that mean "
			"nothing is there");
}

static void fn_empty(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"absent", "keep"};
	size_t which;

	(void)rule;
	if (!want_word(c, at, "\"empty\"", words, COUNT(words), &which))
		return;
}

/* In the order in which they are compiled: what a key needs comes before. */
static const struct function {
	const char *key;
	void (*compile)(struct compiler *c, struct rule *rule, uint32_t at);
} functions[] = {
	{"empty", fn_empty},
	{"absent", fn_absent},
	{"trim", fn_trim},
	{"strip", fn_strip},
	{"after", fn_after},
	{"before", fn_before},
	{"split", fn_split},
	{"part", fn_part},
	{"trim_zeros", fn_trim_zeros},
	{"case", fn_case},
	{"codes", fn_codes},
	{"ignore_case", fn_ignore_case},
	{"unknown", fn_unknown},
	{"absolute", fn_absolute},
	{"negate", fn_negate},
	{"time", fn_time},
	{"zone", fn_zone},
	{"money", fn_money},
	{"digits", fn_digits},
	{"exponents", fn_exponents},
	{"currency", fn_currency},
	{"round", fn_round},
	{"country", fn_country},
	{"as", fn_as},
	{"default", fn_default},
};

size_t function_keys(const char **keys, size_t room)
{
	size_t n = 0;

	while (n < COUNT(functions) && n < room) {
		keys[n] = functions[n].key;
		n++;
	}
	return n;
}

void compile_functions(struct compiler *c, struct rule *rule, uint32_t at)
{
	for (size_t i = 0; i < COUNT(functions); i++) {
		uint32_t value = member(c, at, functions[i].key);

		if (value)
			functions[i].compile(c, rule, value);
	}
	check_time(c, rule, at);
	check_codes(c, rule, at);
}
