/* kafka_producer.c - records out, acknowledgements back. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/kafka_private.h"

static const struct kafka_property producer_defaults[] = {
	{"enable.idempotence", "true"},
	{"compression.type", "lz4"},
	{"socket.nagle.disable", "true"},
	{"message.timeout.ms", "30000"},
	{"linger.ms", "2"},
	{"batch.num.messages", "10000"},
	{"queue.buffering.max.messages", "50000"},
	{"queue.buffering.max.kbytes", "16384"},
	{"message.max.bytes", "16777216"},
	{"reconnect.backoff.ms", "50"},
	{"reconnect.backoff.max.ms", "1000"},
	{"allow.auto.create.topics", "false"},
	{NULL, NULL},
};

enum { TOPICS_MAX = 64 };

struct kafka_producer {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int wake[2];
	struct kafka_producer_handler handler;
	rd_kafka_topic_t *topics[TOPICS_MAX];
	int topic_count;
	bool broken;
};

static enum kafka_ack ack_of(rd_kafka_resp_err_t why)
{
	switch (why) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
		return KAFKA_ACKED;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_INVALID_MSG:
		return KAFKA_REFUSED;
	default:
		return KAFKA_FAILED;
	}
}

struct kafka_producer *kafka_producer_new(const struct kafka_property *props,
					  struct kafka_producer_handler handler,
					  struct err *err)
{
	struct kafka_producer *p = calloc(1, sizeof(*p));
	rd_kafka_conf_t *conf = kafka_conf(producer_defaults, props, err);
	char why[256];

	if (!p)
		abort();
	if (!conf)
		goto fail;
	p->handler = handler;
	rd_kafka_conf_set_events(conf,
				 RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
	p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!p->rk) {
		rd_kafka_conf_destroy(conf);
		err_set(err, ERR_FATAL, "Kafka producer: %s", why);
		goto fail;
	}
	p->queue = rd_kafka_queue_get_main(p->rk);
	if (kafka_wake_pipe(p->queue, p->wake, err))
		return p;
	kafka_producer_free(p);
	return NULL;
fail:
	free(p);
	return NULL;
}

void kafka_producer_free(struct kafka_producer *p)
{
	if (!p)
		return;
	rd_kafka_purge(p->rk,
		       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	for (int i = 0; i < p->topic_count; i++)
		rd_kafka_topic_destroy(p->topics[i]);
	rd_kafka_queue_destroy(p->queue);
	rd_kafka_destroy(p->rk);
	close(p->wake[0]);
	close(p->wake[1]);
	free(p);
}

int kafka_producer_fd(const struct kafka_producer *p)
{
	return p->wake[0];
}

size_t kafka_producer_max_bytes(const struct kafka_producer *p)
{
	char text[32];
	size_t size = sizeof(text);
	int64_t bytes;

	if (rd_kafka_conf_get(rd_kafka_conf(p->rk), "message.max.bytes", text,
			      &size) ||
	    !str_to_i64(str_of(text), &bytes))
		abort();
	return (size_t)bytes;
}

static rd_kafka_topic_t *topic_handle(struct kafka_producer *p,
				      const char *name)
{
	for (int i = 0; i < p->topic_count; i++)
		if (!strcmp(rd_kafka_topic_name(p->topics[i]), name))
			return p->topics[i];
	if (p->topic_count == TOPICS_MAX)
		abort();
	p->topics[p->topic_count] = rd_kafka_topic_new(p->rk, name, NULL);
	return p->topics[p->topic_count++];
}

static bool refused(struct kafka_producer *p, rd_kafka_resp_err_t why,
		    const char *topic, struct err *err)
{
	if (why == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return err_code(err, ERR_TEMPORARY, "queue-full",
				"the producer's queue is full");
	if (why == RD_KAFKA_RESP_ERR__FATAL) {
		p->broken = true;
		return err_code(err, ERR_TEMPORARY, "producer-broken",
				"the idempotent producer gave up");
	}
	if (ack_of(why) == KAFKA_REFUSED)
		return err_code(err, ERR_INVALID, "output-refused",
				"topic %s: %s", topic, rd_kafka_err2str(why));
	return err_code(err, ERR_TEMPORARY, "output-waits", "topic %s: %s",
			topic, rd_kafka_err2str(why));
}

bool kafka_produce(struct kafka_producer *p, const struct kafka_record *r,
		   struct err *err)
{
	rd_kafka_headers_t *headers =
		rd_kafka_headers_new((size_t)r->header_count);
	rd_kafka_resp_err_t why;

	for (int i = 0; i < r->header_count; i++)
		rd_kafka_header_add(headers, r->headers[i].name, -1,
				    r->headers[i].value.at,
				    (ssize_t)r->headers[i].value.len);
	why = rd_kafka_producev(
		p->rk, RD_KAFKA_V_RKT(topic_handle(p, r->topic)),
		RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
		RD_KAFKA_V_KEY((void *)(uintptr_t)r->key.at, r->key.len),
		RD_KAFKA_V_VALUE((void *)(uintptr_t)r->value.at, r->value.len),
		RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(r->opaque),
		RD_KAFKA_V_END);
	if (!why)
		return true;
	rd_kafka_headers_destroy(headers);
	return refused(p, why, r->topic, err);
}

static void hand_over(struct kafka_producer *p, rd_kafka_event_t *ev)
{
	const rd_kafka_message_t *m;

	while ((m = rd_kafka_event_message_next(ev)))
		p->handler.ack(p->handler.ctx, m->_private, ack_of(m->err),
			       m->err ? rd_kafka_err2str(m->err) : NULL);
}

void kafka_producer_serve(struct kafka_producer *p)
{
	rd_kafka_event_t *ev;

	kafka_wake_drain(p->wake[0]);
	while ((ev = rd_kafka_queue_poll(p->queue, 0))) {
		if (rd_kafka_event_type(ev) == RD_KAFKA_EVENT_DR)
			hand_over(p, ev);
		else if (rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR__FATAL)
			p->broken = true;
		rd_kafka_event_destroy(ev);
	}
}

bool kafka_producer_broken(const struct kafka_producer *p)
{
	return p->broken;
}

void kafka_producer_purge(struct kafka_producer *p)
{
	rd_kafka_purge(p->rk,
		       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
	kafka_producer_serve(p);
}

bool kafka_producer_know(struct kafka_producer *p, const char *topic,
			 int64_t timeout_ms, struct err *err)
{
	const struct rd_kafka_metadata *md = NULL;
	rd_kafka_resp_err_t why = rd_kafka_metadata(
		p->rk, 0, topic_handle(p, topic), &md, (int)timeout_ms);

	if (!why && md->topic_cnt == 1)
		why = md->topics[0].err;
	if (md)
		rd_kafka_metadata_destroy(md);
	if (why)
		return err_set(err, ERR_TEMPORARY, "topic %s: %s", topic,
			       rd_kafka_err2str(why));
	return true;
}

bool kafka_producer_flush(struct kafka_producer *p, int64_t timeout_ms)
{
	while (timeout_ms > 0 && rd_kafka_outq_len(p->rk) > 0) {
		rd_kafka_flush(p->rk, 20);
		kafka_producer_serve(p);
		timeout_ms -= 20;
	}
	return rd_kafka_outq_len(p->rk) == 0;
}
