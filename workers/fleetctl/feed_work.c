/* feed_work.c - row after row. */
#include <stdio.h>

#include "feed.h"

enum { SERVE_EVERY_STEPS = 4096 };

/* For people who watch: the first few; all are in the reject file. */
static void show_reject(const struct feed *f, const struct reject *reject)
{
	if (f->now.rejected - f->from.rejected >= FEED_REJECTS_SHOWN)
		return;
	fprintf(stderr, "feed %s: row %lld (line %lld) %s\n", f->path,
		(long long)reject->row, (long long)reject->line,
		reject->reason);
}

static bool reject(struct feed *f, struct feed_mark *after,
		   const struct record_bytes *record, const struct err *why)
{
	struct reject reject = {after->rows, record->line, why->code, why->text,
				record->raw};

	show_reject(f, &reject);
	if (!rejects_add(&f->rejects, &reject, &f->ctl->err)) {
		f->end = FEED_FAILED;
		return false;
	}
	after->rejected++;
	after->rejects_bytes = f->rejects.bytes;
	return true;
}

static void sample(struct feed *f, struct str key, struct str value)
{
	struct json_writer w;

	if (f->sent >= FEED_SAMPLES)
		return;
	if (f->samples.len)
		buf_byte(&f->samples, f->ctl->args.json ? ',' : '\n');
	json_writer_init(&w, &f->samples);
	json_begin_object(&w);
	json_put_str(&w, "key", key);
	json_put_raw(&w, "value", value);
	json_end_object(&w);
}

/* INVALID: it is no row of this layout. */
static bool make(struct feed *f, const struct record_bytes *record,
		 struct str *key, struct str *value, struct err *why)
{
	if (record->kind == RECORD_BAD_QUOTES)
		return err_code(why, ERR_INVALID, "bad-quotes",
				"has quotes that do not add up");
	if (record->kind == RECORD_TOO_LONG)
		return err_code(why, ERR_INVALID, "too-long",
				"has more than %d bytes", RECORD_BYTES_MAX);
	return row_make(&f->maker, record->raw, key, value, why);
}

static bool handle_row(struct feed *f, const struct record_bytes *record,
		       struct feed_mark *after)
{
	struct str key, value;
	struct err why;

	after->rows++;
	if (!make(f, record, &key, &value, &why))
		return reject(f, after, record, &why);
	if (!f->dry_run)
		return feed_send(f, after, key, value);
	sample(f, key, value);
	f->sent++;
	return true;
}

static void handle(struct feed *f, const struct record_bytes *record)
{
	struct feed_mark after = f->now;

	after.offset = f->reader.offset;
	after.line = f->reader.line;
	if (row_kind_of(&f->layout, record->raw) != ROW_DATA ||
	    handle_row(f, record, &after))
		f->now = after;
}

static bool limited(const struct feed *f)
{
	return f->limit && f->now.rows - f->from.rows >= f->limit;
}

static void step(struct feed *f)
{
	struct record_bytes record;

	if (!reader_next(&f->reader, &record, &f->ctl->err)) {
		f->end = FEED_FAILED;
		return;
	}
	if (record.kind == RECORD_END)
		f->end = FEED_THROUGH;
	else if (record.kind != RECORD_STOPPED)
		handle(f, &record);
}

void feed_work(struct feed *f)
{
	int64_t steps = 0;

	while (f->end == FEED_GOING) {
		if (*f->stopped)
			f->end = FEED_STOPPED;
		else if (limited(f))
			f->end = FEED_LIMITED;
		else
			step(f);
		/* rejects alone make no acknowledgement */
		if (++steps % SERVE_EVERY_STEPS == 0 && !feed_serve(f, 0))
			break;
	}
	feed_drain(f);
}
