/* pg.h - PostgreSQL without blocking: groups of prepared statements.
 *
 * One connection in pipeline mode. A *group* is what one round trip carries:
 * statements that are sent together and whose replies come back together, or
 * the first error of them. Groups are answered in the order in which they
 * were sent. Whoever owns the loop waits for pg_fd() and calls pg_serve();
 * nothing here waits. Not thread-safe.
 *
 * SQLSTATEs become kinds here and nowhere else: 22, 23, 54 INVALID; 08, 40,
 * 53, 55, 57 and a lost connection TEMPORARY (code "connection-lost"); FL001
 * and 40P01, 40001, 23505 TEMPORARY with code "raced": the same again will
 * do; everything else FATAL, for it is our SQL or the set-up. */
#ifndef FLOTILLA_IO_PG_H
#define FLOTILLA_IO_PG_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct pg;

struct pg_statement {
	const char *name; /* NULL ends a table */
	const char *sql;  /* parameters and results in binary format */
};

/* Types of parameters and array elements (pg_type's OIDs). */
enum pg_type {
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_INT8 = 20,
	PG_INT2 = 21,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_TIMESTAMPTZ = 1184, /* given in microseconds since 1970 */
};

/* One statement's parameters, gathered value by value. The memory is kept
 * between uses; reset before the next statement. */
enum { PG_PARAMS_MAX = 32 };

struct pg_params {
	struct buf bytes;
	size_t begin[PG_PARAMS_MAX];
	size_t end[PG_PARAMS_MAX];
	bool null[PG_PARAMS_MAX];
	int count;
	size_t array_at; /* header of the array being built */
	int32_t array_items;
	bool array_nulls;
};

void pg_params_init(struct pg_params *p, size_t max_bytes);
void pg_params_release(struct pg_params *p);
void pg_params_reset(struct pg_params *p);

void pg_param_i64(struct pg_params *p, int64_t value);
void pg_param_i32(struct pg_params *p, int32_t value);
void pg_param_str(struct pg_params *p, struct str value); /* absent = NULL */
void pg_param_bytes(struct pg_params *p, struct str value);
void pg_param_time(struct pg_params *p, int64_t us);

/* An array parameter: begin, items, end. */
void pg_array_begin(struct pg_params *p, enum pg_type type);
void pg_array_i64(struct pg_params *p, int64_t value);
void pg_array_i32(struct pg_params *p, int32_t value);
void pg_array_i16(struct pg_params *p, int16_t value);
void pg_array_bool(struct pg_params *p, bool value);
void pg_array_str(struct pg_params *p, struct str value); /* absent = NULL */
void pg_array_time(struct pg_params *p, int64_t us);
void pg_array_null(struct pg_params *p);
void pg_array_end(struct pg_params *p);

/* A reply; valid during the callback it is given to. */
struct pg_reply {
	const void *result; /* private */
};

int pg_rows(const struct pg_reply *r);
int64_t pg_affected(const struct pg_reply *r);
bool pg_null(const struct pg_reply *r, int row, int col);
int64_t pg_i64(const struct pg_reply *r, int row, int col); /* int2, 4, 8 */
bool pg_bool(const struct pg_reply *r, int row, int col);
struct str pg_str(const struct pg_reply *r, int row, int col); /* or bytea */
int64_t pg_time(const struct pg_reply *r, int row, int col);   /* us, 1970 */

/* `err` is NULL when all statements of the group succeeded; else it says what
 * the first failing one said and there are no replies. */
struct pg_done {
	void (*call)(void *ctx, const struct pg_reply *replies, int count,
		     const struct err *err);
	void *ctx;
};

/* `conninfo` is a libpq connection string; "" leaves all to PG* variables.
 * `statements` are prepared on each connection; both must outlive it. */
struct pg *pg_new(const char *conninfo, const struct pg_statement *statements);
void pg_free(struct pg *pg);

enum pg_status { PG_DOWN, PG_CONNECTING, PG_READY };

enum pg_status pg_status(const struct pg *pg);

/* Begins to connect; the status tells how it goes. */
void pg_connect(struct pg *pg);

/* Drops the connection; open groups end with "connection-lost". */
void pg_disconnect(struct pg *pg);

/* For poll(2); -1 while down. */
int pg_fd(const struct pg *pg);
short pg_events(const struct pg *pg);

/* Reads, writes, calls back. False when the connection is lost or could not
 * be made: err says why; open groups have been answered by then. */
bool pg_serve(struct pg *pg, struct err *err) MUST_CHECK;

/* Adds a statement to the group being gathered. `params` may be NULL. */
void pg_send(struct pg *pg, const char *statement,
	     const struct pg_params *params);

/* Ends the group and sends it. */
void pg_group_end(struct pg *pg, struct pg_done done);

/* Statements that are gathered or not yet answered. */
bool pg_busy(const struct pg *pg);

/* --- For tools, which may wait --- */

/* Waits until the connection is ready. TEMPORARY or FATAL. */
bool pg_wait_ready(struct pg *pg, int64_t timeout_ms,
		   struct err *err) MUST_CHECK;

/* Several statements as text, at once; no parameters. For migrations. */
bool pg_script(struct pg *pg, const char *sql, struct err *err) MUST_CHECK;

/* One statement with text parameters (NULL entries are SQL NULL). Rows come
 * back as text through pg_text(); release with pg_table_release. */
struct pg_table {
	void *result; /* private */
};

bool pg_query(struct pg *pg, const char *sql, int count,
	      const char *const *params, struct pg_table *out,
	      struct err *err) MUST_CHECK;
int pg_table_rows(const struct pg_table *t);
int pg_table_cols(const struct pg_table *t);
const char *pg_table_name(const struct pg_table *t, int col);
/* NULL for SQL NULL; valid until release. */
const char *pg_text(const struct pg_table *t, int row, int col);
int64_t pg_number(const struct pg_table *t, int row, int col);
/* Decoded bytea. */
bool pg_table_bytes(const struct pg_table *t, int row, int col,
		    struct buf *out) MUST_CHECK;
int64_t pg_table_affected(const struct pg_table *t);
void pg_table_release(struct pg_table *t);

#endif
