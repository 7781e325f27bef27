/* commit.c - one batch through its transaction.
 *
 * First statement: the lanes' rows, locked where epoch and next offset are
 * the expected ones. Fewer rows than lanes = somebody else owns one: roll
 * back and claim. COMMIT is sent only after the locks, the reads and all
 * decisions; a connection lost after that leaves the outcome unknown, and the
 * claim reads it. */
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "run/loop_private.h"
#include "store/lane_sql.h"
#include "store/links.h"

static void on_first(void *ctx, const struct pg_reply *replies, int count,
		     const struct err *err);
static void on_locked(void *ctx, const struct pg_reply *replies, int count,
		      const struct err *err);
static void on_related(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err);
static void on_committed(void *ctx, const struct pg_reply *replies, int count,
			 const struct err *err);

static void group_end(struct loop *loop,
		      void (*call)(void *, const struct pg_reply *, int,
				   const struct err *))
{
	pg_group_end(loop->pg, (struct pg_done){call, loop});
}

static void send(struct loop *loop, enum lane_statement statement,
		 const struct pg_params *params)
{
	pg_send(loop->pg, lane_statements[statement].name, params);
}

static void send_lane_locks(struct loop *loop, const struct batch *batch)
{
	struct pg_params *p = &loop->params;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i32(p, batch->shares[i].lane->lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i64(p, batch->shares[i].lane->epoch);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i64(p, batch->shares[i].lane->next_offset);
	pg_array_end(p);
	send(loop, LANE_LOCK, p);
}

static void run_transaction(struct loop *loop)
{
	struct batch *batch = loop->committing;

	batch->open = true;
	batch->now_us = clock_now_us();
	batch->sent_us = clock_mono_us();
	send(loop, SQL_BEGIN, NULL);
	send_lane_locks(loop, batch);
	batch->replies_before =
		changeset_send_resolve(batch->cs, loop->pg, &loop->params);
	if (!batch->replies_before)
		changeset_send_locks(batch->cs, loop->pg, &loop->params,
				     batch->careful);
	group_end(loop, on_first);
}

void commit_start(struct loop *loop)
{
	struct batch *batch = loop->building;

	loop->committing = batch;
	loop->building = loop->telling ? NULL : batch_other(loop, batch);
	for (int i = 0; i < loop->lane_count; i++)
		loop->lanes[i].slot = -1;
	crash_point("before-lock");
	run_transaction(loop);
}

/* After the rollback: run again, or drop everything and claim. */
static void on_rolled_back(void *ctx, const struct pg_reply *replies, int count,
			   const struct err *err)
{
	struct loop *loop = ctx;
	struct batch *batch = loop->committing;

	(void)replies;
	(void)count;
	if (!batch)
		return;
	batch->open = false;
	if (err || batch->abandoned || batch->races > RACES_MAX) {
		loop_reclaim(loop, err);
		return;
	}
	run_transaction(loop);
}

/* A message that the database refuses is found by halving: the same way as
 * one on which owners die. */
static void halve(struct loop *loop, const struct err *err)
{
	struct batch *batch = loop->committing;

	if (batch->count == 1)
		loop_poison(loop, batch->shares[batch->held[0].share].lane,
			    batch->held[0].message.offset, err);
	log_warn("batch-refused", LOG_INT("messages", batch->count),
		 LOG_ERR(err));
	loop->halved = batch->count > 1 ? batch->count / 2 : 1;
	for (uint32_t i = 0; i < batch->share_count; i++)
		if (batch->shares[i].lane->suspect_to < batch->shares[i].next)
			batch->shares[i].lane->suspect_to =
				batch->shares[i].next;
	batch->abandoned = true;
}

/* Batches grow again once all that was in a refused one is behind us: what
 * other lanes commit meanwhile says nothing about it. */
static void grow(struct loop *loop)
{
	uint32_t most = (uint32_t)loop->settings->batch_messages;

	for (int i = 0; i < loop->lane_count; i++)
		if (!loop->lanes[i].halted &&
		    loop->lanes[i].next_offset < loop->lanes[i].suspect_to)
			return;
	if (loop->limit < most)
		loop->limit *= 2;
	loop->halved = most;
}

static void failed(struct loop *loop, const struct err *err)
{
	struct batch *batch = loop->committing;

	if (pg_status(loop->pg) != PG_READY) {
		loop_reclaim(loop, err);
		return;
	}
	if (err->kind == ERR_FATAL) {
		loop_fail(loop, "database-refuses", err);
		return;
	}
	if (err->kind == ERR_INVALID) {
		halve(loop, err);
	} else if (!strcmp(err->code, "raced")) {
		batch->races++;
		batch->careful = true;
		loop->metrics->retries++;
	} else {
		batch->abandoned = true;
		log_warn("batch-failed", LOG_ERR(err));
	}
	send(loop, SQL_ROLLBACK, NULL);
	group_end(loop, on_rolled_back);
}

/* Whether the transaction ends here: an error, or the lanes have gone. */
static bool ends_here(struct loop *loop, const struct err *err)
{
	struct err why;

	if (err) {
		failed(loop, err);
		return true;
	}
	if (!loop->committing->abandoned)
		return false;
	err_code(&why, ERR_TEMPORARY, "abandoned",
		 "the lanes went while the batch was under way");
	failed(loop, &why);
	return true;
}

static void fenced(struct loop *loop)
{
	struct err err;

	err_code(&err, ERR_TEMPORARY, "fenced",
		 "a lane has another owner or was moved by an operator");
	failed(loop, &err);
}

static void send_related(struct loop *loop);

static void send_locks(struct loop *loop)
{
	changeset_send_locks(loop->committing->cs, loop->pg, &loop->params,
			     loop->committing->careful);
	group_end(loop, on_locked);
}

static void take_locks(struct loop *loop, const struct pg_reply *replies)
{
	if (!changeset_take_locks(loop->committing->cs, replies))
		send_locks(loop);
	else
		send_related(loop);
}

static void on_first(void *ctx, const struct pg_reply *replies, int count,
		     const struct err *err)
{
	struct loop *loop = ctx;
	struct batch *batch = loop->committing;

	(void)count;
	if (!batch)
		return;
	crash_point("locked");
	if (ends_here(loop, err))
		return;
	if (pg_rows(&replies[1]) != (int)batch->share_count) {
		fenced(loop);
		return;
	}
	if (!batch->replies_before) {
		take_locks(loop, &replies[2]);
		return;
	}
	changeset_take_resolve(batch->cs, &replies[2]);
	send_locks(loop);
}

static void on_locked(void *ctx, const struct pg_reply *replies, int count,
		      const struct err *err)
{
	struct loop *loop = ctx;

	(void)count;
	if (!loop->committing || ends_here(loop, err))
		return;
	take_locks(loop, replies);
}

static void decide_and_write(struct loop *loop);

static void send_related(struct loop *loop)
{
	if (changeset_send_related(loop->committing->cs, loop->pg,
				   &loop->params))
		group_end(loop, on_related);
	else
		decide_and_write(loop);
}

static void on_related(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct loop *loop = ctx;
	struct err why;

	(void)count;
	if (!loop->committing || ends_here(loop, err))
		return;
	if (!changeset_take_related(loop->committing->cs, replies, &why))
		failed(loop, &why);
	else
		decide_and_write(loop);
}

static enum fate fate_of(const struct batch *batch, const struct held *held)
{
	enum fate fate = FATE_SKIPPED;

	if (held->dead)
		return FATE_DEAD;
	for (uint32_t i = 0; i < held->intake.change_count; i++) {
		enum fate one = changeset_fate(batch->cs,
					       held->intake.first_change + i);

		if (one < fate)
			fate = one;
	}
	return fate;
}

static void count_fates(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->share_count; i++) {
		int64_t gap = batch->shares[i].counts[FATE_GAP];

		memset(batch->shares[i].counts, 0,
		       sizeof(batch->shares[i].counts));
		batch->shares[i].counts[FATE_GAP] = gap;
		batch->shares[i].outgoing = 0;
		buf_reset(&batch->shares[i].row);
	}
	for (uint32_t i = 0; i < batch->count; i++)
		batch->shares[batch->held[i].share]
			.counts[fate_of(batch, &batch->held[i])]++;
}

