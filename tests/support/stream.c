/* stream.c - Kafka for tests, through our own client. */
#include "support/stream.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/kafka_consumer.h"
#include "io/kafka_producer.h"

enum { DEADLINE_US = 60 * 1000000 };

struct stream {
	struct kafka_producer *producer;
	int64_t sent, acked;
};

static struct kafka_property *properties(void)
{
	static struct kafka_property props[2];

	props[0] = (struct kafka_property){"bootstrap.servers",
					   getenv("KAFKA_BOOTSTRAP_SERVERS")};
	ck_assert_ptr_nonnull(props[0].value);
	return props;
}

static void on_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why)
{
	struct stream *s = ctx;

	(void)opaque;
	ck_assert_msg(ack == KAFKA_ACKED, "a message was not sent: %s", why);
	s->acked++;
}

struct stream *stream_new(void)
{
	struct stream *s = calloc(1, sizeof(*s));
	struct err err;

	s->producer = kafka_producer_new(
		properties(), (struct kafka_producer_handler){on_ack, s}, &err);
	ck_assert_msg(s->producer != NULL, "%s", err.text);
	return s;
}

void stream_send(struct stream *s, const char *topic, struct str key,
		 struct str value)
{
	struct kafka_record record = {
		.topic = topic,
		.key = key,
		.value = value,
	};
	struct err err;

	while (!kafka_produce(s->producer, &record, &err)) {
		ck_assert_msg(!strcmp(err.code, "queue-full"), "%s", err.text);
		kafka_producer_flush(s->producer, 20);
	}
	s->sent++;
	if (s->sent % 512 == 0)
		kafka_producer_serve(s->producer);
}

void stream_finish(struct stream *s)
{
	ck_assert(kafka_producer_flush(s->producer, DEADLINE_US / 1000));
	kafka_producer_serve(s->producer);
	ck_assert_int_eq(s->sent, s->acked);
	kafka_producer_free(s->producer);
	free(s);
}

static struct kafka_consumer *consumer(const char *topic)
{
	const char *const topics[] = {topic, NULL};
	char group[64];
	struct kafka_consumer *c;
	struct err err;

	snprintf(group, sizeof(group), "reader-%d-%lld", (int)getpid(),
		 (long long)clock_mono_us());
	c = kafka_consumer_new(properties(), group, topics, &err);
	ck_assert_msg(c != NULL, "%s", err.text);
	return c;
}

static void poll_once(struct kafka_consumer *c, struct kafka_event *event)
{
	struct pollfd fd = {.fd = kafka_consumer_fd(c), .events = POLLIN};

	kafka_poll(c, event);
	if (event->kind != KAFKA_NOTHING)
		return;
	poll(&fd, 1, 50);
	kafka_poll(c, event);
}

/* Joins the group alone: so the assignment says which partitions there are. */
static int assigned(struct kafka_consumer *c, struct kafka_partition *parts)
{
	int64_t until = clock_mono_us() + DEADLINE_US;
	struct kafka_event event;

	do {
		ck_assert_msg(clock_mono_us() < until, "no assignment");
		poll_once(c, &event);
	} while (event.kind != KAFKA_ASSIGNED);
	ck_assert_int_le(event.partition_count, STORY_PARTITIONS);
	memcpy(parts, event.partitions,
	       sizeof(*parts) * (size_t)event.partition_count);
	return event.partition_count;
}

static void watermarks(struct kafka_consumer *c, struct kafka_partition *parts,
		       int count, int64_t *high)
{
	int64_t until = clock_mono_us() + DEADLINE_US;
	int64_t low[STORY_PARTITIONS];
	struct err err;

	/* a topic that was just made has no leaders for a moment */
	while (!kafka_watermarks(c, parts, count, low, high, 10000, &err)) {
		ck_assert_msg(clock_mono_us() < until, "%s", err.text);
		poll(NULL, 0, 50);
	}
}

