/* loop_steps.h - what a turn of the loop calls, file by file.
 *
 *	loop.c		one turn: wait, serve, phases
 *	doubt.c		claim again
 *	events.c	what Kafka says
 *	timers.c	what is done now and then
 *	lanes.c		assignment, watch, release
 *	claim.c		the claim
 *	batch.c		messages into records
 *	commit.c	a batch through its transaction
 *	commit_write.c	what it writes
 *	commit_count.c	what became of its messages
 *	publish.c	outputs, acknowledgements
 *	publish_found.c	outputs that a claim found: told, and healed */
#ifndef FLOTILLA_RUN_LOOP_STEPS_H
#define FLOTILLA_RUN_LOOP_STEPS_H

#include "io/pg.h"
#include "store/lane_sql.h"

struct batch;
struct loop;

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_LAST_MS = 10000,
	CONSUMER_CLOSE_MS = 3000,
	RACES_MAX = 16, /* a batch runs again that often before a claim */
};

/* --- doubt.c --- */
/* Drops what is held and claims all lanes again, after a pause if `why` is
 * not NULL. */
void loop_reclaim(struct loop *loop, const struct err *why);
void loop_fail(struct loop *loop, const char *event, const struct err *err);
/* Drops all, joins the group anew: it has thrown this member out for good, or
 * is silent. */
void loop_new_consumer(struct loop *loop);
/* How long to wait before the next attempt: twice the last, with jitter. */
int64_t loop_pause_us(struct loop *loop);

/* --- loop.c --- */
bool loop_has_lanes(const struct loop *loop);
/* Finish what is in hand, let the lanes go; then leave or stop. */
void loop_leave(struct loop *loop);
/* Begins the transaction of the batch that was built, if it is time. */
void loop_start_if_due(struct loop *loop, int64_t now_us);

/* --- events.c --- */
void events_poll(struct loop *loop);

/* --- timers.c --- */
void timers_run(struct loop *loop, int64_t now_us);
/* Milliseconds until something is due. */
int timers_wait_ms(const struct loop *loop, int64_t now_us);

/* --- commit.c --- */
void commit_start(struct loop *loop);
void commit_links(struct loop *loop);
void commit_send(struct loop *loop, enum lane_statement statement,
		 const struct pg_params *params);

/* --- commit_count.c --- */
void commit_count_fates(struct batch *batch);
void commit_measure(struct loop *loop, const struct batch *batch);
void commit_log_dead(const struct batch *batch);

/* --- commit_write.c --- */
/* INVALID: no topic would take what the batch tells. */
bool commit_outputs_fit(struct loop *loop, struct err *err) MUST_CHECK;
/* Everything between the last read and COMMIT. */
void commit_send_writes(struct loop *loop);

#endif
