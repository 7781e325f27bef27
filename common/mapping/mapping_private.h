/* mapping_private.h - what a mapping file is compiled to.
 *
 * A message is walked, not searched: the pointers of a scope (the document, a
 * record, an element of a list) are joined to a trie, and one walk over the
 * scope's JSON fills a numbered slot for each pointer that found something.
 * Rules then read slots. A scope is active once at a time, so that a slot has
 * one number in the whole program and an inner rule reads an outer scope's
 * slot as its own.
 *
 * All of it lives in the mapping's arena and never changes once compiled. */
#ifndef FLOTILLA_MAPPING_PRIVATE_H
#define FLOTILLA_MAPPING_PRIVATE_H

#include "mapping/mapping.h"
#include "mapping/zones.h"
#include "model/model.h"
#include "model/record.h"
#include "json/json.h"

enum { NONE = UINT32_MAX }; /* no slot, no node */

/* Names to small numbers; open addressing, at most half full. */
struct names {
	struct name_cell {
		struct str name; /* at == NULL: free */
		uint32_t value;
	} * cells;
	uint32_t mask;
	uint32_t count;
};

enum token_kind {
	TOKEN_NAME, /* a member; on an array, the element `index` */
	TOKEN_ANY,  /* "*": every element or member */
	TOKEN_LAST, /* "[last]" */
	TOKEN_PICK, /* "[key=value]": the first element of which it is true */
};

/* One step of a pointer. */
struct token {
	enum token_kind kind;
	bool unequal;	  /* PICK with != */
	struct str name;  /* NAME, without escapes; PICK: pointer of the key */
	struct str value; /* PICK */
	int64_t index;	  /* NAME: the number that it is, else -1 */
};

struct trie {
	struct token token; /* the step that leads here */
	struct trie *next;  /* sibling */
	struct trie *children;
	struct names members; /* children by name; value: its place in order */
	struct trie **by_member;
	bool elements; /* some child can match in an array */
	uint32_t slot; /* NONE: only passed through */
};

struct scope {
	struct trie root;
	uint32_t id;
	uint32_t base; /* its first slot */
	uint32_t count;
	struct scope *next;
};

/* A pointer as written. `slot` holds what its steps up to the first "*"
 * found; `rest` goes on from there. */
struct path {
	struct str text;
	const struct scope *scope;
	uint32_t slot;
	struct str looked_at; /* RFC 6901 text from the scope, for errors */
	const struct token *rest;
	uint32_t rest_count;
	bool ends_in_any;
	struct path *next;
};

enum value_kind {
	VALUE_ABSENT,
	VALUE_TEXT,
	VALUE_NUMBER,  /* text as written */
	VALUE_BOOL,    /* number: 0 or 1; text: the word */
	VALUE_NODE,    /* an array or object */
	VALUE_DECIMAL, /* number / 10^scale */
	VALUE_MONEY,   /* number: minor units */
	VALUE_TIME,    /* number: microseconds UTC */
};

struct value {
	enum value_kind kind;
	int32_t scale;
	uint32_t node; /* where in the document; NONE: nowhere */
	struct str text;
	int64_t number;
};

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

enum block_kind { BLOCK_FIELDS, BLOCK_AT, BLOCK_EACH };

/* Fields of one sub-record, or of one for each element. */
struct block {
	enum block_kind kind;
	struct path *path; /* AT */
	struct loop *loop; /* EACH */
	struct test *when;
	struct shape *shape;
};

enum feed_kind { FEED_RULE, FEED_LOOP, FEED_MEMBERS, FEED_NAMED };

/* Where some strings or attributes come from. */
struct feed {
	enum feed_kind kind;
	struct str name; /* NAMED */
	struct rule *rule;
	struct loop *loop;
	struct path *path;
};

/* One canonical field and what fills it. */
struct assign {
	const struct field *field;
	unsigned index;
	struct rule *rule;    /* scalars */
	bool direct;	      /* a text goes from the pointer to the field */
	struct block *blocks; /* OBJECT, LIST */
	uint32_t block_count;
	struct feed *feeds; /* STRINGS, ATTRIBUTES */
	uint32_t feed_count;
	struct assign *next; /* while compiling */
};

struct shape {
	const struct entity *entity;
	const struct assign *assigns; /* currency first */
	uint32_t count;
	bool currency;
};

struct order_ref {
	struct str system;
	struct rule *rule;
	bool lookup;
};

enum version_kind { VERSION_ARRIVAL, VERSION_TIME, VERSION_INTEGER };

/* What becomes of the records of one kind in a message. */
struct section {
	struct loop *records;
	struct test *when;
	struct rule *id;
	enum version_kind version_kind;
	struct rule *version;
	struct test *deleted;
	struct order_ref *orders;
	uint32_t order_count;
	struct shape *shape;
};

struct mapping {
	struct arena arena;
	char *name, *system, *noun;
	struct str source;
	int32_t revision;
	int16_t source_epoch;
	int64_t hash;
	bool skip_tombstone;
	struct json_doc doc; /* the file */
	struct test *message_when;
	struct section *sections;
	uint32_t section_count;
	struct scope *scopes; /* the document's is the last: id 0 */
	struct path *paths;
	uint32_t scope_count;
	uint32_t slot_count;
};

#endif
