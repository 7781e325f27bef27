/* batch.h - messages on their way into one transaction.
 *
 * There are two batches, so that one is decoded while PostgreSQL works on the
 * other. A batch is bounded in messages, bytes and time; its memory is one
 * arena, reset with it. */
#ifndef FLOTILLA_RUN_BATCH_H
#define FLOTILLA_RUN_BATCH_H

#include "io/kafka.h"
#include "store/dead_letter.h"
#include "store/intake.h"
#include "store/retell.h"

struct lane;
struct loop;

enum {
	POISON_MAX = 64,
	TURN_MESSAGES = 16, /* polled before sockets are looked at again */
};

/* One lane's share of a batch. */
struct share {
	struct lane *lane;
	int64_t expected; /* next_offset when the batch is committed */
	int64_t next;
	int64_t counts[FATE_COUNT];
	struct buf row; /* of output */
	uint32_t outgoing;
	struct pending *pending;
};

struct held {
	struct kafka_message message;
	int32_t share;
	struct intake_result intake;
	bool dead;
	struct dead_letter letter; /* if dead */
	int64_t retry_of;	   /* dead letter that this retries; 0: none */
};

struct batch {
	struct arena arena;
	struct changeset *cs;
	struct held *held; /* owned, kept between batches */
	uint32_t count, room;
	struct share *shares; /* owned, kept */
	uint32_t share_count;
	size_t bytes;
	int64_t first_us; /* monotonic, of the first message */
	int64_t sent_us;  /* monotonic, of the first statement */
	int64_t now_us;	  /* wall clock of its changes */
	bool careful;
	int races;
	bool open;	/* its transaction is under way */
	bool abandoned; /* the lanes went while it was under way */
	uint32_t dead_count;
	uint32_t told; /* outgoings handed to Kafka so far */
	uint32_t told_dead;
	int replies_before; /* statements of the last group before outputs */
};

/* A message that is dead before it is read. */
struct poison {
	const char *topic;
	int32_t partition;
	int64_t offset;
	struct err err;
};

void batch_init(struct loop *loop, struct batch *batch);
/* The one that `batch` is not. */
struct batch *batch_other(struct loop *loop, const struct batch *batch);
void batch_release(struct batch *batch);
void batch_reset(struct loop *loop, struct batch *batch);
bool batch_has_room(const struct loop *loop, const struct batch *batch);
void batch_take(struct loop *loop, struct kafka_message *message);
struct share *batch_share(struct loop *loop, struct batch *batch,
			  struct lane *lane);
void loop_poison(struct loop *loop, const struct lane *lane, int64_t offset,
		 const struct err *err);

#endif
