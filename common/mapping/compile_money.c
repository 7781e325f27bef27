/* compile_money.c - conversions: times, money, countries. */
#include "mapping/compile_functions.h"
#include "mapping/findings.h"
#include "mapping/names.h"
#include "mapping/times.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct rule_extra *rule_extra(struct compiler *c, struct rule *rule)
{
	if (!rule->extra)
		rule->extra = ARENA_NEW(c->arena, struct rule_extra);
	return rule->extra;
}

void fn_time(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule_extra *extra = rule_extra(c, rule);
	const char *wrong;
	struct str format;

	if (!want_text(c, at, "\"time\"", &format))
		return;
	rule->convert = CONVERT_TIME;
	if (!time_format_find(format, extra, &wrong))
		finding(c, at, "%s", wrong);
}

void fn_zone(struct compiler *c, struct rule *rule, uint32_t at)
{
	struct rule_extra *extra = rule_extra(c, rule);
	struct zone *zone = ARENA_NEW(c->arena, struct zone);
	struct str text;

	if (!want_text(c, at, "\"zone\"", &text))
		return;
	extra->zone = zone;
	if (!zone_parse(text, zone))
		finding(c, at,
			"\"zone\" is \"UTC\", an offset like \"+01:00\" or a "
			"POSIX rule like \"CET-1CEST,M3.5.0,M10.5.0/3\"");
	if (rule->convert != CONVERT_TIME)
		finding(c, at, "\"zone\" belongs to \"time\"");
}

void fn_money(struct compiler *c, struct rule *rule, uint32_t at)
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
void fn_digits(struct compiler *c, struct rule *rule, uint32_t at)
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
	rule_extra(c, rule)->digits = digits;
}

void fn_exponents(struct compiler *c, struct rule *rule, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	struct rule_extra *extra = rule_extra(c, rule);

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

void fn_currency(struct compiler *c, struct rule *rule, uint32_t at)
{
	if (!is_money(rule))
		finding(c, at, "\"currency\" belongs to \"money\"");
	rule_extra(c, rule)->currency = compile_rule(c, at);
}

void fn_round(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"half-up", "half-even"};
	size_t which;

	if (!is_money(rule))
		finding(c, at, "\"round\" belongs to \"money\"");
	if (want_word(c, at, "\"round\"", words, COUNT(words), &which))
		rule_extra(c, rule)->round =
			which ? ROUND_HALF_EVEN : ROUND_HALF_UP;
}

void fn_country(struct compiler *c, struct rule *rule, uint32_t at)
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

void check_time(struct compiler *c, const struct rule *rule, uint32_t at)
{
	if (rule->convert == CONVERT_TIME && !rule->extra->zone &&
	    time_format_needs_zone(rule->extra))
		finding(c, at,
			"this \"time\" has no offset in its text: it "
			"needs \"zone\": \"UTC\" or \"+01:00\"");
}
