/* eval.c - rules and conditions, run over the slots of a message. */
#include "base/clock.h"
#include "mapping/decimal.h"
#include "mapping/run.h"
#include "model/document.h"

static bool same_literal(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && str_eq(a->text, b->text);
}

static void from_node(const struct run *run, const struct rule *rule,
		      uint32_t at, struct value *value)
{
	const struct json_node *node = &run->doc.nodes[at];

	value->node = at;
	value->text = node->text;
	switch (node->kind) {
	case JSON_NULL:
		value->kind = VALUE_ABSENT;
		return;
	case JSON_STRING:
		value->kind = VALUE_TEXT;
		if (!node->text.len && !(rule->flags & RULE_KEEP_EMPTY))
			value->kind = VALUE_ABSENT;
		break;
	case JSON_NUMBER:
		value->kind = VALUE_NUMBER;
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		value->kind = VALUE_BOOL;
		value->number = node->kind == JSON_TRUE;
		value->text = value->number ? STR("true") : STR("false");
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		value->kind = VALUE_NODE;
		return;
	}
	for (uint32_t i = 0; i < rule->absent_count; i++)
		if (same_literal(value, &rule->absent[i]))
			value->kind = VALUE_ABSENT;
}

static bool wants_number(struct run *run, const struct rule *rule,
			 const struct value *value, struct decimal *out)
{
	enum decimal_fault fault = DECIMAL_SYNTAX;

	if (value->kind == VALUE_DECIMAL) {
		out->number = value->number;
		out->scale = value->scale;
		return true;
	}
	if (value->kind == VALUE_TEXT || value->kind == VALUE_NUMBER)
		fault = decimal_parse(value->text, out);
	if (fault == DECIMAL_OK)
		return true;
	return run_fail(run, rule, value,
			fault == DECIMAL_RANGE ? "number-range" : "wrong-type",
			fault == DECIMAL_RANGE
				? "%.*s is too large or has too many decimals"
				: "%.*s is no number",
			STR_ARGS(run_quote(run, value)));
}

static void set_decimal(struct value *value, struct decimal d)
{
	value->kind = VALUE_DECIMAL;
	value->number = d.number;
	value->scale = d.scale;
}

/* a := a <operation> b; an absent a is just b */
static bool accumulate(struct run *run, const struct rule *rule,
		       struct value *total, const struct value *value)
{
	struct decimal a, b, result;
	bool fits;

	if (!wants_number(run, rule, value, &b))
		return false;
	if (total->kind == VALUE_ABSENT) {
		total->node = value->node;
		set_decimal(total, b);
		return true;
	}
	a = (struct decimal){total->number, total->scale};
	if (rule->kind == RULE_SUBTRACT)
		fits = !__builtin_sub_overflow(0, b.number, &b.number);
	else
		fits = true;
	fits = fits &&
	       (rule->kind == RULE_MULTIPLY ? decimal_multiply(a, b, &result)
					    : decimal_add(a, b, &result));
	if (!fits)
		return run_fail(run, rule, value, "number-range",
				"the result does not fit");
	set_decimal(total, result);
	return true;
}

/* A sum skips what is absent; a product without a factor, or a difference
 * without its first term, is absent. */
static bool arithmetic(struct run *run, const struct rule *rule,
		       struct value *total)
{
	for (uint32_t i = 0; i < rule->arg_count; i++) {
		struct value value;

		if (!run_rule(run, rule->args[i], &value))
			return false;
		if (value.kind == VALUE_ABSENT) {
			if (rule->kind == RULE_SUM ||
			    (rule->kind == RULE_SUBTRACT && i))
				continue;
			total->kind = VALUE_ABSENT;
			return true;
		}
		if (!accumulate(run, rule, total, &value))
			return false;
	}
	return true;
}

