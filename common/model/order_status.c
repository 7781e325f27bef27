/* order_status.c - each source's claims, then who is believed. */
#include "model/order_status.h"

#include <stdlib.h>

#include "base/clock.h"
#include "model/facets.h"
#include "model/status_rules.h"
#include "json/writer.h"

static const char *const names[FACET_COUNT] = {
	[FACET_CONFIRMATION] = "confirmation", [FACET_PAYMENT] = "payment",
	[FACET_FULFILMENT] = "fulfilment",     [FACET_RETURNS] = "returns",
	[FACET_EXCEPTIONS] = "exceptions",
};

const char *facet_name(enum facet_kind kind)
{
	return names[kind];
}

const struct order *order_of(const struct order_part *part)
{
	return part->entity == &order_entity ? part->data : NULL;
}

void add_claim(struct claims *claims, struct str source, const char *value,
	       int64_t as_of_us)
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
const char *order_word(const struct order *o, unsigned index, int32_t code)
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
