/* str.h - text that is looked at (str) and bytes that are gathered (buf).
 *
 * A `struct str` borrows: it never owns, need not end in NUL, and its bytes
 * must outlive it. `at == NULL` means absent, which is not the same as empty.
 * A `struct buf` owns what it gathers, grows up to its stated maximum and
 * keeps its first failure: callers append freely and ask once at the end. */
#ifndef FLOTILLA_BASE_STR_H
#define FLOTILLA_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct str {
	const char *at; /* NULL = absent */
	size_t len;	/* bytes */
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
/* for printf's "%.*s" */
#define STR_ARGS(s) (int)(s).len, (s).at ? (s).at : ""

static inline struct str str_of(const char *cstr)
{
	return (struct str){cstr, cstr ? strlen(cstr) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.at, b.at, a.len));
}

static inline bool str_is(struct str a, const char *cstr)
{
	return str_eq(a, str_of(cstr));
}

/* Byte order, as PostgreSQL's collation "C" has it; shorter first. */
int str_cmp(struct str a, struct str b);

bool str_starts(struct str s, struct str prefix);

/* Whole text as a decimal integer; false if it is not one or out of range. */
bool str_to_i64(struct str s, int64_t *out) MUST_CHECK;

/* Strict UTF-8 (RFC 3629): no overlong forms, no surrogates. */
bool str_is_utf8(struct str s);

struct buf {
	char *at; /* owned; NULL until the first byte */
	size_t len;
	size_t room;
	size_t max; /* growing past it sets `full` */
	bool full;  /* the first failure stays; later appends do nothing */
};

void buf_init(struct buf *buf, size_t max);
void buf_release(struct buf *buf);

/* Empties it and forgets a failure; keeps the memory. */
void buf_reset(struct buf *buf);

/* A buffer over memory of the caller's: it never grows past `size`, and is not
 * released. */
void buf_fixed(struct buf *buf, char *memory, size_t size);

bool buf_grow(struct buf *buf, size_t more); /* private */

/* Makes room for `more` bytes; false when the maximum forbids it. */
static inline bool buf_reserve(struct buf *buf, size_t more)
{
	return (more <= buf->room - buf->len && !buf->full) ||
	       buf_grow(buf, more);
}

static inline void buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (!len || !buf_reserve(buf, len))
		return;
	memcpy(buf->at + buf->len, bytes, len);
	buf->len += len;
}

static inline void buf_str(struct buf *buf, struct str s)
{
	buf_add(buf, s.at, s.len);
}

static inline void buf_cstr(struct buf *buf, const char *s)
{
	buf_add(buf, s, strlen(s));
}

static inline void buf_byte(struct buf *buf, char c)
{
	if (buf_reserve(buf, 1))
		buf->at[buf->len++] = c;
}

void buf_i64(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* What is in it; valid until the next append. */
static inline struct str buf_view(const struct buf *buf)
{
	return (struct str){buf->at ? buf->at : "", buf->len};
}

/* Reads a whole file. INVALID when it cannot be read or is larger than the
 * buffer's maximum. */
bool buf_read_file(struct buf *buf, const char *path,
		   struct err *err) MUST_CHECK;

#endif
