/* kafka_consumer.c - one message at a time; rebalances as questions. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/kafka_private.h"

/* See TRAPS: eager round robin, no positions kept by Kafka, errors instead of
 * silent jumps. The queue is sized for about two seconds of traffic. */
static const struct kafka_property consumer_defaults[] = {
	{"partition.assignment.strategy", "roundrobin"},
	{"auto.offset.reset", "error"},
	{"enable.auto.offset.store", "false"},
	{"enable.auto.commit", "false"},
	{"enable.partition.eof", "true"},
	{"isolation.level", "read_committed"},
	{"check.crcs", "true"},
	{"socket.nagle.disable", "true"},
	{"session.timeout.ms", "6000"},
	{"heartbeat.interval.ms", "1000"},
	{"fetch.wait.max.ms", "200"},
	{"fetch.error.backoff.ms", "100"},
	{"queued.min.messages", "2000"},
	{"queued.max.messages.kbytes", "8192"},
	{"fetch.message.max.bytes", "131072"},
	{"receive.message.max.bytes", "33554432"},
	{"reconnect.backoff.ms", "50"},
	{"reconnect.backoff.max.ms", "1000"},
	{"topic.metadata.refresh.interval.ms", "10000"},
	{"allow.auto.create.topics", "false"},
	{NULL, NULL},
};

static const char *intern(struct kafka_consumer *c, const char *name)
{
	for (int i = 0; i < c->topic_count; i++)
		if (!strcmp(c->topics[i], name))
			return c->topics[i];
	if (c->topic_count == TOPICS_SEEN_MAX)
		abort();
	c->topics[c->topic_count] = strdup(name);
	return c->topics[c->topic_count++];
}

/* The name of a message's topic without comparing text each time. */
static const char *topic_of(struct kafka_consumer *c, rd_kafka_topic_t *rkt)
{
	const char *name = rd_kafka_topic_name(rkt);

	for (int i = 0; i < c->topic_count; i++)
		if (c->seen[i] == rkt && !strcmp(c->topics[i], name))
			return c->topics[i];
	name = intern(c, name);
	for (int i = 0; i < c->topic_count; i++)
		if (c->topics[i] == name)
			c->seen[i] = rkt;
	return name;
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t why,
			 rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct kafka_consumer *c = opaque;

	(void)rk;
	if (c->asked_count == ASKED_MAX)
		abort();
	c->asked[c->asked_count++] = (struct asked){
		.revoke = why != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS,
		.list = rd_kafka_topic_partition_list_copy(list),
	};
}

