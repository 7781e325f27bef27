/* outgoing.h - what a committed batch tells Kafka, and how it is kept.
 *
 * An outgoing is one record to publish. While it has not been acknowledged it
 * is kept in a row of `output`, in one of two forms: a *reference* (entity,
 * id, revision), where the store itself holds what must be told, so the row
 * stays small and a repetition tells the store's current record; or *in full*,
 * for events, each of which must be told. Source of the event format:
 * CloudEvents 1.0, Kafka protocol binding, binary content mode. */
#ifndef FLOTILLA_STORE_OUTGOING_H
#define FLOTILLA_STORE_OUTGOING_H

#include "base/arena.h"
#include "base/str.h"
#include "io/kafka.h"

struct outgoing {
	uint32_t message; /* index in the batch whose lane tells it */
	struct str topic; /* NUL-terminated */
	struct str key;
	struct str value; /* at == NULL: a tombstone */
	bool reference;	  /* kept as (entity, key, revision) */
	struct str entity;
	int64_t revision;

	/* CloudEvents attributes */
	struct str type;    /* flotilla.order.changed.v1 */
	struct str subject; /* canonical id */
	int64_t time_us;
	struct str schema; /* dataschema */
	struct str trace;  /* traceparent; may be absent */

	/* instead of the CloudEvents headers; NULL: those */
	const struct kafka_header *headers;
	int header_count;
};

/* Appends the kept form to a row of output. */
void outgoing_keep(struct buf *row, const struct outgoing *out);

/* Takes the next kept one from `*rest`. False at the end, or INVALID in err
 * when the row is not what we wrote. References have topic, entity, key and
 * revision only. Texts point into `rest`. */
bool outgoing_next(struct str *rest, struct outgoing *out,
		   struct err *err) MUST_CHECK;

enum { OUTGOING_HEADERS = 12 };

/* The headers of one record; texts live here and in `out`. Zero it before the
 * first use and keep it: events of one batch share their time. */
struct outgoing_headers {
	struct kafka_header items[OUTGOING_HEADERS];
	int count;
	char id[768]; /* an id is at most 512 bytes, a system 64 */
	char time[36];
	int64_t time_us; /* what `time` says */
	char sequence[24];
};

/* `source` is ce_source: who speaks ("/flotilla/order-sync"). */
void outgoing_headers(const struct outgoing *out, const char *source,
		      struct outgoing_headers *h);

#endif
