/* err.h - what went wrong, and what may be done about it.
 *
 * A fallible function returns bool, takes a trailing `struct err *` and is
 * MUST_CHECK. The kind is decided where the failure is known; whoever is on
 * the way up only adds context. Nobody logs on the way up: the runtime does
 * that once, with the message's coordinates. An err is a plain value: it owns
 * nothing and is never released. */
#ifndef FLOTILLA_BASE_ERR_H
#define FLOTILLA_BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

#define MUST_CHECK __attribute__((warn_unused_result))

enum err_kind {
	ERR_NONE,
	ERR_INVALID,   /* the input is at fault: dead letter, go on */
	ERR_TEMPORARY, /* the world is at fault: wait and try again */
	ERR_FATAL,     /* the set-up is at fault: say why and exit */
};

struct err {
	enum err_kind kind;
	/* stable, kebab-case, for machines ("not-json", "money-scale"); at
	 * most 31 characters; empty when nobody has named it */
	char code[32];
	/* RFC 6901 pointer into the source document; empty = none, or the
	 * whole document. Longer ones are cut. */
	char pointer[192];
	/* one sentence for people, without a final full stop */
	char text[512];
};

/* Sets kind and text, clears code and pointer. Returns false, so that a
 * function can `return err_set(...)`. */
bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same with a code. */
bool err_code(struct err *err, enum err_kind kind, const char *code,
	      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Puts "context: " before the text; kind, code and pointer stay. */
bool err_wrap(struct err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets the pointer of an err that is already set. Returns false. */
bool err_at(struct err *err, const char *pointer);

/* "invalid", "temporary", "fatal"; "none" for ERR_NONE. */
const char *err_kind_name(enum err_kind kind);

#endif
