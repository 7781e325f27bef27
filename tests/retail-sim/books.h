/* books.h - what the other systems know: orders, refunds, tickets, stock.
 *
 * A thing has a kind, an id, and what most kinds share: our reference, a
 * parent (the order of a capture, the ticket of a comment), an amount. The
 * rest of what was sent is kept as JSON text. Ids are counters, so that the
 * same calls make the same books. Things are never removed but by a reset.
 *
 * The books are bounded; books_have_room() is asked once, before a call may
 * change anything. Not thread-safe. */
#ifndef FLOTILLA_RETAIL_SIM_BOOKS_H
#define FLOTILLA_RETAIL_SIM_BOOKS_H

#include "retail-sim/index.h"
#include "json/writer.h"

enum {
	THINGS_MAX = 200 * 1000,
	BOOKS_MAX_BYTES = 256 << 20,
	NAME_MAX_BYTES = 200, /* of an id, a reference, a key */
	BULK_MAX = 1000,      /* things that one call may make */
	UNIT_BYTES = 8,
};

enum kind {
	KIND_ORDER,
	KIND_RETURN,
	KIND_CREDIT_MEMO,
	KIND_TRANSACTION,
	KIND_CAPTURE,
	KIND_REFUND,
	KIND_LOYALTY,
	KIND_ADJUSTMENT,
	KIND_GIFT_CARD,
	KIND_GIFT_REFUND,
	KIND_PICK_UP,
	KIND_SHIPMENT,
	KIND_TICKET,
	KIND_COMMENT,
	KIND_SKU,
	KINDS,
};

enum by { BY_ID, BY_REFERENCE, BY_PARENT, BYS };

struct thing {
	enum kind kind;
	struct str name[BYS]; /* owned; absent where it has none */
	struct str doc;	      /* a JSON object as it was sent; owned */
	struct str key;	      /* idempotency key of the last write; owned */
	const char *state;    /* a constant, or NULL */
	int64_t amount;	      /* minor units, points, pieces: by kind */
	int64_t used;	      /* of a capture: refunded so far */
	char unit[UNIT_BYTES];
	int64_t writes;
	int64_t born_us; /* on the monotonic clock */
	uint32_t made;	 /* the effect that made it, in the ledger; 0: none */
	uint32_t ended;	 /* the one that cancelled or closed it */
	struct node nodes[BYS];
};

struct books {
	struct thing **at; /* oldest first */
	uint32_t count;
	uint32_t room;
	size_t bytes;
	struct index by[BYS];
	int64_t made[KINDS]; /* the counters behind the ids */
};

void books_release(struct books *books);

/* Whether a call with so long a body may still be written down. */
bool books_have_room(const struct books *books, size_t body_bytes);

/* Copies the names and `doc`. An absent id is the next of its kind. */
struct thing *books_add(struct books *books, enum kind kind,
			const struct str name[BYS], struct str doc);

/* The oldest of that kind with that name; then the next with the same. */
struct thing *books_find(const struct books *books, enum kind kind, enum by by,
			 struct str name);
struct thing *books_next(const struct thing *thing, enum by by);

void thing_set_doc(struct books *books, struct thing *thing, struct str doc);
void thing_set_key(struct books *books, struct thing *thing, struct str key);
/* Cut to its room. */
void thing_set_unit(struct thing *thing, struct str unit);

/* As one object: what we know, then what else was sent. */
void thing_write(struct json_writer *w, const struct thing *thing);
/* The members alone, for those who add some. */
void thing_members(struct json_writer *w, const struct thing *thing);

#endif
