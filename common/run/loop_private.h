/* loop_private.h - what the files of the loop share; nobody else includes it.
 *
 * One thread owns all of this. A batch is built, committed, told; there are
 *two, so that one is decoded while PostgreSQL works on the other, and one is
 *told while the other's transaction begins. Any doubt about a lane ends in
 *loop_reclaim(): drop what is held, claim all lanes again, start them at what
 *the claim says. The files:
 *
 *	loop.c		one turn: wait, serve, phases; doubt and its end
 *	events.c	what Kafka says
 *	timers.c	what is done now and then
 *	lanes.c		assignment, claim, release, halt
 *	batch.c		messages into records
 *	commit.c	a batch through its transaction
 *	publish.c	outputs, acknowledgements, healing */
#ifndef FLOTILLA_RUN_LOOP_PRIVATE_H
#define FLOTILLA_RUN_LOOP_PRIVATE_H

#include "io/kafka.h"
#include "io/pg.h"
#include "mapping/mapping.h"
#include "run/metrics.h"
#include "run/settings.h"
#include "run/worker.h"
#include "store/dead_letter.h"
#include "store/retell.h"

enum {
	OUTPUTS_PER_LANE = 4, /* unacknowledged; then the lane waits */
	POISON_MAX = 64,
	TURN_MESSAGES = 16, /* polled before sockets are looked at again */
	BACKOFF_FIRST_MS = 100,
	BACKOFF_LAST_MS = 10000,
	RACES_MAX = 16, /* a batch runs again that often before a new claim */
};

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

struct poison {
	const char *topic;
	int32_t partition;
	int64_t offset;
	struct err err;
};

enum phase {
	PHASE_IDLE,    /* nothing is assigned */
	PHASE_WAITING, /* to claim, until claim_at_us and PostgreSQL */
	PHASE_CLAIMING,
	PHASE_RUNNING,
	PHASE_LEAVING, /* revoked or stopping: finish, then let go */
	PHASE_RELEASING,
	PHASE_GONE, /* stopping, all let go */
};

struct loop {
	const struct worker *worker;
	const struct settings *settings;
	struct metrics *metrics;
	struct store *store;
	struct pg *pg;
	struct kafka_consumer *consumer;
	struct kafka_producer *producer;
	struct kafka_property *props;
	const char *const *topics;
	char owner[96];
	char source[64];		 /* ce_source */
	struct outgoing_headers headers; /* of the record being told */
	size_t output_bytes;		 /* the largest value to be told */

	struct mapping **mappings;
	int mapping_count;

	enum phase phase;
	bool stopping; /* SIGTERM */
	bool failed;   /* FATAL: exit 1 */
	bool unassign_when_left;
	int64_t leave_by_us;
	int64_t claim_at_us;
	int64_t connect_at_us; /* PostgreSQL is down: not before */
	int64_t connect_by_us; /* connecting: give up then */
	int64_t backoff_ms;    /* of the next pause */
	int64_t running_since_us;
	int64_t trouble_at_us; /* Kafka's troubles: told once in a while */

	struct lane *lanes; /* KAFKA_PARTITIONS_MAX */
	int lane_count;
	int64_t *low, *high;	    /* watermarks of the claim */
	struct kafka_partition *at; /* scratch, KAFKA_PARTITIONS_MAX */

	struct mapping_work work;
	struct batch batches[2];
	struct batch *building;	  /* NULL: both are under way */
	struct batch *committing; /* NULL: the transaction slot is free */
	struct batch *telling;	  /* committed, not all told; NULL: none */
	uint32_t limit;		  /* messages of the next batch */
	uint32_t halved;	  /* what a refused batch leaves of it */
	bool more;		  /* Kafka may have more at once */

	struct poison poisons[POISON_MAX];
	int poison_count;

	int64_t *acked; /* seqs to delete; owned */
	int acked_count, acked_room;
	int acked_sent; /* of these, in a transaction that is under way */
	int64_t acked_since_us;
	struct arena retell_arena;
	struct retell *retell;
	struct pending **retold; /* one per row found */
	uint32_t retold_count, retold_next;
	bool retell_read; /* what it speaks of has been read */
	bool healing;
	int64_t heal_at_us;
	int found_count;

	struct pg_params params;
	int64_t link_at_us, advise_at_us, rate_at_us, watch_at_us;
	uint64_t rate_seen, done_messages;
	int64_t last_commit_us;
	bool calm;   /* some lane is */
	bool advise; /* lanes have moved since the last advice */
};

/* --- loop.c --- */
/* Drops what is held and claims all lanes again, after a pause if `why` is
 * not NULL. */
void loop_reclaim(struct loop *loop, const struct err *why);
void loop_fail(struct loop *loop, const char *event, const struct err *err);
bool loop_has_lanes(const struct loop *loop);
/* The group has thrown this member out for good: a broker that forgot it, or
 * another process under our group.instance.id. Drops all, joins anew. */
void loop_new_consumer(struct loop *loop, const struct err *why);
/* Finish what is in hand, let the lanes go; then leave or stop. */
void loop_leave(struct loop *loop);
/* Begins the transaction of the batch that was built, if it is time. */
void loop_start_if_due(struct loop *loop, int64_t now_us);
static inline bool loop_leaving(const struct loop *loop)
{
	return loop->stopping || loop->unassign_when_left;
}

/* --- events.c --- */
void events_poll(struct loop *loop);

/* --- timers.c --- */
void timers_run(struct loop *loop, int64_t now_us);
/* Milliseconds until something is due. */
int timers_wait_ms(const struct loop *loop, int64_t now_us);

/* --- lanes.c --- */
void lanes_assigned(struct loop *loop, const struct kafka_event *event);
void lanes_claim(struct loop *loop);
void lanes_start(struct loop *loop); /* fetch from where the claim says */
/* Ids and epochs of what is claimed, as the first parameters. */
void lanes_bind(struct loop *loop);
void lanes_release(struct loop *loop);
void lanes_forget(struct loop *loop);
void lanes_watch(struct loop *loop);
void lanes_calm(struct loop *loop);
void lanes_out_of_range(struct loop *loop, const struct kafka_event *event);
void lanes_end(struct loop *loop, const struct kafka_event *event);
struct lane *lane_find(struct loop *loop, const char *topic, int32_t partition);
bool lanes_all_through(const struct loop *loop);
const struct mapping *loop_mapping(const struct loop *loop, const char *topic);

/* --- batch.c --- */
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

/* --- commit.c --- */
void commit_start(struct loop *loop);
void commit_links(struct loop *loop);

/* --- publish.c --- */
void publish_batch(struct loop *loop);
void publish_found(struct loop *loop, const struct pg_reply *rows);
bool publish_retold(struct loop *loop);
void publish_end_retell(struct loop *loop);
void publish_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why);
void publish_send_acked(struct loop *loop);
void publish_acked_gone(struct loop *loop);
void publish_clear(struct loop *loop);
void publish_heal(struct loop *loop);
void publish_detach(struct loop *loop);
bool publish_room(const struct loop *loop);
struct pending *pending_new(struct loop *loop, struct lane *lane, int64_t seq,
			    bool found);
void pending_seal(struct pending *p);

#endif
