/* store.c - a value into a canonical field, if it is of its kind. */
#include "mapping/decimal.h"
#include "mapping/run.h"
#include "model/money.h"

/* "450789469", not "4.5e8": ids must stay what the source wrote. */
static bool is_whole(struct str number)
{
	size_t i = number.len && number.at[0] == '-';

	for (; i < number.len; i++)
		if (number.at[i] < '0' || number.at[i] > '9')
			return false;
	return number.len > 0;
}

bool run_string(struct run *run, const struct rule *rule,
		const struct value *value, struct str *out)
{
	if (value->kind == VALUE_TEXT ||
	    (value->kind == VALUE_NUMBER && is_whole(value->text))) {
		*out = value->text;
		return true;
	}
	if (value->kind == VALUE_DECIMAL)
		return run_text(run, rule, value, out);
	if (value->kind == VALUE_NUMBER)
		return run_fail(run, rule, value, "wrong-type",
				"%.*s is no whole number; as text it needs "
				"\"as\": \"text\"",
				STR_ARGS(run_quote(run, value)));
	return run_fail(run, rule, value, "wrong-type",
			"%.*s where a string is wanted",
			STR_ARGS(run_quote(run, value)));
}

static bool store_string(struct run *run, const struct assign *assign,
			 const struct value *value, void *to)
{
	return run_string(run, assign->rule, value, to);
}

static bool store_int(struct run *run, const struct assign *assign,
		      const struct value *value, void *to)
{
	struct decimal d = {value->number, value->scale};
	enum decimal_fault fault = DECIMAL_SYNTAX;

	if (value->kind == VALUE_DECIMAL)
		fault = DECIMAL_OK;
	else if (value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER)
		fault = decimal_parse(value->text, &d);
	if (fault == DECIMAL_OK &&
	    decimal_to_units(d, 0, ROUND_REJECT, to) == DECIMAL_FITS)
		return true;
	return run_fail(run, assign->rule, value,
			fault == DECIMAL_RANGE ? "number-range" : "wrong-type",
			"%.*s is no whole number",
			STR_ARGS(run_quote(run, value)));
}

static bool store_bool(struct run *run, const struct assign *assign,
		       const struct value *value, void *to)
{
	bool *out = to;

	if (value->kind == VALUE_BOOL) {
		*out = value->number != 0;
		return true;
	}
	if (value->kind == VALUE_TEXT &&
	    (str_is(value->text, "true") || str_is(value->text, "false"))) {
		*out = str_is(value->text, "true");
		return true;
	}
	return run_fail(run, assign->rule, value, "wrong-type",
			"%.*s is not true or false",
			STR_ARGS(run_quote(run, value)));
}

static bool store_enum(struct run *run, const struct assign *assign,
		       const struct value *value, void *to)
{
	const struct field *field = assign->field;

	for (int32_t i = 0; value->kind == VALUE_TEXT && i < field->code_count;
	     i++) {
		if (str_is(value->text, field->codes[i])) {
			*(int32_t *)to = i;
			return true;
		}
	}
	return run_fail(
		run, assign->rule, value,
		value->kind == VALUE_TEXT ? "unknown-code" : "wrong-type",
		"%.*s is no code of it", STR_ARGS(run_quote(run, value)));
}

static bool store_money(struct run *run, const struct assign *assign,
			const struct value *value, void *to)
{
	/* nothing is nothing in every currency */
	bool zero = value->kind == VALUE_NUMBER && str_is(value->text, "0");

	if (value->kind != VALUE_MONEY && !zero)
		return run_fail(run, assign->rule, value, "wrong-type",
				"%.*s is no money",
				STR_ARGS(run_quote(run, value)));
	*(int64_t *)to = zero ? 0 : value->number;
	return true;
}

static bool store_currency(struct run *run, const struct assign *assign,
			   const struct value *value, void *to)
{
	if (!run_string(run, assign->rule, value, to))
		return false;
	run->currency = *(struct str *)to;
	run->digits = money_exponent(run->currency);
	if (run->digits < 0)
		return run_fail(run, assign->rule, value, "unknown-currency",
				"ISO 4217 has no currency %.*s",
				STR_ARGS(run_quote(run, value)));
	return true;
}

static bool store_time(struct run *run, const struct assign *assign,
		       const struct value *value, void *to)
{
	if (value->kind != VALUE_TIME)
		return run_fail(run, assign->rule, value, "bad-time",
				"%.*s is no time",
				STR_ARGS(run_quote(run, value)));
	*(int64_t *)to = value->number;
	return true;
}

static bool (*const stores[])(struct run *, const struct assign *,
			      const struct value *, void *) = {
	[FIELD_STRING] = store_string,	[FIELD_INT] = store_int,
	[FIELD_BOOL] = store_bool,	[FIELD_ENUM] = store_enum,
	[FIELD_MONEY] = store_money,	[FIELD_CURRENCY] = store_currency,
	[FIELD_COUNTRY] = store_string, [FIELD_TIME] = store_time,
};

bool run_store(struct run *run, const struct assign *assign,
	       const struct value *value, void *record)
{
	if (!stores[assign->field->kind](
		    run, assign, value, (char *)record + assign->field->offset))
		return false;
	field_set(record, assign->index);
	return true;
}
