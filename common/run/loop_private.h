/* loop_private.h - what the files of the loop share; nobody else includes it.
 *
 * One thread owns all of this. A batch is built, committed, told; one is told
 * while the other's transaction begins. Any doubt about a lane ends in
 * loop_reclaim(): drop what is held, claim all lanes again, start them at what
 * the claim says. Which file does what stands in loop_steps.h. */
#ifndef FLOTILLA_RUN_LOOP_PRIVATE_H
#define FLOTILLA_RUN_LOOP_PRIVATE_H

#include "io/kafka_consumer.h"
#include "io/kafka_producer.h"
#include "io/pg.h"
#include "mapping/mapping.h"
#include "run/batch.h"
#include "run/lanes.h"
#include "run/loop_steps.h"
#include "run/metrics.h"
#include "run/publish.h"
#include "run/settings.h"
#include "run/worker.h"
#include "store/lane_sql.h"
#include "store/retell.h"

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
	const struct service *service; /* NULL: none */
	int64_t stopped_us;	       /* told to stop then; 0: not yet */
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
	int64_t lost_at_us; /* the group's word that it has gone on without us
			     */
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
	struct lane *alone; /* the only one that is fetched; NULL: all are */
	int64_t alone_to;   /* until it is there */
	bool more;	    /* Kafka may have more at once */

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

static inline bool loop_leaving(const struct loop *loop)
{
	return loop->stopping || loop->unassign_when_left;
}

#endif
