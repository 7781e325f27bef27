/* compile_functions.c - what is done to a value that was found. */
#include "mapping/compiler.h"
#include "mapping/names.h"
#include "mapping/times.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct rule_extra *extra_of(struct compiler *c, struct rule *rule)
{
	if (!rule->extra)
		rule->extra = ARENA_NEW(c->arena, struct rule_extra);
	return rule->extra;
}

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
	extra_of(c, rule)->strip = list;
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
	want_cut(c, rule, at, "\"after\"", &extra_of(c, rule)->after);
}

static void fn_before(struct compiler *c, struct rule *rule, uint32_t at)
{
	want_cut(c, rule, at, "\"before\"", &extra_of(c, rule)->before);
}

static void fn_split(struct compiler *c, struct rule *rule, uint32_t at)
{
	want_cut(c, rule, at, "\"split\"", &extra_of(c, rule)->split);
}

static void fn_part(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule_extra *extra = extra_of(c, rule);

	extra->has_part = want_int(c, at, "\"part\"", &extra->part);
	if (!extra->split.at)
		finding(c, at, "\"part\" needs \"split\"");
}

static void fn_time(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule_extra *extra = extra_of(c, rule);
	const char *wrong;
	struct str format;

	if (!want_text(c, at, "\"time\"", &format))
		return;
	rule->convert = CONVERT_TIME;
	if (!time_format_find(format, extra, &wrong))
		finding(c, at, "%s", wrong);
}

static void fn_zone(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule_extra *extra = extra_of(c, rule);
	struct str zone;

	if (!want_text(c, at, "\"zone\"", &zone))
		return;
	extra->has_zone = true;
	if (!time_zone_parse(zone, &extra->zone_us))
		finding(c, at,
			"\"zone\" is \"UTC\" or an offset like "
			"\"+01:00\"");
	if (rule->convert != CONVERT_TIME)
		finding(c, at, "\"zone\" belongs to \"time\"");
}

static void fn_money(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"decimal", "minor"};
	size_t which;

	if (rule->convert == CONVERT_TIME)
		finding(c, at, "\"time\" and \"money\" in one rule");
	if (!want_word(c, at, "\"money\"", words, COUNT(words), &which))
		which = 0;
	rule->convert = which ? CONVERT_MONEY_MINOR : CONVERT_MONEY_DECIMAL;
}

static bool is_money(const struct rule *rule)
{
	return rule->convert == CONVERT_MONEY_DECIMAL ||
	       rule->convert == CONVERT_MONEY_MINOR;
}

/* A number of decimals: 2, or a rule that finds it. */
static void fn_digits(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule *digits;

	if (rule->convert != CONVERT_MONEY_MINOR)
		finding(c, at, "\"digits\" belongs to \"money\": \"minor\"");
	if (c->doc->nodes[at].kind == JSON_NUMBER) {
		digits = ARENA_NEW(c->arena, struct rule);
		digits->kind = RULE_CONST;
		digits->constant = constant_of(c, at);
	} else {
		digits = compile_rule(c, at);
	}
	extra_of(c, rule)->digits = digits;
}

static void fn_exponents(struct compiler *c, struct rule *rule, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	struct rule_extra *extra = extra_of(c, rule);

	if (rule->convert != CONVERT_MONEY_MINOR)
		finding(c, at, "\"exponents\" belongs to \"money\": \"minor\"");
	if (nodes[at].kind != JSON_OBJECT) {
		finding(c, at, "\"exponents\" must be like {\"ISK\": 2}");
		return;
	}
	names_init(&extra->exponents, c->arena, nodes[at].count);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		int64_t digits = 0;

		if (!want_int(c, i, "a number of decimals", &digits) ||
		    digits < 0 || digits > 9)
			finding(c, i, "a number of decimals is 0 to 9");
		names_add(&extra->exponents, nodes[i].name, (uint32_t)digits);
	}
}

static void fn_currency(struct compiler *c, struct rule *rule, uint32_t at)
{
	if (!is_money(rule))
		finding(c, at, "\"currency\" belongs to \"money\"");
	extra_of(c, rule)->currency = compile_rule(c, at);
}

static void fn_round(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"half-up", "half-even"};
	size_t which;

	if (!is_money(rule))
		finding(c, at, "\"round\" belongs to \"money\"");
	if (want_word(c, at, "\"round\"", words, COUNT(words), &which))
		extra_of(c, rule)->round =
			which ? ROUND_HALF_EVEN : ROUND_HALF_UP;
}

static void fn_country(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"alpha-3"};
	size_t which;

	if (rule->convert)
		finding(c, at,
			"one rule makes one thing: a time, money or a "
			"country");
	if (want_word(c, at, "\"country\"", words, COUNT(words), &which))
		rule->convert = CONVERT_ALPHA3;
}

