/* publish.c - what was committed, told to Kafka; and what was told, let go.
 *
 * A row of `output` is deleted only after Kafka has acknowledged all its
 * records, by the next commit or after a second of idleness. Rows that a claim
 * found are told at once, kept, and told once more two minutes later. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "run/loop_private.h"
#include "store/lane_sql.h"

enum { HEAL_EVERY_US = 10 * 1000000 };

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

/* False: the producer's queue is full, try again later. */
static bool tell(struct loop *loop, const struct outgoing *out,
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

		if (!tell(loop, out, share->pending))
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
		if (!tell(loop, &out, batch->shares[held->share].pending))
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

static struct lane *lane_by_id(struct loop *loop, int64_t lane_id)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed && loop->lanes[i].lane_id == lane_id)
			return &loop->lanes[i];
	return NULL;
}

/* Rows of output into a retelling. */
static void begin_retell(struct loop *loop, const struct pg_reply *rows,
			 bool healing)
{
	struct err err;

	arena_reset(&loop->retell_arena);
	loop->retell = retell_new(loop->store, &loop->retell_arena,
				  loop->settings->group);
	loop->retold = ARENA_ARRAY(&loop->retell_arena, struct pending *,
				   pg_rows(rows));
	loop->retold_count = loop->retold_next = 0;
	loop->healing = healing;
	for (int row = 0; row < pg_rows(rows); row++) {
		struct lane *lane =
			lane_by_id(loop, pg_i64(rows, row, OUTPUT_LANE));

		if (!lane)
			continue;
		if (!retell_add(loop->retell, loop->retold_count,
				pg_str(rows, row, OUTPUT_BODY), healing, &err))
			log_error("output-unreadable", LOG_ERR(&err));
		loop->retold[loop->retold_count++] = pending_new(
			loop, lane, pg_i64(rows, row, OUTPUT_SEQ), !healing);
	}
}

void publish_end_retell(struct loop *loop)
{
	struct pending **all = loop->retold;
	uint32_t count = loop->retold_count;

	if (!loop->retell)
		return;
	loop->retell = NULL;
	for (uint32_t i = 0; i < count; i++)
		pending_seal(all[i]);
}

static void on_retell_read(void *ctx, const struct pg_reply *replies, int count,
			   const struct err *err)
{
	struct loop *loop = ctx;

	(void)count;
	if (!loop->retell)
		return;
	if (err) {
		loop_reclaim(loop, err);
		return;
	}
	retell_take(loop->retell, replies);
	loop->retell_read = true;
	publish_retold(loop);
}

/* Goes on telling what a claim or a healing has found; true when done. */
bool publish_retold(struct loop *loop)
{
	uint32_t count;
	const struct outgoing *events = retell_events(loop->retell, &count);

	for (; loop->retold_next < count; loop->retold_next++) {
		const struct outgoing *out = &events[loop->retold_next];

		/* a reference whose row is not there any more */
		if (out->reference && !out->type.at && !out->headers)
			continue;
		if (!tell(loop, out, loop->retold[out->message]))
			return false;
	}
	if (loop->retold_count)
		log_info(loop->healing ? "outputs-healed" : "outputs-retold",
			 LOG_INT("outputs", loop->retold_count),
			 LOG_INT("records", count));
	publish_end_retell(loop);
	if (loop->phase == PHASE_CLAIMING)
		lanes_start(loop);
	return true;
}

static void read_or_tell(struct loop *loop)
{
	loop->retell_read = !retell_send(loop->retell, loop->pg, &loop->params);
	if (loop->retell_read)
		publish_retold(loop);
	else
		pg_group_end(loop->pg, (struct pg_done){on_retell_read, loop});
}

void publish_found(struct loop *loop, const struct pg_reply *rows)
{
	begin_retell(loop, rows, false);
	loop->found_count = (int)loop->retold_count;
	loop->heal_at_us = clock_mono_us() + HEAL_EVERY_US;
	read_or_tell(loop);
}

static void on_due(void *ctx, const struct pg_reply *replies, int count,
		   const struct err *err)
{
	struct loop *loop = ctx;

	(void)count;
	if (err || loop->phase != PHASE_RUNNING || loop->retell ||
	    !pg_rows(&replies[0]))
		return;
	loop->found_count -= pg_rows(&replies[0]);
	begin_retell(loop, &replies[0], true);
	read_or_tell(loop);
}

void publish_heal(struct loop *loop)
{
	struct pg_params *p = &loop->params;

	loop->heal_at_us = clock_mono_us() + HEAL_EVERY_US;
	if (loop->found_count <= 0 || loop->retell)
		return;
	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed)
			pg_array_i32(p, loop->lanes[i].lane_id);
	pg_array_end(p);
	pg_send(loop->pg, lane_statements[OUTPUT_DUE].name, p);
	pg_group_end(loop->pg, (struct pg_done){on_due, loop});
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
