/* template.h - a JSON text whose values are rules.
 *
 *	{"object": {"name": template, ...}}	what is absent is left out
 *	{"list": [template, ...]}		the same
 *	{"each": "/lines", "where": ..., "item": template}
 *	{"literal": any JSON}			as it stands
 *	a rule
 *
 * "when": condition beside the first four leaves the whole out. */
#ifndef FLOTILLA_MAPPING_TEMPLATE_H
#define FLOTILLA_MAPPING_TEMPLATE_H

#include "mapping/compiler.h"
#include "mapping/run.h"

struct template; /* opaque; in the compiler's arena */

/* NULL after a report. */
struct template *compile_template(struct compiler *c, uint32_t at);

/* Writes the value; *there is false when it is absent, and nothing has been
 * written then. */
bool run_template(struct run *run, const struct template *t,
		  struct json_writer *w, bool *there) MUST_CHECK;

#endif
