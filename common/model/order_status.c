/* order_status.c - one function per facet: each source's claim, then who is
 * believed. */
#include "model/order_status.h"

#include "base/clock.h"

#include <stdlib.h>

#include "model/invoice.h"
#include "model/order.h"
#include "model/payment.h"
#include "model/shipment.h"
#include "model/status_rules.h"

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

static const char *const names[FACET_COUNT] = {
	[FACET_CONFIRMATION] = "confirmation", [FACET_PAYMENT] = "payment",
	[FACET_FULFILMENT] = "fulfilment",     [FACET_RETURNS] = "returns",
	[FACET_EXCEPTIONS] = "exceptions",
};

const char *facet_name(enum facet_kind kind)
{
	return names[kind];
}

/* The parts of one order, sorted out by entity. */
struct view {
	const struct order_part *parts;
	uint32_t count;
	int64_t total_minor; /* the greatest that an order row names */
	int64_t placed_at_us;
	struct str region;
};

static const struct order *order_of(const struct order_part *part)
{
	return part->entity == &order_entity ? part->data : NULL;
}

static void add_claim(struct claims *claims, struct str source,
		      const char *value, int64_t as_of_us)
{
	if (!value || claims->count == CLAIMS_MAX)
		return;
	claims->items[claims->count++] =
		(struct claim){source, value, as_of_us};
}

static void look(struct view *view)
{
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order *o = order_of(&view->parts[i]);

		if (!o)
			continue;
		if (o->total_minor > view->total_minor)
			view->total_minor = o->total_minor;
		if (!view->placed_at_us || o->placed_at < view->placed_at_us)
			view->placed_at_us = o->placed_at;
		if (o->region.at)
			view->region = o->region;
	}
}

/* The word of an order row's enum field, NULL if it says nothing. */
static const char *order_word(const struct order *o, unsigned index,
			      int32_t code)
{
	if (!field_has(o, index))
		return NULL;
	return order_entity.fields[index].codes[code];
}

static void claim_confirmation(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct order *o = order_of(part);

		if (o)
			add_claim(claims, part->source,
				  order_word(o, ORDER_F_STATUS,
					     (int32_t)o->status),
				  part->as_of_us);
	}
}

struct money_seen {
	int64_t captured, authorized, refunded, disputed;
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

static const char *payment_word(const struct money_seen *seen, int64_t total)
{
	if (seen->disputed)
		return "charged_back";
	if (seen->refunded)
		return seen->refunded >= seen->captured ? "refunded"
							: "partially_refunded";
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

/* Facts of one source are summed; each source is one claim. */
static void claim_payment_facts(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		struct str source = view->parts[i].source;
		struct money_seen seen = {0};
		bool told = view->parts[i].entity != &payment_entity;

		for (uint32_t k = 0; k < i && !told; k++)
			told = view->parts[k].entity == &payment_entity &&
			       str_eq(view->parts[k].source, source);
		if (told)
			continue;
		for (uint32_t k = i; k < view->count; k++)
			if (view->parts[k].entity == &payment_entity &&
			    str_eq(view->parts[k].source, source))
				see_payment(&seen, view->parts[k].data,
					    view->parts[k].as_of_us);
		add_claim(claims, source,
			  payment_word(&seen, view->total_minor),
			  seen.as_of_us);
	}
}

static void claim_payment(const struct view *view, struct claims *claims)
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

struct goods_seen {
	int64_t ordered, shipped, delivered;
	bool whole; /* a shipment that does not list what is in it */
	bool all_delivered;
	uint32_t shipments;
};

static bool ship_counts(const struct shipment *s)
{
	return s->status != SHIPMENT_STATUS_CANCELLED &&
	       s->status != SHIPMENT_STATUS_FAILED &&
	       s->status != SHIPMENT_STATUS_PENDING &&
	       s->status != SHIPMENT_STATUS_LABEL_CREATED &&
	       s->status != SHIPMENT_STATUS_RETURNED;
}

static bool same_line(const struct order_line *line,
		      const struct shipment_line *item)
{
	if (line->line_id.at && item->line_id.at)
		return str_eq(line->line_id, item->line_id);
	return line->sku.at && item->sku.at && str_eq(line->sku, item->sku);
}

static int64_t shipped_of_line(const struct view *view, struct str source,
			       const struct order_line *line)
{
	int64_t quantity = 0;

	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct shipment *s = part->data;

		if (part->entity != &shipment_entity ||
		    !str_eq(part->source, source) || !ship_counts(s))
			continue;
		for (uint32_t k = 0; k < s->lines_count; k++)
			if (same_line(line, &s->lines[k]))
				quantity += s->lines[k].quantity;
	}
	return quantity;
}

