/* claim.c - lanes are claimed: a new epoch each, then what their rows say.
 *
 * A lane whose next offset Kafka no longer holds is halted, alone. A lane on
 * which owners died again and again works in small batches, then alone. What
 * stored outputs still have to tell goes first; then fetching begins. */
#include <stdio.h>

#include "base/clock.h"
#include "base/crash.h"
#include "run/loop_private.h"

enum { WATERMARK_TIMEOUT_MS = 1500 };

static void bind_low(struct loop *loop)
{
	pg_array_begin(&loop->params, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++)
		pg_array_i64(&loop->params, loop->low[i]);
	pg_array_end(&loop->params);
}

static bool ask_watermarks(struct loop *loop, struct err *err)
{
	struct kafka_partition *at = loop->at;

	for (int i = 0; i < loop->lane_count; i++)
		at[i] = (struct kafka_partition){loop->lanes[i].topic,
						 loop->lanes[i].partition, -1};
	if (!kafka_watermarks(loop->consumer, at, loop->lane_count, loop->low,
			      loop->high, WATERMARK_TIMEOUT_MS, err))
		return false;
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->low[i] < 0 || loop->high[i] < 0)
			return err_set(
				err, ERR_TEMPORARY, "no watermarks of %s [%d]",
				loop->lanes[i].topic, loop->lanes[i].partition);
	return true;
}

static const char *why_halted(const struct loop *loop, const struct lane *lane,
			      char text[256])
{
	int64_t low = loop->low[lane - loop->lanes];
	int64_t high = loop->high[lane - loop->lanes];

	snprintf(text, 256,
		 lane->next_offset < low
			 ? "offset %lld is gone: the topic begins at %lld"
			 : "offset %lld is beyond the topic's end %lld: was "
			   "the topic made anew?",
		 (long long)lane->next_offset,
		 (long long)(lane->next_offset < low ? low : high));
	return text;
}

static void halt(struct loop *loop, struct lane *lane)
{
	char why[256];

	log_error("lane-halted", LOG_TEXT("topic", lane->topic),
		  LOG_INT("partition", lane->partition),
		  LOG_TEXT("why", why_halted(loop, lane, why)),
		  LOG_TEXT("what_to_do",
			   "fleetctl lane skip, or fleetctl lane reset"));
	lane->claimed = false;
	lane->halted = true;
	loop->metrics->halted++;
}

/* The lanes that this claim has found beyond what Kafka holds. */
static void send_halts(struct loop *loop)
{
	struct pg_params *p = &loop->params;
	char why[256];

	if (!loop->metrics->halted)
		return;
	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].halted)
			pg_array_i32(p, loop->lanes[i].lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].halted)
			pg_array_i64(p, loop->lanes[i].epoch);
	pg_array_end(p);
	pg_array_begin(p, PG_TEXT);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].halted)
			pg_array_str(p, str_of(why_halted(loop, &loop->lanes[i],
							  why)));
	pg_array_end(p);
	pg_send(loop->pg, lane_statements[LANE_HALT].name, p);
	pg_group_end(loop->pg, (struct pg_done){NULL, NULL});
}

/* All lanes of a process that dies have a strike, and one has the message: it
 * is looked for in one lane after the other, as far as a batch may have gone.
 */
static void suspect(struct loop *loop, struct lane *lane)
{
	int64_t to = lane->next_offset + loop->settings->batch_messages;

	if (loop->alone || lane_through(lane))
		return;
	if (lane->until_offset >= 0 && lane->until_offset < to)
		to = lane->until_offset;
	loop->alone = lane;
	loop->alone_to = to < lane->high ? to : lane->high;
}

/* Strikes: an owner died at this offset again and again. First the batch gets
 * smaller, to one message; then the lane works alone; two more and that
 * message is dead. */
static void judge_strikes(struct loop *loop, struct lane *lane)
{
	int64_t limit = loop->settings->batch_messages;
	int left = lane->strikes;
	struct err err;

	if (lane->next_offset == lane->high)
		return;
	while (left > 0 && limit > 1) {
		limit = limit / 8 ? limit / 8 : 1;
		left--;
	}
	if ((uint32_t)limit < loop->limit)
		loop->limit = (uint32_t)limit;
	if (lane->strikes && limit == 1)
		suspect(loop, lane);
	if (left < 2)
		return;
	err_code(&err, ERR_INVALID, "crashed",
		 "%d owners died on this message without a word",
		 lane->strikes);
	log_error("message-crashed", LOG_TEXT("topic", lane->topic),
		  LOG_INT("partition", lane->partition),
		  LOG_INT("offset", lane->next_offset));
	loop_poison(loop, lane, lane->next_offset, &err);
}

static void take_claim(struct loop *loop, const struct pg_reply *r, int row)
{
	struct lane *lane = lane_named(loop, pg_str(r, row, LANE_CLAIM_TOPIC),
				       pg_i64(r, row, LANE_CLAIM_PARTITION));
	int at;

	if (!lane)
		return;
	at = (int)(lane - loop->lanes);
	lane->lane_id = (int32_t)pg_i64(r, row, LANE_CLAIM_ID);
	lane->epoch = pg_i64(r, row, LANE_CLAIM_EPOCH);
	lane->next_offset = pg_i64(r, row, LANE_CLAIM_NEXT);
	lane->building_next = lane->next_offset;
	lane->until_offset = pg_null(r, row, LANE_CLAIM_UNTIL)
				     ? -1
				     : pg_i64(r, row, LANE_CLAIM_UNTIL);
	lane->strikes = (int32_t)pg_i64(r, row, LANE_CLAIM_STRIKES);
	lane->high = loop->high[at];
	lane->claimed = true;
	lane->halted = false;
	if (lane->next_offset < loop->low[at] ||
	    lane->next_offset > loop->high[at])
		halt(loop, lane);
	else
		judge_strikes(loop, lane);
}

