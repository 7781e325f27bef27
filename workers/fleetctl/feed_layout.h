/* feed_layout.h - what a legacy system's file looks like, as data.
 *
 * A layout is a JSON file, schemas/feeds/<system>/<noun>.json; the README
 * there is the language. It is closed: a key that it does not have, or that
 * makes no sense for its kind of file, is refused when the layout is read, with
 * the JSON Pointer of the place. What was read never changes and lives in the
 * arena that was given; its texts point into the layout's own text.
 *
 * All values stay text: what they mean is a mapping's business. */
#ifndef FLEETCTL_FEED_LAYOUT_H
#define FLEETCTL_FEED_LAYOUT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
	LAYOUT_COLUMNS_MAX = 1024, /* of a file, and of a layout */
	LAYOUT_COMMENTS_MAX = 8,
	LAYOUT_CONSTANTS_MAX = 32,
	LAYOUT_KEY_MAX = 8,
	LAYOUT_WIDTH_MAX = 65536, /* characters of a fixed line */
};

enum layout_kind { LAYOUT_CSV, LAYOUT_FIXED };

/* Which side of a value its pad is taken off. */
enum layout_trim { TRIM_NONE, TRIM_LEFT, TRIM_RIGHT, TRIM_BOTH };

/* What becomes of a value of which nothing is left. */
enum layout_empty { EMPTY_OMIT, EMPTY_NULL, EMPTY_KEEP, EMPTY_TEXT };

struct layout_column {
	struct str member; /* of the message */
	struct str quoted; /* the same as JSON, with the colon: "sku": */
	struct str name;   /* csv: in the header line; at == NULL: none */
	int position;	   /* csv: from 1; 0: by name */
	int start;	   /* fixed: the first character, from 1 */
	int width;	   /* fixed: characters */
	enum layout_trim trim;
	char pad;
	bool required;
	enum layout_empty when_empty;
	struct str instead; /* EMPTY_TEXT */
};

enum layout_source {
	CONSTANT_TEXT,
	CONSTANT_FILE_NAME,
	CONSTANT_FILE_TIME,    /* its mtime */
	CONSTANT_DATE_IN_NAME, /* `text` is the pattern */
};

struct layout_constant {
	struct str member;
	enum layout_source source;
	struct str text;
	struct str offset; /* of the date in the name: "Z", "+01:00" */
};

struct layout_trailer {
	struct str starts; /* at == NULL: the file has no trailer */
	int position;	   /* csv: which field is the count, from 1 */
	int start, width;  /* fixed: where it is, in characters, from 1 */
	int64_t more;	   /* what the count counts besides rows */
};

struct layout {
	enum layout_kind kind;
	struct str name; /* "legacy/inventory-csv" */
	const char *topic;
	const char *encoding; /* as iconv has it; NULL: UTF-8 */
	char delimiter;
	char quote; /* '\0': nothing is quoted */
	bool header;
	int column_count; /* csv without header: fields of a row */
	int line_width;	  /* fixed: characters of a line */
	bool short_lines; /* fixed: blanks at its end may be missing */
	struct str comments[LAYOUT_COMMENTS_MAX];
	int comment_count;
	struct layout_trailer trailer;
	const struct layout_column *columns;
	int count;
	const struct layout_constant *constants;
	int constant_count;
	int key[LAYOUT_KEY_MAX]; /* columns, by index; all required */
	int key_count;
	struct str key_separator;
	uint64_t hash; /* of the layout's text */
};

/* INVALID with a pointer and the sentence. */
bool layout_read(struct arena *arena, struct str text, struct layout *layout,
		 struct err *err) MUST_CHECK;

#endif