/* What the batch tells, lane by lane, in the order of the messages. */
static void keep_outgoing(struct loop *loop, struct batch *batch)
{
	uint32_t count;
	const struct outgoing *events = changeset_events(batch->cs, &count);

	for (uint32_t i = 0; i < count; i++) {
		struct share *share =
			batch->count
				? &batch->shares[batch->held[events[i].message]
							 .share]
				: &batch->shares[0];

		outgoing_keep(&share->row, &events[i]);
		share->outgoing++;
	}
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct held *held = &batch->held[i];
		const struct kafka_message *m = &held->message;
		struct outgoing out = {
			.topic = str_of(dead_letter_topic),
			.entity = STR("dead-letter"),
			.reference = true,
		};

		if (!held->dead)
			continue;
		out.key = dead_letter_reference(&batch->arena, m->topic,
						m->partition, m->offset);
		outgoing_keep(&batch->shares[held->share].row, &out);
		batch->shares[held->share].outgoing++;
	}
	(void)loop;
}

static void send_outputs(struct loop *loop, struct batch *batch)
{
	struct pg_params *p = &loop->params;
	bool any = false;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (uint32_t i = 0; i < batch->share_count; i++) {
		if (!batch->shares[i].outgoing)
			continue;
		any = true;
		pg_array_i32(p, batch->shares[i].lane->lane_id);
	}
	pg_array_end(p);
	if (!any)
		return;
	pg_array_begin(p, PG_BYTEA);
	for (uint32_t i = 0; i < batch->share_count; i++)
		if (batch->shares[i].outgoing)
			pg_array_str(p, buf_view(&batch->shares[i].row));
	pg_array_end(p);
	send(loop, OUTPUT_INSERT, p);
}

