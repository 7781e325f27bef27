/* publish.c - what was committed, told to Kafka; and what was told, let go.
 *
 * A row of `output` is deleted only after Kafka has acknowledged all its
 * records, by the next commit or after a second of idleness. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "run/loop_private.h"
#include "store/lane_sql.h"

struct pending *pending_new(struct loop *loop, struct lane *lane, int64_t seq,
			    bool found)
{
	struct pending *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	p->loop = loop;
	p->lane = lane;
	p->lane_id = lane->lane_id;
	p->epoch = lane->epoch;
	p->seq = seq;
	p->found = found;
	lane->unacked++;
	return p;
}

static void remember_acked(struct loop *loop, int64_t seq)
{
	if (loop->acked_count == loop->acked_room) {
		loop->acked_room = loop->acked_room ? loop->acked_room * 2 : 64;
		loop->acked =
			realloc(loop->acked, sizeof(*loop->acked) *
						     (size_t)loop->acked_room);
		if (!loop->acked)
			abort();
	}
	loop->acked[loop->acked_count++] = seq;
	loop->acked_since_us = clock_mono_us();
}

/* All records of a row are answered. */
static void finish(struct pending *p)
{
	struct loop *loop = p->loop;
	bool current = p->lane && p->lane->epoch == p->epoch;
	struct err err;

	if (current)
		p->lane->unacked--;
	if (current && p->failed) {
		err_code(&err, ERR_TEMPORARY, "output-failed",
			 "Kafka did not take what was committed");
		free(p);
		loop_reclaim(loop, &err);
		return;
	}
	if (current && !p->found)
		remember_acked(loop, p->seq);
	free(p);
}

static void maybe_finish(struct pending *p)
{
	if (p->sealed && !p->outstanding)
		finish(p);
}

void pending_seal(struct pending *p)
{
	p->sealed = true;
	maybe_finish(p);
}

void publish_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why)
{
	struct pending *p = opaque;
	struct loop *loop = ctx;

	p->outstanding--;
	if (ack == KAFKA_ACKED)
		loop->metrics->published++;
	else if (ack == KAFKA_REFUSED)
		/* never to be written: a poisoned output must not stop its
		 * lane; the store has what it said */
		log_error("output-refused", LOG_INT("output", p->seq),
			  LOG_TEXT("why", why));
	else
		p->failed = true;
	maybe_finish(p);
}

bool publish_tell(struct loop *loop, const struct outgoing *out,
		  struct pending *p)
{
	struct outgoing_headers *headers = &loop->headers;
	struct kafka_record record = {
		.topic = out->topic.at,
		.key = out->key,
		.value = out->value,
		.headers = out->headers,
		.header_count = out->header_count,
		.opaque = p,
	};
	struct err err;

	if (!out->headers) {
		outgoing_headers(out, loop->source, headers);
		record.headers = headers->items;
		record.header_count = headers->count;
	}
	p->outstanding++;
	if (kafka_produce(loop->producer, &record, &err))
		return true;
	p->outstanding--;
	if (!strcmp(err.code, "queue-full"))
		return false;
	log_error("output-not-sent", LOG_STR("topic", out->topic),
		  LOG_ERR(&err));
	p->failed |= err.kind != ERR_INVALID;
	return true;
}

static bool tell_events(struct loop *loop, struct batch *batch)
{
	uint32_t count;
	const struct outgoing *events = changeset_events(batch->cs, &count);

	for (; batch->told < count; batch->told++) {
		const struct outgoing *out = &events[batch->told];
		struct share *share =
			batch->count ? &batch->shares[batch->held[out->message]
							      .share]
				     : &batch->shares[0];

		if (!publish_tell(loop, out, share->pending))
			return false;
		crash_point("half-published");
	}
	return true;
}

static bool tell_dead(struct loop *loop, struct batch *batch)
{
	for (; batch->told_dead < batch->count; batch->told_dead++) {
		const struct held *held = &batch->held[batch->told_dead];
		struct dead_letter_record record;
		struct outgoing out = {
			.topic = str_of(dead_letter_topic),
			.key = held->message.key,
		};

		if (!held->dead)
			continue;
		dead_letter_record(&record, &batch->arena,
				   loop->settings->group, &held->letter);
		out.value = record.value;
		out.headers = record.headers;
		out.header_count = record.count;
		if (!publish_tell(loop, &out,
				  batch->shares[held->share].pending))
			return false;
	}
	return true;
}

void publish_batch(struct loop *loop)
{
	struct batch *batch = loop->telling;

	if (!tell_events(loop, batch) || !tell_dead(loop, batch))
		return;
	crash_point("published");
	loop->telling = NULL;
	for (uint32_t i = 0; i < batch->share_count; i++)
		if (batch->shares[i].pending)
			pending_seal(batch->shares[i].pending);
	batch_reset(loop, batch);
	if (!loop->building)
		loop->building = batch;
}

bool publish_room(const struct loop *loop)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].unacked >= OUTPUTS_PER_LANE)
			return false;
	return true;
}

/* The claim is over: what is under way will be found again by the next. */
void publish_detach(struct loop *loop)
{
	loop->acked_count = loop->acked_sent = 0;
	loop->found_count = 0;
	for (int i = 0; i < loop->lane_count; i++) {
		loop->lanes[i].unacked = 0;
		loop->lanes[i].epoch = -1;
	}
}

static void bind_acked(struct loop *loop)
{
	struct pg_params *p = &loop->params;

	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->acked_count; i++)
		pg_array_i64(p, loop->acked[i]);
	pg_array_end(p);
	loop->acked_sent = loop->acked_count;
}

/* In the transaction of a batch. They are remembered until it is committed:
 * one that is rolled back has deleted nothing. */
void publish_send_acked(struct loop *loop)
{
	if (!loop->acked_count)
		return;
	pg_params_reset(&loop->params);
	bind_acked(loop);
	pg_send(loop->pg, lane_statements[OUTPUT_DELETE].name, &loop->params);
}

/* What was sent is deleted; what was acknowledged since is next. */
void publish_acked_gone(struct loop *loop)
{
	if (!loop->acked_sent)
		return;
	loop->acked_count -= loop->acked_sent;
	memmove(loop->acked, loop->acked + loop->acked_sent,
		sizeof(*loop->acked) * (size_t)loop->acked_count);
	loop->acked_sent = 0;
}

static void on_cleared(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct loop *loop = ctx;

	(void)replies;
	(void)count;
	if (err)
		loop->acked_sent = 0;
	else
		publish_acked_gone(loop);
}

/* So that an idle lane has nothing to tell again at a restart. The rows are
 * acknowledged; the epoch is checked for the sake of the protocol's proof. */
void publish_clear(struct loop *loop)
{
	if (!loop->acked_count || loop->acked_sent)
		return;
	lanes_bind(loop);
	bind_acked(loop);
	pg_send(loop->pg, lane_statements[OUTPUT_CLEAR].name, &loop->params);
	pg_group_end(loop->pg, (struct pg_done){on_cleared, loop});
}
