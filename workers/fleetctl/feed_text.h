/* feed_text.h - a record's bytes as UTF-8 text, and its fields.
 *
 * Delimiters and quotes are ASCII, which all encodings here have in common.
 * Splitting works in place: the text is changed where quotes are taken out,
 * and fields point into it. */
#ifndef FLEETCTL_FEED_TEXT_H
#define FLEETCTL_FEED_TEXT_H

#include "feed_layout.h"
#include "feed_reader.h"

struct text_decoder {
	void *iconv; /* owned; NULL: the input is UTF-8 */
	const char *encoding;
};

/* `encoding` as in struct layout. FATAL when libc does not know it. */
bool text_decoder_init(struct text_decoder *d, const char *encoding,
		       struct err *err) MUST_CHECK;
void text_decoder_release(struct text_decoder *d);

/* Replaces what is in `out`. INVALID: bytes that the encoding does not have,
 * or a NUL, of which nobody downstream can make text. */
bool text_decode(struct text_decoder *d, struct str raw, struct buf *out,
		 struct err *err) MUST_CHECK;

/* How many fields a csv record has, of which at most `max` are stored. Its
 * quotes must add up, as the reader has seen. */
int csv_split(const struct record_form *form, struct buf *text,
	      struct str *fields, int max);

/* Characters of UTF-8. */
size_t text_characters(struct str text);

/* Characters from `start` (1 is the first), at most `width`; what lies behind
 * the end is not there. */
struct str text_slice(struct str text, size_t characters, int start, int width);

/* Without its pad. One character stays of a number that is all pad: "000". */
struct str text_trim(struct str value, enum layout_trim trim, char pad);

#endif
