/* functions.c - what is done to a value, always in the same order: text,
 * codes, number, and then one conversion. */
#include <stdio.h>

#include "mapping/decimal.h"
#include "mapping/names.h"
#include "mapping/run.h"
#include "mapping/times.h"
#include "model/codes.h"
#include "model/money.h"

bool run_text(struct run *run, const struct rule *rule,
	      const struct value *value, struct str *text)
{
	struct decimal d = {value->number, value->scale};
	char plain[DECIMAL_TEXT_BYTES];
	size_t len;

	switch (value->kind) {
	case VALUE_TEXT:
	case VALUE_NUMBER:
	case VALUE_BOOL:
		*text = value->text;
		return true;
	case VALUE_DECIMAL:
		len = decimal_format(d, plain);
		*text = arena_str(run->arena, (struct str){plain, len});
		return true;
	default:
		break;
	}
	return run_fail(run, rule, value, "wrong-type",
			"%.*s where a text is wanted",
			STR_ARGS(run_quote(run, value)));
}

static struct str trimmed(struct str s)
{
	static const char blanks[] = " \t\r\n";

	while (s.len && memchr(blanks, s.at[0], sizeof(blanks) - 1)) {
		s.at++;
		s.len--;
	}
	while (s.len && memchr(blanks, s.at[s.len - 1], sizeof(blanks) - 1))
		s.len--;
	return s;
}

static struct str cut(struct str s, const struct rule_extra *extra)
{
	const char *found;

	for (uint32_t i = 0; i < extra->strip_count; i++) {
		if (!str_starts(s, extra->strip[i]))
			continue;
		s.at += extra->strip[i].len;
		s.len -= extra->strip[i].len;
		break;
	}
	if (extra->after.at) {
		found = memmem(s.at, s.len, extra->after.at, extra->after.len);
		if (!found)
			return (struct str){s.at, 0};
		s.len -= (size_t)(found - s.at) + extra->after.len;
		s.at = found + extra->after.len;
	}
	if (extra->before.at) {
		found = memmem(s.at, s.len, extra->before.at,
			       extra->before.len);
		if (found)
			s.len = (size_t)(found - s.at);
	}
	return s;
}

/* Part n of a text; from the end if n is negative. No such part: empty. */
static struct str part_of(struct str s, struct str separator, int64_t n)
{
	int64_t count = 1, at = 0;
	const char *end = s.at + s.len, *p = s.at, *found;

	for (; n < 0 && (found = memmem(p, (size_t)(end - p), separator.at,
					separator.len));
	     p = found + separator.len)
		count++;
	if (n < 0)
		n += count;
	for (p = s.at;; p = found + separator.len) {
		found = memmem(p, (size_t)(end - p), separator.at,
			       separator.len);
		if (at++ == n)
			return (struct str){
				p, (size_t)((found ? found : end) - p)};
		if (!found)
			return (struct str){s.at, 0};
	}
}

static struct str other_case(struct run *run, struct str s, bool upper)
{
	char first = upper ? 'a' : 'A', last = upper ? 'z' : 'Z';
	char *copy = arena_cstr(run->arena, s);

	for (size_t i = 0; i < s.len; i++)
		if (copy[i] >= first && copy[i] <= last)
			copy[i] ^= 32;
	return (struct str){copy, s.len};
}

static bool text_functions(struct run *run, const struct rule *rule,
			   struct value *value)
{
	const struct rule_extra *extra = rule->extra;
	struct str s;

	if (!run_text(run, rule, value, &s))
		return false;
	if (rule->flags & RULE_TRIM)
		s = trimmed(s);
	if (extra) {
		s = cut(s, extra);
		if (extra->has_part)
			s = part_of(s, extra->split, extra->part);
	}
	/* once more: what was cut may be padded */
	if (rule->flags & RULE_TRIM)
		s = trimmed(s);
	while ((rule->flags & RULE_TRIM_ZEROS) && s.len > 1 && s.at[0] == '0') {
		s.at++;
		s.len--;
	}
	if (rule->flags & (RULE_LOWER | RULE_UPPER))
		s = other_case(run, s, (rule->flags & RULE_UPPER) != 0);
	value->kind = s.len || (rule->flags & RULE_KEEP_EMPTY) ? VALUE_TEXT
							       : VALUE_ABSENT;
	value->text = s;
	return true;
}

