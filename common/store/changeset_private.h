/* changeset_private.h - what the files of the changeset share. */
#ifndef FLOTILLA_STORE_CHANGESET_PRIVATE_H
#define FLOTILLA_STORE_CHANGESET_PRIVATE_H

#include "model/model.h"
#include "model/record.h"
#include "store/changeset.h"
#include "store/entity_sql.h"
#include "store/heads.h"

enum { STORE_ENTITIES_MAX = 16, STORE_TARGETS_MAX = 64 };

/* A system that is told of changes of an entity. */
struct store_target {
	struct str name;
	const struct entity *entity;
};

struct store {
	struct arena arena;
	/* those that are put, then the derived one, if it is told */
	struct entity_sql entities[STORE_ENTITIES_MAX + 1];
	int entity_count; /* that are put */
	int told_count;
	const struct head_kind *kind;
	const void *rules; /* the kind's */
	const struct pg_statement *statements;
	struct store_target targets[STORE_TARGETS_MAX];
	int target_count;
	const char *related; /* names of statements */
	const char *unlinked;
	const char *stale; /* NULL: there is none */
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

/* --- ranks.c --- */
/* Groups the changes by entity, sorted by id, and keeps of each id the
 * greatest. */
void ranks_collapse(struct changeset *cs);
/* What rank and hash say about the winners, and what they are to heads. */
void ranks_judge(struct changeset *cs);

/* --- links.c --- */
int links_send_writes(struct changeset *cs, struct pg *pg,
		      struct pg_params *params);

/* --- wants.c --- */
int wants_send(struct changeset *cs, struct pg *pg, struct pg_params *params);

/* --- events.c --- */
void events_make(struct changeset *cs);
/* Type, subject and schema of a changed or deleted record of `entity`. */
void event_describe(struct outgoing *out, const struct entity_sql *sql,
		    bool deleted);

/* Statements of the links between ids. */
extern const struct pg_statement xref_statements[];
extern const struct pg_statement links_statements[];
extern const struct pg_statement wants_statements[];

#endif
