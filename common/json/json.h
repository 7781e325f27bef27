/* json.h - JSON text to a flat tape of nodes; writer.h is the way back.
 *
 * Reading: one pass, no tree of pointers. A document is an array of nodes in
 * the order of the text; a container's children follow it, and `next` is the
 * index just past a value and all inside it:
 *
 *	for (i = at + 1; i < doc->nodes[at].next; i = doc->nodes[i].next)
 *		... each member or element of the container `at`
 *
 * The reader takes what RFC 8259 allows and nothing else, and refuses besides
 * duplicate member names, depth and size over the limits, invalid UTF-8 and
 * \u0000 (PostgreSQL has no text for it). Strings point into the input where
 * they have no escapes, else into the arena: the input must live as long as
 * the document. Not thread-safe. The parser behind it is yajl. */
#ifndef FLOTILLA_JSON_JSON_H
#define FLOTILLA_JSON_JSON_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER, /* text as written: "1e3", "-0.50" */
	JSON_STRING, /* text without escapes, UTF-8, no NUL byte */
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_node {
	struct str name; /* member name; at == NULL for elements and the root */
	struct str text; /* of a number or string */
	uint32_t next;	 /* index just past this value */
	uint32_t count;	 /* children of a container */
	enum json_kind kind;
};

struct json_doc {
	const struct json_node *nodes; /* nodes[0] is the root */
	uint32_t count;
};

/* Zero means the default: 10 MiB, 64 levels, a million nodes. */
struct json_limits {
	size_t max_bytes;
	uint32_t max_depth;
	uint32_t max_nodes;
};

/* For documents that we wrote ourselves: as large as any may become. */
extern const struct json_limits json_own;

/* INVALID with code "not-json" (text names the byte), "too-deep", "too-large",
 * "not-utf8", "nul-character", "duplicate-key" (pointer names the member),
 * "empty". `limits` may be NULL. */
bool json_read(struct arena *arena, struct str text,
	       const struct json_limits *limits, struct json_doc *doc,
	       struct err *err) MUST_CHECK;

/* The same for those who keep strings longer than the document: its nodes
 * live in `scratch`, decoded strings in `arena`. */
bool json_read_in(struct arena *arena, struct arena *scratch, struct str text,
		  const struct json_limits *limits, struct json_doc *doc,
		  struct err *err) MUST_CHECK;

/* Index of the member `name` of the object `at`; 0 if there is none (the root
 * is nobody's member) or `at` is no object. */
uint32_t json_member(const struct json_doc *doc, uint32_t at, struct str name);

/* Resolves an RFC 6901 pointer from the node `at`. UINT32_MAX if there is
 * nothing. The empty pointer is `at` itself. */
uint32_t json_find(const struct json_doc *doc, uint32_t at, struct str pointer);

/* The RFC 6901 pointer of node `at`, from the root, NUL-terminated, cut to
 * `size`. Walks from the root: for errors, not for the fast path. */
void json_pointer_of(const struct json_doc *doc, uint32_t at, char *text,
		     size_t size);

/* Whether `text` is a pointer by RFC 6901: empty, or "/" before each token
 * with ~0 and ~1 as the only escapes. */
bool json_pointer_ok(struct str text);

#endif
