/* publish.h - what committed batches tell Kafka, until it is acknowledged.
 *
 * A row of `output` is told in order and deleted by a later commit, when all
 * of its records are acknowledged. A claim tells what it finds at once, and
 * once more after two minutes (heal). */
#ifndef FLOTILLA_RUN_PUBLISH_H
#define FLOTILLA_RUN_PUBLISH_H

#include "io/kafka_producer.h"
#include "io/pg.h"

struct lane;
struct loop;
struct outgoing;

/* Rows that are not acknowledged; then the lane waits. */
enum { OUTPUTS_PER_LANE = 4 };

/* A row of output under way. Lives until all its records are answered. */
struct pending {
	int64_t seq;
	int32_t lane_id;
	int64_t epoch;
	uint32_t outstanding;
	bool failed;
	bool sealed;	   /* all its records have been handed to Kafka */
	bool found;	   /* by a claim: kept for healing, not deleted */
	struct lane *lane; /* ours while its epoch is `epoch` */
	struct loop *loop;
};

void publish_batch(struct loop *loop);
/* Hands one record to Kafka for the row `p`. False: the producer's queue is
 * full, try again later. */
bool publish_tell(struct loop *loop, const struct outgoing *out,
		  struct pending *p) MUST_CHECK;
void publish_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why);
void publish_send_acked(struct loop *loop);
void publish_acked_gone(struct loop *loop);
void publish_clear(struct loop *loop);
void publish_detach(struct loop *loop);
bool publish_room(const struct loop *loop);
struct pending *pending_new(struct loop *loop, struct lane *lane, int64_t seq,
			    bool found);
void pending_seal(struct pending *p);

/* --- publish_found.c --- */
void publish_found(struct loop *loop, const struct pg_reply *rows);
/* Goes on telling what a claim or a healing has found; true when done. */
bool publish_retold(struct loop *loop);
void publish_end_retell(struct loop *loop);
void publish_heal(struct loop *loop);

#endif