static void send_dead_letters(struct loop *loop, struct batch *batch)
{
	struct dead_letter *letters;
	uint32_t count = 0;

	if (!batch->dead_count)
		return;
	letters = arena_alloc(&batch->arena,
			      sizeof(*letters) * batch->dead_count);
	for (uint32_t i = 0; i < batch->count; i++) {
		struct held *held = &batch->held[i];

		if (!held->dead)
			continue;
		/* not before: the list moves while it grows */
		held->letter.message = &held->message;
		letters[count++] = held->letter;
	}
	dead_letter_bind(&loop->params, &batch->arena, loop->settings->group,
			 letters, count);
	send(loop, DEAD_LETTER, &loop->params);
}

static void send_resolved(struct loop *loop, struct batch *batch)
{
	struct pg_params *p = &loop->params;
	bool any = false;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT8);
	for (uint32_t i = 0; i < batch->count; i++) {
		if (!batch->held[i].retry_of || batch->held[i].dead)
			continue;
		any = true;
		pg_array_i64(p, batch->held[i].retry_of);
	}
	pg_array_end(p);
	if (any)
		send(loop, DEAD_RESOLVED, p);
}

static void send_moves(struct loop *loop, const struct batch *batch)
{
	struct pg_params *p = &loop->params;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i32(p, batch->shares[i].lane->lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i64(p, batch->shares[i].next);
	pg_array_end(p);
	for (int f = 0; f < FATE_COUNT; f++) {
		pg_array_begin(p, PG_INT8);
		for (uint32_t i = 0; i < batch->share_count; i++)
			pg_array_i64(p, batch->shares[i].counts[f]);
		pg_array_end(p);
	}
	send(loop, LANE_MOVE, p);
}

/* What no topic would take is refused before anything is committed: the batch
 * is halved down to the message that is at fault. */
static bool outputs_fit(struct loop *loop, struct err *err)
{
	uint32_t count;
	const struct outgoing *out =
		changeset_events(loop->committing->cs, &count);

	for (; count; count--, out++)
		if (out->value.len > loop->output_bytes)
			return err_code(err, ERR_INVALID, "output-too-large",
					"what topic %s would be told of "
					"%.*s has %zu bytes; "
					"FLOTILLA_MESSAGE_BYTES and "
					"KAFKA_MESSAGE_MAX_BYTES allow %zu",
					out->topic.at, STR_ARGS(out->key),
					out->value.len, loop->output_bytes);
	return true;
}

/* Outputs come first, so that their numbers are the group's first reply. */
static void decide_and_write(struct loop *loop)
{
	struct batch *batch = loop->committing;
	struct err err;

	changeset_decide(batch->cs, batch->now_us);
	if (!outputs_fit(loop, &err)) {
		failed(loop, &err);
		return;
	}
	count_fates(batch);
	keep_outgoing(loop, batch);
	send_outputs(loop, batch);
	changeset_send_writes(batch->cs, loop->pg, &loop->params);
	send_dead_letters(loop, batch);
	send_resolved(loop, batch);
	publish_send_acked(loop);
	send_moves(loop, batch);
	crash_point("before-commit");
	send(loop, SQL_COMMIT, NULL);
	group_end(loop, on_committed);
	crash_point("commit-sent");
}

static void measure(struct loop *loop, const struct batch *batch)
{
	struct metrics *m = loop->metrics;

	for (uint32_t i = 0; i < batch->share_count; i++) {
		const struct share *share = &batch->shares[i];
		int64_t backlog = share->lane->high - share->next;

		for (int f = 0; f < FATE_COUNT; f++)
			share->lane->metrics->fates[f] +=
				(uint64_t)share->counts[f];
		share->lane->metrics->backlog = backlog > 0 ? backlog : 0;
	}
	for (uint32_t i = 0; i < batch->count; i++)
		histogram_add(&m->age,
			      batch->now_us -
				      batch->held[i].message.timestamp_us);
	histogram_add(&m->batch, clock_mono_us() - batch->sent_us);
	m->batches++;
	m->conflicts += changeset_conflicts(batch->cs);
	loop->done_messages += batch->count;
}

static void log_dead(const struct batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct held *held = &batch->held[i];

		if (held->dead)
			log_warn("dead-letter",
				 LOG_TEXT("topic", held->message.topic),
				 LOG_INT("partition", held->message.partition),
				 LOG_INT("offset", held->message.offset),
				 LOG_TEXT("stage", held->letter.stage),
				 LOG_ERR(&held->letter.err),
				 LOG_TEXT("pointer", held->letter.err.pointer));
	}
}

