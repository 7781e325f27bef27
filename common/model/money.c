/* money.c - decimal text to minor units and back, exactly. */
#include "model/money.h"

#include <stdlib.h>
#include <string.h>

/* ISO 4217 list one, in order within each exponent. Of the codes in X, which
 * are no country's, those that retail meets; XTS is the one for tests. */
static const struct {
	int exponent;
	const char *codes; /* four bytes each */
} lists[] = {
	{2, "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND "
	    "BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUC CUP CVE "
	    "CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ "
	    "GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD "
	    "KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
	    "MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN "
	    "QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP "
	    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS "
	    "VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL "},
	{0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF "
	    "XPF XTS "},
	{3, "BHD IQD JOD KWD LYD OMR TND "},
	{4, "CLF UYW "},
};

static bool has_code(const char *codes, struct str currency)
{
	size_t low = 0, high = strlen(codes) / 4;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int c = memcmp(codes + mid * 4, currency.at, 3);

		if (!c)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

int money_exponent(struct str currency)
{
	if (currency.len != 3)
		return -1;
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (has_code(lists[i].codes, currency))
			return lists[i].exponent;
	return -1;
}

/* A decimal number as written, taken apart. */
struct decimal {
	bool negative;
	struct str whole, fraction;
	int64_t shift; /* of the point, to the right */
};

static size_t digits_at(struct str s, size_t at)
{
	size_t count = 0;

	while (at + count < s.len && s.at[at + count] >= '0' &&
	       s.at[at + count] <= '9')
		count++;
	return count;
}

static bool take_exponent(struct str s, size_t at, struct decimal *d)
{
	size_t sign, digits;

	if (at == s.len)
		return true;
	if (s.at[at] != 'e' && s.at[at] != 'E')
		return false;
	at++;
	sign = at < s.len && (s.at[at] == '+' || s.at[at] == '-');
	digits = digits_at(s, at + sign);
	if (at + sign + digits != s.len || !digits || digits > 4)
		return false;
	/* str_to_i64 knows no plus */
	at += sign && s.at[at] == '+';
	return str_to_i64((struct str){s.at + at, s.len - at}, &d->shift);
}

static bool take_apart(struct str s, struct decimal *d)
{
	size_t at = 0;

	memset(d, 0, sizeof(*d));
	if (s.len && (s.at[0] == '-' || s.at[0] == '+')) {
		d->negative = s.at[0] == '-';
		at++;
	}
	d->whole = (struct str){s.at + at, digits_at(s, at)};
	at += d->whole.len;
	if (at < s.len && s.at[at] == '.') {
		d->fraction = (struct str){s.at + at + 1, digits_at(s, at + 1)};
		at += 1 + d->fraction.len;
	}
	return d->whole.len + d->fraction.len && take_exponent(s, at, d);
}

static char digit_of(const struct decimal *d, size_t i)
{
	return i < d->whole.len ? d->whole.at[i]
				: d->fraction.at[i - d->whole.len];
}

static bool wrong(struct err *err, const char *code, struct str decimal,
		  const char *what)
{
	return err_code(err, ERR_INVALID, code, "\"%.*s\" %s",
			decimal.len < 40 ? (int)decimal.len : 40, decimal.at,
			what);
}

bool money_parse(struct str decimal, struct str currency, int64_t *minor,
		 struct err *err)
{
	int exponent = money_exponent(currency);
	struct decimal d;
	int64_t value = 0, keep;
	size_t count;

	if (exponent < 0)
		return wrong(err, "unknown-currency", currency,
			     "is no currency of ISO 4217");
	if (!take_apart(decimal, &d))
		return wrong(err, "money-syntax", decimal,
			     "is no decimal number");
	count = d.whole.len + d.fraction.len;
	/* how many of the digits stand before the minor unit's end */
	keep = (int64_t)d.whole.len + d.shift + exponent;
	for (int64_t i = 0; i < keep || i < (int64_t)count; i++) {
		int digit =
			i < (int64_t)count ? digit_of(&d, (size_t)i) - '0' : 0;

		if (i >= keep && digit)
			return wrong(err, "money-scale", decimal,
				     "has more decimals than its currency");
		if (i < keep && (__builtin_mul_overflow(value, 10, &value) ||
				 __builtin_sub_overflow(value, digit, &value)))
			return wrong(err, "money-range", decimal,
				     "is out of range");
	}
	/* gathered below zero, where INT64_MIN has room */
	if (!d.negative && __builtin_sub_overflow(0, value, &value))
		return wrong(err, "money-range", decimal, "is out of range");
	*minor = value;
	return true;
}

size_t money_format(char text[MONEY_TEXT_BYTES], int64_t minor,
		    struct str currency)
{
	int exponent = money_exponent(currency);
	uint64_t left = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
	char digits[MONEY_TEXT_BYTES];
	size_t count = 0, len = 0;

	if (exponent < 0)
		exponent = 0;
	do {
		digits[count++] = (char)('0' + left % 10);
		left /= 10;
		if (count == (size_t)exponent)
			digits[count++] = '.';
	} while (left || count <= (size_t)exponent + (exponent > 0));
	if (minor < 0)
		text[len++] = '-';
	while (count)
		text[len++] = digits[--count];
	text[len] = '\0';
	return len;
}
