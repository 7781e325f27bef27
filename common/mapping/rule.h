/* rule.h - where a value comes from and what is done to it; conditions; lists.
 */
#ifndef FLOTILLA_MAPPING_RULE_H
#define FLOTILLA_MAPPING_RULE_H

#include "mapping/paths.h"
#include "mapping/rule_kinds.h"
#include "mapping/value.h"
#include "mapping/zones.h"

/* What happens to a code that the table does not have. */
enum unknown { UNKNOWN_REJECT, UNKNOWN_KEEP, UNKNOWN_ABSENT, UNKNOWN_USE };

struct code_table {
	struct names keys;
	struct value *values;
	enum unknown unknown;
	struct value use;
	bool ignore_case;
};

/* The rarer settings of a rule: out of the way of the common ones. */
struct rule_extra {
	const struct str *strip;
	uint32_t strip_count;
	struct str after, before, split;
	int64_t part;
	bool has_part;
	enum time_format time;
	int64_t epoch_factor; /* EPOCH: value * factor / 10^scale = us */
	int32_t epoch_scale;
	struct str pattern;
	const struct zone *zone; /* of texts without an offset; or NULL */
	struct rule *digits;
	struct names exponents; /* currency -> decimals that the vendor uses */
	struct rule *currency;
	enum rounding round;
};

struct rule {
	enum rule_kind kind;
	unsigned flags; /* of enum rule_flag */
	enum convert convert;
	enum aggregate aggregate;
	struct path *path;
	struct rule **args;
	uint32_t arg_count;
	uint32_t scope; /* NAME, INDEX */
	struct value constant;
	struct test *when; /* also the condition of IF */
	struct loop *loop;
	struct str separator;
	const struct value *absent; /* these mean absent */
	uint32_t absent_count;
	struct code_table *codes;
	struct rule *fallback; /* "default" */
	struct rule_extra *extra;
	struct str text; /* the rule as JSON, for people */
};

enum test_kind {
	TEST_ALL,
	TEST_ANY,
	TEST_NOT,
	TEST_EXISTS,
	TEST_MISSING,
	TEST_IN,
	TEST_NOT_IN,
	TEST_STARTS,
	TEST_CONTAINS,
	TEST_ABOVE,
	TEST_BELOW,
	TEST_SOME, /* a condition that some element of a list meets */
};

struct test {
	enum test_kind kind;
	struct test **tests;
	uint32_t test_count;
	struct rule *rule;
	struct loop *loop;
	const struct value *values;
	uint32_t value_count;
};

/* Elements of a list, each a scope of its own. */
struct loop {
	struct path **paths; /* the first that exists */
	uint32_t path_count;
	struct scope *scope;
	struct test *where;
	struct rule *name;  /* pairs */
	struct rule *value; /* aggregates, strings, pairs */
};

#endif
