/* schema.h - canonical JSON Schemas as the generator sees them.
 *
 * JSON Schema 2020-12, and of it what schemas/canonical/README.md lists;
 * anything else is refused, so that no keyword is silently without effect. */
#ifndef FLOTILLA_SCHEMAC_SCHEMA_H
#define FLOTILLA_SCHEMAC_SCHEMA_H

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"

enum { ENTITIES_MAX = 64, FIELDS_MAX = 64, PARTS_MAX = 64, COLUMNS_MAX = 8 };

/* One property. */
struct prop {
	struct str name;
	struct str text;   /* description */
	const char *kind;  /* "FIELD_STRING" */
	const char *type;  /* of the member in C; NULL: `sub` */
	struct str sub;	   /* C name of the part; OBJECT, LIST */
	struct str *codes; /* ENUM */
	uint32_t code_count;
	bool list; /* a pointer and a count */
	bool required, column, pii;
	int64_t max_bytes; /* 0: not said */
};

/* One struct and table. */
struct shape {
	struct str name;   /* as in JSON and in messages */
	struct str c_name; /* of the struct */
	struct str text;
	struct str shape; /* "state"; at == NULL: a part */
	struct str table, topic;
	struct prop props[FIELDS_MAX];
	uint32_t prop_count;
};

struct schemas {
	struct arena arena;
	struct shape *entities[ENTITIES_MAX];
	uint32_t entity_count;
	struct shape *parts[PARTS_MAX];
	uint32_t part_count;
};

/* Reads one file: an entity, parts ("$defs"), or something that is no schema
 * and is passed over. INVALID, with the file and the pointer in the text. */
bool schema_read(struct schemas *all, const char *path,
		 struct err *err) MUST_CHECK;

/* Whether everything that is referred to is there. INVALID. */
bool schema_check(const struct schemas *all, struct err *err) MUST_CHECK;

/* emit.c: the C of one entity, of all parts, and the list of entities. */
void emit_header(struct buf *out, const struct shape *entity);
void emit_source(struct buf *out, const struct shape *entity);
void emit_parts_header(struct buf *out, const struct schemas *all);
void emit_parts_source(struct buf *out, const struct schemas *all);
void emit_list(struct buf *out, const struct schemas *all);

#endif
