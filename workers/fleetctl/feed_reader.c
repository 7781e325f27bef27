/* feed_reader.c - the window over the file, and where a record ends. */
#include "feed_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void reader_init_sized(struct reader *r, int fd, struct record_form form,
		       size_t window_bytes, size_t record_max)
{
	*r = (struct reader){.form = form,
			     .fd = fd,
			     .window = malloc(window_bytes),
			     .room = window_bytes,
			     .record_max = record_max,
			     .line = 1};
	if (!r->window || record_max >= window_bytes ||
	    record_max < RECORD_SHOWN_MAX)
		abort();
}

void reader_init(struct reader *r, int fd, struct record_form form,
		 int64_t offset, int64_t line)
{
	reader_init_sized(r, fd, form, READER_WINDOW_BYTES, RECORD_BYTES_MAX);
	r->offset = offset;
	r->line = line;
}

void reader_release(struct reader *r)
{
	free(r->window);
	r->window = NULL;
}

enum filled { FILLED, FILL_STOPPED, FILL_FAILED };

/* One more piece of the file. */
static enum filled fill(struct reader *r, struct err *err)
{
	ssize_t got;

	if (r->start) {
		memmove(r->window, r->window + r->start, r->len);
		r->start = 0;
	}
	got = read(r->fd, r->window + r->len, r->room - r->len);
	if (got < 0 && errno == EINTR)
		return FILL_STOPPED;
	if (got < 0) {
		err_set(err, ERR_TEMPORARY, "cannot read: %s", strerror(errno));
		return FILL_FAILED;
	}
	r->ended = got == 0;
	r->len += (size_t)got;
	return FILLED;
}

/* A record within what is in the window. */
struct found {
	enum { FOUND, FOUND_BAD, FOUND_MORE } what;
	size_t len; /* without the line end's LF */
};

static struct found find_line(const struct reader *r)
{
	const char *at = r->window + r->start;
	const char *end = r->len ? memchr(at, '\n', r->len) : NULL;

	if (end)
		return (struct found){FOUND, (size_t)(end - at)};
	return (struct found){r->ended ? FOUND : FOUND_MORE, r->len};
}

/* Behind the quote that closes; NULL: it is not in here. */
static const char *closing(const char *at, const char *end, char quote)
{
	while ((at = memchr(at, quote, (size_t)(end - at)))) {
		at++;
		if (at == end || *at != quote)
			return at;
		at++;
	}
	return NULL;
}

/* Behind the field that begins at `at`, quoted or not: a delimiter or LF, or
 * the end of what is there. NULL: the quotes do not add up. */
static const char *field_end(const struct record_form *form, const char *at,
			     const char *end)
{
	if (at < end && *at == form->quote) {
		at = closing(at + 1, end, form->quote);
		if (at && at < end && *at == '\r')
			at += at + 1 < end && at[1] == '\n';
		if (at && at < end && *at != '\n' && *at != form->delimiter &&
		    !(*at == '\r' && at + 1 == end))
			return NULL;
		return at ? at : end;
	}
	while (at < end && *at != form->delimiter && *at != '\n')
		at++;
	return at;
}

/* Whether the last field is open where the file ends. */
static bool left_open(const struct record_form *form, const char *field,
		      const char *end)
{
	return field < end && *field == form->quote &&
	       !closing(field + 1, end, form->quote);
}

static struct found find_quoted(const struct reader *r, struct found line)
{
	const char *at = r->window + r->start, *field = at;
	const char *end = at + r->len, *stop;

	for (;; field = stop + 1) {
		stop = field_end(&r->form, field, end);
		if (!stop)
			return (struct found){FOUND_BAD, line.len};
		if (stop == end)
			break;
		if (*stop == '\n')
			return (struct found){FOUND, (size_t)(stop - at)};
	}
	if (!r->ended)
		return (struct found){FOUND_MORE, 0};
	if (left_open(&r->form, field, end))
		return (struct found){FOUND_BAD, line.len};
	return (struct found){FOUND, r->len};
}

