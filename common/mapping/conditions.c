/* conditions.c - conditions. Values are compared as text, numbers by value, so
 * that "1" equals 1; what is absent equals nothing. */
#include "mapping/decimal.h"
#include "mapping/run.h"
#include "model/document.h"

static bool number_of(const struct value *value, struct decimal *out)
{
	*out = (struct decimal){value->number, value->scale};
	if (value->kind == VALUE_DECIMAL)
		return true;
	return (value->kind == VALUE_NUMBER || value->kind == VALUE_TEXT) &&
	       decimal_parse(value->text, out) == DECIMAL_OK;
}

static bool equal(const struct value *a, const struct value *b)
{
	struct decimal x, y;

	if (a->kind == VALUE_TEXT || a->kind == VALUE_BOOL ||
	    b->kind != VALUE_NUMBER)
		return a->kind != VALUE_DECIMAL && str_eq(a->text, b->text);
	return number_of(a, &x) && number_of(b, &y) &&
	       decimal_compare(x, y) == 0;
}

static bool is_scalar(const struct value *value)
{
	return value->kind != VALUE_ABSENT && value->kind != VALUE_NODE;
}

static bool is_in(const struct test *test, const struct value *value)
{
	for (uint32_t i = 0; is_scalar(value) && i < test->value_count; i++)
		if (equal(value, &test->values[i]))
			return true;
	return false;
}

static bool starts(const struct test *test, const struct value *value)
{
	for (uint32_t i = 0; is_scalar(value) && i < test->value_count; i++)
		if (value->text.at &&
		    str_starts(value->text, test->values[i].text))
			return true;
	return false;
}

static bool has_element(const struct json_doc *doc, uint32_t at,
			const struct value *wanted)
{
	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next)
		if (doc->nodes[i].kind < JSON_ARRAY && doc->nodes[i].text.at &&
		    str_eq(doc->nodes[i].text, wanted->text))
			return true;
	return false;
}

/* A text contains another, a list an element. */
static bool contains(const struct run *run, const struct test *test,
		     const struct value *value)
{
	for (uint32_t i = 0; i < test->value_count; i++) {
		struct str part = test->values[i].text;

		if (value->kind == VALUE_NODE) {
			if (has_element(&run->doc, value->node,
					&test->values[i]))
				return true;
		} else if (value->kind != VALUE_ABSENT && value->text.len &&
			   memmem(value->text.at, value->text.len, part.at,
				  part.len)) {
			return true;
		}
	}
	return false;
}

static bool beyond(const struct test *test, const struct value *value)
{
	struct decimal a, b;
	int order;

	if (!is_scalar(value) || !number_of(value, &a) ||
	    !number_of(&test->values[0], &b))
		return false;
	order = decimal_compare(a, b);
	return test->kind == TEST_ABOVE ? order > 0 : order < 0;
}

static bool run_some(struct run *run, const struct test *test, bool *yes)
{
	struct node_list list;

	*yes = false;
	if (!run_elements(run, test->loop, MODEL_LIST_ITEMS, &list))
		return false;
	for (uint32_t i = 0; i < list.count && !*yes; i++) {
		bool counts;

		run_enter(run, test->loop->scope, list.nodes[i], i);
		if (!run_where(run, test->loop, &counts) ||
		    (counts && !run_test(run, test->tests[0], yes)))
			return false;
	}
	return true;
}

/* ALL stops at the first no, ANY at the first yes. */
static bool run_joined(struct run *run, const struct test *test, bool *yes)
{
	*yes = test->kind == TEST_ALL;
	for (uint32_t i = 0; i < test->test_count; i++) {
		if (!run_test(run, test->tests[i], yes))
			return false;
		if (*yes != (test->kind == TEST_ALL))
			break;
	}
	return true;
}

bool run_test(struct run *run, const struct test *test, bool *yes)
{
	struct value value;

	switch (test->kind) {
	case TEST_ALL:
	case TEST_ANY:
		return run_joined(run, test, yes);
	case TEST_NOT:
		if (!run_test(run, test->tests[0], yes))
			return false;
		*yes = !*yes;
		return true;
	case TEST_SOME:
		return run_some(run, test, yes);
	default:
		break;
	}
	if (!run_rule(run, test->rule, &value))
		return false;
	switch (test->kind) {
	case TEST_EXISTS:
	case TEST_MISSING:
		*yes = (value.kind == VALUE_ABSENT) ==
		       (test->kind == TEST_MISSING);
		return true;
	case TEST_STARTS:
		*yes = starts(test, &value);
		return true;
	case TEST_CONTAINS:
		*yes = contains(run, test, &value);
		return true;
	case TEST_ABOVE:
	case TEST_BELOW:
		*yes = beyond(test, &value);
		return true;
	default:
		*yes = is_in(test, &value) == (test->kind == TEST_IN);
		return true;
	}
}
