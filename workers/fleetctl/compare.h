/* compare.h - two JSON documents side by side. */
#ifndef FLEETCTL_COMPARE_H
#define FLEETCTL_COMPARE_H

#include "json/json.h"

/* Calls back for each place where they differ; the order of members does not
 * matter. `want` or `got` is absent where one has nothing. Returns how many. */
struct compare {
	void (*differs)(void *ctx, const char *pointer, struct str want,
			struct str got);
	void *ctx;
};

int compare_json(const struct json_doc *want, const struct json_doc *got,
		 const struct compare *with);

/* The document with line breaks and tabs, for people and for git. */
void pretty_json(const struct json_doc *doc, struct buf *out);

#endif
