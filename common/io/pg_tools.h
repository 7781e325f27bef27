/* pg_tools.h - PostgreSQL for tools and for starts, which may wait: the loop
 * never calls these. Rows come as text. */
#ifndef FLOTILLA_IO_PG_TOOLS_H
#define FLOTILLA_IO_PG_TOOLS_H

#include "io/pg.h"

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
