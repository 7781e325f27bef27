/* entity_sql.h - an entity's SQL, written from its descriptor table.
 *
 * Every entity with a table has the same columns around its own: the identity,
 * the rank, the revision and the document (schemas/sql/0002_entities.sql).
 * Rows are written by plain INSERT and UPDATE, never by ON CONFLICT: the batch
 * has read the rows, under a lock, and knows which exist; measured, that is
 * twice as fast. Two processes that insert the same new row collide with
 * 23505, which io/pg calls "raced", and the batch runs again. */
#ifndef FLOTILLA_STORE_ENTITY_SQL_H
#define FLOTILLA_STORE_ENTITY_SQL_H

#include "base/arena.h"
#include "io/pg.h"

struct entity;
struct record;

struct entity_sql {
	const struct entity *entity;
	/* names of prepared statements */
	const char *read;   /* $1 ids: ENTITY_READ_* columns */
	const char *lock;   /* the same FOR UPDATE, in order of id */
	const char *insert; /* rows as arrays, then changed_at */
	const char *update; /* the same */
	const char *tell;   /* $1 ids: ENTITY_TELL_* columns, to publish */
	/* CloudEvents attributes of what is told of it */
	struct str changed_type; /* flotilla.order.changed.v1 */
	struct str deleted_type;
	struct str schema; /* /schemas/canonical/order.json */
};

enum entity_read_column {
	ENTITY_READ_ID,
	ENTITY_READ_SUBJECT,
	ENTITY_READ_SOURCE_EPOCH,
	ENTITY_READ_VERSION,
	ENTITY_READ_AT_US,
	ENTITY_READ_AT_OFFSET,
	ENTITY_READ_MAPPING_REVISION,
	ENTITY_READ_REVISION,
	ENTITY_READ_HASH,
};

enum entity_tell_column {
	ENTITY_TELL_ID,
	ENTITY_TELL_REVISION,
	ENTITY_TELL_DELETED,
	ENTITY_TELL_TIME,
	ENTITY_TELL_TRACE,
	ENTITY_TELL_DOC,
};

/* Types and schema of its events; no statements. */
void entity_sql_name(struct arena *arena, const struct entity *entity,
		     struct entity_sql *sql);

/* Adds the statements of `entity` to the table at `out` (room for
 * ENTITY_STATEMENTS); texts live in the arena. */
enum { ENTITY_STATEMENTS = 5 };
void entity_sql_build(struct arena *arena, const struct entity *entity,
		      struct entity_sql *sql, struct pg_statement *out);

/* One row to write. */
struct entity_row {
	const struct record *record;
	struct str subject; /* as resolved; absent = NULL */
	int64_t revision;
};

/* The parameters of insert and update. */
void entity_bind_rows(struct pg_params *params, const struct entity *entity,
		      const struct entity_row *rows, uint32_t count,
		      int64_t changed_at_us);

#endif