/* Joins texts that are present; in an id, all of them must be. */
static bool join(struct run *run, const struct rule *rule,
		 const struct str *texts, uint32_t count, struct value *value)
{
	size_t len = 0;
	char *to;

	for (uint32_t i = 0; i < count; i++)
		len += texts[i].len + rule->separator.len;
	if (!count)
		return true;
	to = arena_alloc(run->arena, len + 1);
	len = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (i && rule->separator.len) {
			memcpy(to + len, rule->separator.at,
			       rule->separator.len);
			len += rule->separator.len;
		}
		memcpy(to + len, texts[i].at, texts[i].len);
		len += texts[i].len;
	}
	value->kind = VALUE_TEXT;
	value->text = (struct str){to, len};
	return true;
}

static bool concat(struct run *run, const struct rule *rule,
		   struct value *value)
{
	struct str *texts =
		arena_alloc(run->arena, rule->arg_count * sizeof(*texts));
	uint32_t count = 0;

	for (uint32_t i = 0; i < rule->arg_count; i++) {
		struct value part;

		if (!run_rule(run, rule->args[i], &part))
			return false;
		if (part.kind == VALUE_ABSENT) {
			if (rule->flags & RULE_STRICT)
				return true;
			continue;
		}
		if (!run_text(run, rule->args[i], &part, &texts[count++]))
			return false;
		if (value->node == NONE)
			value->node = part.node;
	}
	return join(run, rule, texts, count, value);
}

/* Numbers and texts of numbers are compared with each other. */
static bool comparable(const struct value *a, const struct value *b)
{
	const unsigned loose =
		1u << VALUE_TEXT | 1u << VALUE_NUMBER | 1u << VALUE_DECIMAL;

	return a->kind == b->kind ||
	       ((loose >> a->kind & 1) && (loose >> b->kind & 1));
}

static int compare(const struct value *a, const struct value *b)
{
	struct decimal x = {a->number, a->scale}, y = {b->number, b->scale};

	if (a->kind == VALUE_TIME || a->kind == VALUE_MONEY)
		return (a->number > b->number) - (a->number < b->number);
	if ((a->kind == VALUE_DECIMAL ||
	     decimal_parse(a->text, &x) == DECIMAL_OK) &&
	    (b->kind == VALUE_DECIMAL ||
	     decimal_parse(b->text, &y) == DECIMAL_OK))
		return decimal_compare(x, y);
	return str_cmp(a->text, b->text);
}

/* Takes one element's value in; *done when no other can matter. */
static bool take(struct run *run, const struct rule *rule, struct value *best,
		 const struct value *value, bool *done)
{
	switch (rule->aggregate) {
	case AGGREGATE_SUM:
		return accumulate(run, rule, best, value);
	case AGGREGATE_FIRST:
		*best = *value;
		*done = true;
		return true;
	case AGGREGATE_LAST:
		*best = *value;
		return true;
	case AGGREGATE_MIN:
	case AGGREGATE_MAX:
		if (value->kind == VALUE_NODE)
			return run_fail(run, rule, value, "wrong-type",
					"an object or array cannot be "
					"compared");
		if (best->kind == VALUE_ABSENT ||
		    (comparable(best, value) &&
		     (compare(value, best) < 0) ==
			     (rule->aggregate == AGGREGATE_MIN) &&
		     compare(value, best) != 0))
			*best = *value;
		return true;
	default:
		return true;
	}
}

static bool over_list(struct run *run, const struct rule *rule,
		      struct value *result)
{
	const struct loop *loop = rule->loop;
	struct node_list list;
	struct str *texts = NULL;
	uint32_t count = 0;
	bool done = false;

