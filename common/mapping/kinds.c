/* kinds.c - whether a rule can fill a field of some kind, found out before
 * the first message. */
#include "mapping/compiler.h"
#include "mapping/findings.h"
#include "model/codes.h"
#include "model/money.h"

static const char *const kind_names[] = {
	[FIELD_STRING] = "a string",
	[FIELD_INT] = "an integer",
	[FIELD_BOOL] = "true or false",
	[FIELD_ENUM] = "a code",
	[FIELD_MONEY] = "money",
	[FIELD_CURRENCY] = "a currency",
	[FIELD_COUNTRY] = "a country",
	[FIELD_TIME] = "a time",
	[FIELD_OBJECT] = "an object",
	[FIELD_LIST] = "a list",
	[FIELD_STRINGS] = "a list of strings",
	[FIELD_ATTRIBUTES] = "attributes",
};

static const char *const value_names[] = {
	[VALUE_ABSENT] = "anything",  [VALUE_TEXT] = "text",
	[VALUE_NUMBER] = "a number",  [VALUE_BOOL] = "true or false",
	[VALUE_NODE] = "a container", [VALUE_DECIMAL] = "a number",
	[VALUE_MONEY] = "money",      [VALUE_TIME] = "a time",
};

/* What can be stored where; ABSENT stands for "not known before". */
#define BIT(kind) (1u << (kind))
static const unsigned allowed[] = {
	[FIELD_STRING] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT) |
			 BIT(VALUE_NUMBER) | BIT(VALUE_DECIMAL),
	[FIELD_INT] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT) | BIT(VALUE_NUMBER) |
		      BIT(VALUE_DECIMAL),
	[FIELD_BOOL] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT) | BIT(VALUE_BOOL),
	[FIELD_ENUM] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT),
	[FIELD_MONEY] = BIT(VALUE_MONEY),
	[FIELD_CURRENCY] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT),
	[FIELD_COUNTRY] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT),
	[FIELD_TIME] = BIT(VALUE_TIME),
	[FIELD_STRINGS] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT) |
			  BIT(VALUE_NUMBER) | BIT(VALUE_DECIMAL),
	[FIELD_ATTRIBUTES] = BIT(VALUE_ABSENT) | BIT(VALUE_TEXT) |
			     BIT(VALUE_NUMBER) | BIT(VALUE_BOOL) |
			     BIT(VALUE_DECIMAL),
	[FIELD_OBJECT] = 0,
	[FIELD_LIST] = 0,
};

/* A rule that only passes on what another has made. */
static bool passes_on(const struct rule *rule)
{
	if (rule->convert || rule->codes || (rule->flags & RULE_TEXT))
		return false;
	return rule->kind == RULE_FIRST || rule->kind == RULE_IF ||
	       (rule->kind == RULE_LOOP && rule->aggregate >= AGGREGATE_MIN &&
		rule->aggregate <= AGGREGATE_LAST);
}

static enum value_kind made_by(const struct rule *rule)
{
	if (rule->convert == CONVERT_TIME)
		return VALUE_TIME;
	if (rule->convert == CONVERT_MONEY_DECIMAL ||
	    rule->convert == CONVERT_MONEY_MINOR)
		return VALUE_MONEY;
	if (rule->convert == CONVERT_ALPHA3 ||
	    (rule->flags & (RULE_TEXT | RULE_AS_TEXT)))
		return VALUE_TEXT;
	if (rule->codes)
		return VALUE_ABSENT;
	switch (rule->kind) {
	case RULE_CONST:
		return rule->constant.kind;
	case RULE_CONCAT:
	case RULE_NAME:
	case RULE_MESSAGE:
	case RULE_TIME:
		return VALUE_TEXT;
	case RULE_SUM:
	case RULE_SUBTRACT:
	case RULE_MULTIPLY:
	case RULE_INDEX:
		return VALUE_DECIMAL;
	case RULE_LOOP:
		return rule->aggregate == AGGREGATE_JOIN ? VALUE_TEXT
							 : VALUE_DECIMAL;
	default:
		return VALUE_ABSENT;
	}
}

