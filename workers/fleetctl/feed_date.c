/* feed_date.c - a pattern with stars and digits over a file's name. */
#include "feed_date.h"

#include <stdio.h>

enum { STARS_MAX = 4, PATTERN_MAX = 255 };

enum part { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };

static const struct {
	struct str token;
	size_t digits;
} parts[PARTS] = {
	[YEAR] = {{"{YYYY}", 6}, 4}, [MONTH] = {{"{MM}", 4}, 2},
	[DAY] = {{"{DD}", 4}, 2},    [HOUR] = {{"{hh}", 4}, 2},
	[MINUTE] = {{"{mm}", 4}, 2}, [SECOND] = {{"{ss}", 4}, 2},
};

static enum part part_at(struct str pattern)
{
	enum part p = YEAR;

	while (p < PARTS && !str_starts(pattern, parts[p].token))
		p++;
	return p;
}

static struct str behind(struct str s, size_t len)
{
	return (struct str){s.at + len, s.len - len};
}

const char *date_pattern_fault(struct str pattern)
{
	int seen[PARTS + 1] = {0}, stars = 0;

	if (pattern.len > PATTERN_MAX)
		return "is too long for the name of a file";
	while (pattern.len) {
		enum part p = part_at(pattern);

		if (p == PARTS && *pattern.at == '{')
			return "knows {YYYY} {MM} {DD} {hh} {mm} {ss}";
		if (p < PARTS && seen[p]++)
			return "has a part of the date twice";
		stars += *pattern.at == '*';
		pattern = behind(pattern, p < PARTS ? parts[p].token.len : 1);
	}
	if (stars > STARS_MAX)
		return "has more than four \"*\"";
	return seen[YEAR] && seen[MONTH] && seen[DAY]
		       ? NULL
		       : "needs {YYYY}, {MM} and {DD}";
}

bool date_offset_ok(struct str offset)
{
	char text[64];
	int64_t us;

	snprintf(text, sizeof(text), "2000-01-01T00:00:00%.*s",
		 (int)(offset.len < 8 ? offset.len : 8), offset.at);
	return offset.len <= 6 && clock_parse(str_of(text), &us);
}

static bool take_digits(struct str name, size_t digits, int *out)
{
	*out = 0;
	for (size_t i = 0; i < digits; i++) {
		if (i >= name.len || name.at[i] < '0' || name.at[i] > '9')
			return false;
		*out = *out * 10 + (name.at[i] - '0');
	}
	return true;
}

static bool match(struct str pattern, struct str name, int found[PARTS])
{
	while (pattern.len) {
		enum part p = part_at(pattern);

		if (p < PARTS) {
			if (!take_digits(name, parts[p].digits, &found[p]))
				return false;
			pattern = behind(pattern, parts[p].token.len);
			name = behind(name, parts[p].digits);
			continue;
		}
		if (*pattern.at == '*') {
			for (size_t i = 0; i <= name.len; i++)
				if (match(behind(pattern, 1), behind(name, i),
					  found))
					return true;
			return false;
		}
		if (!name.len || *name.at != *pattern.at)
			return false;
		pattern = behind(pattern, 1);
		name = behind(name, 1);
	}
	return !name.len;
}

bool date_in_name(struct str pattern, struct str name, struct str offset,
		  char text[CLOCK_TEXT_BYTES])
{
	int found[PARTS] = {0};
	char local[96];
	int64_t us;

	if (name.len > PATTERN_MAX || !match(pattern, name, found))
		return false;
	snprintf(local, sizeof(local), "%04d-%02d-%02dT%02d:%02d:%02d%.*s",
		 found[YEAR], found[MONTH], found[DAY], found[HOUR],
		 found[MINUTE], found[SECOND], STR_ARGS(offset));
	if (!clock_parse(str_of(local), &us))
		return false;
	clock_format(text, us);
	return true;
}
