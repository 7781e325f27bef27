/* feed_check.c - what is looked at before the first message is sent. */
#include <unistd.h>

#include "feed.h"

bool feed_skip_header(struct feed *f)
{
	struct err *err = &f->ctl->err;
	struct record_bytes record;

	if (!reader_skip_mark(&f->reader, err))
		return false;
	if (!f->layout.header)
		return true;
	do {
		if (!reader_next(&f->reader, &record, err))
			return false;
		if (record.kind == RECORD_STOPPED && *f->stopped)
			return err_set(err, ERR_TEMPORARY, "stopped");
		if (record.kind == RECORD_END)
			return err_set(err, ERR_INVALID,
				       "the file ends before its header: is it "
				       "still being written?");
	} while (record.kind == RECORD_STOPPED ||
		 row_kind_of(&f->layout, record.raw) == ROW_SKIPPED);
	if (record.kind != RECORD_WHOLE)
		return err_set(err, ERR_INVALID,
			       "the header is too long, or its quotes do not "
			       "add up");
	return row_header(&f->maker, record.raw, err);
}

struct census {
	int64_t rows, says;
	bool trailer;
};

static bool count_record(struct feed *f, const struct record_bytes *record,
			 struct census *c)
{
	enum row_kind kind = row_kind_of(&f->layout, record->raw);

	if (kind == ROW_SKIPPED)
		return true;
	if (c->trailer)
		return err_set(&f->ctl->err, ERR_INVALID,
			       "line %lld stands behind the trailer: these are "
			       "two files in one, or the trailer's beginning "
			       "is that of a row",
			       (long long)record->line);
	c->trailer = kind == ROW_TRAILER;
	c->rows += kind == ROW_DATA;
	return kind != ROW_TRAILER ||
	       row_trailer(&f->maker, record->raw, &c->says, &f->ctl->err);
}

bool feed_check(struct feed *f)
{
	struct err *err = &f->ctl->err;
	struct census c = {0};
	struct record_bytes record = {.kind = RECORD_STOPPED};

	if (!f->layout.trailer.starts.at)
		return true;
	if (!feed_skip_header(f))
		return false;
	while (record.kind != RECORD_END) {
		if (!reader_next(&f->reader, &record, err))
			return false;
		if (*f->stopped)
			return err_set(err, ERR_TEMPORARY,
				       "stopped before anything was sent");
		if (record.kind <= RECORD_TOO_LONG &&
		    !count_record(f, &record, &c))
			return false;
	}
	if (!c.trailer)
		return err_set(err, ERR_INVALID,
			       "the file was cut short: %lld rows and no "
			       "trailer. Nothing was sent; fetch it again",
			       (long long)c.rows);
	return c.says == c.rows ||
	       err_set(err, ERR_INVALID,
		       "the trailer says %lld rows, the file has %lld. Nothing "
		       "was sent; fetch it again",
		       (long long)c.says, (long long)c.rows);
}
