/* json_private.h - a JSON Pointer put together step by step (RFC 6901). */
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

#endif
