/* case_summary.h - an enrichment in a few lines, for people. */
#ifndef FLOTILLA_MODEL_CASE_SUMMARY_H
#define FLOTILLA_MODEL_CASE_SUMMARY_H

#include "model/enrichment.h"

/* Plain text, one fact a line, each with whose word it is and since when. The
 * same enrichment gives the same text. */
struct str case_summary(const struct enrichment *e, struct arena *arena);

#endif
