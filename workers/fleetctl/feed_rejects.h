/* feed_rejects.h - rows that were not fed, one JSON object a line:
 *
 *	{"row":17,"line":18,"code":"too-few-columns","reason":"...","raw":"..."}
 *
 * A raw row that is no text is there as "raw_base64"; of one that is too long
 * the beginning alone. The file is made with the first reject; what it holds
 * from an earlier run is cut off where that run's state says, so that no
 * reject is in it twice. */
#ifndef FLEETCTL_FEED_REJECTS_H
#define FLEETCTL_FEED_REJECTS_H

#include "base/err.h"
#include "base/str.h"

struct rejects {
	const char *path;   /* borrowed; NULL: they are only counted */
	int fd;		    /* -1: not open */
	int64_t bytes;	    /* written and waiting, from the file's start */
	struct buf waiting; /* not yet written */
};

/* FATAL. Release it in any case. */
bool rejects_init(struct rejects *r, const char *path, int64_t keep_bytes,
		  struct err *err) MUST_CHECK;
void rejects_release(struct rejects *r);

struct reject {
	int64_t row, line;
	const char *code, *reason;
	struct str raw;
};

bool rejects_add(struct rejects *r, const struct reject *reject,
		 struct err *err) MUST_CHECK;

/* All of them are in the file. */
bool rejects_flush(struct rejects *r, struct err *err) MUST_CHECK;

#endif
