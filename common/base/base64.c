/* base64.c - RFC 4648 section 4. */
#include "base/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *out, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.at;

	for (size_t i = 0; i < s.len; i += 3) {
		size_t n = s.len - i;
		uint32_t v = (uint32_t)p[i] << 16;

		if (n > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (n > 2)
			v |= p[i + 2];
		buf_byte(out, alphabet[v >> 18]);
		buf_byte(out, alphabet[v >> 12 & 63]);
		buf_byte(out, n > 1 ? alphabet[v >> 6 & 63] : '=');
		buf_byte(out, n > 2 ? alphabet[v & 63] : '=');
	}
}

bool base64_decode(struct buf *out, struct str text)
{
	uint32_t v = 0;
	int bits = 0;
	size_t len = text.len;

	if (len % 4)
		return false;
	while (len && text.len - len < 2 && text.at[len - 1] == '=')
		len--;
	for (size_t i = 0; i < len; i++) {
		const char *at =
			text.at[i] ? strchr(alphabet, text.at[i]) : NULL;

		if (!at)
			return false;
		v = v << 6 | (uint32_t)(at - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_byte(out, (char)(v >> bits & 0xff));
		}
	}
	return true;
}
