/* lanes.c - from Kafka's assignment to letting go; claim.c is between. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "run/loop_private.h"
#include "store/lane_sql.h"

struct lane *lane_find(struct loop *loop, const char *topic, int32_t partition)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].partition == partition &&
		    loop->lanes[i].topic == topic)
			return &loop->lanes[i];
	return NULL;
}

/* For names that do not come from the consumer, and so are not interned. */
struct lane *lane_named(struct loop *loop, struct str topic, int64_t partition)
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
	loop->alone = NULL;
	loop->lane_count = 0;
	loop->metrics->lanes = 0;
	loop->metrics->halted = 0;
}

void lanes_bind_topics(struct loop *loop)
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
}

bool lane_through(const struct lane *lane)
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

void lanes_bind_but(struct loop *loop, const struct lane *one)
{
	struct pg_params *p = &loop->params;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed && &loop->lanes[i] != one)
			pg_array_i32(p, loop->lanes[i].lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed && &loop->lanes[i] != one)
			pg_array_i64(p, loop->lanes[i].epoch);
	pg_array_end(p);
}

void lanes_bind(struct loop *loop)
{
	lanes_bind_but(loop, NULL);
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
	lanes_bind_topics(loop);
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
