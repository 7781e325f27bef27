/* facet_fulfilment.c - what is said of an order's goods. */
#include "model/facets.h"
#include "model/shipment.h"

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

void claim_fulfilment(const struct view *view, struct claims *claims)
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
