/* admin.c - what a test orders and asks: faults, the ledger, the figures. */
#include "retail-sim/seed.h"
#include "retail-sim/world.h"

static void put_faults(struct world *world, struct call *call)
{
	struct json_writer w;
	struct err err;

	if (!faults_read(&world->faults, &call->doc, &err)) {
		call_problem(call, 400, "bad-faults", "%s", err.text);
		return;
	}
	call_answer(call, 200, &w);
	faults_write(&world->faults, &w);
}

static void get_faults(struct world *world, struct call *call)
{
	struct json_writer w;

	call_answer(call, 200, &w);
	faults_write(&world->faults, &w);
}

static void delete_faults(struct world *world, struct call *call)
{
	world->faults.count = 0;
	get_faults(world, call);
}

static void get_ledger(struct world *world, struct call *call)
{
	struct ledger_filter only = {
		.system = call_query(call, "system"),
		.operation = call_query(call, "operation"),
		.reference = call_query(call, "reference"),
		.key = call_query(call, "key"),
	};
	struct json_writer w;

	if (!call_query_int(call, "after", 0, &only.after) ||
	    !call_query_int(call, "limit", LEDGER_PAGE, &only.limit))
		return;
	if (only.limit > LEDGER_PAGE)
		only.limit = LEDGER_PAGE;
	call_answer(call, 200, &w);
	ledger_write(&world->ledger, &only, &w);
}

static void write_counts(const struct world *world, struct json_writer *w)
{
	json_name(w, STR("systems"));
	json_begin_object(w);
	for (enum system_id id = 0; id < SYSTEM_ADMIN; id++) {
		json_name(w, str_of(world_system(id)->name));
		json_begin_object(w);
		json_put_int(w, "calls", world->counts[id].calls);
		json_put_int(w, "effects", world->counts[id].effects);
		json_put_int(w, "faults", world->counts[id].faults);
		json_end_object(w);
	}
	json_end_object(w);
}

static void write_writes(const struct world *world, struct json_writer *w,
			 const char *name, enum kind kind)
{
	json_name(w, str_of(name));
	json_begin_object(w);
	for (uint32_t i = 0; i < world->books.count; i++) {
		const struct thing *thing = world->books.at[i];

		if (thing->kind != kind)
			continue;
		json_name(w, thing->name[BY_ID]);
		json_int(w, thing->writes);
	}
	json_end_object(w);
}

static void get_stats(struct world *world, struct call *call)
{
	struct json_writer w;

	call_answer(call, 200, &w);
	json_begin_object(&w);
	write_counts(world, &w);
	write_writes(world, &w, "tickets", KIND_TICKET);
	write_writes(world, &w, "skus", KIND_SKU);
	json_end_object(&w);
}

static void done(struct call *call)
{
	struct json_writer w;

	call_answer(call, 200, &w);
	json_begin_object(&w);
	json_put_bool(&w, "done", true);
	json_end_object(&w);
}

static void reset(struct world *world, struct call *call)
{
	world_reset(world);
	done(call);
}

static void put_seed(struct world *world, struct call *call)
{
	if (seed_check(call)) {
		seed_apply(world, call);
		done(call);
	}
}

static void put_settings(struct world *world, struct call *call)
{
	int64_t token_s, settle_ms;

	if (!call_int_or(call, 0, "token_s", 0, world->token_s, &token_s) ||
	    !call_int_or(call, 0, "settle_ms", 0, world->settle_ms, &settle_ms))
		return;
	world->token_s = token_s;
	world->settle_ms = settle_ms;
	done(call);
}

static void expire_tokens(struct world *world, struct call *call)
{
	memset(world->token_ends_us, 0, sizeof(world->token_ends_us));
	done(call);
}

static const struct operation operations[] = {
	{
		.name = "put-faults",
		.method = "PUT",
		.path = "/admin/faults",
		.run = put_faults,
		.body = BODY_JSON,
	},
	{
		.name = "get-faults",
		.method = "GET",
		.path = "/admin/faults",
		.run = get_faults,
	},
	{
		.name = "delete-faults",
		.method = "DELETE",
		.path = "/admin/faults",
		.run = delete_faults,
	},
	{
		.name = "get-ledger",
		.method = "GET",
		.path = "/admin/ledger",
		.run = get_ledger,
	},
	{
		.name = "get-stats",
		.method = "GET",
		.path = "/admin/stats",
		.run = get_stats,
	},
	{
		.name = "reset",
		.method = "POST",
		.path = "/admin/reset",
		.run = reset,
	},
	{
		.name = "put-seed",
		.method = "PUT",
		.path = "/admin/seed",
		.run = put_seed,
		.body = BODY_JSON,
		.writes = true,
	},
	{
		.name = "put-settings",
		.method = "PUT",
		.path = "/admin/settings",
		.run = put_settings,
		.body = BODY_JSON,
	},
	{
		.name = "expire-tokens",
		.method = "POST",
		.path = "/admin/expire-tokens",
		.run = expire_tokens,
	},
	{.name = NULL},
};

const struct system admin_system = {
	.name = "admin",
	.operations = operations,
	.id = SYSTEM_ADMIN,
};
