/* startup.h - whether a process fits the database that it finds. */
#ifndef FLOTILLA_STORE_STARTUP_H
#define FLOTILLA_STORE_STARTUP_H

#include "io/pg.h"

struct mapping;

/* FATAL, with what to do, when the database has not been migrated far enough
 * or needs a newer binary. TEMPORARY when it cannot be asked. */
bool startup_check_schema(struct pg *pg, struct err *err) MUST_CHECK;

/* Writes down which file a mapping's revision is. FATAL when the same number
 * was another file before: ranks would not tell the two apart. */
bool startup_check_mapping(struct pg *pg, const struct mapping *mapping,
			   struct err *err) MUST_CHECK;

#endif
