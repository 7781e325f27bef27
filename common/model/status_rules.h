/* status_rules.h - who speaks for which facet of an order, since when.
 *
 * The content of schemas/canonical/order-status.json, checked on load. A
 * system has one role; a facet has its speakers in order of belief. */
#ifndef FLOTILLA_MODEL_STATUS_RULES_H
#define FLOTILLA_MODEL_STATUS_RULES_H

#include "model/order_status.h"

/* What the system is to the retailer: "erp", "commerce", "wms". */
struct str status_rules_role(const struct status_rules *rules,
			     struct str source);

/* Position of the source among the facet's speakers for an order placed then
 * and there; greater than any position if it is none of them. */
unsigned status_rules_rank(const struct status_rules *rules,
			   enum facet_kind kind, struct str source,
			   int64_t placed_at_us, struct str region);

/* Seconds after which the facet counts as stale; 0 = never. */
int64_t status_rules_stale_after_s(const struct status_rules *rules,
				   enum facet_kind kind);

#endif
