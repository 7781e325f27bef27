/* escapes.c - \u escapes, which yajl takes as they come. */
#include <stdlib.h>

#include "json/json_private.h"

static unsigned hex4(const char *at)
{
	char digits[5] = {at[0], at[1], at[2], at[3], 0};

	return (unsigned)strtoul(digits, NULL, 16);
}

bool json_surrogates_paired(const char *at, const char *end)
{
	for (; at < end; at++) {
		unsigned unit;

		if (*at != '\\')
			continue;
		if (*++at != 'u')
			continue;
		unit = hex4(at + 1);
		at += 4;
		if (unit < 0xd800 || unit > 0xdfff)
			continue;
		if (unit > 0xdbff || end - at < 7 || at[1] != '\\' ||
		    at[2] != 'u' || hex4(at + 3) < 0xdc00 ||
		    hex4(at + 3) > 0xdfff)
			return false;
		at += 6;
	}
	return true;
}
