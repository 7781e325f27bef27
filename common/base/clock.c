/* clock.c - clocks, and RFC 3339. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

enum { US_PER_S = 1000000 };

static int64_t read_us(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

int64_t clock_boot_us(void)
{
	return read_us(CLOCK_BOOTTIME);
}

int64_t clock_cpu_us(void)
{
	return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t clock_days(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 +
		      (int64_t)day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* Two digits at p. */
static char *put2(char *p, int64_t v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

static void civil(int64_t days, int64_t *year, int64_t *month, int64_t *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

size_t clock_format(char text[CLOCK_TEXT_BYTES], int64_t us)
{
	int64_t days = us / ((int64_t)86400 * US_PER_S);
	int64_t rest = us % ((int64_t)86400 * US_PER_S);
	int64_t year, month, day, seconds;
	char *p = text;

	if (rest < 0) {
		rest += (int64_t)86400 * US_PER_S;
		days--;
	}
	civil(days, &year, &month, &day);
	if (year < 0 || year > 9999)
		return (size_t)snprintf(text, CLOCK_TEXT_BYTES,
					"0000-01-01T00:00:00Z");
	p = put2(put2(p, year / 100), year % 100);
	*p++ = '-';
	p = put2(p, month);
	*p++ = '-';
	p = put2(p, day);
	*p++ = 'T';
	seconds = rest / US_PER_S;
	p = put2(p, seconds / 3600);
	*p++ = ':';
	p = put2(p, seconds / 60 % 60);
	*p++ = ':';
	p = put2(p, seconds % 60);
	rest %= US_PER_S;
	if (rest) {
		int digits = rest % 1000 ? 6 : 3;

		p += snprintf(p, 8, ".%0*ld", digits,
			      (long)(digits == 3 ? rest / 1000 : rest));
	}
	*p++ = 'Z';
	*p = '\0';
	return (size_t)(p - text);
}

/* `n` digits at *at, moved past; -1 if they are not there. */
static int digits(struct str s, size_t *at, size_t n)
{
	int value = 0;

	if (s.len - *at < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		char c = s.at[*at + i];

		if (c < '0' || c > '9')
			return -1;
		value = value * 10 + (c - '0');
	}
	*at += n;
	return value;
}

static bool skip(struct str s, size_t *at, const char *any)
{
	if (*at >= s.len || !s.at[*at] || !strchr(any, s.at[*at]))
		return false;
	++*at;
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool parse_date(struct str s, size_t *at, int64_t *days)
{
	int y, m, d;

	y = digits(s, at, 4);
	if (y < 0 || !skip(s, at, "-"))
		return false;
	m = digits(s, at, 2);
	if (m < 1 || m > 12 || !skip(s, at, "-"))
		return false;
	d = digits(s, at, 2);
	if (d < 1 || d > days_in(y, m))
		return false;
	*days = clock_days(y, (unsigned)m, (unsigned)d);
	return true;
}

static bool parse_time(struct str s, size_t *at, int64_t *us)
{
	int h, m, sec;
	int64_t scale = US_PER_S;

	h = digits(s, at, 2);
	if (h < 0 || h > 23 || !skip(s, at, ":"))
		return false;
	m = digits(s, at, 2);
	if (m < 0 || m > 59 || !skip(s, at, ":"))
		return false;
	sec = digits(s, at, 2);
	if (sec < 0 || sec > 60)
		return false;
	*us = ((int64_t)h * 3600 + m * 60 + sec) * US_PER_S;
	if (!skip(s, at, "."))
		return true;
	if (*at >= s.len || s.at[*at] < '0' || s.at[*at] > '9')
		return false;
	while (*at < s.len && s.at[*at] >= '0' && s.at[*at] <= '9') {
		scale /= 10;
		*us += (s.at[(*at)++] - '0') * scale;
	}
	return true;
}

static bool parse_offset(struct str s, size_t *at, int64_t *us)
{
	bool minus;
	int h, m;

	*us = 0;
	if (skip(s, at, "Zz"))
		return true;
	minus = *at < s.len && s.at[*at] == '-';
	if (!skip(s, at, "+-"))
		return false;
	h = digits(s, at, 2);
	if (h < 0 || h > 23 || !skip(s, at, ":"))
		return false;
	m = digits(s, at, 2);
	if (m < 0 || m > 59)
		return false;
	*us = ((int64_t)h * 60 + m) * 60 * US_PER_S;
	if (minus)
		*us = -*us;
	return true;
}

bool clock_parse(struct str text, int64_t *us)
{
	size_t at = 0;
	int64_t days, time, offset;

	if (!parse_date(text, &at, &days) || !skip(text, &at, "Tt ") ||
	    !parse_time(text, &at, &time) || !parse_offset(text, &at, &offset))
		return false;
	if (at != text.len)
		return false;
	*us = days * 86400 * US_PER_S + time - offset;
	return true;
}
