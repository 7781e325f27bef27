/* time_text.h - what a text says of a time, piece by piece; no calendar yet. */
#ifndef FLOTILLA_MAPPING_TIME_TEXT_H
#define FLOTILLA_MAPPING_TIME_TEXT_H

#include <stdint.h>

#include "base/str.h"

/* What a text has said so far; zero where it was silent. */
struct time_parts {
	int64_t year, month, day, hour, minute, second, us;
	int64_t zone_us; /* east of Greenwich, if zoned */
	bool zoned;
	int half; /* %p: 0 none, 1 am, 2 pm */
};

/* "2026-03-14 10:12", with as much more as people write. */
bool time_text_loose(struct str s, struct time_parts *p) MUST_CHECK;

/* "2026-03-14" */
bool time_text_day(struct str s, struct time_parts *p) MUST_CHECK;

/* By a pattern that time_format_find() has found good. */
bool time_text_pattern(struct str pattern, struct str s,
		       struct time_parts *p) MUST_CHECK;

/* "Z", "UTC", "GMT", "+01:00", "+0100", "+01"; moves past it. */
bool time_text_offset(struct str s, size_t *at, int64_t *us) MUST_CHECK;

#endif
