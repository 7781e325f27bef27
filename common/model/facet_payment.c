/* facet_payment.c - what is said of an order's money. */
#include "model/facets.h"
#include "model/invoice.h"
#include "model/payment.h"
#include "model/refund.h"

struct money_seen {
	int64_t captured, authorized, refunded, disputed;
	int64_t given_back; /* by refunds, which may be payments as well */
	bool failed, voided, pending;
	int64_t as_of_us;
	uint32_t facts;
};

static void see_payment(struct money_seen *seen, const struct payment *p,
			int64_t as_of_us)
{
	int64_t amount =
		p->amount_minor < 0 ? -p->amount_minor : p->amount_minor;

	seen->facts++;
	if (as_of_us > seen->as_of_us)
		seen->as_of_us = as_of_us;
	if (p->status != PAYMENT_STATUS_SUCCESS) {
		seen->failed |= p->status == PAYMENT_STATUS_FAILURE;
		seen->pending |= p->status == PAYMENT_STATUS_PENDING;
		return;
	}
	switch (p->kind) {
	case PAYMENT_KIND_AUTHORIZATION:
		seen->authorized += amount;
		break;
	case PAYMENT_KIND_SALE:
	case PAYMENT_KIND_CAPTURE:
		seen->captured += amount;
		break;
	case PAYMENT_KIND_VOID:
		seen->voided = true;
		break;
	case PAYMENT_KIND_REFUND:
		seen->refunded += amount;
		break;
	case PAYMENT_KIND_CHARGEBACK:
		seen->disputed += amount;
		break;
	}
}

static void see_refund(struct money_seen *seen, const struct refund *r,
		       int64_t as_of_us)
{
	seen->facts++;
	if (as_of_us > seen->as_of_us)
		seen->as_of_us = as_of_us;
	if (!field_has(r, REFUND_F_STATUS) ||
	    r->status == REFUND_STATUS_SUCCESS)
		seen->given_back += r->amount_minor;
}

static const char *payment_word(const struct money_seen *seen, int64_t total)
{
	int64_t refunded = seen->refunded > seen->given_back ? seen->refunded
							     : seen->given_back;
	int64_t paid = seen->captured ? seen->captured : total;

	if (seen->disputed)
		return "charged_back";
	if (refunded)
		return refunded >= paid ? "refunded" : "partially_refunded";
	if (seen->captured)
		return seen->captured >= total ? "paid" : "partially_paid";
	if (seen->voided)
		return "voided";
	if (seen->authorized)
		return "authorized";
	if (seen->pending)
		return "pending";
	return seen->failed ? "failed" : NULL;
}

static bool is_money(const struct order_part *part)
{
	return part->entity == &payment_entity ||
	       part->entity == &refund_entity;
}

static void see(struct money_seen *seen, const struct order_part *part)
{
	if (part->entity == &payment_entity)
		see_payment(seen, part->data, part->as_of_us);
	else
		see_refund(seen, part->data, part->as_of_us);
}

/* Facts of one source are summed; each source is one claim. */
static void claim_payment_facts(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		struct str source = view->parts[i].source;
		struct money_seen seen = {0};
		bool told = !is_money(&view->parts[i]);

		for (uint32_t k = 0; k < i && !told; k++)
			told = is_money(&view->parts[k]) &&
			       str_eq(view->parts[k].source, source);
		if (told)
			continue;
		for (uint32_t k = i; k < view->count; k++)
			if (is_money(&view->parts[k]) &&
			    str_eq(view->parts[k].source, source))
				see(&seen, &view->parts[k]);
		add_claim(claims, source,
			  payment_word(&seen, view->total_minor),
			  seen.as_of_us);
	}
}

void claim_payment(const struct view *view, struct claims *claims)
{
	claim_payment_facts(view, claims);
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct order *o = order_of(part);

		if (o)
			add_claim(claims, part->source,
				  order_word(o, ORDER_F_PAYMENT_STATUS,
					     (int32_t)o->payment_status),
				  part->as_of_us);
		else if (part->entity == &invoice_entity &&
			 ((const struct invoice *)part->data)->status ==
				 INVOICE_STATUS_PAID)
			add_claim(claims, part->source, "paid", part->as_of_us);
	}
}