/* The table as an object, or the name of a shared one. */
static uint32_t find_table(struct compiler *c, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	const char *names[64];
	size_t count = 0;
	uint32_t table = 0;

	if (nodes[at].kind == JSON_OBJECT)
		return at;
	if (nodes[at].kind == JSON_STRING && c->codes)
		table = json_member(c->doc, c->codes, nodes[at].text);
	if (table)
		return table;
	for (uint32_t i = c->codes + 1;
	     c->codes && i < nodes[c->codes].next && count < COUNT(names);
	     i = nodes[i].next)
		names[count++] = arena_cstr(c->arena, nodes[i].name);
	finding(c, at,
		"\"codes\" is a table like {\"open\": \"placed\"} or the name "
		"of one in the file's \"codes\"%s",
		nodes[at].kind == JSON_STRING
			? suggest(c, nodes[at].text, names, count)
			: "");
	return 0;
}

static struct str lower_copy(struct arena *arena, struct str s)
{
	char *copy = arena_cstr(arena, s);

	for (size_t i = 0; i < s.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 32;
	return (struct str){copy, s.len};
}

static void fill_table(struct compiler *c, struct code_table *table,
		       uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	uint32_t n = 0;

	names_init(&table->keys, c->arena, nodes[at].count);
	table->values =
		ARENA_ARRAY(c->arena, struct value, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct str key = nodes[i].name;

		if (is_comment(key))
			continue;
		if (table->ignore_case)
			key = lower_copy(c->arena, key);
		table->values[n] = constant_of(c, i);
		/* null: this code means absent */
		if (table->values[n].kind == VALUE_ABSENT &&
		    nodes[i].kind != JSON_NULL)
			finding(c, i,
				"a code becomes a word, a number, true, "
				"false, or null for none");
		if (!names_add(&table->keys, key, n++))
			finding(c, i, "the code \"%.*s\" is there twice",
				STR_ARGS(key));
	}
}

static void fn_codes(struct compiler *c, struct rule *rule, uint32_t at)
{
	rule->codes = ARENA_NEW(c->arena, struct code_table);
	/* filled by compile_functions, once ignore_case is known */
	(void)find_table(c, at);
}

static void fn_ignore_case(struct compiler *c, struct rule *rule, uint32_t at)
{
	bool on;

	if (!rule->codes)
		finding(c, at, "\"ignore_case\" belongs to \"codes\"");
	else if (want_bool(c, at, "\"ignore_case\"", &on))
		rule->codes->ignore_case = on;
}

static void fn_unknown(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"reject", "keep", "absent"};
	size_t which = 0;
	uint32_t use = member(c, at, "use");

	if (!rule->codes) {
		finding(c, at, "\"unknown\" belongs to \"codes\"");
		return;
	}
	if (use) {
		rule->codes->unknown = UNKNOWN_USE;
		rule->codes->use = constant_of(c, use);
		return;
	}
	if (want_word(c, at, "\"unknown\" ({\"use\": ...} is another)", words,
		      COUNT(words), &which))
		rule->codes->unknown = (enum unknown)which;
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

const char *const function_keys[] = {
	"empty",    "absent",	   "trim",    "strip",	    "after",
	"before",   "split",	   "part",    "trim_zeros", "case",
	"codes",    "ignore_case", "unknown", "absolute",   "negate",
	"time",	    "zone",	   "money",   "digits",	    "exponents",
	"currency", "round",	   "country", "as",	    "default",
};
const size_t function_key_count = COUNT(function_keys);

static void check_time(struct compiler *c, const struct rule *rule, uint32_t at)
{
	if (rule->convert == CONVERT_TIME && !rule->extra->has_zone &&
	    time_format_needs_zone(rule->extra))
		finding(c, at,
			"this \"time\" has no offset in its text: it "
			"needs \"zone\": \"UTC\" or \"+01:00\"");
}

void compile_functions(struct compiler *c, struct rule *rule, uint32_t at)
{
	uint32_t codes = member(c, at, "codes");

	for (size_t i = 0; i < COUNT(functions); i++) {
		uint32_t value = member(c, at, functions[i].key);

		if (value)
			functions[i].compile(c, rule, value);
	}
	check_time(c, rule, at);
	if (!codes || !rule->codes)
		return;
	if (!member(c, at, "unknown"))
		finding(c, codes,
			"\"codes\" needs \"unknown\": \"reject\", \"keep\", "
			"\"absent\" or {\"use\": ...}");
	if (c->doc->nodes[codes].kind == JSON_STRING)
		codes = c->codes ? json_member(c->doc, c->codes,
					       c->doc->nodes[codes].text)
				 : 0;
	if (codes)
		fill_table(c, rule->codes, codes);
}
