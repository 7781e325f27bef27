/* pay.c - a payment provider: captures, refunds of them, and two tenders that
 * are no money of a card: loyalty points and gift cards.
 *
 * Without an Idempotency-Key a refund that is sent twice is two refunds. */
#include "retail-sim/world.h"

static const struct str none = {NULL, 0};

static void list_captures(struct world *world, struct call *call)
{
	world_list(world, call, "captures", KIND_CAPTURE, BY_PARENT,
		   call->parts[0]);
}

/* What a request that moves an amount says. */
struct move {
	struct str reference;
	int64_t amount;
	struct str currency;
};

/* Whether the currency that was named is the one that is needed. */
static bool same_unit(struct call *call, const struct move *move,
		      const struct thing *of)
{
	return !move->currency.at || str_is(move->currency, of->unit) ||
	       call_problem(call, 422, "currency-mismatch",
			    "%.*s is in %s, not in %.*s",
			    STR_ARGS(of->name[BY_ID]), of->unit,
			    STR_ARGS(move->currency));
}

/* Adds the record of a move, tells the ledger, answers. */
static void record(struct world *world, struct call *call, enum kind kind,
		   const struct move *move, const struct thing *of)
{
	const struct str name[BYS] = {
		[BY_REFERENCE] = move->reference,
		[BY_PARENT] = of->name[BY_ID],
	};
	struct thing *thing =
		books_add(&world->books, kind, name, call_json(call, 0));

	thing->amount = move->amount;
	thing->state = "succeeded";
	thing_set_unit(thing, str_of(of->unit));
	world_effect_of(world, call, move->reference, move->amount,
			str_of(*of->unit ? of->unit : "points"));
	thing->made = call->entry;
	world_show(call, 201, thing);
}

/* Refunds ------------------------------------------------------------------ */

static bool within_capture(struct call *call, const struct thing *capture,
			   int64_t amount)
{
	int64_t left = capture->amount - capture->used;

	return (amount > 0 && amount <= left) ||
	       call_problem(call, 422, "over-captured",
			    "%lld of capture %.*s is left to refund",
			    (long long)left, STR_ARGS(capture->name[BY_ID]));
}

static void create_refund(struct world *world, struct call *call)
{
	struct thing *capture;
	struct move move;
	struct str id;

	if (!call_text(call, 0, "reference", &move.reference) ||
	    !call_text(call, 0, "capture", &id) ||
	    !call_text_or(call, 0, "currency", none, &move.currency))
		return;
	capture = books_find(&world->books, KIND_CAPTURE, BY_ID, id);
	if (!capture) {
		call_problem(call, 404, "not-found", "there is no capture %.*s",
			     STR_ARGS(id));
		return;
	}
	if (!call_int_or(call, 0, "amount_minor", 1,
			 capture->amount - capture->used, &move.amount) ||
	    !same_unit(call, &move, capture) ||
	    !within_capture(call, capture, move.amount))
		return;
	capture->used += move.amount;
	record(world, call, KIND_REFUND, &move, capture);
}

static void get_refund(struct world *world, struct call *call)
{
	struct thing *thing = world_part(world, call, 0, KIND_REFUND, "refund");

	if (thing)
		world_show(call, 200, thing);
}

static void find_refunds(struct world *world, struct call *call)
{
	struct str reference;

	if (world_reference(call, &reference))
		world_list(world, call, "refunds", KIND_REFUND, BY_REFERENCE,
			   reference);
}

/* Loyalty ------------------------------------------------------------------ */

static void get_account(struct world *world, struct call *call)
{
	struct thing *thing =
		world_part(world, call, 0, KIND_LOYALTY, "loyalty account");

	if (thing)
		world_show(call, 200, thing);
}

/* `sign` is that of what the customer gets. */
static void adjust(struct world *world, struct call *call, int sign)
{
	struct thing *account =
		world_part(world, call, 0, KIND_LOYALTY, "loyalty account");
	struct move move = {.currency = none};
	int64_t points;

	if (!account || !call_text(call, 0, "reference", &move.reference) ||
	    !call_int(call, 0, "points", 1, &points))
		return;
	if (sign < 0 && points > account->amount) {
		call_problem(call, 422, "too-few-points",
			     "the account has %lld points",
			     (long long)account->amount);
		return;
	}
	move.amount = sign * points;
	account->amount += move.amount;
	record(world, call, KIND_ADJUSTMENT, &move, account);
}

static void take_back(struct world *world, struct call *call)
{
	adjust(world, call, -1);
}

static void grant(struct world *world, struct call *call)
{
	adjust(world, call, 1);
}

static void find_adjustments(struct world *world, struct call *call)
{
	struct str reference;

	if (world_reference(call, &reference))
		world_list(world, call, "adjustments", KIND_ADJUSTMENT,
			   BY_REFERENCE, reference);
}

/* Gift cards --------------------------------------------------------------- */

static void get_card(struct world *world, struct call *call)
{
	struct thing *thing =
		world_part(world, call, 0, KIND_GIFT_CARD, "gift card");

	if (thing)
		world_show(call, 200, thing);
}

static void refund_to_card(struct world *world, struct call *call)
{
	struct thing *card =
		world_part(world, call, 0, KIND_GIFT_CARD, "gift card");
	struct move move;

	if (!card || !call_text(call, 0, "reference", &move.reference) ||
	    !call_int(call, 0, "amount_minor", 1, &move.amount) ||
	    !call_text(call, 0, "currency", &move.currency) ||
	    !same_unit(call, &move, card))
		return;
	card->amount += move.amount;
	record(world, call, KIND_GIFT_REFUND, &move, card);
}

static void find_card_refunds(struct world *world, struct call *call)
{
	struct str reference;

	if (world_reference(call, &reference))
		world_list(world, call, "refunds", KIND_GIFT_REFUND,
			   BY_REFERENCE, reference);
}

static const struct operation operations[] = {
	{
		.name = "list-captures",
		.method = "GET",
		.path = "/pay/orders/{order}/captures",
		.run = list_captures,
	},
	{
		.name = "create-refund",
		.method = "POST",
		.path = "/pay/refunds",
		.run = create_refund,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "find-refunds",
		.method = "GET",
		.path = "/pay/refunds",
		.run = find_refunds,
	},
	{
		.name = "get-refund",
		.method = "GET",
		.path = "/pay/refunds/{id}",
		.run = get_refund,
	},
	{
		.name = "find-adjustments",
		.method = "GET",
		.path = "/pay/loyalty",
		.run = find_adjustments,
	},
	{
		.name = "get-loyalty",
		.method = "GET",
		.path = "/pay/loyalty/{account}",
		.run = get_account,
	},
	{
		.name = "take-back-points",
		.method = "POST",
		.path = "/pay/loyalty/{account}/take-back",
		.run = take_back,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "grant-points",
		.method = "POST",
		.path = "/pay/loyalty/{account}/grant",
		.run = grant,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "find-gift-card-refunds",
		.method = "GET",
		.path = "/pay/gift-cards",
		.run = find_card_refunds,
	},
	{
		.name = "get-gift-card",
		.method = "GET",
		.path = "/pay/gift-cards/{card}",
		.run = get_card,
	},
	{
		.name = "refund-to-gift-card",
		.method = "POST",
		.path = "/pay/gift-cards/{card}/refunds",
		.run = refund_to_card,
		.body = BODY_JSON,
		.writes = true,
	},
	{.name = NULL},
};

const struct system pay_system = {
	.name = "pay",
	.operations = operations,
	.id = SYSTEM_PAY,
};
