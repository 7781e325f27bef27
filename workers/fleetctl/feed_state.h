/* feed_state.h - how far a file was fed: the small file beside it.
 *
 * `<file>.feed` is there from before the first message on, so that a file that
 * was fed in part is never mistaken for a new one. It is replaced by rename,
 * its bytes on the disk first, and only ever tells of rows that the broker has
 * acknowledged or that stand in the reject file. When all is through it says
 * "done" and stays, as a receipt. */
#ifndef FLEETCTL_FEED_STATE_H
#define FLEETCTL_FEED_STATE_H

#include "base/arena.h"
#include "base/err.h"

enum { IDENTITY_BYTES = 64 * 1024 };

/* By which a file is known again. */
struct feed_identity {
	int64_t size_bytes;
	int64_t mtime_us;
	uint64_t head, tail; /* hashes of its first and last 64 kB */
};

/* Between two records: all before it has been dealt with. */
struct feed_mark {
	int64_t offset; /* of the next record */
	int64_t line;
	int64_t rows; /* before it, rejected ones included */
	int64_t rejected;
	int64_t rejects_bytes; /* of the reject file that tell of them */
};

struct feed_state {
	struct feed_identity file;
	uint64_t layout; /* its hash */
	const char *topic;
	const char *rejects; /* the reject file; NULL: none */
	struct feed_mark mark;
	bool done;
};

/* FATAL when it cannot be read. */
bool feed_identify(int fd, struct feed_identity *out,
		   struct err *err) MUST_CHECK;
bool feed_same_file(const struct feed_identity *a,
		    const struct feed_identity *b);

/* `found` is false when there is none. INVALID when it is no state. */
bool feed_state_read(struct arena *arena, const char *path,
		     struct feed_state *out, bool *found,
		     struct err *err) MUST_CHECK;

/* FATAL when the folder cannot be written. */
bool feed_state_write(const char *path, const struct feed_state *state,
		      struct err *err) MUST_CHECK;

#endif
