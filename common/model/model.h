/* model.h - canonical entities as data: one descriptor table per entity.
 *
 * A canonical entity is written once, in schemas/canonical/<entity>.json.
 * schemac turns each at build time into a C struct and a `struct entity`; that
 * table drives reading, writing, validation, mapping targets, masking and the
 * upsert. No I/O here, no globals that change, no allocation but the arena's.
 *
 * A generated struct begins with `uint64_t has`: bit i says that field i of
 * its table is present. Strings are borrowed or live in the arena; there is no
 * free function. Money is integer minor units in the currency that the
 * nearest enclosing record's `currency` field names (ISO 4217). Times are
 * microseconds UTC. */
#ifndef FLOTILLA_MODEL_MODEL_H
#define FLOTILLA_MODEL_MODEL_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/writer.h"

/* Convergence has three shapes (DESIGN section 3). */
enum entity_shape {
	SHAPE_NONE,    /* a part of another entity: a line, an address */
	SHAPE_STATE,   /* whole restatement; the greatest rank stays */
	SHAPE_FACT,    /* immutable, inserted once by its id */
	SHAPE_REQUEST, /* starts or signals a saga */
	SHAPE_DERIVED, /* computed from rows; no mapping makes it */
};

enum field_kind {
	FIELD_STRING,	  /* struct str */
	FIELD_INT,	  /* int64_t */
	FIELD_BOOL,	  /* bool */
	FIELD_ENUM,	  /* int32_t, index into codes */
	FIELD_MONEY,	  /* int64_t minor units */
	FIELD_CURRENCY,	  /* struct str of three letters, ISO 4217 */
	FIELD_COUNTRY,	  /* struct str of two letters, ISO 3166-1 */
	FIELD_TIME,	  /* int64_t microseconds UTC */
	FIELD_OBJECT,	  /* pointer to the sub struct */
	FIELD_LIST,	  /* pointer to an array of sub structs, + count */
	FIELD_STRINGS,	  /* struct str *, + count */
	FIELD_ATTRIBUTES, /* struct attribute *, + count */
};

enum field_flag {
	FIELD_REQUIRED = 1, /* a record without it is refused */
	FIELD_COLUMN = 2,   /* a column of its own beside doc; top level */
	FIELD_PII = 4,	    /* masked in logs and by fleetctl */
};

/* One entry of the map of free-form attributes. */
struct attribute {
	struct str name;
	struct str value;
};

struct entity;

struct field {
	const char *name;     /* as in JSON and in SQL */
	struct str json_name; /* "\"name\":" */
	enum field_kind kind;
	unsigned flags;		  /* of enum field_flag */
	uint16_t offset;	  /* of the value in the struct */
	uint16_t count_offset;	  /* LIST, STRINGS, ATTRIBUTES: uint32_t */
	const struct entity *sub; /* OBJECT, LIST */
	const char *const *codes; /* ENUM: code_count words */
	uint16_t code_count;
	uint32_t max_bytes; /* STRING: longest allowed; 0 = 65536 */
};

struct entity {
	const char *name;  /* "order", or "order.line" for a part */
	const char *table; /* SQL name ("orders"); NULL: part or derived */
	const char *topic; /* compacted topic ("orders.v1"); NULL if none */
	enum entity_shape shape;
	const struct field *fields;
	uint16_t field_count; /* at most 64 */
	uint16_t size;	      /* bytes of the struct */
};

/* All top-level entities, NULL-terminated; generated. */
extern const struct entity *const model_entities[];

const struct entity *model_entity(struct str name);

/* The field called `name`; NULL if there is none. */
const struct field *entity_field(const struct entity *entity, struct str name);

static inline unsigned field_index(const struct entity *entity,
				   const struct field *field)
{
	return (unsigned)(field - entity->fields);
}

static inline bool field_has(const void *record, unsigned index)
{
	return (*(const uint64_t *)record >> index) & 1;
}

static inline void field_set(void *record, unsigned index)
{
	*(uint64_t *)record |= (uint64_t)1 << index;
}

#endif
