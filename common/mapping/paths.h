/* paths.h - pointers of a mapping file, joined to a trie for each scope.
 *
 * A scope (the document, a record, an element of a list) is walked once; that
 * fills a numbered slot for each pointer that found something. */
#ifndef FLOTILLA_MAPPING_PATHS_H
#define FLOTILLA_MAPPING_PATHS_H

#include <stdint.h>

#include "base/str.h"

enum { NONE = UINT32_MAX }; /* no slot, no node */

/* Names to small numbers; open addressing, at most half full. */
struct names {
	struct name_cell {
		struct str name; /* at == NULL: free */
		uint32_t value;
	} * cells;
	uint32_t mask;
	uint32_t count;
};

enum token_kind {
	TOKEN_NAME, /* a member; on an array, the element `index` */
	TOKEN_ANY,  /* "*": every element or member */
	TOKEN_LAST, /* "[last]" */
	TOKEN_PICK, /* "[key=value]": the first element of which it is true */
};

/* One step of a pointer. */
struct token {
	enum token_kind kind;
	bool unequal;	  /* PICK with != */
	struct str name;  /* NAME, without escapes; PICK: pointer of the key */
	struct str value; /* PICK */
	int64_t index;	  /* NAME: the number that it is, else -1 */
};

struct trie {
	struct token token; /* the step that leads here */
	struct trie *next;  /* sibling */
	struct trie *children;
	struct names members; /* children by name; value: its place in order */
	struct trie **by_member;
	bool elements; /* some child can match in an array */
	uint32_t slot; /* NONE: only passed through */
};

struct scope {
	struct trie root;
	uint32_t id;
	uint32_t base; /* its first slot */
	uint32_t count;
	struct scope *next;
};

/* A pointer as written. `slot` holds what its steps up to the first "*"
 * found; `rest` goes on from there. */
struct path {
	struct str text;
	const struct scope *scope;
	uint32_t slot;
	struct str looked_at; /* RFC 6901 text from the scope, for errors */
	const struct token *rest;
	uint32_t rest_count;
	bool ends_in_any;
	struct path *next;
};

#endif
