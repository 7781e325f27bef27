/* feed_row.h - a record becomes a message: its key, and a JSON object of
 * texts.
 *
 * A maker has what one file needs and stays where it is (it points into
 * itself): where its columns are, the constants, the
 * encoding. What it returns lives in the maker until its next call. What is
 * wrong with a record is INVALID, with a code and a sentence that goes on
 * behind "the row". */
#ifndef FLEETCTL_FEED_ROW_H
#define FLEETCTL_FEED_ROW_H

#include "feed_text.h"

enum {
	FIELD_BYTES_MAX = 64 * 1024,
	/* below a broker's own limit, which is a mebibyte */
	MESSAGE_BYTES_MAX = 900 * 1000,
};

/* What constants are made of. */
struct row_file {
	const char *name; /* without folders; NULL: standard input */
	int64_t mtime_us;
};

struct row_maker {
	const struct layout *layout;
	struct record_form form;
	struct str plain[LAYOUT_COMMENTS_MAX + 1]; /* the form's */
	struct text_decoder decoder;
	struct buf text;      /* the record as UTF-8 */
	struct buf constants; /* as members: "source":"as400","as_of":... */
	struct buf value, key;
	int field_count; /* csv: what a row must have */
	int *place;	 /* csv: per column, its field; owned */
	struct str fields[LAYOUT_COLUMNS_MAX];
};

/* INVALID: the file's name has no date in it. FATAL: no such encoding. Release
 * it in any case. */
bool row_maker_init(struct row_maker *m, const struct layout *layout,
		    const struct row_file *file, struct err *err) MUST_CHECK;
void row_maker_release(struct row_maker *m);

/* The header line of a csv file says where the columns are. INVALID when one
 * is not there, or is there twice. */
bool row_header(struct row_maker *m, struct str raw,
		struct err *err) MUST_CHECK;

enum row_kind { ROW_DATA, ROW_SKIPPED, ROW_TRAILER };

/* By how it begins; empty lines are skipped. */
enum row_kind row_kind_of(const struct layout *layout, struct str raw);

bool row_make(struct row_maker *m, struct str raw, struct str *key,
	      struct str *value, struct err *err) MUST_CHECK;

/* How many rows the trailer says there are. */
bool row_trailer(struct row_maker *m, struct str raw, int64_t *rows,
		 struct err *err) MUST_CHECK;

#endif
