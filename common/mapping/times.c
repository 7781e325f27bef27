/* times.c - reading times as systems write them. */
#include "mapping/times.h"

#include "base/clock.h"
#include "mapping/decimal.h"
#include "mapping/time_text.h"

enum { US = 1000000 };
static const int64_t DAY_US = (int64_t)86400 * US;
/* the years that RFC 3339 can write */
static const int64_t FIRST_US = -62135596800 * US;
static const int64_t LAST_US = 253402300800 * US - 1;

static const struct format {
	const char *word;
	enum time_format format;
	int64_t factor; /* EPOCH */
	int32_t scale;
} formats[] = {
	{"rfc3339", TIME_RFC3339, 0, 0},
	{"rfc3339-loose", TIME_LOOSE, 0, 0},
	{"date", TIME_DATE, 0, 0},
	{"epoch-s", TIME_EPOCH, US, 0},
	{"epoch-ms", TIME_EPOCH, 1000, 0},
	{"epoch-us", TIME_EPOCH, 1, 0},
	{"epoch-ns", TIME_EPOCH, 1, 3},
	{"epoch-days", TIME_EPOCH, (int64_t)86400 * US, 0},
	{"odata", TIME_ODATA, 0, 0},
	{"parts", TIME_PARTS, 0, 0},
};

static const char directives[] = "YymdHIMSfbpz%";

static bool pattern_ok(struct str pattern, bool *has_zone)
{
	for (size_t i = 0; i < pattern.len; i++) {
		if (pattern.at[i] != '%')
			continue;
		if (++i == pattern.len || !strchr(directives, pattern.at[i]))
			return false;
		if (pattern.at[i] == 'z')
			*has_zone = true;
	}
	return true;
}

bool time_format_find(struct str word, struct rule_extra *extra,
		      const char **wrong)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!str_is(word, formats[i].word))
			continue;
		extra->time = formats[i].format;
		extra->epoch_factor = formats[i].factor;
		extra->epoch_scale = formats[i].scale;
		return true;
	}
	extra->time = TIME_PATTERN;
	extra->pattern = word;
	*wrong = "\"time\" is \"rfc3339\", \"rfc3339-loose\", \"date\", "
		 "\"epoch-s\", \"epoch-ms\", \"epoch-us\", \"epoch-ns\", "
		 "\"epoch-days\", \"odata\", \"parts\" or a pattern of %Y %y "
		 "%m %d %H %I %M %S %f %b %p %z";
	return word.len && memchr(word.at, '%', word.len) &&
	       pattern_ok(word, &(bool){false});
}

