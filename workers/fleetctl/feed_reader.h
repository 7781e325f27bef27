/* feed_reader.h - a file of any size, a record at a time, in constant memory.
 *
 * A record is a line without its end (LF or CRLF); where something is quoted,
 * line ends between quotes belong to it. Quotes that do not add up - text
 * behind a closing one, none to close it in the rest of the file or within the
 * window - spoil their own line and no other: that line is the record, and the
 * next one begins behind it.
 *
 * Records point into the reader's window until the next call. Not
 * thread-safe. */
#ifndef FLEETCTL_FEED_READER_H
#define FLEETCTL_FEED_READER_H

#include "base/err.h"
#include "base/str.h"

enum {
	RECORD_BYTES_MAX = 512 * 1024, /* below the window's */
	RECORD_SHOWN_MAX = 4096,       /* of one that is too long */
	READER_WINDOW_BYTES = 2 * 1024 * 1024,
};

/* How the bytes of a record are bounded. */
struct record_form {
	char delimiter; /* csv */
	char quote;	/* '\0': nothing is quoted, a line is a record */
	/* what begins so is a line, whatever quotes are in it; borrowed */
	const struct str *plain;
	int plain_count;
};

enum record_kind {
	RECORD_WHOLE,
	RECORD_BAD_QUOTES, /* `raw` is the line */
	RECORD_TOO_LONG,   /* `raw` is its beginning */
	RECORD_STOPPED,	   /* a signal came while we waited; call again */
	RECORD_END,
};

struct record_bytes {
	enum record_kind kind;
	struct str raw; /* without the line end */
	int64_t offset; /* in the file, of its first byte */
	int64_t line;	/* of its first byte, from 1 */
};

struct reader {
	struct record_form form;
	int fd; /* borrowed */
	char *window;
	size_t room, record_max;
	size_t start, len; /* what is not yet handed out */
	int64_t offset;	   /* in the file, of window[start] */
	int64_t line;	   /* of window[start] */
	bool ended;
	bool passing; /* over the rest of a line that does not fit */
	struct record_bytes pending; /* what is said of it then */
	char shown[RECORD_SHOWN_MAX];
};

/* From `offset` on, where the descriptor must stand; `line`: its number. */
void reader_init(struct reader *r, int fd, struct record_form form,
		 int64_t offset, int64_t line);
/* The same with other limits, for tests: record_max < window_bytes. */
void reader_init_sized(struct reader *r, int fd, struct record_form form,
		       size_t window_bytes, size_t record_max);
void reader_release(struct reader *r);

/* The next record, RECORD_END at last. TEMPORARY when the file cannot be
 * read. */
bool reader_next(struct reader *r, struct record_bytes *out,
		 struct err *err) MUST_CHECK;

/* Passes over a byte order mark; call it at the file's first byte. INVALID
 * for UTF-16, which is none of ours. */
bool reader_skip_mark(struct reader *r, struct err *err) MUST_CHECK;

#endif
