/* findings.h - members of a file as what they must be, and what is said if they
 * are not.
 *
 * `at` is a node of the file that the compiler reads. A finding stops nothing:
 * whoever has reported leaves the place empty, and returns. */
#ifndef FLOTILLA_MAPPING_FINDINGS_H
#define FLOTILLA_MAPPING_FINDINGS_H

#include "base/err.h"
#include "base/str.h"

struct compiler;

enum { FINDING_TEXT_MAX = 384 }; /* bytes */

/* Reports about the node `at` of the file. Returns NULL for its callers. */
void *finding(struct compiler *c, uint32_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* " (did you mean \"x\"?)" for the nearest of the words, or "". The text lives
 * in the compiler's arena. */
const char *suggest(struct compiler *c, struct str word,
		    const char *const *words, size_t count);

/* A place for remarks, which JSON does not have: "//" or "//anything". */
static inline bool is_comment(struct str name)
{
	return str_starts(name, STR("//"));
}

/* Every member of the object `at` must be one of the keys, or a remark. */
void check_keys(struct compiler *c, uint32_t at, const char *what,
		const char *const *keys, size_t count);

/* The member's node, or 0. */
uint32_t member(const struct compiler *c, uint32_t at, const char *name);

/* The text of a string node; reports anything else as "<what> must be". */
bool want_text(struct compiler *c, uint32_t at, const char *what,
	       struct str *out) MUST_CHECK;
bool want_bool(struct compiler *c, uint32_t at, const char *what,
	       bool *out) MUST_CHECK;
bool want_int(struct compiler *c, uint32_t at, const char *what,
	      int64_t *out) MUST_CHECK;
/* Index of the string among the words; reports what is allowed. */
bool want_word(struct compiler *c, uint32_t at, const char *what,
	       const char *const *words, size_t count, size_t *out) MUST_CHECK;

#endif
