/* table.h - rows for people (aligned text) or for machines (JSON).
 *
 * Cells are added row by row, from left to right; they are copied. Both forms
 * come from the same rows. Not for millions of them: lists have a --limit. */
#ifndef FLEETCTL_TABLE_H
#define FLEETCTL_TABLE_H

#include <stdio.h>

#include "base/arena.h"
#include "json/writer.h"

enum column_kind { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_BOOL };

struct column {
	const char *name;  /* in JSON; NULL ends a list */
	const char *title; /* for people; NULL: the name */
	enum column_kind kind;
};

struct table {
	struct arena arena;
	const struct column *columns;
	int column_count;
	struct str *cells; /* owned; at == NULL: null */
	size_t cell_count;
	size_t cell_room;
};

void table_init(struct table *t, const struct column *columns);
void table_release(struct table *t);

void table_text(struct table *t, struct str value);  /* absent = null */
void table_cstr(struct table *t, const char *value); /* NULL = null */
void table_number(struct table *t, int64_t value);
void table_bool(struct table *t, bool value);
void table_null(struct table *t);

int table_rows(const struct table *t);

/* A header and aligned rows; control characters are shown as "?". */
void table_write_text(const struct table *t, FILE *to);

/* One array of objects. */
void table_write_json(const struct table *t, struct json_writer *w);

#endif