static bool is_plain(const struct reader *r, struct str line)
{
	for (int i = 0; i < r->form.plain_count; i++)
		if (str_starts(line, r->form.plain[i]))
			return true;
	return false;
}

static struct found find_record(const struct reader *r)
{
	struct found line = find_line(r);
	struct str text = {r->window + r->start, line.len};

	if (!r->form.quote || line.what == FOUND_MORE || !line.len ||
	    !memchr(text.at, r->form.quote, text.len) || is_plain(r, text))
		return line;
	return find_quoted(r, line);
}

static int64_t line_ends(const char *at, size_t len)
{
	const char *end = at + len;
	int64_t count = 0;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		count++;
		at++;
	}
	return count;
}

static void drop(struct reader *r, size_t bytes, int64_t lines)
{
	r->start += bytes;
	r->len -= bytes;
	r->offset += (int64_t)bytes;
	r->line += lines;
}

/* Hands out what was found and passes over the LF behind it. */
static void take(struct reader *r, struct found found, struct record_bytes *out)
{
	const char *at = r->window + r->start;
	size_t used = found.len + (found.len < r->len);

	*out = (struct record_bytes){found.what == FOUND ? RECORD_WHOLE
							 : RECORD_BAD_QUOTES,
				     {at, found.len},
				     r->offset,
				     r->line};
	if (found.len && at[found.len - 1] == '\r')
		out->raw.len--;
	if (found.len > r->record_max) {
		out->kind = RECORD_TOO_LONG;
		out->raw.len = RECORD_SHOWN_MAX;
	}
	drop(r, used, line_ends(at, used));
}

/* A line that has no end in a whole window: its beginning is kept. */
static void begin_passing(struct reader *r)
{
	memcpy(r->shown, r->window + r->start, sizeof(r->shown));
	r->pending = (struct record_bytes){RECORD_TOO_LONG,
					   {r->shown, sizeof(r->shown)},
					   r->offset,
					   r->line};
	r->passing = true;
}

/* True once its end is behind us. */
static bool pass(struct reader *r)
{
	struct found line = find_line(r);
	bool lf = line.len < r->len;

	drop(r, line.len + lf, lf);
	r->passing = line.what == FOUND_MORE;
	return !r->passing;
}

/* The next record, if the window has all of it. */
static bool next(struct reader *r, struct record_bytes *out)
{
	struct found found = find_record(r);

	if (found.what == FOUND_MORE && r->len == r->room) {
		found = find_line(r);
		if (found.what == FOUND_MORE) {
			begin_passing(r);
			return false;
		}
		found.what = FOUND_BAD;
	}
	if (found.what == FOUND_MORE)
		return false;
	take(r, found, out);
	return true;
}

bool reader_next(struct reader *r, struct record_bytes *out, struct err *err)
{
	for (;;) {
		enum filled filled;

		*out = (struct record_bytes){.kind = RECORD_END,
					     .offset = r->offset,
					     .line = r->line};
		if (r->passing && pass(r)) {
			*out = r->pending;
			return true;
		}
		if (!r->passing && r->ended && !r->len)
			return true;
		if (!r->passing && next(r, out))
			return true;
		/* a full window has to be emptied before it is filled */
		if (r->len == r->room)
			continue;
		filled = fill(r, err);
		out->kind = RECORD_STOPPED;
		if (filled != FILLED)
			return filled == FILL_STOPPED;
	}
}

bool reader_skip_mark(struct reader *r, struct err *err)
{
	static const char utf8[] = "\xef\xbb\xbf";
	const char *at;

	while (r->len < 3 && !r->ended)
		if (fill(r, err) == FILL_FAILED)
			return false;
	at = r->window + r->start;
	if (r->len >= 2 &&
	    (!memcmp(at, "\xff\xfe", 2) || !memcmp(at, "\xfe\xff", 2)))
		return err_set(err, ERR_INVALID,
			       "the file is UTF-16: convert it, as iconv -f "
			       "UTF-16 -t UTF-8 does");
	if (r->len >= 3 && !memcmp(at, utf8, 3)) {
		r->start += 3;
		r->len -= 3;
		r->offset += 3;
	}
	return true;
}