static bool codes_function(struct run *run, const struct rule *rule,
			   struct value *value)
{
	const struct code_table *table = rule->codes;
	uint32_t node = value->node, found;
	struct str key;

	if (!run_text(run, rule, value, &key))
		return false;
	if (table->ignore_case)
		key = other_case(run, key, false);
	found = names_find(&table->keys, key);
	if (found != NONE) {
		*value = table->values[found];
		value->node = node;
		return true;
	}
	switch (table->unknown) {
	case UNKNOWN_KEEP:
		return true;
	case UNKNOWN_ABSENT:
		value->kind = VALUE_ABSENT;
		return true;
	case UNKNOWN_USE:
		*value = table->use;
		value->node = node;
		return true;
	default:
		return run_fail(run, rule, value, "unknown-code",
				"the code %.*s is not in the table",
				STR_ARGS(run_quote(run, value)));
	}
}

static bool to_decimal(struct run *run, const struct rule *rule,
		       const struct value *value, struct decimal *d)
{
	enum decimal_fault fault = DECIMAL_SYNTAX;

	*d = (struct decimal){value->number, value->scale};
	if (value->kind == VALUE_DECIMAL)
		return true;
	if (value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER)
		fault = decimal_parse(value->text, d);
	if (fault == DECIMAL_OK)
		return true;
	return run_fail(run, rule, value,
			value->kind != VALUE_TEXT && value->kind != VALUE_NUMBER
				? "wrong-type"
			: !rule->convert	 ? "wrong-type"
			: fault == DECIMAL_RANGE ? "money-range"
						 : "money-syntax",
			"%.*s is no %s", STR_ARGS(run_quote(run, value)),
			rule->convert ? "amount of money" : "number");
}

static bool sign_functions(struct run *run, const struct rule *rule,
			   struct value *value)
{
	struct decimal d;

	if (!to_decimal(run, rule, value, &d))
		return false;
	if ((d.number < 0 && (rule->flags & RULE_ABSOLUTE)) !=
		    ((rule->flags & RULE_NEGATE) != 0) &&
	    __builtin_sub_overflow(0, d.number, &d.number))
		return run_fail(run, rule, value, "number-range", "too large");
	value->kind = VALUE_DECIMAL;
	value->number = d.number;
	value->scale = d.scale;
	return true;
}

/* The decimals of the record's currency. An amount that names its own must
 * name the record's. */
static bool money_digits(struct run *run, const struct rule *rule,
			 const struct value *value, int *digits)
{
	struct value own;

	if (!run->currency.at)
		return run_fail(run, rule, value, "missing-currency",
				"there is money and no currency");
	*digits = run->digits;
	if (*digits < 0)
		return run_fail(run, rule, value, "unknown-currency",
				"ISO 4217 has no currency \"%.*s\"",
				STR_ARGS(run->currency));
	if (!rule->extra || !rule->extra->currency)
		return true;
	if (!run_rule(run, rule->extra->currency, &own))
		return false;
	if (own.kind == VALUE_ABSENT || str_eq(own.text, run->currency))
		return true;
	return run_fail(run, rule, &own, "currency-mismatch",
			"an amount in \"%.*s\", the record is in \"%.*s\"",
			STR_ARGS(own.text), STR_ARGS(run->currency));
}

