/* feed_date.h - the date that a file bears in its name.
 *
 * A pattern is the whole name, with "*" for any characters and {YYYY}, {MM},
 * {DD}, {hh}, {mm}, {ss} for digits: "STOCK_{YYYY}{MM}{DD}*.csv". Year, month
 * and day must be in it, each once; at most four "*" keep the search short. */
#ifndef FLEETCTL_FEED_DATE_H
#define FLEETCTL_FEED_DATE_H

#include "base/clock.h"
#include "base/str.h"

/* What is wrong with a pattern; NULL: nothing. */
const char *date_pattern_fault(struct str pattern);

/* "Z", "+01:00". */
bool date_offset_ok(struct str offset);

/* The time in RFC 3339, UTC. False when the name does not fit or the calendar
 * has no such day. */
bool date_in_name(struct str pattern, struct str name, struct str offset,
		  char text[CLOCK_TEXT_BYTES]) MUST_CHECK;

#endif
