/* times.h - the ways in which systems write a time. */
#ifndef FLOTILLA_MAPPING_TIMES_H
#define FLOTILLA_MAPPING_TIMES_H

#include "mapping/mapping_private.h"

/* Sets what the word of "time" means. False, with a sentence, for a word that
 * is none. */
bool time_format_find(struct str word, struct rule_extra *extra,
		      const char **wrong) MUST_CHECK;

/* Whether the format's text never says its offset. */
bool time_format_needs_zone(const struct rule_extra *extra);

/* Microseconds UTC of a value in the format. `doc` is needed for "parts".
 * False if it is not one; *why is a sentence or NULL. */
bool time_read(const struct rule_extra *extra, const struct value *value,
	       const struct json_doc *doc, int64_t *us,
	       const char **why) MUST_CHECK;

#endif
