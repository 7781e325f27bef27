/* kafka_producer.h - an idempotent producer that never blocks the loop.
 *
 * Each record is answered once, through the handler, while
 * kafka_producer_serve() runs. */
#ifndef FLOTILLA_IO_KAFKA_PRODUCER_H
#define FLOTILLA_IO_KAFKA_PRODUCER_H

#include "io/kafka.h"

enum kafka_ack {
	KAFKA_ACKED,
	KAFKA_REFUSED, /* this record can never be written: too large, invalid
			*/
	KAFKA_FAILED,  /* not written, may be tried again */
};

struct kafka_record {
	const char *topic;
	struct str key;	  /* at == NULL: null */
	struct str value; /* at == NULL: a tombstone */
	const struct kafka_header *headers;
	int header_count;
	void *opaque; /* given back with the acknowledgement */
};

struct kafka_producer;

struct kafka_producer_handler {
	void (*ack)(void *ctx, void *opaque, enum kafka_ack ack,
		    const char *why);
	void *ctx;
};

struct kafka_producer *kafka_producer_new(const struct kafka_property *props,
					  struct kafka_producer_handler handler,
					  struct err *err) MUST_CHECK;
/* Gives up what is queued. */
void kafka_producer_free(struct kafka_producer *p);
int kafka_producer_fd(const struct kafka_producer *p);

/* The largest record that it takes, headers and all: message.max.bytes. */
size_t kafka_producer_max_bytes(const struct kafka_producer *p);

/* Copies the record. TEMPORARY "queue-full": serve and try again; TEMPORARY
 * "producer-broken": make a new producer; INVALID: it can never be sent. */
bool kafka_produce(struct kafka_producer *p, const struct kafka_record *record,
		   struct err *err) MUST_CHECK;

/* Hands acknowledgements to the handler; never waits. */
void kafka_producer_serve(struct kafka_producer *p);

/* Whether it has raised a fatal error and must be made anew. */
bool kafka_producer_broken(const struct kafka_producer *p);

/* Drops all that is queued or under way; each is answered KAFKA_FAILED. */
void kafka_producer_purge(struct kafka_producer *p);

/* Learns where a topic lives, so that the first record is not late. Waits up
 * to the deadline. */
bool kafka_producer_know(struct kafka_producer *p, const char *topic,
			 int64_t timeout_ms, struct err *err) MUST_CHECK;

/* Waits until all is acknowledged or the deadline passes. For tools. */
bool kafka_producer_flush(struct kafka_producer *p, int64_t timeout_ms);

#endif
