/* intake.h - one message's mapped records into the batch's changeset.
 *
 * The bridge between mapping (which knows records) and the runtime (which must
 * not): it completes ranks with the message's coordinates and lets the
 * worker's handler decide what each record means. */
#ifndef FLOTILLA_STORE_INTAKE_H
#define FLOTILLA_STORE_INTAKE_H

#include "mapping/mapping.h"
#include "store/changeset.h"

struct intake_message {
	uint32_t index;	   /* in the batch */
	int64_t at_us;	   /* the broker's timestamp */
	int64_t at_offset; /* the broker's offset */
	struct str trace;  /* traceparent; may be absent */
};

/* What the worker makes of one record: usually changeset_put(). It never
 * commits, sleeps, retries, logs a failure or exits. INVALID = dead letter. */
struct intake_handler {
	bool (*handle)(void *ctx, struct changeset *cs, struct record *record,
		       struct err *err);
	void *ctx;
};

struct intake_result {
	uint32_t first_change; /* changes of this message are consecutive */
	uint32_t change_count;
	uint32_t skipped;
	const struct err *invalid; /* the first record that is not right */
	const char *stage;	   /* "map" or "handle", where it failed */
};

void intake_put(struct changeset *cs, const struct mapped_list *mapped,
		const struct intake_message *message,
		struct intake_handler handler, struct arena *arena,
		struct intake_result *out);

#endif
