/* digest.c - libcrypto behind two calls. */
#include "io/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

void digest_sha256(struct str bytes, uint8_t out[DIGEST_BYTES])
{
	if (EVP_Digest(bytes.at ? bytes.at : "", bytes.len, out, NULL,
		       EVP_sha256(), NULL) != 1)
		abort();
}

void digest_hmac_sha256(struct str key, struct str bytes,
			uint8_t out[DIGEST_BYTES])
{
	unsigned len = DIGEST_BYTES;

	if (!HMAC(EVP_sha256(), key.at ? key.at : "", (int)key.len,
		  (const uint8_t *)(bytes.at ? bytes.at : ""), bytes.len, out,
		  &len))
		abort();
}

void digest_hex(struct buf *out, const uint8_t digest[DIGEST_BYTES])
{
	for (int i = 0; i < DIGEST_BYTES; i++)
		buf_printf(out, "%02x", digest[i]);
}
