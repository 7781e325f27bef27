/* shop.c - a shop: who may come in gets a token for a while, and says what
 * can be sold. Availability is absolute: the last word counts. */
#include <stdio.h>

#include "base/base64.h"
#include "base/clock.h"
#include "retail-sim/world.h"

static const char token_prefix[] = "shop-token-";

static bool token_lives(const struct world *world, struct str text)
{
	const size_t skip = sizeof("Bearer ") - 1 + sizeof(token_prefix) - 1;
	struct str number;
	int64_t n;

	if (!str_starts(text, STR("Bearer shop-token-")))
		return false;
	number = (struct str){text.at + skip, text.len - skip};
	return str_to_i64(number, &n) && n > 0 && n <= world->token_last &&
	       n > world->token_last - TOKENS &&
	       world->token_ends_us[n % TOKENS] > clock_mono_us();
}

static bool admit(struct world *world, struct call *call)
{
	return token_lives(world, call->authorization) ||
	       call_problem(call, 401, "token-expired",
			    "get a token from /shop/token");
}

/* Tokens ------------------------------------------------------------------- */

/* A field of the form in the body (RFC 1866's encoding). */
static struct str form_field(struct call *call, const char *name)
{
	struct str left = buf_view(&call->body);

	while (left.len) {
		const char *end = memchr(left.at, '&', left.len);
		struct str pair = {left.at,
				   end ? (size_t)(end - left.at) : left.len};
		const char *is = memchr(pair.at, '=', pair.len);
		struct str key = {pair.at, is ? (size_t)(is - pair.at) : 0};

		if (is && str_is(key, name))
			return call_unescape(
				call,
				(struct str){is + 1, pair.len - key.len - 1},
				true);
		left.at += pair.len + !!end;
		left.len -= pair.len + !!end;
	}
	return (struct str){NULL, 0};
}

static bool knows_secret(struct call *call)
{
	struct buf plain;
	bool known;

	if (str_is(form_field(call, "client_id"), "sim") &&
	    str_is(form_field(call, "client_secret"), "sim-secret"))
		return true;
	if (!str_starts(call->authorization, STR("Basic ")))
		return false;
	buf_init(&plain, 256);
	known = base64_decode(&plain,
			      (struct str){call->authorization.at + 6,
					   call->authorization.len - 6}) &&
		str_is(buf_view(&plain), "sim:sim-secret");
	buf_release(&plain);
	return known;
}

static void give_token(struct world *world, struct call *call)
{
	struct json_writer w;
	char token[48];
	int64_t n;

	if (!str_is(form_field(call, "grant_type"), "client_credentials")) {
		call_problem(call, 400, "unsupported_grant_type",
			     "send the form grant_type=client_credentials");
		return;
	}
	if (!knows_secret(call)) {
		call_problem(call, 401, "invalid_client",
			     "the client is sim, its secret sim-secret");
		return;
	}
	n = ++world->token_last;
	world->token_ends_us[n % TOKENS] =
		clock_mono_us() + world->token_s * 1000000;
	snprintf(token, sizeof(token), "%s%lld", token_prefix, (long long)n);
	call_answer(call, 200, &w);
	json_begin_object(&w);
	json_put_cstr(&w, "access_token", token);
	json_put_cstr(&w, "token_type", "Bearer");
	json_put_int(&w, "expires_in", world->token_s);
	json_end_object(&w);
}

/* Availability ------------------------------------------------------------- */

static struct thing *write_sku(struct world *world, struct call *call,
			       struct str sku, int64_t available, uint32_t at)
{
	struct thing *thing = books_find(&world->books, KIND_SKU, BY_ID, sku);
	struct str name[BYS] = {[BY_ID] = sku};
	struct str doc = call_json(call, at);

	if (thing)
		thing_set_doc(&world->books, thing, doc);
	else
		thing = books_add(&world->books, KIND_SKU, name, doc);
	thing_set_key(&world->books, thing, call->key);
	thing->amount = available;
	thing->writes++;
	return thing;
}

static void put_availability(struct world *world, struct call *call)
{
	struct str sku = call->parts[0];
	int64_t available;

	if (!call_int(call, 0, "available", 0, &available))
		return;
	world_effect_of(world, call, sku, available, (struct str){NULL, 0});
	world_show(call, 200, write_sku(world, call, sku, available, 0));
}

/* All of them or none: first every item is looked at. */
static void put_bulk(struct world *world, struct call *call)
{
	const struct json_node *nodes = call->doc.nodes;
	struct str none = {NULL, 0}, sku;
	struct json_writer w;
	int64_t available;
	uint32_t items;

	if (!call_array(call, 0, "items", BULK_MAX, &items))
		return;
	for (uint32_t i = items + 1; i < nodes[items].next; i = nodes[i].next)
		if (!call_text(call, i, "sku", &sku) ||
		    !call_int(call, i, "available", 0, &available))
			return;
	for (uint32_t i = items + 1; i < nodes[items].next; i = nodes[i].next)
		if (call_text(call, i, "sku", &sku) &&
		    call_int(call, i, "available", 0, &available))
			write_sku(world, call, sku, available, i);
	world_effect_of(world, call, none, nodes[items].count, STR("skus"));
	call_answer(call, 200, &w);
	json_begin_object(&w);
	json_put_int(&w, "written", nodes[items].count);
	json_end_object(&w);
}

static void get_availability(struct world *world, struct call *call)
{
	struct thing *thing = world_part(world, call, 0, KIND_SKU, "SKU");

	if (thing)
		world_show(call, 200, thing);
}

static const struct operation operations[] = {
	{
		.name = "token",
		.method = "POST",
		.path = "/shop/token",
		.run = give_token,
		.body = BODY_RAW,
		.open = true,
	},
	{
		.name = "put-availability",
		.method = "PUT",
		.path = "/shop/availability/{sku}",
		.run = put_availability,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "put-availability-bulk",
		.method = "PUT",
		.path = "/shop/availability",
		.run = put_bulk,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "get-availability",
		.method = "GET",
		.path = "/shop/availability/{sku}",
		.run = get_availability,
	},
	{.name = NULL},
};

const struct system shop_system = {
	.name = "shop",
	.operations = operations,
	.admit = admit,
	.id = SYSTEM_SHOP,
};
