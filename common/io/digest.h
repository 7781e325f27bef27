/* digest.h - SHA-256 and its keyed form: what signs requests. */
#ifndef FLOTILLA_IO_DIGEST_H
#define FLOTILLA_IO_DIGEST_H

#include <stdint.h>

#include "base/str.h"

enum { DIGEST_BYTES = 32 };

void digest_sha256(struct str bytes, uint8_t out[DIGEST_BYTES]);
void digest_hmac_sha256(struct str key, struct str bytes,
			uint8_t out[DIGEST_BYTES]);

/* Lower-case hex. */
void digest_hex(struct buf *out, const uint8_t digest[DIGEST_BYTES]);

#endif
