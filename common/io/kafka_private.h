/* kafka_private.h - what io/kafka*.c share; nobody else includes it. */
#ifndef FLOTILLA_IO_KAFKA_PRIVATE_H
#define FLOTILLA_IO_KAFKA_PRIVATE_H

#include <librdkafka/rdkafka.h>

#include "io/kafka.h"

/* `ours` first, then what the caller gives. NULL and FATAL when librdkafka
 * refuses one. The caller owns the result. */
rd_kafka_conf_t *kafka_conf(const struct kafka_property *ours,
			    const struct kafka_property *props,
			    struct err *err);

/* A pipe whose reading end becomes readable when `queue` has something. */
bool kafka_wake_pipe(rd_kafka_queue_t *queue, int fds[2], struct err *err);
void kafka_wake_drain(int fd);

#endif
