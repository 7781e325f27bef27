/* erp_returns.c - return authorisations, and what of an order may come back.
 *
 * A return authorisation is known by our reference: the same one put twice is
 * there once. */
#include "retail-sim/erp.h"

/* Quantities --------------------------------------------------------------- */

/* Of one line of an order, in the member "lines" of a document. */
static int64_t quantity_of(const struct json_doc *doc, struct str line)
{
	const struct json_node *nodes = doc->nodes;
	uint32_t lines = json_member(doc, 0, STR("lines"));
	int64_t sum = 0, n;

	for (uint32_t i = lines + 1; lines && i < nodes[lines].next;
	     i = nodes[i].next) {
		uint32_t id = json_member(doc, i, STR("line"));
		uint32_t quantity = json_member(doc, i, STR("quantity"));

		if (str_eq(nodes[id].text, line) &&
		    str_to_i64(nodes[quantity].text, &n))
			sum += n;
	}
	return sum;
}

/* Over all return authorisations of the order but one (NULL: none). */
static int64_t returned(struct world *world, struct call *call,
			struct str number, struct str line,
			const struct thing *but)
{
	int64_t sum = 0;

	for (struct thing *thing =
		     books_find(&world->books, KIND_RETURN, BY_PARENT, number);
	     thing; thing = books_next(thing, BY_PARENT)) {
		struct json_doc doc;

		if (thing == but)
			continue;
		doc = world_doc(call, thing->doc);
		sum += quantity_of(&doc, line);
	}
	return sum;
}

static void write_line(struct world *world, struct call *call,
		       struct json_writer *w, const struct thing *of,
		       const struct json_doc *doc, uint32_t at)
{
	struct str line = doc->nodes[json_member(doc, at, STR("line"))].text;
	int64_t back = returned(world, call, of->name[BY_ID], line, NULL);
	int64_t bought = quantity_of(doc, line);

	json_begin_object(w);
	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next) {
		json_name(w, doc->nodes[i].name);
		json_copy(w, doc, i);
	}
	json_put_int(w, "returned", back);
	json_put_int(w, "returnable",
		     str_is(str_of(of->state), "cancelled") ? 0
							    : bought - back);
	json_end_object(w);
}

/* The order with what may still come back of each line. */
void erp_get_eligibility(struct world *world, struct call *call)
{
	struct thing *thing = erp_order(world, call);
	struct json_writer w;
	struct json_doc doc;
	uint32_t lines;

	if (!thing)
		return;
	doc = world_doc(call, thing->doc);
	lines = json_member(&doc, 0, STR("lines"));
	call_answer(call, 200, &w);
	json_begin_object(&w);
	json_put_str(&w, "order", thing->name[BY_ID]);
	json_put_cstr(&w, "state", thing->state);
	for (uint32_t i = 1; i < doc.nodes[0].next; i = doc.nodes[i].next) {
		/* ordered_at, delivered_at and what else is a time */
		if (doc.nodes[i].name.len < 3 ||
		    memcmp(doc.nodes[i].name.at + doc.nodes[i].name.len - 3,
			   "_at", 3) != 0)
			continue;
		json_name(&w, doc.nodes[i].name);
		json_copy(&w, &doc, i);
	}
	json_name(&w, STR("lines"));
	json_begin_array(&w);
	for (uint32_t i = lines + 1; lines && i < doc.nodes[lines].next;
	     i = doc.nodes[i].next)
		write_line(world, call, &w, thing, &doc, i);
	json_end_array(&w);
	json_end_object(&w);
}

/* Return authorisations ------------------------------------------------------
 */

static bool may_come_back(struct world *world, struct call *call,
			  const struct thing *of, const struct thing *known)
{
	const struct json_node *nodes = call->doc.nodes;
	struct json_doc bought = world_doc(call, of->doc);
	int64_t quantity, left;
	struct str line;
	uint32_t lines;

	if (!call_array(call, 0, "lines", BULK_MAX, &lines))
		return false;
	for (uint32_t i = lines + 1; i < nodes[lines].next; i = nodes[i].next)
		if (!call_text(call, i, "line", &line) ||
		    !call_int(call, i, "quantity", 1, &quantity))
			return false;
	if (str_is(str_of(of->state), "cancelled"))
		return call_problem(call, 422, "order-cancelled",
				    "a cancelled order has no returns");
	for (uint32_t i = lines + 1; i < nodes[lines].next; i = nodes[i].next) {
		line = nodes[json_member(&call->doc, i, STR("line"))].text;
		left = quantity_of(&bought, line) -
		       returned(world, call, of->name[BY_ID], line, known);
		if (quantity_of(&call->doc, line) > left)
			return call_problem(call, 422, "over-ordered",
					    "%lld of line %.*s may come back",
					    (long long)left, STR_ARGS(line));
	}
	return true;
}

static void change_return(struct world *world, struct call *call,
			  struct thing *known, const struct thing *of)
{
	if (known->ended) {
		call_problem(call, 409, "closed", "%.*s is closed",
			     STR_ARGS(known->name[BY_ID]));
		return;
	}
	if (!str_eq(known->name[BY_PARENT], of->name[BY_ID])) {
		call_problem(call, 422, "other-order",
			     "%.*s belongs to order %.*s",
			     STR_ARGS(known->name[BY_ID]),
			     STR_ARGS(known->name[BY_PARENT]));
		return;
	}
	thing_set_doc(&world->books, known, call_json(call, 0));
	world_effect(world, call, known->name[BY_REFERENCE]);
	known->made = call->entry;
	world_show(call, 200, known);
}

void erp_put_return(struct world *world, struct call *call)
{
	struct str name[BYS] = {[BY_REFERENCE] = call->parts[0]};
	struct thing *of = erp_order_of(world, call), *known;

	if (!of)
		return;
	known = books_find(&world->books, KIND_RETURN, BY_REFERENCE,
			   call->parts[0]);
	if (known && str_eq(known->doc, call_json(call, 0))) {
		world_asked_again(world, known->made);
		world_show(call, 200, known);
		return;
	}
	if (!may_come_back(world, call, of, known))
		return;
	if (known) {
		change_return(world, call, known, of);
		return;
	}
	name[BY_PARENT] = of->name[BY_ID];
	known = books_add(&world->books, KIND_RETURN, name, call_json(call, 0));
	known->state = "open";
	world_effect(world, call, name[BY_REFERENCE]);
	known->made = call->entry;
	world_show(call, 201, known);
}

static struct thing *known_return(struct world *world, struct call *call)
{
	struct thing *thing = books_find(&world->books, KIND_RETURN,
					 BY_REFERENCE, call->parts[0]);

	if (!thing)
		call_problem(call, 404, "not-found",
			     "no return authorisation has the reference %.*s",
			     STR_ARGS(call->parts[0]));
	return thing;
}

void erp_get_return(struct world *world, struct call *call)
{
	struct thing *thing = known_return(world, call);

	if (thing)
		world_show(call, 200, thing);
}

void erp_close_return(struct world *world, struct call *call)
{
	struct thing *thing = known_return(world, call);

	if (!thing)
		return;
	if (thing->ended) {
		world_asked_again(world, thing->ended);
	} else {
		thing->state = "closed";
		world_effect(world, call, thing->name[BY_REFERENCE]);
		thing->ended = call->entry;
	}
	world_show(call, 200, thing);
}
