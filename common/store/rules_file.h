/* rules_file.h - the rules in schemas/canonical that derive what the business
 * sees: order-status.json and stock-rules.json. */
#ifndef FLOTILLA_STORE_RULES_FILE_H
#define FLOTILLA_STORE_RULES_FILE_H

#include "base/err.h"

struct status_rules; /* model/status_rules.h */
struct stock_rules;  /* model/stock_rules.h */

/* FATAL, with the file and the place in it. */
bool rules_file_status(const char *schemas_dir, struct status_rules **out,
		       struct err *err) MUST_CHECK;

/* `roles` must outlive the rules. */
bool rules_file_stock(const char *schemas_dir, const struct status_rules *roles,
		      struct stock_rules **out, struct err *err) MUST_CHECK;

#endif
