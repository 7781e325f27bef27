/* seed.c - lists of things, each a row: how it is read. */
#include "retail-sim/seed.h"

/* One thing of a list, as it was read. */
struct seed {
	enum kind kind;
	struct str id, parent, unit, state;
	int64_t amount;
};

static bool is_one_of(struct str word, const char *const *words)
{
	for (; *words; words++)
		if (str_is(word, *words))
			return true;
	return false;
}

static bool read_order(struct call *call, uint32_t at, struct seed *seed)
{
	static const char *const states[] = {"open", "shipped", "cancelled",
					     NULL};
	struct str text;
	int64_t number;
	uint32_t lines;

	seed->kind = KIND_ORDER;
	if (!call_text(call, at, "number", &seed->id) ||
	    !call_text_or(call, at, "state", STR("open"), &seed->state) ||
	    !call_array_or(call, at, "lines", BULK_MAX, &lines))
		return false;
	if (!is_one_of(seed->state, states))
		return call_problem(call, 400, "bad-body",
				    "an order is open, shipped or cancelled");
	for (uint32_t i = lines + 1; lines && i < call->doc.nodes[lines].next;
	     i = call->doc.nodes[i].next)
		if (!call_text(call, i, "line", &text) ||
		    !call_text(call, i, "sku", &text) ||
		    !call_int(call, i, "quantity", 1, &number))
			return false;
	return true;
}

static bool read_capture(struct call *call, uint32_t at, struct seed *seed)
{
	seed->kind = KIND_CAPTURE;
	return call_text(call, at, "id", &seed->id) &&
	       call_text(call, at, "order", &seed->parent) &&
	       call_int(call, at, "amount_minor", 0, &seed->amount) &&
	       call_text(call, at, "currency", &seed->unit);
}

static bool read_ticket(struct call *call, uint32_t at, struct seed *seed)
{
	seed->kind = KIND_TICKET;
	return call_text(call, at, "id", &seed->id);
}

static bool read_tender(struct call *call, uint32_t at, struct seed *seed)
{
	struct str kind;

	if (!call_text(call, at, "id", &seed->id) ||
	    !call_text(call, at, "kind", &kind) ||
	    !call_int_or(call, at, "balance", 0, 0, &seed->amount))
		return false;
	if (str_is(kind, "loyalty")) {
		seed->kind = KIND_LOYALTY;
		return true;
	}
	if (!str_is(kind, "gift_card"))
		return call_problem(call, 400, "bad-body",
				    "a tender is a loyalty or a gift_card");
	seed->kind = KIND_GIFT_CARD;
	return call_text(call, at, "currency", &seed->unit);
}

static const struct {
	const char *name;
	bool (*read)(struct call *call, uint32_t at, struct seed *seed);
} lists[] = {
	{"orders", read_order},
	{"captures", read_capture},
	{"tickets", read_ticket},
	{"tenders", read_tender},
};

enum { LISTS = sizeof(lists) / sizeof(*lists) };

static int list_of(struct str name)
{
	int i = 0;

	while (i < LISTS && !str_is(name, lists[i].name))
		i++;
	return i;
}

bool seed_check(struct call *call)
{
	const struct json_node *nodes = call->doc.nodes;
	uint32_t array, total = 0;

	for (uint32_t m = 1; m < nodes[0].next; m = nodes[m].next) {
		int l = list_of(nodes[m].name);

		if (l == LISTS)
			return call_problem(call, 400, "bad-body",
					    "a seed has orders, captures, "
					    "tickets, tenders; not %.*s",
					    STR_ARGS(nodes[m].name));
		if (!call_array(call, 0, lists[l].name, BULK_MAX, &array))
			return false;
		total += nodes[m].count;
		for (uint32_t i = m + 1; i < nodes[m].next; i = nodes[i].next)
			if (!lists[l].read(call, i, &(struct seed){0}))
				return false;
	}
	return total <= BULK_MAX ||
	       call_problem(call, 400, "bad-body", "at most %d things at once",
			    BULK_MAX);
}

static const char *state_of(const struct seed *seed)
{
	if (seed->kind == KIND_CAPTURE)
		return "captured";
	if (seed->kind != KIND_ORDER)
		return NULL;
	if (str_is(seed->state, "shipped"))
		return "shipped";
	return str_is(seed->state, "cancelled") ? "cancelled" : "open";
}

static void apply(struct world *world, struct call *call, uint32_t at,
		  const struct seed *seed)
{
	struct thing *thing =
		books_find(&world->books, seed->kind, BY_ID, seed->id);
	struct str name[BYS] = {
		[BY_ID] = seed->id,
		[BY_PARENT] = seed->parent,
	};
	struct str doc = call_json(call, at);

	if (thing)
		thing_set_doc(&world->books, thing, doc);
	else
		thing = books_add(&world->books, seed->kind, name, doc);
	thing->amount = seed->amount;
	thing->used = 0;
	thing->ended = 0;
	thing->state = state_of(seed);
	thing_set_unit(thing, seed->unit);
}

void seed_apply(struct world *world, struct call *call)
{
	const struct json_node *nodes = call->doc.nodes;

	for (uint32_t m = 1; m < nodes[0].next; m = nodes[m].next) {
		int l = list_of(nodes[m].name);

		for (uint32_t i = m + 1; i < nodes[m].next; i = nodes[i].next) {
			struct seed seed = {0};

			if (lists[l].read(call, i, &seed))
				apply(world, call, i, &seed);
		}
	}
}