static void check_code(struct compiler *c, const struct field *field,
		       const struct value *value, uint32_t at)
{
	if (value->kind == VALUE_ABSENT)
		return;
	for (uint16_t i = 0; i < field->code_count; i++)
		if (value->kind == VALUE_TEXT &&
		    str_is(value->text, field->codes[i]))
			return;
	finding(c, at, "\"%s\" has no code \"%.*s\"%s", field->name,
		STR_ARGS(value->text),
		suggest(c, value->text, field->codes, field->code_count));
}

/* The field's own words must be what the table gives. */
static void check_table(struct compiler *c, const struct field *field,
			const struct code_table *table, uint32_t at)
{
	const struct names *keys = &table->keys;

	for (uint32_t i = 0; keys->cells && i <= keys->mask; i++)
		if (keys->cells[i].name.at)
			check_code(c, field,
				   &table->values[keys->cells[i].value], at);
	if (table->unknown == UNKNOWN_USE)
		check_code(c, field, &table->use, at);
}

static void check_const(struct compiler *c, const struct field *field,
			const struct value *value, uint32_t at)
{
	int64_t whole;

	switch (field->kind) {
	case FIELD_ENUM:
		check_code(c, field, value, at);
		return;
	case FIELD_CURRENCY:
		if (money_exponent(value->text) < 0)
			finding(c, at, "ISO 4217 has no currency \"%.*s\"",
				STR_ARGS(value->text));
		return;
	case FIELD_COUNTRY:
		if (!country_known(value->text))
			finding(c, at, "ISO 3166-1 has no country \"%.*s\"",
				STR_ARGS(value->text));
		return;
	case FIELD_INT:
		if (!str_to_i64(value->text, &whole))
			finding(c, at, "\"%.*s\" is no integer",
				STR_ARGS(value->text));
		return;
	default:
		return;
	}
}

static bool is_zero(const struct rule *rule)
{
	return rule->kind == RULE_CONST &&
	       rule->constant.kind == VALUE_NUMBER &&
	       str_is(rule->constant.text, "0");
}

static void check_leaf(struct compiler *c, const struct field *field,
		       const struct rule *rule, uint32_t at)
{
	enum value_kind made = made_by(rule);

	if (field->kind == FIELD_MONEY && is_zero(rule))
		return;
	if (allowed[field->kind] & BIT(made)) {
		if (rule->kind == RULE_CONST && !rule->codes)
			check_const(c, field, &rule->constant, at);
		if (field->kind == FIELD_ENUM && rule->codes)
			check_table(c, field, rule->codes, at);
		else if (field->kind == FIELD_ENUM && rule->kind != RULE_CONST)
			finding(c, at,
				"\"%s\" is a code: the rule needs \"codes\" "
				"and \"unknown\"",
				field->name);
		return;
	}
	if (field->kind == FIELD_MONEY)
		finding(c, at,
			"\"%s\" is money: the rule needs \"money\": "
			"\"decimal\" (\"12.50\") or \"minor\" (1250)",
			field->name);
	else
		finding(c, at, "\"%s\" is %s, the rule makes %s", field->name,
			kind_names[field->kind], value_names[made]);
}

static void check_under(struct compiler *c, const struct field *field,
			const struct rule *rule, uint32_t at)
{
	if (!rule)
		return;
	check_under(c, field, rule->fallback, at);
	if (!passes_on(rule)) {
		check_leaf(c, field, rule, at);
		return;
	}
	if (rule->loop)
		check_under(c, field, rule->loop->value, at);
	for (uint32_t i = 0; i < rule->arg_count; i++)
		check_under(c, field, rule->args[i], at);
}

void check_kind(struct compiler *c, const struct field *field,
		const struct rule *rule, uint32_t at)
{
	check_under(c, field, rule, at);
}
