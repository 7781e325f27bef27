/* timers.c - what a loop does now and then, and how long it may sleep. */
#include "base/clock.h"
#include "run/loop_private.h"

enum {
	ADVISE_EVERY_US = 1000000,
	WATCH_EVERY_US = 2000000,
	RATE_EVERY_US = 2000000,
	CLEAR_AFTER_US = 1000000,
	CALM_AFTER_US = 5000000,
	CONNECT_US = 10000000,
	/* above the statement timeout: then nobody is there any more */
	SILENCE_US = 45000000,
	REJOIN_US = 20000000,
	LONGEST_WAIT_MS = 200,
};

/* Advice for lag tools; also how far the topics' ends are. */
static void advise(struct loop *loop)
{
	int count = 0;

	for (int i = 0; i < loop->lane_count; i++) {
		struct lane *lane = &loop->lanes[i];
		int64_t high = kafka_high_seen(loop->consumer, lane->topic,
					       lane->partition);

		if (!lane->claimed)
			continue;
		if (high > lane->high)
			lane->high = high;
		loop->at[count++] = (struct kafka_partition){
			lane->topic, lane->partition, lane->next_offset};
	}
	if (count && loop->advise)
		kafka_advise_offsets(loop->consumer, loop->at, count);
	loop->advise = false;
}

static void rate(struct loop *loop, int64_t now_us)
{
	int64_t passed = now_us - (loop->rate_at_us - RATE_EVERY_US);

	loop->metrics->drain_rate =
		(int64_t)(loop->done_messages - loop->rate_seen) * 1000000 /
		(passed > 0 ? passed : 1);
	loop->rate_seen = loop->done_messages;
}

static bool due(int64_t *at_us, int64_t now_us, int64_t every_us)
{
	if (now_us < *at_us)
		return false;
	*at_us = now_us + every_us;
	return true;
}

static void connect(struct loop *loop, int64_t now_us)
{
	if (pg_status(loop->pg) == PG_DOWN && now_us >= loop->connect_at_us) {
		pg_connect(loop->pg);
		loop->connect_by_us = now_us + CONNECT_US;
	} else if (pg_status(loop->pg) == PG_CONNECTING &&
		   now_us > loop->connect_by_us) {
		pg_disconnect(loop->pg);
		loop->connect_at_us = now_us + loop->backoff_ms * 1000;
		log_warn("database-silent",
			 LOG_TEXT("what_to_do", "check PGHOST and PGPORT, and "
						"whether PostgreSQL is up"));
	}
}

static void watch_silence(struct loop *loop, int64_t now_us)
{
	const struct batch *batch = loop->committing;

	if (!batch || !batch->open || now_us - batch->sent_us < SILENCE_US)
		return;
	log_warn("database-silent",
		 LOG_INT("seconds", (now_us - batch->sent_us) / 1000000));
	pg_disconnect(loop->pg);
}

/* A broker that has died can hold up the client's search for the group's
 * coordinator (TRAPS): who lost its partitions and hears nothing joins anew. */
static void watch_group(struct loop *loop, int64_t now_us)
{
	if (!loop->lost_at_us || now_us - loop->lost_at_us < REJOIN_US)
		return;
	log_warn("group-silent", LOG_INT("seconds", REJOIN_US / 1000000));
	loop_new_consumer(loop);
	loop->lost_at_us = now_us;
}

static void while_running(struct loop *loop, int64_t now_us)
{
	if (now_us - loop->running_since_us > CALM_AFTER_US)
		loop->backoff_ms = BACKOFF_FIRST_MS;
	if (due(&loop->advise_at_us, now_us, ADVISE_EVERY_US))
		advise(loop);
	/* a turn is short, and a group of each turn would pile up */
	if (loop->committing || pg_status(loop->pg) != PG_READY ||
	    pg_busy(loop->pg))
		return;
	if (loop->acked_count && now_us - loop->acked_since_us > CLEAR_AFTER_US)
		publish_clear(loop);
	if (loop->calm)
		lanes_calm(loop);
	if (loop->found_count > 0 && now_us >= loop->heal_at_us)
		publish_heal(loop);
	if (!loop->settings->until_end &&
	    due(&loop->watch_at_us, now_us, WATCH_EVERY_US))
		lanes_watch(loop);
	if (!loop->settings->until_end && !pg_busy(loop->pg) &&
	    due(&loop->link_at_us, now_us,
		loop->settings->link_every_ms * 1000))
		commit_links(loop);
}

void timers_run(struct loop *loop, int64_t now_us)
{
	connect(loop, now_us);
	watch_silence(loop, now_us);
	watch_group(loop, now_us);
	if (due(&loop->rate_at_us, now_us, RATE_EVERY_US))
		rate(loop, now_us);
	if (loop->phase == PHASE_RUNNING)
		while_running(loop, now_us);
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int timers_wait_ms(const struct loop *loop, int64_t now_us)
{
	int64_t next = now_us + LONGEST_WAIT_MS * 1000;

	if (pg_status(loop->pg) == PG_DOWN)
		next = sooner(next, loop->connect_at_us);
	if (loop->phase == PHASE_WAITING)
		next = sooner(next, loop->claim_at_us);
	if (loop->phase == PHASE_RUNNING && loop->building &&
	    loop->building->count)
		next = sooner(next,
			      loop->building->first_us +
				      loop->settings->batch_wait_ms * 1000);
	/* rounded up: a millisecond early is a turn for nothing */
	return next <= now_us ? 1 : (int)((next - now_us + 999) / 1000);
}
