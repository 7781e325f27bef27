/* publish_found.c - rows of output that a claim found: told at once, kept, and
 * told once more two minutes later.
 *
 * By then no former owner can put an old value last on a compacted topic. */
#include "base/clock.h"
#include "run/loop_private.h"
#include "store/lane_sql.h"

enum { HEAL_EVERY_US = 10 * 1000000 };

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

bool publish_retold(struct loop *loop)
{
	uint32_t count;
	const struct outgoing *events = retell_events(loop->retell, &count);

	for (; loop->retold_next < count; loop->retold_next++) {
		const struct outgoing *out = &events[loop->retold_next];

		/* a reference whose row is not there any more */
		if (out->reference && !out->type.at && !out->headers)
			continue;
		if (!publish_tell(loop, out, loop->retold[out->message]))
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
