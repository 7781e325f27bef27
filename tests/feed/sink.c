/* sink.c - messages to Kafka, or to standard output as lines of JSON.
 *
 * Every message is counted until its delivery report has come. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/clock.h"
#include "feed/feed.h"
#include "io/kafka_producer.h"
#include "run/settings.h"
#include "json/writer.h"

enum {
	TOPIC_WAIT_MS = 15000,
	/* above message.timeout.ms: librdkafka answers for all before this */
	REPORT_WAIT_MS = 60000,
	REPORT_EVERY_US = 2000000,
	LINE_BYTES_MAX = 64 * 1024 * 1024,
};

struct sink {
	const char *topic;
	int64_t rate;
	struct settings settings;
	struct kafka_producer *producer; /* NULL: standard output */
	struct arena arena;		 /* of one printed line */
	struct buf line;
	int64_t sent, acked, refused, failed;
	int64_t bytes;
	int64_t start_us;
	int64_t progress_us; /* when it is said next */
	int64_t answer_us;   /* when the last report came */
	char why[512];	     /* of the last failure */
};

static void on_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why)
{
	struct sink *sink = ctx;

	(void)opaque;
	sink->answer_us = clock_mono_us();
	switch (ack) {
	case KAFKA_ACKED:
		sink->acked++;
		return;
	case KAFKA_REFUSED:
		sink->refused++;
		break;
	case KAFKA_FAILED:
		sink->failed++;
	}
	snprintf(sink->why, sizeof(sink->why), "%s", why ? why : "");
}

static bool connect_kafka(struct sink *sink, struct err *err)
{
	struct kafka_producer_handler handler = {on_ack, sink};
	extern char **environ;

	if (!settings_load(&sink->settings, "feed", environ, err))
		return false;
	sink->producer = kafka_producer_new(sink->settings.kafka, handler, err);
	return sink->producer &&
	       kafka_producer_know(sink->producer, sink->topic, TOPIC_WAIT_MS,
				   err);
}

struct sink *sink_new(const struct options *o, struct err *err)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		abort();
	sink->topic = o->topic;
	sink->rate = o->rate;
	arena_init(&sink->arena, LINE_BYTES_MAX);
	buf_init(&sink->line, LINE_BYTES_MAX);
	if (!o->to_stdout && !connect_kafka(sink, err)) {
		sink_free(sink);
		return NULL;
	}
	sink->start_us = clock_mono_us();
	sink->progress_us = sink->start_us + REPORT_EVERY_US;
	return sink;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	kafka_producer_free(sink->producer);
	arena_release(&sink->arena);
	buf_release(&sink->line);
	free(sink);
}

static void put_value(struct sink *sink, struct json_writer *w,
		      struct str value)
{
	struct buf coded;
	struct json_doc doc;
	struct err err;

	if (!value.at) {
		json_put_raw(w, "value", STR("null"));
	} else if (json_read(&sink->arena, value, NULL, &doc, &err)) {
		json_name(w, STR("value"));
		json_copy(w, &doc, 0);
	} else {
		buf_init(&coded, LINE_BYTES_MAX);
		base64_encode(&coded, value);
		json_put_str(w, "value_base64", buf_view(&coded));
		buf_release(&coded);
	}
}

static bool print(struct sink *sink, struct str key, struct str value,
		  struct err *err)
{
	struct json_writer w;

	buf_reset(&sink->line);
	arena_reset(&sink->arena);
	json_writer_init(&w, &sink->line);
	json_begin_object(&w);
	if (key.at)
		json_put_str(&w, "key", key);
	else
		json_put_raw(&w, "key", STR("null"));
	put_value(sink, &w, value);
	json_end_object(&w);
	buf_byte(&sink->line, '\n');
	if (sink->line.full ||
	    fwrite(sink->line.at, sink->line.len, 1, stdout) != 1)
		return err_set(err, ERR_FATAL, "cannot print: %s",
			       sink->line.full ? "too long" : strerror(errno));
	sink->acked++;
	return true;
}

static void say_progress(struct sink *sink)
{
	int64_t now = clock_mono_us();

	if (now < sink->progress_us)
		return;
	sink->progress_us = now + REPORT_EVERY_US;
	fprintf(stderr,
		"feed: %lld messages, %lld acknowledged, %.0f a second\n",
		(long long)sink->sent, (long long)sink->acked,
		(double)sink->sent * 1e6 / (double)(now - sink->start_us));
}

/* Serves reports for at most `wait_us`, or until some have come. */
static void serve(struct sink *sink, int64_t wait_us)
{
	struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
	struct pollfd pfd = {.events = POLLIN};

	pfd.fd = sink->producer ? kafka_producer_fd(sink->producer) : -1;
	if (wait_us > 0)
		ppoll(&pfd, 1, &wait, NULL);
	if (sink->producer)
		kafka_producer_serve(sink->producer);
	say_progress(sink);
}

static void keep_rate(struct sink *sink)
{
	int64_t due, now;

	if (!sink->rate)
		return;
	due = sink->start_us + sink->sent * 1000000 / sink->rate;
	while ((now = clock_mono_us()) < due) {
		fflush(stdout);
		serve(sink, due - now < 100000 ? due - now : 100000);
	}
}

/* Whether no report has come for so long that none will. */
static bool silent(const struct sink *sink)
{
	int64_t since = sink->answer_us ? sink->answer_us : sink->start_us;

	return clock_mono_us() - since > (int64_t)REPORT_WAIT_MS * 1000;
}

static bool produce(struct sink *sink, const struct kafka_record *record,
		    struct err *err)
{
	while (!kafka_produce(sink->producer, record, err)) {
		if (err->kind == ERR_INVALID) {
			on_ack(sink, NULL, KAFKA_REFUSED, err->text);
			return true;
		}
		if (strcmp(err->code, "queue-full") != 0 || silent(sink))
			return false;
		serve(sink, 100000);
	}
	return true;
}

bool sink_send(struct sink *sink, struct str key, struct str value,
	       struct err *err)
{
	struct kafka_record record = {
		.topic = sink->topic, .key = key, .value = value};

	keep_rate(sink);
	sink->sent++;
	sink->bytes += (int64_t)value.len;
	if (!sink->producer) {
		say_progress(sink);
		return print(sink, key, value, err);
	}
	/* reports pile up otherwise; a thousand at a time costs nothing */
	if (sink->sent % 1000 == 0)
		serve(sink, 0);
	return produce(sink, &record, err);
}

static int64_t waiting(const struct sink *sink)
{
	return sink->sent - sink->acked - sink->refused - sink->failed;
}

bool sink_finish(struct sink *sink, struct err *err)
{
	int64_t us;

	if (sink->producer)
		sink->answer_us = clock_mono_us();
	while (waiting(sink) > 0 && !silent(sink))
		serve(sink, 100000);
	us = clock_mono_us() - sink->start_us;
	fflush(stdout);
	fprintf(sink->producer ? stdout : stderr,
		"%s: %lld messages, %lld bytes, %lld acknowledged, %lld "
		"refused, %lld failed, %lld unanswered, %.2f s\n",
		sink->topic, (long long)sink->sent, (long long)sink->bytes,
		(long long)sink->acked, (long long)sink->refused,
		(long long)sink->failed, (long long)waiting(sink),
		(double)us / 1e6);
	if (sink->acked == sink->sent)
		return true;
	return err_set(err, ERR_TEMPORARY, "not all was acknowledged%s%s",
		       *sink->why ? ": " : "", sink->why);
}
