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

void commit_send(struct loop *loop, enum lane_statement statement,
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
	commit_send(loop, LANE_LOCK, p);
}

static void run_transaction(struct loop *loop)
{
	struct batch *batch = loop->committing;

	batch->open = true;
	batch->now_us = clock_now_us();
	batch->sent_us = clock_mono_us();
	commit_send(loop, SQL_BEGIN, NULL);
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

	if (loop->alone)
		return;
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
	commit_send(loop, SQL_ROLLBACK, NULL);
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

static void decide_and_write(struct loop *loop)
{
	struct err err;

	changeset_decide(loop->committing->cs, loop->committing->now_us);
	if (!commit_outputs_fit(loop, &err)) {
		failed(loop, &err);
		return;
	}
	commit_send_writes(loop);
	crash_point("before-commit");
	commit_send(loop, SQL_COMMIT, NULL);
	group_end(loop, on_committed);
	crash_point("commit-sent");
}

/* Whether the lane that works alone has taken what it was suspected of. */
static bool alone_is_through(const struct batch *batch, const struct loop *loop)
{
	for (uint32_t i = 0; i < batch->share_count; i++)
		if (batch->shares[i].lane == loop->alone &&
		    batch->shares[i].next >= loop->alone_to)
			return true;
	return false;
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
	if (batch->abandoned || alone_is_through(batch, loop)) {
		/* the next claim reads what it has done, and lets all work */
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
	commit_measure(loop, batch);
	commit_log_dead(batch);
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
	if (err || loop->phase != PHASE_RUNNING || loop->committing || !batch)
		return;
	if (!links_put_unlinked(batch->cs, loop->store, &batch->arena,
				&replies[0], &rows, &why)) {
		log_error("stored-document-broken", LOG_ERR(&why));
		return;
	}
	if (!rows)
		return;
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
