/* facets.h - what the parts of an order claim, facet by facet; order_status.c
 * decides who is believed. Nobody else includes it. */
#ifndef FLOTILLA_MODEL_FACETS_H
#define FLOTILLA_MODEL_FACETS_H

#include "model/order.h"
#include "model/order_status.h"

/* What one source claims of one facet. */
struct claim {
	struct str source;
	const char *value;
	int64_t as_of_us;
};

enum { CLAIMS_MAX = 32 };

struct claims {
	struct claim items[CLAIMS_MAX];
	uint32_t count;
};

/* The parts of one order, sorted out by entity. */
struct view {
	const struct order_part *parts;
	uint32_t count;
	int64_t total_minor; /* the greatest that an order row names */
	int64_t placed_at_us;
	struct str region;
};

/* Ignored without a value; of more than fit the first stay. */
void add_claim(struct claims *claims, struct str source, const char *value,
	       int64_t as_of_us);

/* NULL: it is none. */
const struct order *order_of(const struct order_part *part);

/* The word of one of an order's codes; NULL where it has none. */
const char *order_word(const struct order *o, unsigned index, int32_t code);

/* Money that was authorised, captured, given back: payments as facts; what
 * orders and invoices say where there are none. */
void claim_payment(const struct view *view, struct claims *claims);

/* Goods by quantities per line: shipments; what orders say besides. */
void claim_fulfilment(const struct view *view, struct claims *claims);

/* Returns: of each source the latest. */
void claim_returns(const struct view *view, struct claims *claims);

/* Failed deliveries, chargebacks, refunds that could not be made. */
void claim_exceptions(const struct view *view, struct claims *claims);

#endif