static void see_shipments(const struct view *view, struct str source,
			  struct goods_seen *seen, int64_t *as_of_us)
{
	seen->all_delivered = true;
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct shipment *s = part->data;

		if (part->entity != &shipment_entity ||
		    !str_eq(part->source, source))
			continue;
		if (part->as_of_us > *as_of_us)
			*as_of_us = part->as_of_us;
		if (!ship_counts(s))
			continue;
		seen->shipments++;
		seen->whole |= s->lines_count == 0;
		seen->all_delivered &= s->status == SHIPMENT_STATUS_DELIVERED;
	}
}

/* Per line by quantities: more of one line does not make up for another. */
static bool all_lines_shipped(const struct view *view, struct str source)
{
	bool any = false;

	for (uint32_t i = 0; i < view->count; i++) {
		const struct order *o = order_of(&view->parts[i]);

		for (uint32_t k = 0; o && k < o->lines_count; k++) {
			const struct order_line *line = &o->lines[k];

			any = true;
			if (line->quantity > 0 &&
			    shipped_of_line(view, source, line) <
				    line->quantity)
				return false;
		}
		if (any)
			return true;
	}
	return any;
}

static const char *goods_word(const struct view *view, struct str source,
			      const struct goods_seen *seen)
{
	if (!seen->shipments)
		return "unfulfilled";
	if (!seen->whole && !all_lines_shipped(view, source))
		return "partially_fulfilled";
	return seen->all_delivered ? "delivered" : "fulfilled";
}

static void claim_shipments(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		struct str source = view->parts[i].source;
		struct goods_seen seen = {0};
		int64_t as_of_us = 0;
		bool told = view->parts[i].entity != &shipment_entity;

		for (uint32_t k = 0; k < i && !told; k++)
			told = view->parts[k].entity == &shipment_entity &&
			       str_eq(view->parts[k].source, source);
		if (told)
			continue;
		see_shipments(view, source, &seen, &as_of_us);
		add_claim(claims, source, goods_word(view, source, &seen),
			  as_of_us);
	}
}

static void claim_fulfilment(const struct view *view, struct claims *claims)
{
	claim_shipments(view, claims);
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct order *o = order_of(part);

		if (o)
			add_claim(claims, part->source,
				  order_word(o, ORDER_F_FULFILMENT_STATUS,
					     (int32_t)o->fulfilment_status),
				  part->as_of_us);
	}
}

static void claim_returns(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct order *o = order_of(part);

		if (o && field_has(o, ORDER_F_STATUS) &&
		    o->status == ORDER_STATUS_RETURNED)
			add_claim(claims, part->source, "returned",
				  part->as_of_us);
	}
}

static void claim_exceptions(const struct view *view, struct claims *claims)
{
	for (uint32_t i = 0; i < view->count; i++) {
		const struct order_part *part = &view->parts[i];
		const struct shipment *s = part->data;
		const struct payment *p = part->data;

		if (part->entity == &shipment_entity &&
		    (s->status == SHIPMENT_STATUS_FAILED ||
		     s->status == SHIPMENT_STATUS_RETURNED))
			add_claim(claims, part->source, "delivery_failed",
				  part->as_of_us);
		else if (part->entity == &payment_entity &&
			 p->kind == PAYMENT_KIND_CHARGEBACK)
			add_claim(claims, part->source, "chargeback",
				  part->as_of_us);
	}
}

static void (*const claimers[FACET_COUNT])(const struct view *,
					   struct claims *) = {
	[FACET_CONFIRMATION] = claim_confirmation,
	[FACET_PAYMENT] = claim_payment,
	[FACET_FULFILMENT] = claim_fulfilment,
	[FACET_RETURNS] = claim_returns,
	[FACET_EXCEPTIONS] = claim_exceptions,
};

/* Smaller is believed first; equal ranks by source and age, so that the order
 * of the parts does not matter. */
