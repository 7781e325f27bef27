/* kafka.h - a consumer and a producer that never block the loop.
 *
 * The consumer hands out one message at a time and *asks* before a rebalance
 * happens: KAFKA_ASSIGNED and KAFKA_REVOKED are events that the loop answers,
 * when it is ready, with kafka_assign() or kafka_unassign(). Partitions start
 * at the offset that the lane names; nothing is stored or reset by Kafka.
 * Librdkafka's threads do the network; all calls here come from one thread.
 * This is the only place that knows librdkafka (kafka_admin.c besides). */
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

enum kafka_event_kind {
	KAFKA_NOTHING,
	KAFKA_MESSAGE,	    /* `message` is yours to free */
	KAFKA_ASSIGNED,	    /* `partitions`; answer with kafka_assign() */
	KAFKA_REVOKED,	    /* answer with kafka_unassign(); `lost`: at once */
	KAFKA_END,	    /* of `topic`, `partition`, at `offset` */
	KAFKA_OUT_OF_RANGE, /* the lane's offset is not there any more */
	KAFKA_TROUBLE,	    /* `err`: TEMPORARY for logs, FATAL = exit */
};

enum { KAFKA_PARTITIONS_MAX = 1024 };

struct kafka_event {
	enum kafka_event_kind kind;
	struct kafka_message message;
	const struct kafka_partition *partitions; /* until the next poll */
	int partition_count;
	bool lost;
	const char *topic;
	int32_t partition;
	int64_t offset;
	struct err err;
};

struct kafka_consumer;

/* `topics`: names, or patterns that begin with ^; NULL-terminated. FATAL when
 * a property is refused. */
struct kafka_consumer *kafka_consumer_new(const struct kafka_property *props,
					  const char *group,
					  const char *const *topics,
					  struct err *err) MUST_CHECK;

/* Leaves the group; gives up after the deadline (it can hang). */
void kafka_consumer_close(struct kafka_consumer *c, int64_t timeout_ms);

/* Readable when kafka_poll() may have something. */
int kafka_consumer_fd(const struct kafka_consumer *c);

/* Never waits. */
void kafka_poll(struct kafka_consumer *c, struct kafka_event *event);

/* Replaces all that is assigned; an empty list keeps the membership and
 * fetches nothing. */
bool kafka_assign(struct kafka_consumer *c,
		  const struct kafka_partition *partitions, int count,
		  struct err *err) MUST_CHECK;
void kafka_unassign(struct kafka_consumer *c);

/* Whether the group has given our partitions to somebody else. */
bool kafka_assignment_lost(const struct kafka_consumer *c);

/* Tells the group's offsets, for lag tools alone; does not wait. */
void kafka_advise_offsets(struct kafka_consumer *c,
			  const struct kafka_partition *next, int count);

/* Low and high watermarks of all, in one question to each broker. Waits up to
 * the deadline: the one call here that may. low/high[i] = -1: no answer for
 * that partition. TEMPORARY. */
bool kafka_watermarks(struct kafka_consumer *c,
		      const struct kafka_partition *partitions, int count,
		      int64_t *low, int64_t *high, int64_t timeout_ms,
		      struct err *err) MUST_CHECK;

/* The high watermark as the last fetch reported it; -1: not yet known. */
int64_t kafka_high_seen(struct kafka_consumer *c, const char *topic,
			int32_t partition);

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
