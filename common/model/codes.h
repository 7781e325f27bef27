/* codes.h - code lists of the outside world that canonical fields must obey.
 *
 * Sources: ISO 4217 (currencies, in money.h), ISO 3166-1 alpha-2 and alpha-3
 * (officially assigned codes). */
#ifndef FLOTILLA_MODEL_CODES_H
#define FLOTILLA_MODEL_CODES_H

#include "base/str.h"

/* Whether `code` is an assigned ISO 3166-1 alpha-2 code, upper case. */
bool country_known(struct str code);

/* "DEU" -> "DE"; at == NULL if it is no alpha-3 code. */
struct str country_from_alpha3(struct str alpha3);

#endif
