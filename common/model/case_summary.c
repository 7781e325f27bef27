/* case_summary.c - facts into lines. */
#include "model/case_summary.h"

#include "base/clock.h"
#include "model/money.h"

enum { SUMMARY_BYTES = 64 << 10, LINES_MAX = 10 };

static void put_time(struct buf *out, const char *before, int64_t us)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format(text, us);
	/* to the minute, UTC */
	buf_printf(out, "%s%.10s %.5sZ", before, text, text + 11);
}

static void put_facet(struct buf *out, const char *name,
		      const struct shown_facet *f)
{
	if (!f)
		return;
	buf_printf(out, "\n%s: %.*s (%.*s", name, STR_ARGS(f->value),
		   STR_ARGS(f->source));
	if (field_has(f, SHOWN_FACET_F_AS_OF))
		put_time(out, ", ", f->as_of);
	buf_byte(out, ')');
	for (uint32_t i = 0; i < f->conflicts_count; i++)
		buf_printf(out, "%s %.*s says %.*s", i ? "," : "; but",
			   STR_ARGS(f->conflicts[i].source),
			   STR_ARGS(f->conflicts[i].value));
}

static void put_money(struct buf *out, int64_t minor, struct str currency)
{
	char text[MONEY_TEXT_BYTES];

	money_format(text, minor, currency);
	buf_printf(out, "%s %.*s", text, STR_ARGS(currency));
}

static void put_order(struct buf *out, const struct shown_order *o)
{
	buf_printf(out, "Order %.*s",
		   STR_ARGS(o->number.at ? o->number : o->id));
	if (field_has(o, SHOWN_ORDER_F_TOTAL_MINOR) && o->currency.at) {
		buf_cstr(out, ", ");
		put_money(out, o->total_minor, o->currency);
	}
	if (field_has(o, SHOWN_ORDER_F_PLACED_AT))
		put_time(out, ", placed ", o->placed_at);
	put_facet(out, "Confirmation", o->confirmation);
	put_facet(out, "Payment", o->payment);
	put_facet(out, "Fulfilment", o->fulfilment);
	put_facet(out, "Returns", o->returns);
	put_facet(out, "Exceptions", o->exceptions);
}

static void put_about(struct buf *out, const struct enrichment *e)
{
	const struct field *kind = &case_about_entity.fields[CASE_ABOUT_F_KIND];

	buf_cstr(out, "No order found yet.");
	for (uint32_t i = 0; i < e->about_count && i < LINES_MAX; i++)
		buf_printf(out, "%s %s %.*s (%lld %%)",
			   i ? "," : " The case names",
			   kind->codes[e->about[i].kind],
			   STR_ARGS(e->about[i].value),
			   (long long)e->about[i].confidence);
}

static void put_shipments(struct buf *out, const struct enrichment *e)
{
	for (uint32_t i = 0; i < e->shipments_count && i < LINES_MAX; i++) {
		const struct shown_shipment *s = &e->shipments[i];

		buf_printf(out, "\nShipment %.*s %.*s: %.*s",
			   STR_ARGS(s->carrier), STR_ARGS(s->tracking_number),
			   STR_ARGS(s->status));
		if (s->milestone.at)
			buf_printf(out, ", last %.*s", STR_ARGS(s->milestone));
		if (field_has(s, SHOWN_SHIPMENT_F_MILESTONE_AT))
			put_time(out, " ", s->milestone_at);
	}
}

static void put_money_back(struct buf *out, const struct enrichment *e)
{
	for (uint32_t i = 0; i < e->returns_count && i < LINES_MAX; i++)
		buf_printf(out, "\nReturn %.*s: %.*s (%.*s)",
			   STR_ARGS(e->returns[i].number),
			   STR_ARGS(e->returns[i].status),
			   STR_ARGS(e->returns[i].source));
	for (uint32_t i = 0; i < e->refunds_count && i < LINES_MAX; i++) {
		const struct shown_refund *r = &e->refunds[i];

		buf_cstr(out, "\nRefund ");
		put_money(out, r->amount_minor, r->currency);
		buf_printf(out, ": %.*s (%.*s)", STR_ARGS(r->status),
			   STR_ARGS(r->source));
	}
}

static void put_rest(struct buf *out, const struct enrichment *e)
{
	for (uint32_t i = 0; i < e->stock_count && i < LINES_MAX; i++)
		buf_printf(out, "\nStock of %.*s: %lld (%.*s)",
			   STR_ARGS(e->stock[i].sku),
			   (long long)e->stock[i].available,
			   STR_ARGS(e->stock[i].state));
	for (uint32_t i = 0; i < e->earlier_cases_count && i < LINES_MAX; i++)
		buf_printf(out, "\nEarlier case %.*s: %.*s",
			   STR_ARGS(e->earlier_cases[i].number.at
					    ? e->earlier_cases[i].number
					    : e->earlier_cases[i].id),
			   STR_ARGS(e->earlier_cases[i].status));
}

struct str case_summary(const struct enrichment *e, struct arena *arena)
{
	struct str summary;
	struct buf out;

	buf_init(&out, SUMMARY_BYTES);
	if (e->order)
		put_order(&out, e->order);
	else
		put_about(&out, e);
	put_shipments(&out, e);
	put_money_back(&out, e);
	put_rest(&out, e);
	summary = arena_str(arena, buf_view(&out));
	buf_release(&out);
	return summary;
}
