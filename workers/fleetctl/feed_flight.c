/* feed_flight.c - a ring. */
#include "feed_flight.h"

#include <stdlib.h>

void flight_init(struct flight *f, const struct feed_mark *mark)
{
	*f = (struct flight){.rows = calloc(FLIGHT_ROWS, sizeof(*f->rows)),
			     .mark = *mark};
	if (!f->rows)
		abort();
}

void flight_release(struct flight *f)
{
	free(f->rows);
	f->rows = NULL;
}

static struct flight_row *row_at(struct flight *f, uint64_t n)
{
	return &f->rows[n & (FLIGHT_ROWS - 1)];
}

struct flight_row *flight_add(struct flight *f, const struct feed_mark *after)
{
	struct flight_row *row = row_at(f, f->next);

	if (flight_full(f))
		abort();
	f->next++;
	*row = (struct flight_row){*after, false};
	return row;
}

void flight_undo(struct flight *f)
{
	f->next--;
}

void flight_acked(struct flight *f, struct flight_row *row)
{
	row->acked = true;
	while (!flight_empty(f) && row_at(f, f->first)->acked)
		f->mark = row_at(f, f->first++)->after;
}

const struct feed_mark *flight_mark(struct flight *f,
				    const struct feed_mark *now)
{
	if (flight_empty(f) && now->offset > f->mark.offset)
		f->mark = *now;
	return &f->mark;
}
