/* loop.c - one turn: serve, poll, phases. */
#include "run/loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "run/loop_private.h"

enum {
	PARAMS_MAX_BYTES = 512 << 20,
	RETELL_KEEP_BYTES = 1 << 20,
	/* a record's key and headers: ids are at most 512 bytes */
	HEADERS_MAX_BYTES = 8192,
	OWN_FDS = 4,
};

bool loop_has_lanes(const struct loop *loop)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].claimed)
			return true;
	return false;
}

void loop_leave(struct loop *loop)
{
	if (loop->phase == PHASE_LEAVING || loop->phase == PHASE_RELEASING ||
	    loop->phase == PHASE_GONE)
		return;
	if (loop->building)
		batch_reset(loop, loop->building);
	loop->phase = PHASE_LEAVING;
	loop->leave_by_us =
		clock_mono_us() + loop->settings->drain_ms * 1000 * 6 / 10;
}

static bool all_acked(const struct loop *loop)
{
	for (int i = 0; i < loop->lane_count; i++)
		if (loop->lanes[i].unacked)
			return false;
	return true;
}

/* What is in hand is committed and told, but not for ever. */
static void leave_step(struct loop *loop, int64_t now_us)
{
	bool late = now_us >= loop->leave_by_us;
	bool busy = loop->committing || loop->telling || loop->retell ||
		    pg_busy(loop->pg) || !all_acked(loop);

	if (busy && !late)
		return;
	if (busy) {
		log_warn("left-in-haste",
			 LOG_INT("batch", loop->committing != NULL));
		if (pg_busy(loop->pg))
			pg_disconnect(loop->pg);
		loop_reclaim(loop, NULL);
	}
	lanes_release(loop);
}

static bool batch_is_due(const struct loop *loop, int64_t now_us)
{
	const struct batch *batch = loop->building;

	if (!batch || !batch->share_count || loop->committing ||
	    pg_status(loop->pg) != PG_READY || !publish_room(loop))
		return false;
	return !batch->count || !batch_has_room(loop, batch) ||
	       now_us - batch->first_us >= loop->settings->batch_wait_ms * 1000;
}

void loop_start_if_due(struct loop *loop, int64_t now_us)
{
	if (loop->phase == PHASE_RUNNING && !loop_leaving(loop) &&
	    batch_is_due(loop, now_us))
		commit_start(loop);
}

static void run_step(struct loop *loop, int64_t now_us)
{
	if (loop_leaving(loop)) {
		loop_leave(loop);
		return;
	}
	loop_start_if_due(loop, now_us);
	if (loop->settings->until_end && !loop->committing && !loop->telling &&
	    !loop->building->share_count && all_acked(loop) &&
	    lanes_all_through(loop)) {
		log_info("replay-through", LOG_INT("lanes", loop->lane_count));
		loop->stopping = true;
	}
}

static void step(struct loop *loop, int64_t now_us)
{
	if (loop->telling)
		publish_batch(loop);
	if (loop->retell && loop->retell_read)
		publish_retold(loop);
	switch (loop->phase) {
	case PHASE_IDLE:
		if (loop->stopping)
			loop->phase = PHASE_GONE;
		break;
	case PHASE_WAITING:
		if (loop_leaving(loop))
			loop_leave(loop);
		else if (now_us >= loop->claim_at_us && !loop->committing &&
			 pg_status(loop->pg) == PG_READY && !pg_busy(loop->pg))
			lanes_claim(loop);
		break;
	case PHASE_RUNNING:
		run_step(loop, now_us);
		break;
	case PHASE_LEAVING:
		leave_step(loop, now_us);
		break;
	case PHASE_CLAIMING:
	case PHASE_RELEASING:
	case PHASE_GONE:
		break;
	}
}

static void serve_database(struct loop *loop)
{
	struct err err;

	if (pg_serve(loop->pg, &err))
		return;
	if (err.kind == ERR_FATAL) {
		err_wrap(&err, "has `fleetctl migrate` been run?");
		loop_fail(loop, "database-refuses", &err);
		return;
	}
	loop->connect_at_us = clock_mono_us() + loop_pause_us(loop);
	log_warn("database-lost", LOG_ERR(&err));
	loop_reclaim(loop, NULL);
}

static void serve_producer(struct loop *loop)
{
	struct kafka_producer *fresh;
	struct err err;

	kafka_producer_serve(loop->producer);
	if (!kafka_producer_broken(loop->producer))
		return;
	fresh = kafka_producer_new(
		loop->props, (struct kafka_producer_handler){publish_ack, loop},
		&err);
	if (!fresh) {
		loop_fail(loop, "kafka-failed", &err);
		return;
	}
	publish_detach(loop);
	kafka_producer_free(loop->producer);
	loop->producer = fresh;
	err_set(&err, ERR_TEMPORARY, "the producer gave up and was made anew");
	loop_reclaim(loop, &err);
}