/* How many decimals the integer stands for in the source. */
static bool minor_scale(struct run *run, const struct rule *rule, int digits,
			int64_t *scale)
{
	const struct rule_extra *extra = rule->extra;
	struct value value;
	uint32_t own;

	*scale = digits;
	if (!extra)
		return true;
	own = names_find(&extra->exponents, run->currency);
	if (own != NONE)
		*scale = own;
	if (!extra->digits)
		return true;
	if (!run_rule(run, extra->digits, &value))
		return false;
	if (value.kind == VALUE_ABSENT)
		return true;
	if (value.kind != VALUE_NUMBER || !str_to_i64(value.text, scale) ||
	    *scale < 0 || *scale > 9)
		return run_fail(run, rule, &value, "wrong-type",
				"%.*s is no number of decimals",
				STR_ARGS(run_quote(run, &value)));
	return true;
}

static bool money_function(struct run *run, const struct rule *rule,
			   struct value *value)
{
	enum rounding round = rule->extra ? rule->extra->round : ROUND_REJECT;
	struct decimal d;
	int64_t scale = 0;
	enum decimal_fit fit;
	int digits = 0;

	if (!money_digits(run, rule, value, &digits) ||
	    !to_decimal(run, rule, value, &d))
		return false;
	if (rule->convert == CONVERT_MONEY_MINOR &&
	    !minor_scale(run, rule, digits, &scale))
		return false;
	/* a minor amount is that many units of 10^-scale */
	if (d.scale + scale > DECIMAL_SCALE_MAX)
		return run_fail(run, rule, value, "money-scale",
				"%.*s has too many decimals",
				STR_ARGS(run_quote(run, value)));
	d.scale += (int32_t)scale;
	fit = decimal_to_units(d, digits, round, &value->number);
	if (fit == DECIMAL_FITS) {
		value->kind = VALUE_MONEY;
		return true;
	}
	if (fit == DECIMAL_TOO_LARGE)
		return run_fail(run, rule, value, "money-range",
				"%.*s is too large",
				STR_ARGS(run_quote(run, value)));
	return run_fail(run, rule, value, "money-scale",
			"%.*s has more than %d decimals, and \"%.*s\" has %d",
			STR_ARGS(run_quote(run, value)), digits,
			STR_ARGS(run->currency), digits);
}

static bool time_function(struct run *run, const struct rule *rule,
			  struct value *value)
{
	const char *why;
	int64_t us;

	if (!time_read(rule->extra, value, &run->doc, &us, &why))
		return run_fail(run, rule, value, "bad-time",
				"%.*s is no time of this kind%s%s",
				STR_ARGS(run_quote(run, value)),
				why ? ": " : "", why ? why : "");
	value->kind = VALUE_TIME;
	value->number = us;
	return true;
}

static bool country_function(struct run *run, const struct rule *rule,
			     struct value *value)
{
	struct str alpha2 = {NULL, 0};

	if (value->kind == VALUE_TEXT)
		alpha2 = country_from_alpha3(value->text);
	if (!alpha2.at)
		return run_fail(run, rule, value, "unknown-country",
				"%.*s is no ISO 3166-1 alpha-3 code",
				STR_ARGS(run_quote(run, value)));
	value->text = alpha2;
	return true;
}

bool run_functions(struct run *run, const struct rule *rule,
		   struct value *value)
{
	if ((rule->flags & RULE_TEXT) && !text_functions(run, rule, value))
		return false;
	if (value->kind == VALUE_ABSENT)
		return true;
	if (rule->codes && !codes_function(run, rule, value))
		return false;
	if (value->kind == VALUE_ABSENT)
		return true;
	if ((rule->flags & (RULE_ABSOLUTE | RULE_NEGATE)) &&
	    !sign_functions(run, rule, value))
		return false;
	if (rule->flags & RULE_AS_TEXT) {
		if (!run_text(run, rule, value, &value->text))
			return false;
		value->kind = VALUE_TEXT;
	}
	switch (rule->convert) {
	case CONVERT_TIME:
		return time_function(run, rule, value);
	case CONVERT_MONEY_DECIMAL:
	case CONVERT_MONEY_MINOR:
		return money_function(run, rule, value);
	case CONVERT_ALPHA3:
		return country_function(run, rule, value);
	default:
		return true;
	}
}
