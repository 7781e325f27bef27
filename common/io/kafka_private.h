/* kafka_private.h - what io/kafka*.c share; nobody else includes it. */
#ifndef FLOTILLA_IO_KAFKA_PRIVATE_H
#define FLOTILLA_IO_KAFKA_PRIVATE_H

#include <librdkafka/rdkafka.h>

#include "io/kafka_consumer.h"
#include "io/kafka_producer.h"

/* `ours` first, then what the caller gives. NULL and FATAL when librdkafka
 * refuses one. The caller owns the result. */
rd_kafka_conf_t *kafka_conf(const struct kafka_property *ours,
			    const struct kafka_property *props,
			    struct err *err);

/* A pipe whose reading end becomes readable when `queue` has something. */
bool kafka_wake_pipe(rd_kafka_queue_t *queue, int fds[2], struct err *err);
void kafka_wake_drain(int fd);

enum { TOPICS_SEEN_MAX = 512, ASKED_MAX = 4, LOOK_EVERY = 64 };

/* A rebalance that the loop has not been told of yet. */
struct asked {
	bool revoke;
	rd_kafka_topic_partition_list_t *list;
};

struct kafka_consumer {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int wake[2];
	struct asked asked[ASKED_MAX];
	int asked_count;
	/* topic names, interned: a message's name must outlive its message */
	char *topics[TOPICS_SEEN_MAX];
	rd_kafka_topic_t *seen[TOPICS_SEEN_MAX]; /* compared, never used */
	int topic_count;
	struct kafka_partition told[KAFKA_PARTITIONS_MAX];
	/* see keep_fetching() */
	size_t full_at; /* messages */
	bool filled;
	unsigned polls;
	rd_kafka_topic_partition_list_t *fetched;
};

/* The caller owns it. */
rd_kafka_topic_partition_list_t *kafka_list_of(const struct kafka_partition *p,
					       int count);

/* Kafka tells null from empty. */
static inline struct str kafka_str(const void *at, size_t len)
{
	return (struct str){at, at ? len : 0};
}

#endif