static void on_committed(void *ctx, const struct pg_reply *replies, int count,
			 const struct err *err)
{
	struct loop *loop = ctx;
	struct batch *batch = loop->committing;
	int at = 0;

	(void)count;
	if (!batch)
		return;
	if (err) {
		failed(loop, err);
		return;
	}
	crash_point("committed");
	batch->open = false;
	if (!loop->last_commit_us)
		log_info("first-commit", LOG_INT("messages", batch->count));
	loop->last_commit_us = clock_mono_us();
	loop->backoff_ms = BACKOFF_FIRST_MS;
	if (batch->abandoned) {
		/* the next claim reads what it has done */
		loop_reclaim(loop, NULL);
		return;
	}
	publish_acked_gone(loop);
	for (uint32_t i = 0; i < batch->share_count; i++) {
		struct share *share = &batch->shares[i];

		share->lane->next_offset = share->next;
		if (share->outgoing)
			share->pending = pending_new(
				loop, share->lane, pg_i64(&replies[0], at++, 0),
				false);
	}
	measure(loop, batch);
	log_dead(batch);
	loop->advise = true;
	grow(loop);
	loop->committing = NULL;
	loop->telling = batch;
	/* PostgreSQL has something to do while we tell */
	loop_start_if_due(loop, clock_mono_us());
	publish_batch(loop);
}

static void on_unlinked(void *ctx, const struct pg_reply *replies, int count,
			const struct err *err)
{
	struct loop *loop = ctx;
	struct batch *batch = loop->building;
	struct err why;
	int rows = 0;

	(void)count;
	if (err || loop->phase != PHASE_RUNNING || loop->committing || !batch ||
	    !pg_rows(&replies[0]))
		return;
	if (!links_put_unlinked(batch->cs, loop->store, &batch->arena,
				&replies[0], &rows, &why)) {
		log_error("stored-document-broken", LOG_ERR(&why));
		return;
	}
	for (int i = 0; i < loop->lane_count && !batch->share_count; i++)
		if (loop->lanes[i].claimed)
			batch_share(loop, batch, &loop->lanes[i]);
	log_debug("rows-linked", LOG_INT("rows", rows));
	commit_start(loop);
}

/* Asks for rows that came before their order; they travel as a batch without
 * messages. */
void commit_links(struct loop *loop)
{
	links_send_unlinked(loop->store, loop->pg);
	group_end(loop, on_unlinked);
}
