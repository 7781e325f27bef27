/* decimal.h - exact decimals: number / 10^scale, never a float. */
#ifndef FLOTILLA_MAPPING_DECIMAL_H
#define FLOTILLA_MAPPING_DECIMAL_H

#include "mapping/mapping_private.h"

/* More decimals than any price has; more are refused. */
enum { DECIMAL_SCALE_MAX = 18 };

struct decimal {
	int64_t number;
	int32_t scale; /* 0 to DECIMAL_SCALE_MAX */
};

enum decimal_fault { DECIMAL_OK, DECIMAL_SYNTAX, DECIMAL_RANGE };

/* Sign, digits, point, digits, exponent; blanks around are allowed. */
enum decimal_fault decimal_parse(struct str text, struct decimal *out);

/* False when the result does not fit. */
bool decimal_add(struct decimal a, struct decimal b,
		 struct decimal *out) MUST_CHECK;
bool decimal_multiply(struct decimal a, struct decimal b,
		      struct decimal *out) MUST_CHECK;

/* <0, 0, >0 */
int decimal_compare(struct decimal a, struct decimal b);

enum { DECIMAL_TEXT_BYTES = 24 };

/* "-12.5", without needless zeros; the length. */
size_t decimal_format(struct decimal value, char text[DECIMAL_TEXT_BYTES]);

/* number / 10^scale as a whole number of 1 / 10^digits. */
enum decimal_fit { DECIMAL_FITS, DECIMAL_INEXACT, DECIMAL_TOO_LARGE };
enum decimal_fit decimal_to_units(struct decimal value, int digits,
				  enum rounding round, int64_t *units);

#endif
