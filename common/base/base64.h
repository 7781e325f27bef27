/* base64.h - RFC 4648 section 4, with padding. */
#ifndef FLOTILLA_BASE_BASE64_H
#define FLOTILLA_BASE_BASE64_H

#include "base/str.h"

void base64_encode(struct buf *out, struct str bytes);

/* False when `text` is not base64. */
bool base64_decode(struct buf *out, struct str text) MUST_CHECK;

#endif
