/* str.c - borrowed text and growing buffers. */
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int str_cmp(struct str a, struct str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.at, b.at, n) : 0;

	if (c)
		return c;
	return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && !memcmp(s.at, prefix.at, prefix.len);
}

bool str_to_i64(struct str s, int64_t *out)
{
	bool negative = s.len && s.at[0] == '-';
	size_t i = negative;
	int64_t value = 0;

	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, s.at[i] - '0', &value))
			return false;
	}
	/* gathered below zero, where INT64_MIN has room */
	if (!negative && __builtin_sub_overflow(0, value, &value))
		return false;
	*out = value;
	return true;
}

/* Length of the well-formed sequence at p, 0 if there is none. Table 3-7 of
 * the Unicode standard. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	if (p[0] == 0xed)
		high = 0x9f;
	if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xf4)
		high = 0x8f;
	if (left < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.at;
	size_t i = 0;

	while (i < s.len) {
		uint64_t eight;
		size_t n;

		/* most text is ASCII: eight bytes at a time */
		for (; i + sizeof(eight) <= s.len; i += sizeof(eight)) {
			memcpy(&eight, p + i, sizeof(eight));
			if (eight & 0x8080808080808080u)
				break;
		}
		if (i == s.len)
			break;
		n = utf8_len(p + i, s.len - i);
		if (!n)
			return false;
		i += n;
	}
	return true;
}

void buf_init(struct buf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

void buf_fixed(struct buf *buf, char *memory, size_t size)
{
	*buf = (struct buf){.at = memory, .room = size, .max = size};
}

void buf_release(struct buf *buf)
{
	free(buf->at);
	buf_init(buf, buf->max);
}

void buf_reset(struct buf *buf)
{
	buf->len = 0;
	buf->full = false;
}

bool buf_grow(struct buf *buf, size_t more)
{
	size_t room = buf->room ? buf->room : 256;
	char *grown;

	if (buf->full || more > buf->max || buf->len > buf->max - more) {
		buf->full = true;
		return false;
	}
	if (buf->len + more <= buf->room)
		return true;
	while (room < buf->len + more)
		room *= 2;
	/* the inline half of buf_reserve() looks at the room alone */
	if (room > buf->max)
		room = buf->max;
	grown = realloc(buf->at, room);
	if (!grown) {
		fprintf(stderr, "out of memory: %zu bytes wanted\n", room);
		abort();
	}
	buf->at = grown;
	buf->room = room;
	return true;
}

void buf_i64(struct buf *buf, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		buf_byte(buf, '-');
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || !buf_reserve(buf, (size_t)len + 1))
		return;
	va_start(args, fmt);
	vsnprintf(buf->at + buf->len, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
}

bool buf_read_file(struct buf *buf, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return err_code(err, ERR_INVALID, "file", "cannot open %s: %s",
				path, strerror(errno));
	do {
		char piece[16384];

		n = read(fd, piece, sizeof(piece));
		if (n > 0)
			buf_add(buf, piece, (size_t)n);
	} while (n > 0 && !buf->full);
	close(fd);
	if (buf->full)
		return err_code(err, ERR_INVALID, "too-large",
				"%s is larger than %zu bytes", path, buf->max);
	if (n < 0)
		return err_code(err, ERR_INVALID, "file", "cannot read %s: %s",
				path, strerror(errno));
	return true;
}
