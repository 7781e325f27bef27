/* decimal.c - exact decimals in 64 bits. */
#include "mapping/decimal.h"

static const int64_t powers[DECIMAL_SCALE_MAX + 1] = {
	1,
	10,
	100,
	1000,
	10000,
	100000,
	1000000,
	10000000,
	100000000,
	1000000000,
	10000000000,
	100000000000,
	1000000000000,
	10000000000000,
	100000000000000,
	1000000000000000,
	10000000000000000,
	100000000000000000,
	1000000000000000000,
};

static bool fits(__int128 value)
{
	return value >= INT64_MIN && value <= INT64_MAX;
}

/* Zeros at the end of the decimals say nothing. */
static void shorten(__int128 *number, int64_t *scale)
{
	while (*scale > 0 && *number % 10 == 0) {
		*number /= 10;
		--*scale;
	}
}

static enum decimal_fault settle(__int128 number, int64_t scale,
				 struct decimal *out)
{
	if (scale > DECIMAL_SCALE_MAX || !fits(number))
		shorten(&number, &scale);
	if (!number)
		scale = 0;
	while (scale < 0 && fits(number)) {
		number *= 10;
		scale++;
	}
	if (scale < 0 || scale > DECIMAL_SCALE_MAX || !fits(number))
		return DECIMAL_RANGE;
	out->number = (int64_t)number;
	out->scale = (int32_t)scale;
	return DECIMAL_OK;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The exponent part from the "e" on. */
static bool read_exponent(const char *p, const char *end, int64_t *exponent)
{
	bool minus;

	if (p == end || (*p != 'e' && *p != 'E') || ++p == end)
		return false;
	minus = *p == '-';
	if (*p == '-' || *p == '+')
		p++;
	if (p == end)
		return false;
	for (*exponent = 0; p < end; p++) {
		if (!is_digit(*p))
			return false;
		if (*exponent < 10000)
			*exponent = *exponent * 10 + (*p - '0');
	}
	if (minus)
		*exponent = -*exponent;
	return true;
}

/* The general case: exponents, many digits. */
static enum decimal_fault parse_long(const char *p, const char *end, bool minus,
				     struct decimal *out)
{
	__int128 number = 0;
	int64_t scale = 0, exponent = 0;
	bool point = false, any = false;

	for (; p < end && (is_digit(*p) || (*p == '.' && !point)); p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		any = true;
		/* 37 digits fit; more are out of range but for zeros */
		if (number > (__int128)INT64_MAX * 100000000000000) {
			if (*p != '0' || !point)
				return DECIMAL_RANGE;
			continue;
		}
		number = number * 10 + (*p - '0');
		scale += point;
	}
	if (!any || p[-1] == '.')
		return DECIMAL_SYNTAX;
	if (p < end && !read_exponent(p, end, &exponent))
		return DECIMAL_SYNTAX;
	return settle(minus ? -number : number, scale - exponent, out);
}

enum decimal_fault decimal_parse(struct str text, struct decimal *out)
{
	const char *p = text.at, *end = text.at + text.len, *start;
	uint64_t number = 0;
	int32_t scale = 0;
	bool minus;

	while (p < end && *p == ' ')
		p++;
	while (end > p && end[-1] == ' ')
		end--;
	minus = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	start = p;
	if (end - p > 18)
		return parse_long(start, end, minus, out);
	while (p < end && is_digit(*p))
		number = number * 10 + (uint64_t)(*p++ - '0');
	if (p > start && p < end && *p == '.') {
		const char *point = p++;

		while (p < end && is_digit(*p))
			number = number * 10 + (uint64_t)(*p++ - '0');
		scale = (int32_t)(p - point - 1);
		if (!scale)
			return DECIMAL_SYNTAX;
	}
	if (p != end || p == start)
		return parse_long(start, end, minus, out);
	out->number = minus ? -(int64_t)number : (int64_t)number;
	out->scale = scale;
	return DECIMAL_OK;
}

/* Both with the same scale. False when one does not fit. */
static bool align(struct decimal a, struct decimal b, __int128 *x, __int128 *y,
		  int32_t *scale)
{
	*scale = a.scale > b.scale ? a.scale : b.scale;
	/* 64 bits times at most 10^18: 124 bits */
	*x = (__int128)a.number * powers[*scale - a.scale];
	*y = (__int128)b.number * powers[*scale - b.scale];
	return true;
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *out)
{
	__int128 x, y;
	int32_t scale;

	return align(a, b, &x, &y, &scale) &&
	       settle(x + y, scale, out) == DECIMAL_OK;
}

bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *out)
{
	return settle((__int128)a.number * b.number, (int64_t)a.scale + b.scale,
		      out) == DECIMAL_OK;
}

int decimal_compare(struct decimal a, struct decimal b)
{
	__int128 x, y;
	int32_t scale;

	(void)align(a, b, &x, &y, &scale);
	return (x > y) - (x < y);
}

size_t decimal_format(struct decimal value, char text[DECIMAL_TEXT_BYTES])
{
	uint64_t left = value.number < 0 ? 0 - (uint64_t)value.number
					 : (uint64_t)value.number;
	size_t at = DECIMAL_TEXT_BYTES;
	int32_t scale = value.scale;

	for (; scale > 0 && left % 10 == 0; scale--)
		left /= 10;
	while (left || scale >= 0) {
		text[--at] = (char)('0' + left % 10);
		left /= 10;
		if (--scale == 0)
			text[--at] = '.';
	}
	if (value.number < 0)
		text[--at] = '-';
	memmove(text, text + at, DECIMAL_TEXT_BYTES - at);
	return DECIMAL_TEXT_BYTES - at;
}

static int64_t round_off(int64_t whole, int64_t rest, int64_t half,
			 enum rounding round)
{
	int64_t size = rest < 0 ? -rest : rest;
	bool up = size > half || (size == half &&
				  (round == ROUND_HALF_UP || (whole & 1) != 0));

	return up ? whole + (rest < 0 ? -1 : 1) : whole;
}

enum decimal_fit decimal_to_units(struct decimal value, int digits,
				  enum rounding round, int64_t *units)
{
	int64_t divisor, rest;

	if (value.scale <= digits)
		return __builtin_mul_overflow(value.number,
					      powers[digits - value.scale],
					      units)
			       ? DECIMAL_TOO_LARGE
			       : DECIMAL_FITS;
	divisor = powers[value.scale - digits];
	*units = value.number / divisor;
	rest = value.number % divisor;
	if (!rest)
		return DECIMAL_FITS;
	if (round == ROUND_REJECT)
		return DECIMAL_INEXACT;
	*units = round_off(*units, rest, divisor / 2, round);
	return DECIMAL_FITS;
}
