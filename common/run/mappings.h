/* mappings.h - the mapping files of a schemas folder, loaded once. */
#ifndef FLOTILLA_RUN_MAPPINGS_H
#define FLOTILLA_RUN_MAPPINGS_H

#include "mapping/mapping.h"

struct mappings {
	struct mapping **items; /* owned, in order of name */
	int count;
};

/* Loads <schemas_dir>/mappings/<system>/<noun>.json for the nouns (NULL: all;
 * else NULL-terminated). FATAL, with the file and the place in it, when one
 * of them does not compile or does not bear its file's name. */
bool mappings_load(struct mappings *m, const char *schemas_dir,
		   const char *const *nouns, struct err *err) MUST_CHECK;
void mappings_release(struct mappings *m);

#endif
