/* feed.h - `fleetctl feed`: one file on its way into a topic.
 *
 * A row is read, made a message or a reject, and sent; what is acknowledged
 * without a gap moves the mark, and the mark goes into the state file. Nothing
 * else is ever remembered, so that a kill at any moment costs no row: at most
 * those are sent twice that were under way when the state was last written. */
#ifndef FLEETCTL_FEED_H
#define FLEETCTL_FEED_H

#include <signal.h>

#include "ctl.h"
#include "feed_flight.h"
#include "feed_layout.h"
#include "feed_reader.h"
#include "feed_rejects.h"
#include "feed_row.h"
#include "feed_state.h"

enum { FEED_SAMPLES = 3, FEED_REJECTS_SHOWN = 5 };

enum feed_end {
	FEED_GOING,
	FEED_THROUGH, /* the end of the file */
	FEED_LIMITED, /* --limit */
	FEED_STOPPED, /* by a signal */
	FEED_FAILED,  /* ctl->err says why */
};

struct feed {
	struct ctl *ctl;
	const char *layout_path;
	const char *path;	/* of the file; "standard input" */
	const char *name;	/* without folders; NULL: standard input */
	const char *state_path; /* NULL: standard input */
	int fd;
	bool dry_run;
	int64_t rate, limit; /* 0: none */
	struct layout layout;
	struct feed_state state; /* as it was last written */
	struct reader reader;
	struct row_maker maker;
	struct rejects rejects;
	struct flight flight;
	struct kafka_producer *producer;   /* NULL: a dry run */
	struct feed_mark from;		   /* where this run began */
	struct feed_mark now;		   /* where the reader is */
	int64_t sent;			   /* by this run */
	int64_t start_us, save_us, say_us; /* monotonic; what is due next */
	int64_t answer_us;		   /* when the last answer came */
	int64_t due_ns;			   /* --rate: monotonic, of a row */
	enum feed_end end;
	struct buf samples; /* a dry run's first messages, as JSON */
	volatile sig_atomic_t *stopped;
};

/* --- feed_check.c --- */

/* Reads all of a file that has a trailer: INVALID when it has none, or does
 * not count what is there. The descriptor stands anywhere afterwards. */
bool feed_check(struct feed *f) MUST_CHECK;
/* Passes over mark, comments and header; the reader is at the first row. */
bool feed_skip_header(struct feed *f) MUST_CHECK;

/* --- feed_send.c --- */

bool feed_connect(struct feed *f) MUST_CHECK;
/* One row's message; false, and f->end, when it could not be sent. */
bool feed_send(struct feed *f, const struct feed_mark *after, struct str key,
	       struct str value) MUST_CHECK;
/* Takes what the broker says, waiting for it if told to; saves and tells
 * progress when that is due. False when it has failed. */
bool feed_serve(struct feed *f, int64_t wait_us) MUST_CHECK;
/* Waits for all answers; after a signal as long as a worker would. */
void feed_drain(struct feed *f);
/* Writes rejects, then the state as it is. */
bool feed_save(struct feed *f, bool done) MUST_CHECK;

/* --- feed_work.c --- */

/* Until the end, a limit, a signal or a failure. */
void feed_work(struct feed *f);

/* --- feed_say.c --- */

void feed_progress(struct feed *f);
void feed_summary(struct feed *f);

#endif
