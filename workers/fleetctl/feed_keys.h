/* feed_keys.h - reading an object of a layout by a table of its keys. Private
 * to feed_layout*.c.
 *
 * Each key has a row: for which kinds of file it is, and the function that
 * takes its value. Functions put what they read into `into`. */
#ifndef FLEETCTL_FEED_KEYS_H
#define FLEETCTL_FEED_KEYS_H

#include "feed_layout.h"
#include "json/json.h"

enum { FOR_CSV = 1 << LAYOUT_CSV, FOR_FIXED = 1 << LAYOUT_FIXED };
enum { FOR_BOTH = FOR_CSV | FOR_FIXED };

struct reading {
	struct arena *arena;
	struct json_doc doc;
	struct layout *layout;
	struct err *err;
};

struct key_row {
	const char *name; /* NULL ends a table */
	unsigned kinds;
	bool (*read)(struct reading *r, uint32_t at, void *into);
};

/* Everything in the object `at`. Always false after the first fault. */
bool keys_read(struct reading *r, uint32_t at, const char *what,
	       const struct key_row *rows, void *into) MUST_CHECK;

/* A fault at the node; false. */
bool key_fault(struct reading *r, uint32_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Values of one kind. */
bool key_text(struct reading *r, uint32_t at, struct str *out) MUST_CHECK;
bool key_number(struct reading *r, uint32_t at, int64_t low, int64_t high,
		int64_t *out) MUST_CHECK;
bool key_bool(struct reading *r, uint32_t at, bool *out) MUST_CHECK;
/* One ASCII character that ends no line. */
bool key_char(struct reading *r, uint32_t at, char *out) MUST_CHECK;
/* The index of a word in a table that NULL ends. */
bool key_word(struct reading *r, uint32_t at, const char *const *words,
	      int *out) MUST_CHECK;

/* The parts, in feed_layout_parts.c. */
bool read_columns(struct reading *r, uint32_t at, void *into) MUST_CHECK;
bool read_constants(struct reading *r, uint32_t at, void *into) MUST_CHECK;
bool read_trailer(struct reading *r, uint32_t at, void *into) MUST_CHECK;

#endif
