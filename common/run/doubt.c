/* doubt.c - any doubt about a lane ends here: drop what is held, claim again.
 *
 * It is right because the lane's row is the only truth about progress. */
#include "base/clock.h"
#include "run/loop_private.h"

int64_t loop_pause_us(struct loop *loop)
{
	int64_t ms = loop->backoff_ms;

	loop->backoff_ms = ms * 2 < BACKOFF_LAST_MS ? ms * 2 : BACKOFF_LAST_MS;
	return ms * 1000 - clock_mono_us() % (ms * 500);
}

/* After publish_detach: what was told is nobody's any more. */
static void drop_telling(struct loop *loop)
{
	struct batch *batch = loop->telling;

	if (!batch)
		return;
	loop->telling = NULL;
	for (uint32_t i = 0; i < batch->share_count; i++)
		if (batch->shares[i].pending)
			pending_seal(batch->shares[i].pending);
	batch_reset(loop, batch);
}

static void drop_committing(struct loop *loop)
{
	struct batch *batch = loop->committing;

	if (!batch)
		return;
	if (batch->open && pg_status(loop->pg) == PG_READY) {
		/* its next answer ends the transaction */
		batch->abandoned = true;
		return;
	}
	loop->committing = NULL;
	batch_reset(loop, batch);
}

static void drop_batches(struct loop *loop)
{
	drop_telling(loop);
	drop_committing(loop);
	if (!loop->building)
		loop->building = loop->committing
					 ? batch_other(loop, loop->committing)
					 : &loop->batches[0];
	batch_reset(loop, loop->building);
}

void loop_reclaim(struct loop *loop, const struct err *why)
{
	struct err err;

	publish_detach(loop);
	publish_end_retell(loop);
	drop_batches(loop);
	kafka_producer_purge(loop->producer);
	loop->claim_at_us = 0;
	if (why) {
		int64_t wait = loop_pause_us(loop);

		loop->claim_at_us = clock_mono_us() + wait;
		log_warn("lanes-dropped", LOG_ERR(why),
			 LOG_INT("again_in_ms", wait / 1000));
	}
	if (loop->phase != PHASE_RUNNING && loop->phase != PHASE_CLAIMING &&
	    loop->phase != PHASE_WAITING)
		return;
	loop->metrics->ready = 0;
	/* nothing is fetched, and the group keeps its member */
	if (loop->lane_count && !kafka_assign(loop->consumer, NULL, 0, &err))
		log_warn("assign-failed", LOG_ERR(&err));
	loop->phase = loop->lane_count ? PHASE_WAITING : PHASE_IDLE;
}

void loop_fail(struct loop *loop, const char *event, const struct err *err)
{
	log_error(event, LOG_ERR(err));
	loop->failed = true;
}

void loop_new_consumer(struct loop *loop)
{
	struct err err;

	loop_reclaim(loop, NULL);
	lanes_forget(loop);
	kafka_consumer_close(loop->consumer, CONSUMER_CLOSE_MS);
	loop->unassign_when_left = false;
	loop->phase = PHASE_IDLE;
	loop->consumer = kafka_consumer_new(loop->props, loop->settings->group,
					    loop->topics, &err);
	if (!loop->consumer)
		loop_fail(loop, "kafka-failed", &err);
}