void story_begin(struct story *s, const char *topic)
{
	struct kafka_partition parts[STORY_PARTITIONS];
	struct kafka_consumer *c = consumer(topic);
	int64_t high[STORY_PARTITIONS];

	memset(s, 0, sizeof(*s));
	s->topic = topic;
	s->partitions = assigned(c, parts);
	watermarks(c, parts, s->partitions, high);
	for (int i = 0; i < s->partitions; i++)
		s->from[parts[i].partition] = high[i];
	kafka_consumer_close(c, 3000);
}

int64_t stream_end(const char *topic)
{
	struct story s;
	int64_t total = 0;

	story_begin(&s, topic);
	for (int i = 0; i < s.partitions; i++)
		total += s.from[i];
	return total;
}

static char *copy(struct str s)
{
	char *text = malloc(s.len + 1);

	if (s.len)
		memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return text;
}

static void take(struct story *s, const struct kafka_message *m)
{
	struct str id = kafka_header(m, "ce_id");
	char dead[256];

	if (!id.at) {
		struct str topic = kafka_header(m, "__connect.errors.topic");
		struct str partition =
			kafka_header(m, "__connect.errors.partition");
		struct str offset = kafka_header(m, "__connect.errors.offset");

		snprintf(dead, sizeof(dead), "%.*s/%.*s/%.*s", STR_ARGS(topic),
			 STR_ARGS(partition), STR_ARGS(offset));
		id = str_of(dead);
	}
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 1024;
		s->told = realloc(s->told, sizeof(*s->told) * (size_t)s->room);
	}
	s->told[s->count++] = (struct told){copy(id), copy(m->value)};
}

static int by_id(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int c = strcmp(x->id, y->id);

	return c ? c : strcmp(x->value, y->value);
}

static void read_all(struct story *s, struct kafka_consumer *c,
		     struct kafka_partition *parts, const int64_t *high)
{
	int64_t until = clock_mono_us() + DEADLINE_US;
	struct kafka_event event;
	int open = 0;
	struct err err;

	for (int i = 0; i < s->partitions; i++) {
		parts[i].offset = s->from[parts[i].partition];
		open += parts[i].offset < high[i];
	}
	ck_assert_msg(kafka_assign(c, parts, s->partitions, &err), "%s",
		      err.text);
	while (open) {
		ck_assert_msg(clock_mono_us() < until,
			      "%s: not read to its end", s->topic);
		poll_once(c, &event);
		if (event.kind != KAFKA_MESSAGE)
			continue;
		for (int i = 0; i < s->partitions; i++)
			open -= parts[i].partition == event.message.partition &&
				event.message.offset == high[i] - 1;
		take(s, &event.message);
		kafka_message_free(&event.message);
	}
}

void story_read(struct story *s)
{
	struct kafka_partition parts[STORY_PARTITIONS];
	struct kafka_consumer *c = consumer(s->topic);
	int64_t high[STORY_PARTITIONS];

	s->partitions = assigned(c, parts);
	watermarks(c, parts, s->partitions, high);
	read_all(s, c, parts, high);
	kafka_consumer_close(c, 3000);
	if (s->count)
		qsort(s->told, (size_t)s->count, sizeof(*s->told), by_id);
}

const struct told *story_find(const struct story *s, const char *id)
{
	int low = 0, high = s->count;

	while (low < high) {
		int mid = (low + high) / 2;
		int c = strcmp(s->told[mid].id, id);

		if (!c)
			return &s->told[mid];
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void story_check_stable(const struct story *s)
{
	for (int i = 1; i < s->count; i++)
		ck_assert_msg(
			strcmp(s->told[i - 1].id, s->told[i].id) != 0 ||
				!strcmp(s->told[i - 1].value, s->told[i].value),
			"%s was told twice, with two contents:\n%s\n%s",
			s->told[i].id, s->told[i - 1].value, s->told[i].value);
}

void story_release(struct story *s)
{
	for (int i = 0; i < s->count; i++) {
		free(s->told[i].id);
		free(s->told[i].value);
	}
	free(s->told);
	memset(s, 0, sizeof(*s));
}
