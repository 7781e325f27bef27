/* clock.h - what time it is, and times as text.
 *
 * Times inside are microseconds since 1970-01-01T00:00:00Z; on the wire they
 * are RFC 3339 with an offset. Waiting is measured on the monotonic clock. */
#ifndef FLOTILLA_BASE_CLOCK_H
#define FLOTILLA_BASE_CLOCK_H

#include <stdint.h>

#include "base/str.h"

/* Wall clock, microseconds UTC. */
int64_t clock_now_us(void);

/* Monotonic, microseconds from an arbitrary start: for deadlines. */
int64_t clock_mono_us(void);

/* The same, but time goes on while the machine sleeps: for leases. */
int64_t clock_boot_us(void);

/* Processor time that this process has used, microseconds. */
int64_t clock_cpu_us(void);

/* Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant,
 * "chrono-compatible low-level date algorithms", days_from_civil). */
int64_t clock_days(int64_t year, unsigned month, unsigned day);

enum { CLOCK_TEXT_BYTES = 36 };

/* RFC 3339, UTC, "Z", with as many of 0, 3 or 6 decimals as the value needs.
 * Writes at most CLOCK_TEXT_BYTES including the NUL; returns the length. */
size_t clock_format(char text[CLOCK_TEXT_BYTES], int64_t us);

/* RFC 3339 date-time with an offset, up to 9 decimals (cut to 6). False when
 * it is not one or the calendar does not have it. */
bool clock_parse(struct str text, int64_t *us) MUST_CHECK;

#endif
