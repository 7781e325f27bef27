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
#include "mapping/rule.h"
#include "mapping/zones.h"
#include "model/model.h"
#include "model/record.h"
#include "json/json.h"

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
	struct loop *within; /* what `records` is relative to; NULL: document */
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