static void on_outputs(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct loop *loop = ctx;

	if (loop->phase != PHASE_CLAIMING)
		return;
	if (err) {
		loop_reclaim(loop, err);
		return;
	}
	crash_point("claimed");
	publish_found(loop, &replies[count - 1]);
}

/* Lanes that wait while one works alone: whoever dies now did not die on
 * them. Committed before anything is fetched. */
static void send_asides(struct loop *loop)
{
	lanes_bind_but(loop, loop->alone);
	pg_send(loop->pg, lane_statements[LANE_ASIDE].name, &loop->params);
	log_warn("lane-works-alone", LOG_TEXT("topic", loop->alone->topic),
		 LOG_INT("partition", loop->alone->partition),
		 LOG_INT("strikes", loop->alone->strikes));
}

static void ask_outputs(struct loop *loop)
{
	if (loop->alone)
		send_asides(loop);
	pg_params_reset(&loop->params);
	pg_array_begin(&loop->params, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed)
			pg_array_i32(&loop->params, loop->lanes[i].lane_id);
	pg_array_end(&loop->params);
	pg_send(loop->pg, lane_statements[LANE_OUTPUTS].name, &loop->params);
	pg_group_end(loop->pg, (struct pg_done){on_outputs, loop});
}

static void take_halted(struct loop *loop, const struct pg_reply *r)
{
	for (int row = 0; row < pg_rows(r); row++) {
		struct lane *lane =
			lane_named(loop, pg_str(r, row, 0), pg_i64(r, row, 1));

		if (!lane)
			continue;
		lane->halted = true;
		log_warn("lane-is-halted", LOG_TEXT("topic", lane->topic),
			 LOG_INT("partition", lane->partition),
			 LOG_STR("why", pg_str(r, row, 2)));
	}
}

static void on_claimed(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct loop *loop = ctx;

	if (loop->phase != PHASE_CLAIMING)
		return;
	if (err) {
		loop_reclaim(loop, err);
		return;
	}
	loop->metrics->halted = 0;
	loop->limit = loop->halved;
	loop->alone = NULL;
	for (int row = 0; row < pg_rows(&replies[count - 2]); row++)
		take_claim(loop, &replies[count - 2], row);
	send_halts(loop);
	take_halted(loop, &replies[count - 1]);
	ask_outputs(loop);
}

void lanes_claim(struct loop *loop)
{
	struct err err;

	for (int i = 0; i < loop->lane_count; i++)
		loop->lanes[i].claimed = loop->lanes[i].halted = false;
	if (loop->lane_count && !ask_watermarks(loop, &err)) {
		loop_reclaim(loop, &err);
		return;
	}
	loop->phase = PHASE_CLAIMING;
	loop->metrics->claims++;
	/* a replay works on the lanes that fleetctl has made, on no others */
	if (!loop->settings->until_end) {
		pg_params_reset(&loop->params);
		pg_param_str(&loop->params, str_of(loop->settings->group));
		lanes_bind_topics(loop);
		bind_low(loop);
		pg_send(loop->pg, lane_statements[LANE_INSERT].name,
			&loop->params);
	}
	pg_params_reset(&loop->params);
	pg_param_str(&loop->params, str_of(loop->owner));
	pg_param_str(&loop->params, str_of(loop->settings->group));
	lanes_bind_topics(loop);
	pg_send(loop->pg, lane_statements[LANE_CLAIM].name, &loop->params);
	pg_params_reset(&loop->params);
	pg_param_str(&loop->params, str_of(loop->settings->group));
	lanes_bind_topics(loop);
	pg_send(loop->pg, lane_statements[LANE_HALTED].name, &loop->params);
	pg_group_end(loop->pg, (struct pg_done){on_claimed, loop});
}

void lanes_start(struct loop *loop)
{
	struct kafka_partition *at = loop->at;
	int count = 0, claimed = 0;
	struct err err;

	for (int i = 0; i < loop->lane_count; i++) {
		const struct lane *lane = &loop->lanes[i];

		claimed += lane->claimed;
		if (lane->claimed && !lane_through(lane) &&
		    (!loop->alone || loop->alone == lane))
			at[count++] = (struct kafka_partition){
				lane->topic, lane->partition,
				lane->next_offset};
	}
	if (loop_leaving(loop)) {
		loop_leave(loop);
		return;
	}
	if (!kafka_assign(loop->consumer, at, count, &err)) {
		loop_reclaim(loop, &err);
		return;
	}
	loop->phase = PHASE_RUNNING;
	loop->running_since_us = clock_mono_us();
	loop->more = true;
	loop->metrics->lanes = claimed;
	loop->metrics->ready = 1;
	log_info("lanes-claimed", LOG_INT("lanes", claimed),
		 LOG_INT("partitions", loop->lane_count));
}
