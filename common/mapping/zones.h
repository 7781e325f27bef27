/* zones.h - what a clock on a wall means: a fixed offset, or a POSIX rule with
 * summer time ("CET-1CEST,M3.5.0,M10.5.0/3"). The rule stands in the mapping
 * file, so that no machine's time zone database changes what is stored. */
#ifndef FLOTILLA_MAPPING_ZONES_H
#define FLOTILLA_MAPPING_ZONES_H

#include <stdint.h>

#include "base/str.h"

/* "M3.5.0/1": in March, the last (5) Sunday (0), at one. */
struct zone_change {
	unsigned month, week, weekday;
	int64_t time_us; /* after midnight; POSIX allows -167 h to 167 h */
};

struct zone {
	int64_t offset_us;	  /* east of Greenwich */
	int64_t summer_us;	  /* the same in summer time */
	struct zone_change begin; /* of summer time; month 0: there is none */
	struct zone_change end;
};

/* "UTC", "Z", "+01:00", "-0330" or a POSIX rule. */
bool zone_parse(struct str text, struct zone *zone) MUST_CHECK;

/* The offset that holds when the clock shows local_us (microseconds as if it
 * were UTC). An hour that comes twice is taken for the first one; one that
 * does not come at all is read in standard time. */
int64_t zone_offset(const struct zone *zone, int64_t year, int64_t local_us);

#endif
