/* lanes.c - from Kafka's assignment to lanes that may be worked on. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "run/loop_private.h"
#include "store/lane_sql.h"

enum { WATERMARK_TIMEOUT_MS = 1500 };

struct lane *lane_find(struct loop *loop, const char *topic, int32_t partition)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].partition == partition &&
		    loop->lanes[i].topic == topic)
			return &loop->lanes[i];
	return NULL;
}

/* For names that do not come from the consumer, and so are not interned. */
static struct lane *lane_named(struct loop *loop, struct str topic,
			       int64_t partition)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].partition == partition &&
		    str_is(topic, loop->lanes[i].topic))
			return &loop->lanes[i];
	return NULL;
}

const struct mapping *loop_mapping(const struct loop *loop, const char *topic)
{
	for (int i = 0; i < loop->mapping_count; i++) {
		const struct mapping *m = loop->mappings[i];
		char wanted[256];

		snprintf(wanted, sizeof(wanted), "raw.%s.%s.v1",
			 mapping_system(m), mapping_noun(m));
		if (!strcmp(wanted, topic))
			return m;
	}
	return NULL;
}

void lanes_assigned(struct loop *loop, const struct kafka_event *event)
{
	loop->lane_count = event->partition_count;
	for (int i = 0; i < event->partition_count; i++) {
		const char *topic = event->partitions[i].topic;

		loop->lanes[i] = (struct lane){
			.topic = topic,
			.partition = event->partitions[i].partition,
			.until_offset = -1,
			.slot = -1,
			.mapping = loop_mapping(loop, topic),
			.metrics = metrics_topic(loop->metrics, topic),
		};
	}
	log_info("partitions-assigned",
		 LOG_INT("partitions", event->partition_count));
}

void lanes_forget(struct loop *loop)
{
	publish_detach(loop);
	loop->lane_count = 0;
	loop->metrics->lanes = 0;
	loop->metrics->halted = 0;
}

static void bind_topics(struct loop *loop, bool with_low)
{
	struct pg_params *p = &loop->params;

	pg_array_begin(p, PG_TEXT);
	for (int i = 0; i < loop->lane_count; i++)
		pg_array_str(p, str_of(loop->lanes[i].topic));
	pg_array_end(p);
	pg_array_begin(p, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		pg_array_i32(p, loop->lanes[i].partition);
	pg_array_end(p);
	if (!with_low)
		return;
	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++)
		pg_array_i64(p, loop->low[i]);
	pg_array_end(p);
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

/* Strikes: an owner died at this offset again and again. First the batch gets
 * smaller, to one message; two more and that message is dead. */
static void judge_strikes(struct loop *loop, struct lane *lane)
{
	int64_t limit = loop->settings->batch_messages;
	int left = lane->strikes;
	struct err err;

	while (left > 0 && limit > 1) {
		limit = limit / 8 ? limit / 8 : 1;
		left--;
	}
	if ((uint32_t)limit < loop->limit)
		loop->limit = (uint32_t)limit;
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

	(void)count;
	if (loop->phase != PHASE_CLAIMING)
		return;
	if (err) {
		loop_reclaim(loop, err);
		return;
	}
	crash_point("claimed");
	publish_found(loop, &replies[0]);
}

static void ask_outputs(struct loop *loop)
{
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
		bind_topics(loop, true);
		pg_send(loop->pg, lane_statements[LANE_INSERT].name,
			&loop->params);
	}
	pg_params_reset(&loop->params);
	pg_param_str(&loop->params, str_of(loop->owner));
	pg_param_str(&loop->params, str_of(loop->settings->group));
	bind_topics(loop, false);
	pg_send(loop->pg, lane_statements[LANE_CLAIM].name, &loop->params);
	pg_params_reset(&loop->params);
	pg_param_str(&loop->params, str_of(loop->settings->group));
	bind_topics(loop, false);
	pg_send(loop->pg, lane_statements[LANE_HALTED].name, &loop->params);
	pg_group_end(loop->pg, (struct pg_done){on_claimed, loop});
}

static bool lane_through(const struct lane *lane)
{
	return lane->until_offset >= 0 &&
	       lane->next_offset >= lane->until_offset;
}

bool lanes_all_through(const struct loop *loop)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed && !lane_through(&loop->lanes[i]))
			return false;
	return true;
}