	if (!run_elements(run, loop, MODEL_LIST_ITEMS, &list))
		return false;
	if (rule->aggregate == AGGREGATE_JOIN)
		texts = arena_alloc(run->arena, list.count * sizeof(*texts));
	for (uint32_t i = 0; i < list.count && !done; i++) {
		struct value value;
		bool yes;

		run_enter(run, loop->scope, list.nodes[i], i);
		if (!run_where(run, loop, &yes) ||
		    (yes && !run_rule(run, loop->value, &value)))
			return false;
		if (!yes || value.kind == VALUE_ABSENT)
			continue;
		if (texts && !run_text(run, loop->value, &value, &texts[count]))
			return false;
		count++;
		if (!take(run, rule, result, &value, &done))
			return false;
	}
	if (rule->aggregate == AGGREGATE_COUNT && list.exists)
		set_decimal(result, (struct decimal){count, 0});
	if (rule->aggregate == AGGREGATE_JOIN)
		return join(run, rule, texts, count, result);
	return true;
}

static bool first_of(struct run *run, const struct rule *rule,
		     struct value *value)
{
	for (uint32_t i = 0; i < rule->arg_count; i++) {
		if (run_nothing(run, rule->args[i]))
			continue;
		if (!run_rule(run, rule->args[i], value))
			return false;
		if (value->kind != VALUE_ABSENT)
			return true;
	}
	return true;
}

static bool branch(struct run *run, const struct rule *rule,
		   struct value *value)
{
	bool yes;

	if (!run_test(run, rule->when, &yes))
		return false;
	if (yes)
		return run_rule(run, rule->args[0], value);
	return rule->arg_count < 2 || run_rule(run, rule->args[1], value);
}

static struct str message_time(struct run *run)
{
	char text[CLOCK_TEXT_BYTES];
	size_t len;

	if (run->at_us <= 0)
		return (struct str){NULL, 0};
	len = clock_format(text, run->at_us);
	return arena_str(run->arena, (struct str){text, len});
}

/* "@name", "@index", "@message", "@time" */
static bool special(struct run *run, const struct rule *rule,
		    struct value *value)
{
	const struct here *here = &run->here[rule->scope];

	value->node = here->node;
	value->kind = VALUE_TEXT;
	switch (rule->kind) {
	case RULE_NAME:
		value->text = run->doc.nodes[here->node].name;
		break;
	case RULE_MESSAGE:
		value->text = run->message;
		break;
	case RULE_TIME:
		value->text = message_time(run);
		break;
	default:
		set_decimal(value, (struct decimal){here->index, 0});
		return true;
	}
	if (!value->text.at)
		value->kind = VALUE_ABSENT;
	return true;
}

/* All but pointers; apart, so that those need no large frame. */
static __attribute__((noinline)) bool
evaluate(struct run *run, const struct rule *rule, struct value *value)
{
	switch (rule->kind) {
	case RULE_CONST:
		*value = rule->constant;
		return true;
	case RULE_FIRST:
		return first_of(run, rule, value);
	case RULE_CONCAT:
		return concat(run, rule, value);
	case RULE_SUM:
	case RULE_SUBTRACT:
	case RULE_MULTIPLY:
		return arithmetic(run, rule, value);
	case RULE_IF:
		return branch(run, rule, value);
	case RULE_LOOP:
		return over_list(run, rule, value);
	default:
		return special(run, rule, value);
	}
}

bool run_rule(struct run *run, const struct rule *rule, struct value *value)
{
	bool yes = true;

	*value = (struct value){.kind = VALUE_ABSENT, .node = NONE};
	if (rule->when && rule->kind != RULE_IF &&
	    !run_test(run, rule->when, &yes))
		return false;
	if (rule->kind == RULE_POINTER) {
		uint32_t at = run->slots[rule->path->slot];

		if (yes && at != NONE)
			from_node(run, rule, at, value);
	} else if (yes && !evaluate(run, rule, value)) {
		return false;
	}
	if (rule->flags & RULE_PLAIN)
		return true;
	if (value->kind != VALUE_ABSENT && !run_functions(run, rule, value))
		return false;
	if (value->kind == VALUE_ABSENT && rule->fallback)
		return run_rule(run, rule->fallback, value);
	return true;
}

bool run_where(struct run *run, const struct loop *loop, bool *yes)
{
	*yes = true;
	return !loop->where || run_test(run, loop->where, yes);
}
