/* feed_flight.h - rows that are under way, in the order in which they were
 * sent, and up to where all of them have been acknowledged.
 *
 * Acknowledgements come in any order; the mark moves over a row only when all
 * before it are in. Room for FLIGHT_ROWS, and never more. */
#ifndef FLEETCTL_FEED_FLIGHT_H
#define FLEETCTL_FEED_FLIGHT_H

#include "feed_state.h"

/* A power of two, above the producer's own queue. */
enum { FLIGHT_ROWS = 1 << 16 };

struct flight_row {
	struct feed_mark after;
	bool acked;
};

struct flight {
	struct flight_row *rows; /* owned */
	uint64_t first, next;	 /* first <= next <= first + FLIGHT_ROWS */
	struct feed_mark mark;	 /* all before it is acknowledged */
};

void flight_init(struct flight *f, const struct feed_mark *mark);
void flight_release(struct flight *f);

static inline bool flight_full(const struct flight *f)
{
	return f->next - f->first == FLIGHT_ROWS;
}

static inline bool flight_empty(const struct flight *f)
{
	return f->next == f->first;
}

/* A row is about to be sent. The pointer is its acknowledgement's. */
struct flight_row *flight_add(struct flight *f, const struct feed_mark *after);
/* It was not sent after all; only the last one. */
void flight_undo(struct flight *f);

void flight_acked(struct flight *f, struct flight_row *row);

/* `now`: where the reader is; it counts when nothing is under way. */
const struct feed_mark *flight_mark(struct flight *f,
				    const struct feed_mark *now);

#endif
