/* heads.h - what the store derives of all rows that share a subject.
 *
 * Orders, shipments and payments of one order make its status; levels and
 * movements of one SKU make its stock. The derived row is the *head*: it is
 * locked before any row of its subject is touched, in order of id, so that two
 * processes cannot deadlock over one subject and both see each other's rows;
 * and it is derived in the transaction that changes a row of it.
 *
 * A kind says what the head's row is, what of the other rows it needs, and how
 * it is derived. One store has heads of one kind. */
#ifndef FLOTILLA_STORE_HEADS_H
#define FLOTILLA_STORE_HEADS_H

#include "model/order_status.h"
#include "store/changeset.h"

struct change;
struct head;
struct outgoing;

/* A stored row of a subject that this batch does not write. */
struct part {
	struct order_part row;
	struct part *next;
};

struct head {
	struct str id; /* the subject */
	bool stored;
	int64_t revision; /* stored; after derive: to be */
	int32_t added;	  /* rows of the subject, by this batch; may be < 0 */
	int32_t covered;  /* stored rows of it among our changes */
	bool asked;	  /* to be derived again */
	bool touched;	  /* that, or a row of it is written */
	bool lost;	  /* a row of it goes to another subject */
	bool changed;	  /* it says something else: revision, event */
	bool write;	  /* its row is written */
	struct change *changes; /* those of it, linked by next_of_head */
	struct part *related;	/* read from the store */
	void *own;		/* what its kind keeps */
};

enum { HEAD_LOCK, HEAD_MAKE, HEAD_INSERT, HEAD_UPDATE, HEAD_STATEMENTS };

struct head_kind {
	/* told by reference on its own topic; NULL: it is not */
	const struct entity *entity;
	const char *read; /* $1 ids; columns as ENTITY_TELL_* */
	/* only the system that its id names is told by deliveries */
	bool told_at_home;
	/* `lock`: $1 ids; the first columns are id and revision. `make`: $1
	 * ids; empty rows where there are none. `insert`, `update`: as bound
	 * by bind(). Ends with an entry without name. */
	struct pg_statement statements[HEAD_STATEMENTS + 1];
	/* Writes the statement that reads rows of subjects: $1 ids, and what
	 * bind_related() adds; columns entity's index, subject, id, at_us,
	 * doc. */
	void (*put_related)(const struct store *store, struct buf *sql);
	void (*bind_related)(const struct changeset *cs,
			     struct pg_params *params);
	/* Takes one of its rows for a head; NULL: it is a record, kept in
	 * `related`. */
	bool (*take_related)(struct changeset *cs, struct head *head,
			     const struct pg_reply *reply, int row,
			     struct err *err);
	/* Heads that are to be derived again although no row of theirs was
	 * written: what they show has changed. No parameters, ids; looked at
	 * every FLOTILLA_LINK_EVERY_MS. NULL: there are none. */
	const char *stale;

	/* Before the lock's rows are taken; makes `own` the first time. */
	void (*reset)(struct changeset *cs, struct head *head);
	void (*take)(struct changeset *cs, struct head *head,
		     const struct pg_reply *reply, int row);
	/* Whether other rows of a touched head are needed. */
	bool (*needs_rows)(struct changeset *cs, struct head *head);
	/* Sets changed, write, revision. */
	void (*derive)(struct changeset *cs, struct head *head);
	void (*bind)(struct changeset *cs, struct pg_params *params,
		     struct head *const *heads, uint32_t count);
	/* Appends up to `events` to the changeset's, for a changed head, on
	 * `topics` (NULL-terminated) and the entity's own. */
	void (*tell)(struct changeset *cs, const struct head *head);
	uint32_t events;
	const char *const *topics;
};

struct head *heads_find(struct changeset *cs, struct str id);
void heads_add(struct changeset *cs, struct str id);
/* The head is derived again, whether a row of it is written or not. */
void heads_ask(struct changeset *cs, struct str id);
/* Sorts them by id, each once. */
void heads_sort(struct changeset *cs);

/* As the changeset's stages of these names. */
int heads_send_locks(struct changeset *cs, struct pg *pg,
		     struct pg_params *params, bool careful);
void heads_take_locks(struct changeset *cs, const struct pg_reply *reply);
int heads_send_related(struct changeset *cs, struct pg *pg,
		       struct pg_params *params);
bool heads_take_related(struct changeset *cs, const struct pg_reply *reply,
			struct err *err) MUST_CHECK;
void heads_decide(struct changeset *cs);
int heads_send_writes(struct changeset *cs, struct pg *pg,
		      struct pg_params *params);

/* --- for kinds --- */

/* Appends an event about the head to the changeset's; the kind adds topic,
 * type, value, entity and schema. */
struct outgoing *head_event(struct changeset *cs, const struct head *head);

/* The traceparent of the message that changed it; may be absent. */
struct str head_trace(const struct head *head);

/* The last two parameters of every write: traces, and changed_at. */
void head_bind_traces(const struct changeset *cs, struct pg_params *params,
		      struct head *const *heads, uint32_t count);

#endif
