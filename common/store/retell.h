/* retell.h - what was committed but may never have reached Kafka, told again.
 *
 * A claim finds rows of `output`. References are told as the store has their
 * subjects now: at least the revision that was committed, by a consumer's rule
 * (keep the greatest ce_sequence) the only one that matters. Events are told
 * as they were kept. The same serves the healing of compacted topics, where a
 * former owner's late record may have put an old value last (REVIEW L6). */
#ifndef FLOTILLA_STORE_RETELL_H
#define FLOTILLA_STORE_RETELL_H

#include "store/changeset.h"

struct retell;

struct retell *retell_new(const struct store *store, struct arena *arena,
			  const char *group);

/* Adds a row of output; its outgoings get `message` = tag. `references_only`:
 * for healing. INVALID: the row cannot be read. */
bool retell_add(struct retell *rt, uint32_t tag, struct str body,
		bool references_only, struct err *err) MUST_CHECK;

/* Statements that read what the references speak of; how many. */
int retell_send(struct retell *rt, struct pg *pg, struct pg_params *params);
void retell_take(struct retell *rt, const struct pg_reply *replies);

const struct outgoing *retell_events(const struct retell *rt, uint32_t *count);

/* The reference by which an output row keeps a dead letter's record. */
struct str dead_letter_reference(struct arena *arena, const char *topic,
				 int32_t partition, int64_t offset);
extern const char dead_letter_topic[];

#endif
