/* order_status.h - what the business sees of an order, as a pure function.
 *
 * Nobody merges documents. An order's status is derived from all rows that
 * speak of it, whatever the order in which they came; who speaks for which
 * facet, since when and where, is data (schemas/canonical/order-status.json).
 * No I/O, no clock: the same rows give the same facets. */
#ifndef FLOTILLA_MODEL_ORDER_STATUS_H
#define FLOTILLA_MODEL_ORDER_STATUS_H

#include "base/arena.h"
#include "model/model.h"

enum facet_kind {
	FACET_CONFIRMATION,
	FACET_PAYMENT,
	FACET_FULFILMENT,
	FACET_RETURNS,
	FACET_EXCEPTIONS,
	FACET_COUNT,
};

/* "confirmation": also the column of order_status. */
const char *facet_name(enum facet_kind kind);

/* One row that speaks of the order. */
struct order_part {
	const struct entity *entity; /* order, shipment, payment, invoice... */
	const void *data;	     /* its struct */
	struct str source;	     /* system: "shopify" */
	struct str id;		     /* canonical id of the row */
	int64_t as_of_us;	     /* when the source said so */
};

struct facet {
	const char *value;    /* NULL: nobody has said anything */
	struct str source;    /* who speaks */
	int64_t as_of_us;     /* of the newest row that counts */
	struct str conflicts; /* JSON array of {source, value}; absent: none */
};

struct order_status {
	struct facet facets[FACET_COUNT];
};

/* Who speaks for what. Heap; never changes after loading. */
struct status_rules;

/* INVALID with a pointer into the file. */
bool status_rules_load(struct str json, struct status_rules **out,
		       struct err *err) MUST_CHECK;
void status_rules_free(struct status_rules *rules);

/* `parts` may be in any order; texts in `out` live in the arena or are
 * static. */
void order_status_derive(const struct status_rules *rules,
			 const struct order_part *parts, uint32_t count,
			 struct arena *arena, struct order_status *out);

/* One facet as the JSON that is stored and sent; absent str for no value. */
struct str facet_write(const struct facet *facet, struct arena *arena);

/* Whether two written facets say the same; when they said it does not
 * matter. */
bool facet_same(struct str a, struct str b);

#endif
