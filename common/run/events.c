/* events.c - what Kafka says: messages, rebalances, ends, troubles. */
#include "base/clock.h"
#include "run/loop_private.h"

enum { TROUBLE_EVERY_US = 5 * 1000000 };

static void on_assigned(struct loop *loop, const struct kafka_event *event)
{
	struct err err;

	loop->lost_at_us = 0;
	loop_reclaim(loop, NULL);
	lanes_assigned(loop, event);
	loop->unassign_when_left = false;
	if (loop->stopping) {
		loop_leave(loop);
		return;
	}
	/* the claim answers Kafka; while it cannot be made, an empty list
	 * does */
	if ((!event->partition_count || pg_status(loop->pg) != PG_READY) &&
	    !kafka_assign(loop->consumer, NULL, 0, &err))
		log_warn("assign-failed", LOG_ERR(&err));
	loop->phase = event->partition_count ? PHASE_WAITING : PHASE_IDLE;
	loop->metrics->ready = !event->partition_count;
	loop->claim_at_us = 0;
}

static void on_revoked(struct loop *loop, const struct kafka_event *event)
{
	log_info("partitions-revoked", LOG_INT("partitions", loop->lane_count),
		 LOG_INT("lost", event->lost));
	loop->metrics->ready = 0;
	if (event->lost || !loop_has_lanes(loop)) {
		loop_reclaim(loop, NULL);
		lanes_forget(loop);
		kafka_unassign(loop->consumer);
		loop->lost_at_us = event->lost ? clock_mono_us() : 0;
		loop->phase = loop->stopping ? PHASE_GONE : PHASE_IDLE;
		return;
	}
	loop->unassign_when_left = true;
	if (loop->phase != PHASE_CLAIMING)
		loop_leave(loop);
}

static void on_trouble(struct loop *loop, const struct err *err)
{
	int64_t now = clock_mono_us();

	if (err->kind == ERR_FATAL) {
		log_error("consumer-thrown-out", LOG_ERR(err),
			  LOG_TEXT("what_to_do",
				   "if it comes again: does another process "
				   "use this KAFKA_GROUP_INSTANCE_ID?"));
		loop_new_consumer(loop);
		return;
	}
	if (now - loop->trouble_at_us < TROUBLE_EVERY_US)
		return;
	loop->trouble_at_us = now;
	log_warn("kafka-trouble", LOG_ERR(err));
}

static void handle(struct loop *loop, struct kafka_event *event)
{
	switch (event->kind) {
	case KAFKA_MESSAGE:
		if (loop->phase == PHASE_RUNNING)
			batch_take(loop, &event->message);
		else
			kafka_message_free(&event->message);
		break;
	case KAFKA_ASSIGNED:
		on_assigned(loop, event);
		break;
	case KAFKA_REVOKED:
		on_revoked(loop, event);
		break;
	case KAFKA_END:
		lanes_end(loop, event);
		break;
	case KAFKA_OUT_OF_RANGE:
		if (loop->phase == PHASE_RUNNING)
			lanes_out_of_range(loop, event);
		break;
	case KAFKA_TROUBLE:
		on_trouble(loop, &event->err);
		break;
	case KAFKA_NOTHING:
		break;
	}
}

/* A full batch waits for the one before it; nothing is polled meanwhile, but
 * for what a rebalance would change. */
void events_poll(struct loop *loop)
{
	struct kafka_event event;

	loop->more = true;
	for (int i = 0; i < TURN_MESSAGES; i++) {
		if (loop->phase == PHASE_RUNNING &&
		    !batch_has_room(loop, loop->building))
			return;
		kafka_poll(loop->consumer, &event);
		if (event.kind == KAFKA_NOTHING) {
			loop->more = false;
			return;
		}
		handle(loop, &event);
		if (loop->failed)
			return;
	}
}
