/* report.h - what a run says: errors, quotations, traces. */
#ifndef FLOTILLA_MAPPING_REPORT_H
#define FLOTILLA_MAPPING_REPORT_H

#include "mapping/mapping_private.h"

struct run; /* mapping/run.h */

/* INVALID with the source's pointer and the canonical field. Value
 * and rule may be NULL. Returns false. */
bool run_fail(struct run *run, const struct rule *rule,
	      const struct value *value, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* A quotation for errors: short, or hidden where the field is personal. */
struct str run_quote(const struct run *run, const struct value *value);
/* The source's pointer of a value, or of where the rule looked for it. */
void run_pointer(const struct run *run, const struct rule *rule,
		 const struct value *value, char *text, size_t size);
void run_path_pointer(const struct run *run, const struct path *path,
		      char *text, size_t size);
/* "/lines/0/sku" */
void run_target(const struct run *run, char *text, size_t size);
void run_trace_scalar(struct run *run, const struct assign *assign,
		      const struct value *value, const void *record);
void run_trace_text(struct run *run, const struct rule *rule,
		    const struct value *value, struct str text);
void run_trace_list(struct run *run, const struct path *path, const char *what,
		    uint32_t count);

#endif
