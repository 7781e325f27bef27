/* feed_send.c - messages out, acknowledgements back, the state saved. */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "feed.h"
#include "io/kafka_producer.h"

enum {
	TOPIC_WAIT_MS = 15000,
	/* above message.timeout.ms: librdkafka answers for all before this */
	ANSWER_WAIT_US = 60000000,
	WAIT_US = 100000,
	SAVE_EVERY_US = 250000,
	SERVE_EVERY = 512, /* rows */
};

static void fail_row(struct feed *f, int64_t row, const char *why)
{
	if (f->end == FEED_FAILED)
		return;
	f->end = FEED_FAILED;
	err_set(&f->ctl->err, ERR_TEMPORARY, "row %lld was not taken: %s",
		(long long)row, why);
}

static void on_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why)
{
	struct flight_row *row = opaque;
	struct feed *f = ctx;

	f->answer_us = clock_mono_us();
	if (ack == KAFKA_ACKED)
		flight_acked(&f->flight, row);
	else
		fail_row(f, row->after.rows, why ? why : "no reason given");
}

bool feed_connect(struct feed *f)
{
	struct kafka_producer_handler handler = {on_ack, f};
	struct err *err = &f->ctl->err;

	if (!getenv("KAFKA_BOOTSTRAP_SERVERS"))
		return err_set(err, ERR_FATAL,
			       "KAFKA_BOOTSTRAP_SERVERS names no broker");
	f->producer = kafka_producer_new(f->ctl->settings.kafka, handler, err);
	if (!f->producer)
		return false;
	f->answer_us = clock_mono_us();
	return kafka_producer_know(f->producer, f->state.topic, TOPIC_WAIT_MS,
				   err) ||
	       err_wrap(err, "is the broker there, and the topic (fleetctl "
			     "topics makes it)?");
}

bool feed_save(struct feed *f, bool done)
{
	struct err *err = &f->ctl->err;

	if (f->dry_run)
		return true;
	f->state.mark = *flight_mark(&f->flight, &f->now);
	f->state.done = done;
	if (rejects_flush(&f->rejects, err) &&
	    (!f->state_path || feed_state_write(f->state_path, &f->state, err)))
		return true;
	f->end = FEED_FAILED;
	return false;
}

static bool save_if_due(struct feed *f)
{
	const struct feed_mark *mark = flight_mark(&f->flight, &f->now);
	int64_t now = clock_mono_us();

	feed_progress(f);
	if (now < f->save_us || mark->offset == f->state.mark.offset)
		return true;
	if (!feed_save(f, false))
		return false;
	/* a slow disk shall not slow the rest */
	f->save_us = clock_mono_us() + SAVE_EVERY_US;
	return true;
}

bool feed_serve(struct feed *f, int64_t wait_us)
{
	struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
	struct pollfd pfd = {.fd = -1, .events = POLLIN};

	if (f->producer)
		pfd.fd = kafka_producer_fd(f->producer);
	if (wait_us > 0)
		ppoll(&pfd, 1, &wait, NULL);
	if (f->producer)
		kafka_producer_serve(f->producer);
	if (!flight_empty(&f->flight) &&
	    clock_mono_us() - f->answer_us > ANSWER_WAIT_US)
		fail_row(f, f->flight.mark.rows + 1, "no answer for a minute");
	return f->end != FEED_FAILED && save_if_due(f);
}

/* False when a signal or a failure came first. */
static bool room(struct feed *f)
{
	while (flight_full(&f->flight))
		if (!feed_serve(f, WAIT_US) || *f->stopped)
			return false;
	return true;
}

/* What a stall has cost is not made up for by a burst. */
static bool keep_rate(struct feed *f)
{
	int64_t now = clock_mono_us();

	if (!f->rate)
		return true;
	if (f->due_ns < (now - WAIT_US) * 1000)
		f->due_ns = (now - WAIT_US) * 1000;
	f->due_ns += 1000000000 / f->rate;
	while ((now = clock_mono_us()) < f->due_ns / 1000) {
		int64_t wait = f->due_ns / 1000 - now;

		if (!feed_serve(f, wait < WAIT_US ? wait : WAIT_US) ||
		    *f->stopped)
			return false;
	}
	return true;
}

static bool produce(struct feed *f, const struct feed_mark *after,
		    const struct kafka_record *record)
{
	struct err why;

	while (!kafka_produce(f->producer, record, &why)) {
		bool full = !strcmp(why.code, "queue-full");

		if (full && feed_serve(f, WAIT_US) && !*f->stopped)
			continue;
		if (!full)
			fail_row(f, after->rows, why.text);
		flight_undo(&f->flight);
		return false;
	}
	return true;
}

bool feed_send(struct feed *f, const struct feed_mark *after, struct str key,
	       struct str value)
{
	char row[24];
	struct kafka_header headers[] = {
		{"flotilla.feed.file", str_of(f->name ? f->name : "-")},
		{"flotilla.feed.row", {row, 0}},
	};
	struct kafka_record record = {
		.topic = f->state.topic,
		.key = key,
		.value = value,
		.headers = headers,
		.header_count = 2,
	};

	if (!room(f) || !keep_rate(f))
		return false;
	headers[1].value.len = (size_t)snprintf(row, sizeof(row), "%lld",
						(long long)after->rows);
	/* an answer can only come to a row that is under way */
	if (flight_empty(&f->flight))
		f->answer_us = clock_mono_us();
	record.opaque = flight_add(&f->flight, after);
	if (!produce(f, after, &record))
		return false;
	f->sent++;
	return f->sent % SERVE_EVERY || feed_serve(f, 0);
}

void feed_drain(struct feed *f)
{
	/* an answer that does not come at all is feed_serve's business */
	int64_t until = INT64_MAX;

	if (!f->producer)
		return;
	if (f->end == FEED_FAILED) {
		/* what is under way may yet be acknowledged */
		kafka_producer_flush(f->producer, ANSWER_WAIT_US / 1000);
		kafka_producer_serve(f->producer);
		return;
	}
	if (f->end == FEED_STOPPED)
		until = clock_mono_us() + f->ctl->settings.drain_ms * 1000;
	while (!flight_empty(&f->flight) && clock_mono_us() < until)
		if (!feed_serve(f, WAIT_US))
			return;
}
