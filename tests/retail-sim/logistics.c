/* logistics.c - a logistics company: pick-ups at the customer's door and
 * replacement shipments to it.
 *
 * As with many carriers, our reference keeps nothing from being ordered twice:
 * an Idempotency-Key does, or a look-up before it is sent again. */
#include <stdio.h>

#include "retail-sim/world.h"

static struct str with_tracking(struct world *world, struct call *call,
				enum kind kind)
{
	char tracking[48];

	snprintf(tracking, sizeof(tracking), "\"SIM-%c-%lld\"",
		 kind == KIND_PICK_UP ? 'P' : 'S',
		 (long long)world->books.made[kind] + 1);
	return world_with_member(call, call_json(call, 0), "tracking",
				 str_of(tracking));
}

static void place(struct world *world, struct call *call, enum kind kind)
{
	struct str name[BYS] = {{NULL, 0}};
	struct thing *thing;

	if (!call_text(call, 0, "reference", &name[BY_REFERENCE]) ||
	    !call_text(call, 0, "order", &name[BY_PARENT]))
		return;
	thing = books_add(&world->books, kind, name,
			  with_tracking(world, call, kind));
	thing->state = "ordered";
	world_effect(world, call, name[BY_REFERENCE]);
	thing->made = call->entry;
	world_show(call, 201, thing);
}

static void order_pick_up(struct world *world, struct call *call)
{
	place(world, call, KIND_PICK_UP);
}

/* A shipment says what is in it. */
static void order_shipment(struct world *world, struct call *call)
{
	const struct json_node *nodes = call->doc.nodes;
	int64_t quantity;
	struct str sku;
	uint32_t lines;

	if (!call_array(call, 0, "lines", BULK_MAX, &lines))
		return;
	for (uint32_t i = lines + 1; i < nodes[lines].next; i = nodes[i].next)
		if (!call_text(call, i, "sku", &sku) ||
		    !call_int(call, i, "quantity", 1, &quantity))
			return;
	place(world, call, KIND_SHIPMENT);
}

static void show(struct world *world, struct call *call, enum kind kind,
		 const char *what)
{
	struct thing *thing = world_part(world, call, 0, kind, what);

	if (thing)
		world_show(call, 200, thing);
}

static void get_pick_up(struct world *world, struct call *call)
{
	show(world, call, KIND_PICK_UP, "pick-up");
}

static void get_shipment(struct world *world, struct call *call)
{
	show(world, call, KIND_SHIPMENT, "shipment");
}

static void cancel(struct world *world, struct call *call, enum kind kind,
		   const char *what)
{
	struct thing *thing = world_part(world, call, 0, kind, what);

	if (!thing)
		return;
	if (thing->ended) {
		world_asked_again(world, thing->ended);
	} else {
		thing->state = "cancelled";
		world_effect(world, call, thing->name[BY_REFERENCE]);
		thing->ended = call->entry;
	}
	world_show(call, 200, thing);
}

static void cancel_pick_up(struct world *world, struct call *call)
{
	cancel(world, call, KIND_PICK_UP, "pick-up");
}

static void cancel_shipment(struct world *world, struct call *call)
{
	cancel(world, call, KIND_SHIPMENT, "shipment");
}

static void find_pick_ups(struct world *world, struct call *call)
{
	struct str reference;

	if (world_reference(call, &reference))
		world_list(world, call, "pick_ups", KIND_PICK_UP, BY_REFERENCE,
			   reference);
}

static void find_shipments(struct world *world, struct call *call)
{
	struct str reference;

	if (world_reference(call, &reference))
		world_list(world, call, "shipments", KIND_SHIPMENT,
			   BY_REFERENCE, reference);
}

static const struct operation operations[] = {
	{
		.name = "order-pick-up",
		.method = "POST",
		.path = "/logistics/pick-ups",
		.run = order_pick_up,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "find-pick-ups",
		.method = "GET",
		.path = "/logistics/pick-ups",
		.run = find_pick_ups,
	},
	{
		.name = "get-pick-up",
		.method = "GET",
		.path = "/logistics/pick-ups/{number}",
		.run = get_pick_up,
	},
	{
		.name = "cancel-pick-up",
		.method = "POST",
		.path = "/logistics/pick-ups/{number}/cancel",
		.run = cancel_pick_up,
		.body = BODY_JSON_OR_NONE,
		.writes = true,
	},
	{
		.name = "order-shipment",
		.method = "POST",
		.path = "/logistics/shipments",
		.run = order_shipment,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "find-shipments",
		.method = "GET",
		.path = "/logistics/shipments",
		.run = find_shipments,
	},
	{
		.name = "get-shipment",
		.method = "GET",
		.path = "/logistics/shipments/{number}",
		.run = get_shipment,
	},
	{
		.name = "cancel-shipment",
		.method = "POST",
		.path = "/logistics/shipments/{number}/cancel",
		.run = cancel_shipment,
		.body = BODY_JSON_OR_NONE,
		.writes = true,
	},
	{.name = NULL},
};

const struct system logistics_system = {
	.name = "logistics",
	.operations = operations,
	.id = SYSTEM_LOGISTICS,
};
