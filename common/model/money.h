/* money.h - amounts as integer minor units, never a float.
 *
 * The number of minor units in a major one is ISO 4217's exponent: JPY 0,
 * EUR 2, KWD 3, CLF 4. Source of the table: ISO 4217 list one (active codes),
 * and the private range X.. for points and gift cards (exponent 0). */
#ifndef FLOTILLA_MODEL_MONEY_H
#define FLOTILLA_MODEL_MONEY_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* The exponent of a currency; -1 if ISO 4217 does not know it. */
int money_exponent(struct str currency);

/* "12.50" -> 1250. Takes a JSON number or string as written: sign, digits,
 * point, digits, exponent part; trailing zeros beyond the currency's decimals
 * are allowed, other digits are not. INVALID "unknown-currency",
 * "money-syntax", "money-scale" (too many decimals), "money-range". */
bool money_parse(struct str decimal, struct str currency, int64_t *minor,
		 struct err *err) MUST_CHECK;

enum { MONEY_TEXT_BYTES = 32 };

/* 1250, "EUR" -> "12.50"; returns the length. */
size_t money_format(char text[MONEY_TEXT_BYTES], int64_t minor,
		    struct str currency);

#endif
