/* zones.c - offsets from Greenwich, with and without summer time. */
#include "mapping/zones.h"

#include "base/clock.h"
#include "mapping/time_text.h"

static const int64_t SECOND_US = 1000000;
static const int64_t HOUR_US = (int64_t)3600 * 1000000;
static const int64_t DAY_US = (int64_t)86400 * 1000000;

struct reader {
	const char *at, *end;
};

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_number(struct reader *r, unsigned most, unsigned *out)
{
	const char *start = r->at;

	for (*out = 0; r->at < r->end && *r->at >= '0' && *r->at <= '9' &&
		       r->at - start < 3;
	     r->at++)
		*out = *out * 10 + (unsigned)(*r->at - '0');
	return r->at > start && *out <= most;
}

/* "CET" or "<+03>" */
static bool take_name(struct reader *r)
{
	const char *start = r->at;

	if (take(r, '<')) {
		while (r->at < r->end && *r->at != '>')
			r->at++;
		return take(r, '>');
	}
	while (r->at < r->end && ((*r->at | 32) >= 'a' && (*r->at | 32) <= 'z'))
		r->at++;
	return r->at - start >= 3;
}

/* "-1", "3:30", "02:00:00" */
static bool take_clock(struct reader *r, int64_t *us)
{
	bool minus = take(r, '-');
	unsigned hours, minutes = 0, seconds = 0;

	if (!minus)
		(void)take(r, '+');
	if (!take_number(r, 167, &hours))
		return false;
	if (take(r, ':') && !take_number(r, 59, &minutes))
		return false;
	if (take(r, ':') && !take_number(r, 59, &seconds))
		return false;
	*us = (int64_t)((hours * 60 + minutes) * 60 + seconds) * SECOND_US;
	if (minus)
		*us = -*us;
	return true;
}

/* ",M3.5.0/1" */
static bool take_change(struct reader *r, struct zone_change *change)
{
	if (!take(r, ',') || !take(r, 'M') ||
	    !take_number(r, 12, &change->month) || !take(r, '.') ||
	    !take_number(r, 5, &change->week) || !take(r, '.') ||
	    !take_number(r, 6, &change->weekday))
		return false;
	change->time_us = 2 * HOUR_US;
	if (take(r, '/') && !take_clock(r, &change->time_us))
		return false;
	return change->month && change->week;
}

static bool posix_rule(struct str text, struct zone *zone)
{
	struct reader r = {text.at, text.at + text.len};
	int64_t west = 0;

	if (!take_name(&r) || !take_clock(&r, &west))
		return false;
	zone->offset_us = -west;
	if (r.at == r.end)
		return true;
	if (!take_name(&r))
		return false;
	west -= HOUR_US;
	if (r.at < r.end && *r.at != ',' && !take_clock(&r, &west))
		return false;
	zone->summer_us = -west;
	return take_change(&r, &zone->begin) && take_change(&r, &zone->end) &&
	       r.at == r.end;
}

bool zone_parse(struct str text, struct zone *zone)
{
	size_t at = 0;

	*zone = (struct zone){.offset_us = 0};
	if (text.len && time_text_offset(text, &at, &zone->offset_us) &&
	    at == text.len)
		return true;
	*zone = (struct zone){.offset_us = 0};
	return posix_rule(text, zone);
}

/* When the clock, not yet changed, shows the moment of the change. */
static int64_t change_us(const struct zone_change *change, int64_t year)
{
	int64_t first = clock_days(year, change->month, 1);
	int64_t next = change->month == 12
			       ? clock_days(year + 1, 1, 1)
			       : clock_days(year, change->month + 1, 1);
	/* 1970-01-01 was a Thursday */
	int64_t weekday = ((first + 4) % 7 + 7) % 7;
	int64_t day = first + (change->weekday - weekday + 7) % 7 +
		      (int64_t)(change->week - 1) * 7;

	while (day >= next)
		day -= 7;
	return day * DAY_US + change->time_us;
}

int64_t zone_offset(const struct zone *zone, int64_t year, int64_t local_us)
{
	int64_t begin, end;
	bool summer;

	if (!zone->begin.month)
		return zone->offset_us;
	/* what the clock shows just after it was put forward */
	begin = change_us(&zone->begin, year) + zone->summer_us -
		zone->offset_us;
	end = change_us(&zone->end, year);
	summer = begin < end ? local_us >= begin && local_us < end
			     : local_us >= begin || local_us < end;
	return summer ? zone->summer_us : zone->offset_us;
}