static bool subscribe(struct kafka_consumer *c, const char *const *topics,
		      struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(8);
	rd_kafka_resp_err_t why;

	for (; *topics; topics++)
		rd_kafka_topic_partition_list_add(list, *topics,
						  RD_KAFKA_PARTITION_UA);
	why = rd_kafka_subscribe(c->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	if (why)
		return err_set(err, ERR_FATAL, "cannot subscribe: %s",
			       rd_kafka_err2str(why));
	return true;
}

static size_t full_at(const rd_kafka_conf_t *conf)
{
	char text[32];
	size_t size = sizeof(text);

	if (rd_kafka_conf_get(conf, "queued.min.messages", text, &size))
		return 0;
	return (size_t)strtoul(text, NULL, 10);
}

struct kafka_consumer *kafka_consumer_new(const struct kafka_property *props,
					  const char *group,
					  const char *const *topics,
					  struct err *err)
{
	struct kafka_consumer *c = calloc(1, sizeof(*c));
	struct kafka_property more[] = {{"group.id", group}, {NULL, NULL}};
	rd_kafka_conf_t *conf = kafka_conf(consumer_defaults, props, err);
	char why[256];

	if (!c)
		abort();
	if (!conf)
		goto fail;
	rd_kafka_conf_set(conf, more[0].name, group, NULL, 0);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rd_kafka_conf_set_opaque(conf, c);
	c->full_at = full_at(conf);
	c->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (!c->rk) {
		rd_kafka_conf_destroy(conf);
		err_set(err, ERR_FATAL, "Kafka consumer: %s", why);
		goto fail;
	}
	rd_kafka_poll_set_consumer(c->rk);
	c->queue = rd_kafka_queue_get_consumer(c->rk);
	if (kafka_wake_pipe(c->queue, c->wake, err) &&
	    subscribe(c, topics, err))
		return c;
	kafka_consumer_close(c, 1000);
	return NULL;
fail:
	free(c);
	return NULL;
}

void kafka_consumer_close(struct kafka_consumer *c, int64_t timeout_ms)
{
	int64_t until = clock_mono_us() + timeout_ms * 1000;
	rd_kafka_queue_t *closing;
	rd_kafka_error_t *error;

	if (!c)
		return;
	closing = rd_kafka_queue_new(c->rk);
	error = rd_kafka_consumer_close_queue(c->rk, closing);
	while (!error && !rd_kafka_consumer_closed(c->rk) &&
	       clock_mono_us() < until) {
		rd_kafka_event_t *ev = rd_kafka_queue_poll(closing, 100);

		if (ev && rd_kafka_event_type(ev) == RD_KAFKA_EVENT_REBALANCE)
			rd_kafka_assign(c->rk, NULL);
		if (ev)
			rd_kafka_event_destroy(ev);
		if (c->asked_count) {
			rd_kafka_assign(c->rk, NULL);
			c->asked_count = 0;
		}
	}
	if (error)
		rd_kafka_error_destroy(error);
	rd_kafka_queue_destroy(closing);
	/* Destroying waits for everything and can hang (TRAPS); the process
	 * is about to end, and the kernel takes the rest. */
}

int kafka_consumer_fd(const struct kafka_consumer *c)
{
	return c->wake[0];
}

static void tell_rebalance(struct kafka_consumer *c, struct kafka_event *event)
{
	struct asked first = c->asked[0];
	int count = first.list->cnt;

	memmove(c->asked, c->asked + 1,
		sizeof(*c->asked) * (size_t)--c->asked_count);
	if (count > KAFKA_PARTITIONS_MAX)
		abort();
	for (int i = 0; i < count; i++)
		c->told[i] = (struct kafka_partition){
			.topic = intern(c, first.list->elems[i].topic),
			.partition = first.list->elems[i].partition,
			.offset = -1,
		};
	event->kind = first.revoke ? KAFKA_REVOKED : KAFKA_ASSIGNED;
	event->partitions = c->told;
	event->partition_count = count;
	event->lost = first.revoke && rd_kafka_assignment_lost(c->rk);
	rd_kafka_topic_partition_list_destroy(first.list);
}

static void tell_error(struct kafka_consumer *c, rd_kafka_message_t *m,
		       struct kafka_event *event)
{
	event->topic = m->rkt ? topic_of(c, m->rkt) : NULL;
	event->partition = m->partition;
	event->offset = m->offset;
	switch (m->err) {
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
		event->kind = KAFKA_END;
		break;
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
		event->kind = KAFKA_OUT_OF_RANGE;
		break;
	case RD_KAFKA_RESP_ERR__FATAL:
		event->kind = KAFKA_TROUBLE;
		err_set(&event->err, ERR_FATAL, "Kafka: %s",
			rd_kafka_message_errstr(m));
		break;
	default:
		event->kind = KAFKA_TROUBLE;
		err_set(&event->err, ERR_TEMPORARY, "Kafka: %s",
			rd_kafka_message_errstr(m));
	}
	rd_kafka_message_destroy(m);
}

/* A fetcher that has found the queue full sleeps for up to a second, however
 * soon the queue is empty (librdkafka 2.0, TRAPS). Any request to its broker
 * wakes it: one for offsets, whose answer nobody waits for. */
static void keep_fetching(struct kafka_consumer *c)
{
	size_t len;

	if (++c->polls % LOOK_EVERY || !c->fetched)
		return;
	len = rd_kafka_queue_length(c->queue);
	if (len >= c->full_at)
		c->filled = true;
	if (!c->filled || len > c->full_at / 2)
		return;
	c->filled = false;
	rd_kafka_offsets_for_times(c->rk, c->fetched, 0);
}

void kafka_poll(struct kafka_consumer *c, struct kafka_event *event)
{
	rd_kafka_message_t *m;

	event->kind = KAFKA_NOTHING;
	if (c->asked_count) {
		tell_rebalance(c, event);
		return;
	}
	keep_fetching(c);
	m = rd_kafka_consumer_poll(c->rk, 0);
	if (!m) {
		/* drained before the last look: what comes after that look
		 * writes to the pipe again */
		kafka_wake_drain(c->wake[0]);
		m = rd_kafka_consumer_poll(c->rk, 0);
	}
	if (!m && c->asked_count)
		tell_rebalance(c, event);
	if (!m)
		return;
	if (m->err) {
		tell_error(c, m, event);
		return;
	}
	event->kind = KAFKA_MESSAGE;
	event->message = (struct kafka_message){
		.topic = topic_of(c, m->rkt),
		.partition = m->partition,
		.offset = m->offset,
		.timestamp_us = rd_kafka_message_timestamp(m, NULL) * 1000,
		.key = kafka_str(m->key, m->key_len),
		.value = kafka_str(m->payload, m->len),
		.handle = m,
	};
}

static void remember_fetched(struct kafka_consumer *c,
			     rd_kafka_topic_partition_list_t *list)
{
	if (c->fetched)
		rd_kafka_topic_partition_list_destroy(c->fetched);
	c->fetched = list;
	c->filled = false;
}

bool kafka_assign(struct kafka_consumer *c,
		  const struct kafka_partition *partitions, int count,
		  struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
		kafka_list_of(partitions, count);
	rd_kafka_resp_err_t why = rd_kafka_assign(c->rk, list);

	for (int i = 0; i < count; i++)
		list->elems[i].offset = RD_KAFKA_OFFSET_END;
	remember_fetched(c, list);
	if (why)
		return err_set(err, ERR_TEMPORARY, "cannot assign: %s",
			       rd_kafka_err2str(why));
	return true;
}

void kafka_unassign(struct kafka_consumer *c)
{
	rd_kafka_assign(c->rk, NULL);
	remember_fetched(c, NULL);
}

bool kafka_assignment_lost(const struct kafka_consumer *c)
{
	return rd_kafka_assignment_lost(c->rk);
}