/* Sleeps until something is there or due. */
static void wait(struct loop *loop, int signal_fd)
{
	bool room = loop->phase != PHASE_RUNNING ||
		    batch_has_room(loop, loop->building);
	int64_t now = clock_mono_us();
	struct pollfd fds[OWN_FDS + SERVICE_FDS_MAX] = {
		{.fd = signal_fd, .events = POLLIN},
		{.fd = pg_fd(loop->pg), .events = pg_events(loop->pg)},
		{.fd = kafka_producer_fd(loop->producer), .events = POLLIN},
		/* a full batch would be woken for nothing */
		{.fd = room ? kafka_consumer_fd(loop->consumer) : -1,
		 .events = POLLIN},
	};
	int wait_ms = timers_wait_ms(loop, now), count = OWN_FDS;
	struct signalfd_bytes {
		char bytes[128];
	} seen;

	if (loop->more && room)
		wait_ms = 0;
	if (batch_is_due(loop, now))
		wait_ms = 0;
	if (loop->service)
		count += loop->service->wait(loop->service->ctx, fds + OWN_FDS,
					     &wait_ms);
	poll(fds, (nfds_t)count, wait_ms);
	if (fds[0].revents && read(signal_fd, &seen, sizeof(seen)) > 0 &&
	    !loop->stopping) {
		log_info("stopping",
			 LOG_INT("drain_ms", loop->settings->drain_ms));
		loop->stopping = true;
		loop->stopped_us = clock_mono_us();
		loop->metrics->ready = 0;
	}
}

static void serve_service(struct loop *loop)
{
	if (loop->service)
		loop->service->turn(loop->service->ctx, loop->stopping);
}

/* Lanes first; what a service has in hand may take as long as all of it. */
static bool is_done(const struct loop *loop)
{
	if (loop->failed)
		return true;
	if (loop->phase != PHASE_GONE)
		return false;
	return !loop->service || !loop->service->busy(loop->service->ctx) ||
	       clock_mono_us() - loop->stopped_us >
		       loop->settings->drain_ms * 800;
}

static void turn(struct loop *loop, int signal_fd)
{
	wait(loop, signal_fd);
	loop->metrics->turned_us = clock_mono_us();
	serve_database(loop);
	serve_producer(loop);
	events_poll(loop);
	step(loop, clock_mono_us());
	timers_run(loop, clock_mono_us());
	serve_service(loop);
}

/* What both our producer and a topic made by fleetctl take. */
static size_t output_bytes(const struct loop *loop)
{
	size_t ours = kafka_producer_max_bytes(loop->producer);
	size_t topics =
		(size_t)loop->settings->message_bytes + SETTINGS_SLACK_BYTES;

	return (ours < topics ? ours : topics) - HEADERS_MAX_BYTES;
}

static bool start(struct loop *loop, const struct loop_parts *parts,
		  struct err *err)
{
	loop->worker = parts->worker;
	loop->settings = parts->settings;
	loop->metrics = parts->metrics;
	loop->store = parts->store;
	loop->service = parts->service;
	loop->mappings = parts->mappings;
	loop->mapping_count = parts->mapping_count;
	loop->props = parts->settings->kafka;
	loop->topics = parts->topics;
	loop->phase = PHASE_IDLE;
	loop->backoff_ms = BACKOFF_FIRST_MS;
	loop->limit = loop->halved = (uint32_t)parts->settings->batch_messages;
	snprintf(loop->owner, sizeof(loop->owner), "%s", parts->owner);
	snprintf(loop->source, sizeof(loop->source), "/flotilla/%s",
		 parts->worker->name);
	loop->lanes = calloc(KAFKA_PARTITIONS_MAX, sizeof(*loop->lanes));
	loop->low = calloc(KAFKA_PARTITIONS_MAX, sizeof(*loop->low));
	loop->high = calloc(KAFKA_PARTITIONS_MAX, sizeof(*loop->high));
	loop->at = calloc(KAFKA_PARTITIONS_MAX, sizeof(*loop->at));
	if (!loop->lanes || !loop->low || !loop->high || !loop->at)
		abort();
	mapping_work_init(&loop->work);
	loop->work.limits.max_bytes = (size_t)parts->settings->message_bytes;
	arena_init(&loop->retell_arena, RETELL_KEEP_BYTES);
	pg_params_init(&loop->params, PARAMS_MAX_BYTES);
	for (int i = 0; i < 2; i++)
		batch_init(loop, &loop->batches[i]);
	loop->building = &loop->batches[0];
	loop->pg = pg_new("", store_statements(loop->store));
	pg_connect(loop->pg);
	loop->connect_by_us = INT64_MAX;
	loop->producer = kafka_producer_new(
		parts->settings->kafka,
		(struct kafka_producer_handler){publish_ack, loop}, err);
	if (!loop->producer)
		return false;
	loop->output_bytes = output_bytes(loop);
	loop->consumer =
		kafka_consumer_new(parts->settings->kafka,
				   parts->settings->group, parts->topics, err);
	return loop->consumer != NULL;
}

static void finish(struct loop *loop)
{
	kafka_consumer_close(loop->consumer, CONSUMER_CLOSE_MS);
	pg_free(loop->pg);
	/* librdkafka's producer waits for what was purged; the kernel is
	 * quicker, and nothing in it is ours any more */
	for (int i = 0; i < 2; i++)
		batch_release(&loop->batches[i]);
	mapping_work_release(&loop->work);
	arena_release(&loop->retell_arena);
	pg_params_release(&loop->params);
	free(loop->acked);
	free(loop->lanes);
	free(loop->low);
	free(loop->high);
	free(loop->at);
}

bool loop_run(const struct loop_parts *parts, struct err *err)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	bool ok;

	if (!loop)
		abort();
	ok = start(loop, parts, err);
	while (ok && !is_done(loop))
		turn(loop, parts->signal_fd);
	if (ok && loop->failed)
		ok = err_set(err, ERR_FATAL, "stopped, see above");
	finish(loop);
	free(loop);
	return ok;
}
