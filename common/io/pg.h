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
#include "io/pg_params.h"

struct pg;

struct pg_statement {
	const char *name; /* NULL ends a table */
	const char *sql;  /* parameters and results in binary format */
};

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

#endif
