/* outgoing.c - kept forms and CloudEvents headers.
 *
 * A row of output is a sequence of entries: a letter, then its fields, each
 * with its length as four bytes, little-endian; numbers as eight bytes. A
 * missing text has the length 0xffffffff. */
#include "store/outgoing.h"

#include "base/clock.h"

enum { REFERENCE = 'R', FULL = 'E' };

static void keep_text(struct buf *b, struct str s)
{
	uint32_t len = s.at ? (uint32_t)s.len : UINT32_MAX;

	buf_add(b, &len, sizeof(len));
	buf_str(b, s);
}

static void keep_number(struct buf *b, int64_t value)
{
	buf_add(b, &value, sizeof(value));
}

void outgoing_keep(struct buf *row, const struct outgoing *out)
{
	buf_byte(row, out->reference ? REFERENCE : FULL);
	keep_text(row, out->topic);
	keep_text(row, out->entity);
	keep_text(row, out->key);
	keep_number(row, out->revision);
	if (out->reference)
		return;
	keep_text(row, out->value);
	keep_text(row, out->type);
	keep_text(row, out->subject);
	keep_number(row, out->time_us);
	keep_text(row, out->schema);
	keep_text(row, out->trace);
}

static bool take(struct str *rest, void *to, size_t len)
{
	if (rest->len < len)
		return false;
	memcpy(to, rest->at, len);
	rest->at += len;
	rest->len -= len;
	return true;
}

static bool take_text(struct str *rest, struct str *out)
{
	uint32_t len;

	if (!take(rest, &len, sizeof(len)))
		return false;
	if (len == UINT32_MAX) {
		*out = (struct str){NULL, 0};
		return true;
	}
	if (rest->len < len)
		return false;
	*out = (struct str){rest->at, len};
	rest->at += len;
	rest->len -= len;
	return true;
}

static bool take_entry(struct str *rest, struct outgoing *out)
{
	char letter;

	*out = (struct outgoing){0};
	if (!take(rest, &letter, 1) || !take_text(rest, &out->topic) ||
	    !take_text(rest, &out->entity) || !take_text(rest, &out->key) ||
	    !take(rest, &out->revision, sizeof(out->revision)))
		return false;
	out->reference = letter == REFERENCE;
	if (out->reference)
		return true;
	return letter == FULL && take_text(rest, &out->value) &&
	       take_text(rest, &out->type) && take_text(rest, &out->subject) &&
	       take(rest, &out->time_us, sizeof(out->time_us)) &&
	       take_text(rest, &out->schema) && take_text(rest, &out->trace);
}

bool outgoing_next(struct str *rest, struct outgoing *out, struct err *err)
{
	err->kind = ERR_NONE;
	if (!rest->len)
		return false;
	if (take_entry(rest, out))
		return true;
	return err_set(err, ERR_INVALID, "a row of output cannot be read");
}

static void add(struct outgoing_headers *h, const char *name, struct str value)
{
	if (value.at)
		h->items[h->count++] = (struct kafka_header){name, value};
}

/* <entity>/<source>/<id>/<revision> */
static struct str event_id(const struct outgoing *out,
			   struct outgoing_headers *h)
{
	struct buf b;

	buf_fixed(&b, h->id, sizeof(h->id));
	buf_str(&b, out->entity);
	buf_byte(&b, '/');
	buf_str(&b, out->key);
	buf_byte(&b, '/');
	buf_i64(&b, out->revision);
	return buf_view(&b);
}

/* Twenty digits, so that text order is number order. */
static struct str sequence(int64_t revision, struct outgoing_headers *h)
{
	enum { DIGITS = 20 };

	for (int i = DIGITS - 1; i >= 0; i--) {
		h->sequence[i] = (char)('0' + revision % 10);
		revision /= 10;
	}
	return (struct str){h->sequence, DIGITS};
}

static struct str event_time(int64_t us, struct outgoing_headers *h)
{
	if (h->time_us != us)
		clock_format(h->time, us);
	h->time_us = us;
	return str_of(h->time);
}

void outgoing_headers(const struct outgoing *out, const char *source,
		      struct outgoing_headers *h)
{
	h->count = 0;
	add(h, "ce_specversion", STR("1.0"));
	add(h, "ce_id", event_id(out, h));
	add(h, "ce_source", str_of(source));
	add(h, "ce_type", out->type);
	add(h, "ce_subject", out->subject);
	add(h, "ce_time", event_time(out->time_us, h));
	add(h, "ce_dataschema", out->schema);
	add(h, "ce_sequence", sequence(out->revision, h));
	if (out->value.at)
		add(h, "content-type", STR("application/json"));
	add(h, "traceparent", out->trace);
}
