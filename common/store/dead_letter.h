/* dead_letter.h - messages that could not be used, kept with all that is
 * needed to judge them and to try them again. */
#ifndef FLOTILLA_STORE_DEAD_LETTER_H
#define FLOTILLA_STORE_DEAD_LETTER_H

#include "base/arena.h"
#include "io/kafka.h"
#include "io/pg.h"

struct dead_letter {
	const struct kafka_message *message;
	const char *stage; /* decode, map, handle, store, publish */
	struct err err;
	const char *mapping; /* "shopify/order"; NULL: none was found */
	int32_t mapping_revision;
	int32_t attempts; /* this one included */
	struct str trace;
};

/* The parameters of the statement DEAD_LETTER. `arena` holds the headers'
 * JSON until they are sent. */
void dead_letter_bind(struct pg_params *params, struct arena *arena,
		      const char *group, const struct dead_letter *letters,
		      uint32_t count);

/* Headers by which the retry of a dead letter tells where it first stood, so
 * that it competes with the rank of then. */
extern const char dead_letter_id_header[]; /* decimal */
extern const char dead_letter_at_header[]; /* microseconds */
extern const char dead_letter_offset_header[];
extern const char dead_letter_partition_header[];
extern const char dead_letter_attempts_header[];

/* How a dead letter looks on dead-letters.v1. Source of the names: Kafka
 * Connect's DeadLetterQueueReporter; `flotilla.dlq.*` are ours. At most
 * DEAD_LETTER_BODY_BYTES of the body, then `dataref` names the row. */
enum { DEAD_LETTER_HEADERS = 16, DEAD_LETTER_BODY_BYTES = 256 * 1024 };

struct dead_letter_record {
	struct kafka_header headers[DEAD_LETTER_HEADERS];
	int count;
	struct str value;
};

void dead_letter_record(struct dead_letter_record *out, struct arena *arena,
			const char *group, const struct dead_letter *letter);

#endif