void lanes_start(struct loop *loop)
{
	struct kafka_partition *at = loop->at;
	int count = 0, claimed = 0;
	struct err err;

	for (int i = 0; i < loop->lane_count; i++) {
		const struct lane *lane = &loop->lanes[i];

		claimed += lane->claimed;
		if (lane->claimed && !lane_through(lane))
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

void lanes_bind(struct loop *loop)
{
	struct pg_params *p = &loop->params;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed)
			pg_array_i32(p, loop->lanes[i].lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed)
			pg_array_i64(p, loop->lanes[i].epoch);
	pg_array_end(p);
}

static void on_watched(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct loop *loop = ctx;
	struct err why;

	(void)count;
	if (err || loop->phase != PHASE_RUNNING || !pg_rows(&replies[0]))
		return;
	err_code(&why, ERR_TEMPORARY, "fenced",
		 "a lane has another owner or was moved by an operator");
	loop_reclaim(loop, &why);
}

/* A lane without traffic learns here what the others learn from their next
 * batch; and a halted one, that an operator has set it going. */
void lanes_watch(struct loop *loop)
{
	struct pg_params *p = &loop->params;

	pg_params_reset(p);
	pg_param_str(p, str_of(loop->settings->group));
	bind_topics(loop, false);
	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++)
		pg_array_i64(p, loop->lanes[i].claimed ? loop->lanes[i].epoch
						       : -1);
	pg_array_end(p);
	pg_send(loop->pg, lane_statements[LANE_WATCH].name, p);
	pg_group_end(loop->pg, (struct pg_done){on_watched, loop});
}

static void on_released(void *ctx, const struct pg_reply *replies, int count,
			const struct err *err)
{
	struct loop *loop = ctx;

	(void)replies;
	(void)count;
	/* a release that was not heard costs a strike at the next claim */
	if (err)
		log_warn("release-failed", LOG_ERR(err));
	if (loop->phase != PHASE_RELEASING)
		return;
	lanes_forget(loop);
	if (loop->unassign_when_left)
		kafka_unassign(loop->consumer);
	loop->unassign_when_left = false;
	loop->phase = loop->stopping ? PHASE_GONE : PHASE_IDLE;
}

void lanes_release(struct loop *loop)
{
	loop->phase = PHASE_RELEASING;
	loop->metrics->ready = 0;
	if (pg_status(loop->pg) != PG_READY || !loop_has_lanes(loop)) {
		on_released(loop, NULL, 0, NULL);
		return;
	}
	publish_clear(loop);
	lanes_bind(loop);
	pg_send(loop->pg, lane_statements[LANE_RELEASE].name, &loop->params);
	pg_group_end(loop->pg, (struct pg_done){on_released, loop});
}

void lanes_out_of_range(struct loop *loop, const struct kafka_event *event)
{
	struct err err;

	/* the next claim reads both watermarks and halts the lane */
	err_set(&err, ERR_TEMPORARY, "%s [%d]: the offset is out of range",
		event->topic, event->partition);
	loop_reclaim(loop, &err);
}

/* The end of a partition is an offset without a message when a transaction's
 * marker or an aborted record stands before it. */
void lanes_end(struct loop *loop, const struct kafka_event *event)
{
	struct lane *lane = lane_find(loop, event->topic, event->partition);

	if (!lane || !lane->claimed || loop->phase != PHASE_RUNNING)
		return;
	lane->high = event->offset;
	if (event->offset > lane->building_next &&
	    (lane->until_offset < 0 || event->offset <= lane->until_offset)) {
		struct share *share = batch_share(loop, loop->building, lane);

		share->counts[FATE_GAP] += event->offset - lane->building_next;
		lane->building_next = share->next = event->offset;
		return;
	}
	if (!lane->strikes || lane->next_offset != event->offset)
		return;
	/* nothing was there to die on */
	lane->strikes = 0;
	lane->calm = true;
	loop->calm = true;
}

/* Tells the store of the lanes at whose ends nobody can have died. */
void lanes_calm(struct loop *loop)
{
	struct pg_params *p = &loop->params;

	loop->calm = false;
	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].calm)
			pg_array_i32(p, loop->lanes[i].lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++) {
		if (loop->lanes[i].calm)
			pg_array_i64(p, loop->lanes[i].epoch);
		loop->lanes[i].calm = false;
	}
	pg_array_end(p);
	pg_send(loop->pg, lane_statements[LANE_CALM].name, p);
	pg_group_end(loop->pg, (struct pg_done){NULL, NULL});
}
