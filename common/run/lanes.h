/* lanes.h - what Kafka assigned to this process, and what it may work on.
 *
 * A lane is claimed with a new epoch before anything of it is fetched; where
 * it begins is what its row says, never what Kafka remembers. In lanes.c it is
 * assigned, watched and let go; in claim.c it is claimed: halted where Kafka
 * no longer holds its next offset, judged by its strikes. */
#ifndef FLOTILLA_RUN_LANES_H
#define FLOTILLA_RUN_LANES_H

#include "io/kafka_consumer.h"
#include "run/metrics.h"

struct loop;
struct mapping;

/* What is assigned to this process and, once claimed, what it holds. */
struct lane {
	const char *topic;
	int32_t partition;
	int32_t lane_id;
	int64_t epoch;
	int64_t next_offset;   /* committed */
	int64_t building_next; /* next that the building batch takes */
	int64_t until_offset;  /* -1: none */
	int64_t high;	       /* watermark, as last seen */
	int64_t suspect_to;    /* end of a batch that was refused */
	int32_t strikes;
	bool claimed;
	bool halted;
	bool calm;		       /* its strikes may be forgotten */
	int unacked;		       /* rows of output under way */
	int32_t slot;		       /* in the building batch; -1: none */
	const struct mapping *mapping; /* NULL: none for this topic */
	struct topic_metrics *metrics;
};

void lanes_assigned(struct loop *loop, const struct kafka_event *event);
void lanes_claim(struct loop *loop);
void lanes_start(struct loop *loop); /* fetch from where the claim says */
/* Its lane ids and epochs, but those of `one` (NULL: all): the first two
 * parameters. */
void lanes_bind_but(struct loop *loop, const struct lane *one);
/* Ids and epochs of what is claimed, as the first parameters. */
void lanes_bind(struct loop *loop);
void lanes_release(struct loop *loop);
void lanes_forget(struct loop *loop);
void lanes_watch(struct loop *loop);
void lanes_calm(struct loop *loop);
void lanes_out_of_range(struct loop *loop, const struct kafka_event *event);
void lanes_end(struct loop *loop, const struct kafka_event *event);
/* NULL: not one of ours. `topic` as the consumer gives it. */
struct lane *lane_find(struct loop *loop, const char *topic, int32_t partition);
/* The same for names that do not come from the consumer. */
struct lane *lane_named(struct loop *loop, struct str topic, int64_t partition);
/* A replay's lane ends before the topic does. */
bool lane_through(const struct lane *lane);
bool lanes_all_through(const struct loop *loop);
const struct mapping *loop_mapping(const struct loop *loop, const char *topic);

/* Topics and partitions of all that is assigned, as the next parameters. */
void lanes_bind_topics(struct loop *loop);

#endif
