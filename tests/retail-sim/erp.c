/* erp.c - an ERP: orders, what of them may come back, and the paper of it.
 *
 * Credit memos and transactions are posted as often as they are sent without
 * an Idempotency-Key. */
#include "retail-sim/erp.h"

static const struct str none = {NULL, 0};

struct thing *erp_order(struct world *world, struct call *call)
{
	return world_part(world, call, 0, KIND_ORDER, "order");
}

struct thing *erp_order_of(struct world *world, struct call *call)
{
	struct thing *thing;
	struct str number;

	if (!call_text(call, 0, "order", &number))
		return NULL;
	thing = books_find(&world->books, KIND_ORDER, BY_ID, number);
	if (!thing)
		call_problem(call, 404, "not-found", "there is no order %.*s",
			     STR_ARGS(number));
	return thing;
}

static void get_order(struct world *world, struct call *call)
{
	struct thing *thing = erp_order(world, call);

	if (thing)
		world_show(call, 200, thing);
}

/* Cancelling ----------------------------------------------------------------
 */

static void cancel_order(struct world *world, struct call *call)
{
	struct thing *thing = erp_order(world, call);
	struct str reference;

	if (!thing ||
	    !call_text_or(call, 0, "reference", thing->name[BY_ID], &reference))
		return;
	if (str_is(str_of(thing->state), "shipped")) {
		call_problem(call, 422, "already-shipped",
			     "order %.*s has left the house",
			     STR_ARGS(thing->name[BY_ID]));
		return;
	}
	if (str_is(str_of(thing->state), "cancelled")) {
		world_asked_again(world, thing->ended);
	} else {
		thing->state = "cancelled";
		thing_set_doc(&world->books, thing,
			      world_with_member(call, thing->doc,
						"cancellation",
						call_json(call, 0)));
		world_effect(world, call, reference);
		thing->ended = call->entry;
	}
	world_show(call, 200, thing);
}

/* Postings -------------------------------------------------------------------
 */

static void post(struct world *world, struct call *call, enum kind kind,
		 int64_t least, struct str number)
{
	struct str name[BYS] = {[BY_PARENT] = number};
	struct str currency;
	struct thing *thing;
	int64_t amount;

	if (!call_text(call, 0, "reference", &name[BY_REFERENCE]) ||
	    !call_int(call, 0, "amount_minor", least, &amount) ||
	    !call_text(call, 0, "currency", &currency))
		return;
	thing = books_add(&world->books, kind, name, call_json(call, 0));
	thing->amount = amount;
	thing->state = "posted";
	thing_set_unit(thing, currency);
	world_effect_of(world, call, name[BY_REFERENCE], amount, currency);
	thing->made = call->entry;
	world_show(call, 201, thing);
}

static void post_credit_memo(struct world *world, struct call *call)
{
	struct thing *of = erp_order_of(world, call);

	if (of)
		post(world, call, KIND_CREDIT_MEMO, 1, of->name[BY_ID]);
}

/* Of an order or of none, in either direction. */
static void post_transaction(struct world *world, struct call *call)
{
	struct str number;

	if (call_text_or(call, 0, "order", none, &number))
		post(world, call, KIND_TRANSACTION, INT64_MIN / 1000000,
		     number);
}

static void find_documents(struct world *world, struct call *call)
{
	struct json_writer w;
	struct str reference;

	if (!world_reference(call, &reference))
		return;
	call_answer(call, 200, &w);
	json_begin_object(&w);
	json_name(&w, STR("return_authorisations"));
	world_array(world, &w, KIND_RETURN, BY_REFERENCE, reference);
	json_name(&w, STR("credit_memos"));
	world_array(world, &w, KIND_CREDIT_MEMO, BY_REFERENCE, reference);
	json_name(&w, STR("transactions"));
	world_array(world, &w, KIND_TRANSACTION, BY_REFERENCE, reference);
	json_end_object(&w);
}

static const struct operation operations[] = {
	{
		.name = "get-order",
		.method = "GET",
		.path = "/erp/orders/{number}",
		.run = get_order,
	},
	{
		.name = "get-eligibility",
		.method = "GET",
		.path = "/erp/orders/{number}/eligibility",
		.run = erp_get_eligibility,
	},
	{
		.name = "cancel-order",
		.method = "POST",
		.path = "/erp/orders/{number}/cancel",
		.run = cancel_order,
		.body = BODY_JSON_OR_NONE,
		.writes = true,
	},
	{
		.name = "put-return-authorisation",
		.method = "PUT",
		.path = "/erp/return-authorisations/{reference}",
		.run = erp_put_return,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "get-return-authorisation",
		.method = "GET",
		.path = "/erp/return-authorisations/{reference}",
		.run = erp_get_return,
	},
	{
		.name = "close-return-authorisation",
		.method = "POST",
		.path = "/erp/return-authorisations/{reference}/close",
		.run = erp_close_return,
		.body = BODY_JSON_OR_NONE,
		.writes = true,
	},
	{
		.name = "post-credit-memo",
		.method = "POST",
		.path = "/erp/credit-memos",
		.run = post_credit_memo,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "post-transaction",
		.method = "POST",
		.path = "/erp/transactions",
		.run = post_transaction,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "find-documents",
		.method = "GET",
		.path = "/erp/documents",
		.run = find_documents,
	},
	{.name = NULL},
};

const struct system erp_system = {
	.name = "erp",
	.operations = operations,
	.id = SYSTEM_ERP,
};