static bool speaks_before(const struct status_rules *rules,
			  enum facet_kind kind, const struct view *view,
			  const struct claim *a, const struct claim *b)
{
	unsigned ra = status_rules_rank(rules, kind, a->source,
					view->placed_at_us, view->region);
	unsigned rb = status_rules_rank(rules, kind, b->source,
					view->placed_at_us, view->region);
	int c;

	if (ra != rb)
		return ra < rb;
	if (a->as_of_us != b->as_of_us)
		return a->as_of_us > b->as_of_us;
	c = str_cmp(a->source, b->source);
	return c ? c < 0 : strcmp(a->value, b->value) < 0;
}

static void sort_claims(const struct status_rules *rules, enum facet_kind kind,
			const struct view *view, struct claims *claims)
{
	for (uint32_t i = 1; i < claims->count; i++) {
		struct claim item = claims->items[i];
		uint32_t k = i;

		while (k && speaks_before(rules, kind, view, &item,
					  &claims->items[k - 1])) {
			claims->items[k] = claims->items[k - 1];
			k--;
		}
		claims->items[k] = item;
	}
}

/* Speakers of lower rank that say something else: disagreement is shown, not
 * resolved. A source does not contradict itself. */
static struct str conflicts_of(const struct claims *claims, struct arena *arena)
{
	struct json_writer w;
	struct buf text;
	struct str out = {NULL, 0};
	int found = 0;

	buf_init(&text, 8192);
	json_writer_init(&w, &text);
	json_begin_array(&w);
	for (uint32_t i = 1; i < claims->count; i++) {
		const struct claim *c = &claims->items[i];

		if (!strcmp(c->value, claims->items[0].value) ||
		    str_eq(c->source, claims->items[0].source))
			continue;
		found++;
		json_begin_object(&w);
		json_put_str(&w, "source", c->source);
		json_put_cstr(&w, "value", c->value);
		json_end_object(&w);
	}
	json_end_array(&w);
	if (found)
		out = arena_str(arena, buf_view(&text));
	buf_release(&text);
	return out;
}

void order_status_derive(const struct status_rules *rules,
			 const struct order_part *parts, uint32_t count,
			 struct arena *arena, struct order_status *out)
{
	struct view view = {.parts = parts, .count = count};

	look(&view);
	for (int kind = 0; kind < FACET_COUNT; kind++) {
		struct facet *facet = &out->facets[kind];
		struct claims claims;

		claims.count = 0;
		claimers[kind](&view, &claims);
		*facet = (struct facet){0};
		if (!claims.count)
			continue;
		sort_claims(rules, (enum facet_kind)kind, &view, &claims);
		facet->value = claims.items[0].value;
		facet->source = claims.items[0].source;
		facet->as_of_us = claims.items[0].as_of_us;
		if (claims.count > 1)
			facet->conflicts = conflicts_of(&claims, arena);
	}
}

struct str facet_write(const struct facet *facet, struct arena *arena)
{
	size_t room = 128 + facet->source.len + facet->conflicts.len;
	char time[CLOCK_TEXT_BYTES];
	struct buf out;

	if (!facet->value)
		return (struct str){NULL, 0};
	buf_fixed(&out, arena_alloc(arena, room), room);
	buf_str(&out, STR("{\"value\":\""));
	buf_cstr(&out, facet->value);
	buf_str(&out, STR("\",\"source\":\""));
	buf_str(&out, facet->source);
	buf_byte(&out, '"');
	if (facet->conflicts.at) {
		buf_str(&out, STR(",\"conflicts\":"));
		buf_str(&out, facet->conflicts);
	}
	buf_str(&out, STR(",\"as_of\":\""));
	buf_add(&out, time, clock_format(time, facet->as_of_us));
	buf_str(&out, STR("\"}"));
	return buf_view(&out);
}

/* What stands before the time, which facet_write puts last. */
static struct str without_time(struct str facet)
{
	static const char mark[] = ",\"as_of\":\"";

	for (size_t at = facet.len; at-- > 0;)
		if (facet.len - at >= sizeof(mark) - 1 &&
		    !memcmp(facet.at + at, mark, sizeof(mark) - 1))
			return (struct str){facet.at, at};
	return facet;
}

bool facet_same(struct str a, struct str b)
{
	return !a.at == !b.at && str_eq(without_time(a), without_time(b));
}
