/* changeset_private.h - what the files of the changeset share. */
#ifndef FLOTILLA_STORE_CHANGESET_PRIVATE_H
#define FLOTILLA_STORE_CHANGESET_PRIVATE_H

#include "model/model.h"
#include "model/order_status.h"
#include "model/record.h"
#include "store/changeset.h"
#include "store/entity_sql.h"

enum { STORE_ENTITIES_MAX = 16 };

struct store {
	struct arena arena;
	struct entity_sql entities[STORE_ENTITIES_MAX];
	int entity_count;
	const struct status_rules *rules;
	const struct pg_statement *statements;
	const char *related; /* names of statements */
	const char *unlinked;
};

/* The status row of one order. */
struct head {
	struct str id;
	bool stored;
	int64_t revision;    /* stored; after decide: to be */
	int32_t parts;	     /* stored rows that have it as their subject */
	int32_t parts_added; /* by this batch */
	int32_t covered;     /* stored rows of it among our changes */
	struct str was[FACET_COUNT];	/* facets as stored */
	struct str facets[FACET_COUNT]; /* as they shall be */
	bool touched;			/* a row of it is written */
	bool changed;			/* a facet says something else */
	struct change *changes; /* those of it, linked by next_of_head */
	struct part *related;	/* read from the store */
};

/* A stored row of an order that this batch does not write. */
struct part {
	struct order_part row;
	struct part *next;
};

struct change {
	const struct record *record;
	uint32_t number;       /* as given out by changeset_put */
	struct str subject;    /* resolved; absent = not known */
	struct head *head;     /* of subject; NULL = none */
	struct head *old_head; /* of the stored row, if it was another's */
	struct change *next_of_head;
	struct change *winner; /* NULL: itself the greatest of its id */
	bool stored;
	struct rank stored_rank;
	struct str stored_subject;
	int64_t revision; /* stored; after decide: to be */
	int64_t stored_hash;
	enum fate fate;
	bool write;
};

/* The changes of one entity, sorted by id, winners only. */
struct group {
	struct change **items;
	uint32_t count;
};

struct changeset {
	const struct store *store;
	struct arena *arena;
	struct change **changes; /* by number */
	uint32_t count, room;
	struct group groups[STORE_ENTITIES_MAX];
	bool sorted;
	struct head **heads; /* sorted by id */
	uint32_t head_count, head_room;
	struct change **unresolved;
	uint32_t unresolved_count;
	struct outgoing *events;
	uint32_t event_count;
	uint32_t conflicts;
	int64_t now_us;
	/* what has been sent, so that the replies can be told apart */
	int lock_first; /* entity replies begin here */
};

int store_entity_index(const struct store *store, const struct entity *entity);

/* --- heads.c --- */
struct head *heads_find(struct changeset *cs, struct str id);
void heads_add(struct changeset *cs, struct str id);
void heads_sort(struct changeset *cs);
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

/* --- links.c --- */
int links_send_writes(struct changeset *cs, struct pg *pg,
		      struct pg_params *params);

/* --- events.c --- */
void events_make(struct changeset *cs);
/* Type, subject and schema of a changed or deleted record of `entity`. */
void event_describe(struct outgoing *out, const struct entity_sql *sql,
		    bool deleted);

/* Statements of heads.c and of the links between ids. */
extern const struct pg_statement heads_statements[];
extern const struct pg_statement xref_statements[];
extern const struct pg_statement links_statements[];

#endif
