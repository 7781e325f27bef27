/* kafka.h - what consumers and producers of Kafka have in common: properties,
 * partitions, messages.
 *
 * io/kafka*.c is the only place that knows librdkafka. Its threads do the
 * network; all calls come from one thread of ours. */
#ifndef FLOTILLA_IO_KAFKA_H
#define FLOTILLA_IO_KAFKA_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* librdkafka properties in order of precedence: later ones win. */
struct kafka_property {
	const char *name; /* "bootstrap.servers"; NULL ends the list */
	const char *value;
};

struct kafka_partition {
	const char *topic; /* lives as long as the consumer */
	int32_t partition;
	int64_t offset; /* where to start */
};

struct kafka_header {
	const char *name;
	struct str value;
};

/* A message as it came; everything is valid until kafka_message_free(). */
struct kafka_message {
	const char *topic; /* lives as long as the consumer */
	int32_t partition;
	int64_t offset;
	int64_t timestamp_us; /* the broker's or producer's; 0 if none */
	struct str key;	      /* at == NULL: null */
	struct str value;     /* at == NULL: a tombstone */
	void *handle;	      /* private */
};

/* Value of the last header `name`; at == NULL if there is none. */
struct str kafka_header(const struct kafka_message *m, const char *name);

/* Calls back for each header, in order. */
void kafka_headers(const struct kafka_message *m,
		   void (*call)(void *ctx, const char *name, struct str value),
		   void *ctx);

void kafka_message_free(struct kafka_message *m);

#endif
