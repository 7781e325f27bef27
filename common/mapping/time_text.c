/* time_text.c - times as texts: dates, clocks, offsets, patterns. */
#include "mapping/time_text.h"

enum { US = 1000000 };

/* Up to `most` digits, at least `least`; moves past them. */
static bool number(struct str s, size_t *at, size_t least, size_t most,
		   int64_t *out)
{
	size_t n = 0;

	*out = 0;
	while (n < most && *at < s.len && s.at[*at] >= '0' &&
	       s.at[*at] <= '9') {
		*out = *out * 10 + (s.at[(*at)++] - '0');
		n++;
	}
	return n >= least;
}

static bool one_of(struct str s, size_t *at, const char *any)
{
	if (*at >= s.len || !strchr(any, s.at[*at]))
		return false;
	++*at;
	return true;
}

static void blanks(struct str s, size_t *at)
{
	while (*at < s.len && s.at[*at] == ' ')
		++*at;
}

static bool fraction(struct str s, size_t *at, int64_t *us)
{
	int64_t scale = US;
	size_t start = *at;

	for (*us = 0; *at < s.len && s.at[*at] >= '0' && s.at[*at] <= '9';
	     ++*at) {
		scale /= 10;
		*us += (s.at[*at] - '0') * scale;
	}
	return *at > start;
}

/* "Z", "UTC", "GMT", "+01:00", "+0100", "+01" */
bool time_text_offset(struct str s, size_t *at, int64_t *us)
{
	int64_t hours, minutes = 0;
	struct str rest = {s.at + *at, s.len - *at};
	bool minus;

	*us = 0;
	if (one_of(s, at, "Zz"))
		return true;
	if (str_starts(rest, STR("UTC")) || str_starts(rest, STR("GMT"))) {
		*at += 3;
		return true;
	}
	minus = *at < s.len && s.at[*at] == '-';
	if (!one_of(s, at, "+-") || !number(s, at, 2, 2, &hours))
		return false;
	if (one_of(s, at, ":")) {
		if (!number(s, at, 2, 2, &minutes))
			return false;
	} else if (*at < s.len && !number(s, at, 2, 2, &minutes)) {
		return false;
	}
	if (hours > 23 || minutes > 59)
		return false;
	*us = (hours * 60 + minutes) * 60 * US * (minus ? -1 : 1);
	return true;
}

static bool read_date(struct str s, size_t *at, struct time_parts *p)
{
	return number(s, at, 4, 4, &p->year) && one_of(s, at, "-/") &&
	       number(s, at, 1, 2, &p->month) && one_of(s, at, "-/") &&
	       number(s, at, 1, 2, &p->day);
}

bool time_text_loose(struct str s, struct time_parts *p)
{
	size_t at = 0;

	blanks(s, &at);
	if (!read_date(s, &at, p))
		return false;
	if (!one_of(s, &at, "Tt"))
		blanks(s, &at);
	if (at == s.len)
		return true;
	if (!number(s, &at, 2, 2, &p->hour) || !one_of(s, &at, ":") ||
	    !number(s, &at, 2, 2, &p->minute))
		return false;
	if (one_of(s, &at, ":") && !number(s, &at, 2, 2, &p->second))
		return false;
	if (one_of(s, &at, ".,") && !fraction(s, &at, &p->us))
		return false;
	blanks(s, &at);
	if (at == s.len)
		return true;
	p->zoned = true;
	if (!time_text_offset(s, &at, &p->zone_us))
		return false;
	blanks(s, &at);
	return at == s.len;
}

static bool read_month(struct str s, size_t *at, int64_t *month)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (s.len - *at < 3)
		return false;
	for (*month = 1; *month <= 12; ++*month) {
		const char *name = names + (*month - 1) * 3;
		size_t i = 0;

		while (i < 3 && (s.at[*at + i] | 32) == name[i])
			i++;
		if (i == 3) {
			*at += 3;
			return true;
		}
	}
	return false;
}

static bool read_half(struct str s, size_t *at, int *half)
{
	bool pm;

	if (s.len - *at < 2 || (s.at[*at + 1] | 32) != 'm')
		return false;
	pm = (s.at[*at] | 32) == 'p';
	if (!pm && (s.at[*at] | 32) != 'a')
		return false;
	*half = pm ? 2 : 1;
	*at += 2;
	return true;
}

static bool read_directive(char d, struct str s, size_t *at,
			   struct time_parts *p)
{
	switch (d) {
	case 'Y':
		return number(s, at, 4, 4, &p->year);
	case 'y':
		if (!number(s, at, 2, 2, &p->year))
			return false;
		p->year += p->year < 69 ? 2000 : 1900;
		return true;
	case 'm':
		return number(s, at, 1, 2, &p->month);
	case 'd':
		return number(s, at, 1, 2, &p->day);
	case 'H':
	case 'I':
		return number(s, at, 1, 2, &p->hour);
	case 'M':
		return number(s, at, 2, 2, &p->minute);
	case 'S':
		return number(s, at, 2, 2, &p->second);
	case 'f':
		return fraction(s, at, &p->us);
	case 'b':
		return read_month(s, at, &p->month);
	case 'p':
		return read_half(s, at, &p->half);
	case 'z':
		p->zoned = true;
		return time_text_offset(s, at, &p->zone_us);
	default:
		return one_of(s, at, "%");
	}
}

bool time_text_pattern(struct str pattern, struct str s, struct time_parts *p)
{
	size_t at = 0;

	for (size_t i = 0; i < pattern.len; i++) {
		char want = pattern.at[i];

		if (want == '%') {
			if (!read_directive(pattern.at[++i], s, &at, p))
				return false;
		} else if (want == ' ') {
			blanks(s, &at);
		} else if (at == s.len || s.at[at++] != want) {
			return false;
		}
	}
	return at == s.len;
}

bool time_text_day(struct str s, struct time_parts *p)
{
	size_t at = 0;

	return read_date(s, &at, p) && at == s.len;
}
