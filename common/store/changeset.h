/* changeset.h - one batch's records on their way into the store.
 *
 * Handlers put records; the runtime carries the set through one transaction:
 *
 *	resolve   ids of other systems -> the orders that they speak of
 *	lock      the status rows of these orders, then the stored ranks
 *	related   other rows of these orders, where there are any
 *	decide    fates, revisions, facets, events: no I/O
 *	write     inserts and updates
 *
 * Each send_* adds statements to the group that is being gathered on `pg` and
 * returns how many; 0 means that the stage is not needed. The take_* gets just
 * these replies. Everything that is decided is decided under locks, so a row
 * cannot change between reading and writing. Locks are taken in order of id.
 *
 * One set lives as long as its batch; memory is the batch's arena. */
#ifndef FLOTILLA_STORE_CHANGESET_H
#define FLOTILLA_STORE_CHANGESET_H

#include "base/arena.h"
#include "io/pg.h"
#include "store/fate.h"
#include "store/outgoing.h"

struct entity;
struct record;
struct changeset;
struct head_kind; /* store/heads.h */

/* What the store of one process knows; made once. */
struct store;

/* What is derived of rows: the status of orders (rules: struct status_rules),
 * the stock of SKUs (struct stock_rules), what desks are told of cases (none).
 */
extern const struct head_kind status_heads, stock_heads, case_heads;

/* `entities` as in model.h, NULL-terminated: those that the worker puts or
 * that speak of a head's subject. `rules` are the kind's and must outlive the
 * store. */
struct store *store_new(const struct entity *const *entities,
			const struct head_kind *kind, const void *rules);
void store_free(struct store *store);

/* From now on the batch that changes a record of `entity` (one of the store's,
 * or what it derives) queues a delivery to `target`. The name must outlive the
 * store. */
void store_tell(struct store *store, const char *target,
		const struct entity *entity);

/* The statements that connections must prepare; lives as long as the store. */
const struct pg_statement *store_statements(const struct store *store);

/* Both live as long as the batch. */
struct changeset *changeset_new(const struct store *store, struct arena *arena);

/* Puts a record; it belongs to message `record->message` of the batch. The
 * entity must be one of the store's. Returns the change's number. */
uint32_t changeset_put(struct changeset *cs, const struct record *record);

uint32_t changeset_count(const struct changeset *cs);

/* `careful`: status rows are made before they are locked, so that two
 * processes cannot race for them again. */
int changeset_send_resolve(struct changeset *cs, struct pg *pg,
			   struct pg_params *params);
void changeset_take_resolve(struct changeset *cs,
			    const struct pg_reply *replies);
int changeset_send_locks(struct changeset *cs, struct pg *pg,
			 struct pg_params *params, bool careful);
/* False: a stored row speaks of another order than the new one does; send the
 * locks again. */
bool changeset_take_locks(struct changeset *cs, const struct pg_reply *replies);
int changeset_send_related(struct changeset *cs, struct pg *pg,
			   struct pg_params *params);
bool changeset_take_related(struct changeset *cs,
			    const struct pg_reply *replies,
			    struct err *err) MUST_CHECK;

/* After the last take. `now_us` becomes changed_at of what changes. */
void changeset_decide(struct changeset *cs, int64_t now_us);

/* What became of a change; after decide. */
enum fate changeset_fate(const struct changeset *cs, uint32_t change);

/* Same version from the source, other content; for the metric. */
uint32_t changeset_conflicts(const struct changeset *cs);

/* What the set tells the world, in the order of the messages. */
const struct outgoing *changeset_events(const struct changeset *cs,
					uint32_t *count);

int changeset_send_writes(struct changeset *cs, struct pg *pg,
			  struct pg_params *params);

#endif
