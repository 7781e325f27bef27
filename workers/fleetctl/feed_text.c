/* feed_text.c - iconv around bytes that are not ASCII; fields out of text. */
#include "feed_text.h"

#include <errno.h>
#include <iconv.h>

bool text_decoder_init(struct text_decoder *d, const char *encoding,
		       struct err *err)
{
	iconv_t cd;

	*d = (struct text_decoder){.encoding = encoding};
	if (!encoding)
		return true;
	cd = iconv_open("UTF-8", encoding);
	if (cd == (iconv_t)-1)
		return err_set(err, ERR_FATAL,
			       "libc does not know the encoding %s (%s): "
			       "install its gconv modules",
			       encoding, strerror(errno));
	d->iconv = cd;
	return true;
}

void text_decoder_release(struct text_decoder *d)
{
	if (d->iconv)
		iconv_close(d->iconv);
	d->iconv = NULL;
}

static bool is_ascii(struct str s)
{
	unsigned char all = 0;

	for (size_t i = 0; i < s.len; i++)
		all |= (unsigned char)s.at[i];
	return all < 0x80;
}

/* A character of one byte becomes at most three of UTF-8. */
static bool convert(const struct text_decoder *d, struct str raw,
		    struct buf *out, struct err *err)
{
	char *in = (char *)(uintptr_t)raw.at, *to;
	size_t left = raw.len, room = raw.len * 3;

	if (!buf_reserve(out, room))
		return err_code(err, ERR_INVALID, "too-long", "is too long");
	to = out->at;
	iconv(d->iconv, NULL, NULL, NULL, NULL);
	if (iconv(d->iconv, &in, &left, &to, &room) == (size_t)-1)
		return err_code(err, ERR_INVALID, "bad-bytes",
				"byte %zu, 0x%02x, is no character of %s",
				(size_t)(in - raw.at) + 1, (unsigned char)*in,
				d->encoding);
	out->len = (size_t)(to - out->at);
	return true;
}

bool text_decode(struct text_decoder *d, struct str raw, struct buf *out,
		 struct err *err)
{
	buf_reset(out);
	if (raw.len && memchr(raw.at, '\0', raw.len))
		return err_code(err, ERR_INVALID, "nul-byte",
				"has a NUL byte in it");
	if (d->iconv && !is_ascii(raw))
		return convert(d, raw, out, err);
	if (!d->iconv && !str_is_utf8(raw))
		return err_code(err, ERR_INVALID, "bad-bytes",
				"has bytes that are no UTF-8");
	buf_str(out, raw);
	return !out->full ||
	       err_code(err, ERR_INVALID, "too-long", "is too long");
}

/* From behind an opening quote: the text moves over doubled quotes. Returns
 * behind the closing one. */
static char *unquote(char *at, const char *end, char quote, struct str *field)
{
	char *to = at;

	field->at = at;
	for (; at < end; at++) {
		if (*at == quote) {
			at++;
			if (at == end || *at != quote)
				break;
		}
		*to++ = *at;
	}
	field->len = (size_t)(to - field->at);
	return at;
}

int csv_split(const struct record_form *form, struct buf *text,
	      struct str *fields, int max)
{
	char *at = text->at;
	const char *end = at ? at + text->len : at;
	int count = 0;

	for (;;) {
		struct str field = {at ? at : "", 0};

		if (form->quote && at < end && *at == form->quote) {
			at = unquote(at + 1, end, form->quote, &field);
		} else {
			while (at < end && *at != form->delimiter)
				at++;
			field.len = at ? (size_t)(at - field.at) : 0;
		}
		if (count < max)
			fields[count] = field;
		count++;
		if (at == end)
			return count;
		at++; /* the delimiter */
	}
}

static bool is_begin(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

size_t text_characters(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += is_begin(text.at[i]);
	return count;
}

/* The byte where character `n` begins, from 0. */
static size_t byte_of(struct str text, size_t n)
{
	size_t i = 0;

	for (; i < text.len; i++)
		if (is_begin(text.at[i]) && !n--)
			break;
	return i;
}

struct str text_slice(struct str text, size_t characters, int start, int width)
{
	size_t from = (size_t)start - 1, until = from + (size_t)width;

	if (until > characters)
		until = characters;
	if (from >= until)
		return (struct str){"", 0};
	if (characters != text.len) {
		from = byte_of(text, from);
		until = byte_of(text, until);
	}
	return (struct str){text.at + from, until - from};
}

static struct str strip(struct str s, bool left, bool right, char pad,
			size_t least)
{
	while (left && s.len > least && *s.at == pad) {
		s.at++;
		s.len--;
	}
	while (right && s.len > least && s.at[s.len - 1] == pad)
		s.len--;
	return s;
}

struct str text_trim(struct str value, enum layout_trim trim, char pad)
{
	bool left = trim == TRIM_LEFT || trim == TRIM_BOTH;
	bool right = trim == TRIM_RIGHT || trim == TRIM_BOTH;

	if (trim == TRIM_NONE)
		return value;
	if (pad == ' ')
		return strip(value, left, right, pad, 0);
	/* a column that was left blank is empty, whatever its pad */
	value = strip(value, true, true, ' ', 0);
	return strip(value, left, right, pad, 1);
}