bool time_format_needs_zone(const struct rule_extra *extra)
{
	bool has_zone = false;

	switch (extra->time) {
	case TIME_DATE:
	case TIME_PARTS:
		return true;
	case TIME_PATTERN:
		return pattern_ok(extra->pattern, &has_zone) && !has_zone;
	default:
		return false;
	}
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30,
				      31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool in_range(int64_t us, const char **why)
{
	if (us >= FIRST_US && us <= LAST_US)
		return true;
	*why = "the year is not 1 to 9999";
	return false;
}

static bool gather(const struct time_parts *p, const struct rule_extra *extra,
		   int64_t *us, const char **why)
{
	int64_t hour = p->hour;

	if (p->half) {
		if (hour < 1 || hour > 12)
			return false;
		hour = hour % 12 + (p->half == 2 ? 12 : 0);
	}
	if (p->year < 1 || p->year > 9999 || p->month < 1 || p->month > 12 ||
	    p->day < 1 || p->day > days_in(p->year, p->month) || hour < 0 ||
	    hour > 23 || p->minute < 0 || p->minute > 59 || p->second < 0 ||
	    p->second > 60 || p->us < 0 || p->us >= US) {
		*why = "the calendar or the clock does not have it";
		return false;
	}
	if (!p->zoned && !extra->zone) {
		*why = "it has no offset, and the rule no \"zone\"";
		return false;
	}
	*us = clock_days(p->year, (unsigned)p->month, (unsigned)p->day) *
	      DAY_US;
	*us += ((hour * 60 + p->minute) * 60 + p->second) * US + p->us;
	*us -= p->zoned ? p->zone_us : zone_offset(extra->zone, p->year, *us);
	return in_range(*us, why);
}

static bool read_epoch(const struct rule_extra *extra,
		       const struct value *value, int64_t *us)
{
	struct decimal d;
	__int128 scaled;

	if (value->kind == VALUE_DECIMAL) {
		d.number = value->number;
		d.scale = value->scale;
	} else if (decimal_parse(value->text, &d) != DECIMAL_OK) {
		return false;
	}
	scaled = (__int128)d.number * extra->epoch_factor;
	for (int32_t i = d.scale + extra->epoch_scale; i > 0; i--)
		scaled /= 10;
	if (scaled < FIRST_US || scaled > LAST_US)
		return false;
	*us = (int64_t)scaled;
	return true;
}

/* "/Date(1234567890123)/", "/Date(1234567890123+0200)/": the offset is how
 * the source shows it, the number is UTC. */
static bool read_odata(struct str s, int64_t *us)
{
	static const struct str head = {"/Date(", 6};
	const struct rule_extra ms = {.epoch_factor = 1000};
	struct value value = {.kind = VALUE_TEXT};
	size_t end;

	if (!str_starts(s, head) || s.len < 9 ||
	    memcmp(s.at + s.len - 2, ")/", 2) != 0)
		return false;
	end = head.len + 1;
	while (end < s.len && s.at[end] >= '0' && s.at[end] <= '9')
		end++;
	value.text = (struct str){s.at + head.len, end - head.len};
	return (s.at[end] == ')' || s.at[end] == '+' || s.at[end] == '-') &&
	       read_epoch(&ms, &value, us);
}

/* {"year": 2026, "month": 11, ...}, as Tryton sends it. */
static bool read_parts(const struct json_doc *doc, uint32_t node,
		       struct time_parts *p)
{
	const struct {
		struct str name;
		int64_t *to;
		bool needed;
	} members[] = {
		{STR("year"), &p->year, true},
		{STR("month"), &p->month, true},
		{STR("day"), &p->day, true},
		{STR("hour"), &p->hour, false},
		{STR("minute"), &p->minute, false},
		{STR("second"), &p->second, false},
		{STR("microsecond"), &p->us, false},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		uint32_t at = json_member(doc, node, members[i].name);

		if (!at && !members[i].needed)
			continue;
		if (!at || doc->nodes[at].kind != JSON_NUMBER ||
		    !str_to_i64(doc->nodes[at].text, members[i].to))
			return false;
	}
	return true;
}

bool time_read(const struct rule_extra *extra, const struct value *value,
	       const struct json_doc *doc, int64_t *us, const char **why)
{
	struct time_parts p = {0};
	bool ok;

	*why = NULL;
	if (extra->time == TIME_EPOCH)
		return (value->kind == VALUE_TEXT ||
			value->kind == VALUE_NUMBER ||
			value->kind == VALUE_DECIMAL) &&
		       read_epoch(extra, value, us);
	if (extra->time == TIME_PARTS)
		ok = value->kind == VALUE_NODE && value->node != NONE &&
		     read_parts(doc, value->node, &p);
	else if (value->kind != VALUE_TEXT &&
		 (extra->time != TIME_PATTERN || value->kind != VALUE_NUMBER))
		return false;
	else if (extra->time == TIME_RFC3339)
		return clock_parse(value->text, us);
	else if (extra->time == TIME_ODATA)
		return read_odata(value->text, us);
	else if (extra->time == TIME_LOOSE)
		ok = time_text_loose(value->text, &p);
	else if (extra->time == TIME_DATE)
		ok = time_text_day(value->text, &p);
	else
		ok = time_text_pattern(extra->pattern, value->text, &p);
	return ok && gather(&p, extra, us, why);
}
