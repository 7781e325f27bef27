/* record.h - one canonical record with all that merging needs to know.
 *
 * What a mapping makes of a part of a message. The rank is compared as a row,
 * left to right; the greatest stays. at_us and at_offset are the broker's
 * timestamp and the offset of the message that carried it: they belong to the
 * log record, so any shuffle of a log gives the same winner. */
#ifndef FLOTILLA_MODEL_RECORD_H
#define FLOTILLA_MODEL_RECORD_H

#include "model/model.h"

struct rank {
	int16_t source_epoch; /* raised by hand when a source starts over */
	int64_t version;      /* the source's own; 0 where it has none */
	int64_t at_us;	      /* broker's timestamp */
	int64_t at_offset;    /* broker's offset */
	int32_t mapping_revision;
};

/* <0, 0, >0 as a is older than, the same as, newer than b. */
int rank_compare(const struct rank *a, const struct rank *b);

struct record {
	const struct entity *entity;
	void *data;	      /* the generated struct; NULL when deleted and the
				 source said nothing else */
	struct str source;    /* system, from the mapping: "shopify" */
	struct str source_id; /* the source's own id of it */
	struct str id;	      /* source "/" source_id: the canonical id */
	struct rank rank;
	bool deleted;

	/* The order that it speaks of. An order speaks of itself unless the
	 * mapping says that it restates another system's order. `subject` is
	 * set when the canonical id is known without asking ("shopify/17");
	 * else ref_system and ref_id say what to look up in xref. All absent:
	 * about no order. */
	struct str subject;
	struct str ref_system;
	struct str ref_id;

	/* Canonical document and its hash; set by record_seal(). */
	struct str doc;
	int64_t hash; /* XXH3, 64 bits, of doc and deleted */

	struct str trace;    /* traceparent of its message; may be absent */
	uint32_t message;    /* index of its message in the batch */
	const char *pointer; /* where in the source it stood; arena */
};

/* Writes doc into the arena and computes its hash. `scratch` is reused. */
void record_seal(struct record *record, struct arena *arena,
		 struct buf *scratch);

#endif
