/* facet_exceptions.c - what comes back, and what went wrong with an order. */
#include "model/facets.h"
#include "model/payment.h"
#include "model/refund.h"
#include "model/return.h"
#include "model/shipment.h"

static int64_t as_of(const struct order_part *part)
{
	const struct return_order *r = part->data;

	return field_has(r, RETURN_ORDER_F_UPDATED_AT) ? r->updated_at
						       : part->as_of_us;
}

/* Whether another return of the same source says more lately. */
static bool is_older(const struct view *view, uint32_t at)
{
	const struct order_part *part = &view->parts[at];

	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *other = &view->parts[i];

		if (i == at || other->entity != part->entity ||
		    !str_eq(other->source, part->source))
			continue;
		if (as_of(other) != as_of(part)
			    ? as_of(other) > as_of(part)
			    : str_cmp(other->id, part->id) < 0)
			return true;
	}
	return false;
}

void claim_returns(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct order *o = order_of(part);
		const struct return_order *r = part->data;

		if (o && field_has(o, ORDER_F_STATUS) &&
		    o->status == ORDER_STATUS_RETURNED)
			add_claim(claims, part->source, "returned",
				  part->as_of_us);
		if (part->entity == &return_order_entity &&
		    field_has(r, RETURN_ORDER_F_STATUS) && !is_older(view, i))
			add_claim(claims, part->source,
				  return_order_entity
					  .fields[RETURN_ORDER_F_STATUS]
					  .codes[r->status],
				  as_of(part));
	}
}

/* NULL: nothing is wrong. */
static const char *trouble_of(const struct order_part *part)
{
	const struct shipment *s = part->data;
	const struct payment *p = part->data;
	const struct refund *r = part->data;

	if (part->entity == &shipment_entity &&
	    (s->status == SHIPMENT_STATUS_FAILED ||
	     s->status == SHIPMENT_STATUS_RETURNED))
		return "delivery_failed";
	if (part->entity == &payment_entity &&
	    p->kind == PAYMENT_KIND_CHARGEBACK)
		return "chargeback";
	if (part->entity == &refund_entity && field_has(r, REFUND_F_STATUS) &&
	    r->status == REFUND_STATUS_FAILURE)
		return "refund_failed";
	return NULL;
}

void claim_exceptions(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++)
		add_claim(claims, view->parts[i].source,
			  trouble_of(&view->parts[i]), view->parts[i].as_of_us);
}
