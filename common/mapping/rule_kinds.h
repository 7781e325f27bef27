/* rule_kinds.h - the words of the language, as numbers. */
#ifndef FLOTILLA_MAPPING_RULE_KINDS_H
#define FLOTILLA_MAPPING_RULE_KINDS_H

enum rule_kind {
	RULE_POINTER,
	RULE_CONST,
	RULE_FIRST, /* the first argument that is present */
	RULE_CONCAT,
	RULE_SUM,
	RULE_SUBTRACT,
	RULE_MULTIPLY,
	RULE_IF,
	RULE_LOOP,    /* an aggregate over a list */
	RULE_NAME,    /* "@name" */
	RULE_INDEX,   /* "@index" */
	RULE_MESSAGE, /* "@message" */
	RULE_TIME,    /* "@time" */
	RULE_KINDS,
};

enum aggregate {
	AGGREGATE_SUM,
	AGGREGATE_COUNT,
	AGGREGATE_MIN,
	AGGREGATE_MAX,
	AGGREGATE_FIRST,
	AGGREGATE_LAST,
	AGGREGATE_JOIN,
	AGGREGATES,
};

enum rule_flag {
	RULE_KEEP_EMPTY = 1,
	RULE_TRIM = 2,
	RULE_LOWER = 4,
	RULE_UPPER = 8,
	RULE_TRIM_ZEROS = 16,
	RULE_TEXT = 32, /* some function on text is asked for */
	RULE_ABSOLUTE = 64,
	RULE_NEGATE = 128,
	RULE_AS_TEXT = 256,
	RULE_STRICT = 512, /* all parts or nothing: ids */
	RULE_PLAIN = 1024, /* nothing happens to what the pointer found */
};

enum convert {
	CONVERT_NONE,
	CONVERT_TIME,
	CONVERT_MONEY_DECIMAL,
	CONVERT_MONEY_MINOR,
	CONVERT_ALPHA3,
};

enum time_format {
	TIME_RFC3339,
	TIME_LOOSE,
	TIME_DATE,
	TIME_EPOCH,
	TIME_ODATA,
	TIME_PARTS,
	TIME_PATTERN,
};

enum rounding { ROUND_REJECT, ROUND_HALF_UP, ROUND_HALF_EVEN };

#endif
