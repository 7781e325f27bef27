/* csv.h - CSV files (RFC 4180), a record at a time.
 *
 * The whole file is in memory and fields point into it, unquoted in place, so
 * they live as long as the csv. Lines end in LF or CRLF; commas and line ends
 * may stand in quotes; a quote in a field that has none around it is text. */
#ifndef FLOTILLA_FEED_CSV_H
#define FLOTILLA_FEED_CSV_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct csv {
	struct buf bytes;
	size_t at; /* where the next record begins */
};

/* A file, or by way of gzip a .gz file. INVALID. */
bool csv_open(struct csv *csv, const char *path, struct err *err) MUST_CHECK;
void csv_close(struct csv *csv);

/* The next record's fields: how many it has, of which at most `max` are
 * stored; 0 at the end. Empty lines are skipped. */
int csv_next(struct csv *csv, struct str *fields, int max);

/* A field as UTF-8: what is not is taken for Latin-1. */
struct str csv_utf8(struct arena *arena, struct str field);

enum { CSV_INDEX_MAX_LOAD = 2 };

/* Numbers for texts, from 0 on in the order of their first use. The texts must
 * outlive it. */
struct csv_index {
	struct str *keys; /* by number; owned */
	int *cells;	  /* number + 1; 0 = free; owned */
	int count;
	int room; /* cells, a power of two */
};

void csv_index_release(struct csv_index *index);
/* -1 when it is not there and `add` is false. */
int csv_index_of(struct csv_index *index, struct str key, bool add);

#endif
