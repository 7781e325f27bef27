/* json_private.h - what the files of json/ share: pointers put together step by
 * step (RFC 6901), and what the reader refuses besides yajl. */
#ifndef FLOTILLA_JSON_PRIVATE_H
#define FLOTILLA_JSON_PRIVATE_H

#include "json/json.h"

/* Always NUL-terminated; a step that does not fit is cut. */
struct pointer_text {
	char *at;
	size_t size;
	size_t len;
};

void pointer_add_name(struct pointer_text *out, struct str name);
void pointer_add_index(struct pointer_text *out, uint32_t index);

/* Whether every half of a surrogate pair has its other half: yajl takes one
 * alone for a character, RFC 8259 section 8.2 calls that unpredictable. `at`
 * is a string as written, between the quotes. */
bool json_surrogates_paired(const char *at, const char *end);

/* The first member of the object, the last container before `end`, whose name
 * another before it has; 0: none. Linear in its members. */
uint32_t json_name_twice(const struct json_node *nodes, uint32_t end,
			 uint32_t object, struct arena *scratch);

#endif
