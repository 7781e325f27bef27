/* world.c - the way of a call: route, faults, key, operation. */
#include "retail-sim/world.h"

#include <xxhash.h>

#include "base/clock.h"

static const struct system *const systems[SYSTEMS] = {
	[SYSTEM_ERP] = &erp_system,
	[SYSTEM_PAY] = &pay_system,
	[SYSTEM_LOGISTICS] = &logistics_system,
	[SYSTEM_DESK] = &desk_system,
	[SYSTEM_SHOP] = &shop_system,
	[SYSTEM_ADMIN] = &admin_system,
};

enum stage { STAGE_ARRIVED, STAGE_READY, STAGE_OVER };

static const struct verdict answer = {ACT_ANSWER, 0}, drop = {ACT_DROP, 0};

const struct system *world_system(enum system_id id)
{
	return systems[id];
}

void world_init(struct world *world, int64_t token_s)
{
	memset(world, 0, sizeof(*world));
	world->start_token_s = world->token_s = token_s;
}

void world_release(struct world *world)
{
	books_release(&world->books);
	ledger_release(&world->ledger);
	keys_release(&world->keys);
}

void world_reset(struct world *world)
{
	int64_t token_s = world->start_token_s, epoch = world->epoch;

	world_release(world);
	world_init(world, token_s);
	world->epoch = epoch + 1;
}

/* Routing ------------------------------------------------------------------ */

/* Whether the call's segments are the pattern's; parts go to the call. */
static bool fits(struct call *call, const char *pattern)
{
	int parts = 0, s = 0;

	for (; *pattern; s++) {
		size_t len = strcspn(++pattern, "/");
		struct str want = {pattern, len};

		if (s == call->segment_count || !call->segments[s].len)
			return false;
		if (*pattern == '{')
			call->parts[parts++] = call->segments[s];
		else if (!str_eq(want, call->segments[s]))
			return false;
		pattern += len;
	}
	return s == call->segment_count;
}

static bool route(struct call *call)
{
	bool path_known = false;

	for (int id = 0; id < SYSTEMS; id++)
		if (call->segment_count &&
		    str_is(call->segments[0], systems[id]->name))
			call->system = systems[id];
	for (const struct operation *op =
		     call->system ? call->system->operations : NULL;
	     op && op->name; op++) {
		if (!fits(call, op->path))
			continue;
		path_known = true;
		if (!str_is(call->method, op->method))
			continue;
		call->operation = op;
		return true;
	}
	if (path_known)
		return call_problem(call, 405, "no-such-method",
				    "this path knows no %.*s",
				    STR_ARGS(call->method));
	return call_problem(call, 404, "no-such-path",
			    "nothing is at this path; "
			    "tests/retail-sim/README.md has all");
}

/* Limits ------------------------------------------------------------------- */

static bool well_formed(struct call *call)
{
	if (call->body.full)
		return call_problem(call, 413, "too-large",
				    "a body has at most %d bytes",
				    CALL_BODY_MAX_BYTES);
	if (call->key.at && (!call->key.len || call->key.len > NAME_MAX_BYTES ||
			     !str_is_utf8(call->key)))
		return call_problem(call, 400, "bad-key",
				    "an Idempotency-Key has 1 to %d bytes of "
				    "UTF-8",
				    NAME_MAX_BYTES);
	return call_split(call) && route(call);
}

static bool has_room(struct world *world, struct call *call)
{
	if (world->ledger.count < LEDGER_MAX &&
	    books_have_room(&world->books, call->body.len))
		return true;
	return call_problem(call, 507, "full",
			    "the books are full: POST /admin/reset");
}

static bool read_body(struct call *call)
{
	enum body_kind kind = call->operation->body;
	struct err err;

	if (kind == BODY_NONE || kind == BODY_RAW ||
	    (kind == BODY_JSON_OR_NONE && !call->body.len)) {
		static const struct json_node nothing = {.next = 1,
							 .kind = JSON_OBJECT};

		call->doc = (struct json_doc){&nothing, 1};
		return true;
	}
	if (!json_read(&call->arena, buf_view(&call->body), NULL, &call->doc,
		       &err))
		return call_problem(call, 400, "bad-body", "%s: %s", err.code,
				    err.text);
	if (call->doc.nodes[0].kind != JSON_OBJECT)
		return call_problem(call, 400, "bad-body",
				    "the body is to be a JSON object");
	return true;
}

/* Work --------------------------------------------------------------------- */

static bool admitted(struct world *world, struct call *call)
{
	return call->operation->open || !call->system->admit ||
	       call->system->admit(world, call);
}

static void claim(struct world *world, struct call *call)
{
	XXH64_hash_t request;

	call->claimed = CLAIM_NONE;
	if (!call->key.at || !call->operation->writes)
		return;
	request = XXH3_64bits_withSeed(
		call->path.at, call->path.len,
		XXH3_64bits(call->operation->name,
			    strlen(call->operation->name)));
	request = XXH3_64bits_withSeed(call->body.at, call->body.len, request);
	call->claimed = keys_claim(&world->keys, (int)call->system->id,
				   call->key, request, &call->claim);
}

static void run(struct world *world, struct call *call)
{
	call->entry = 0;
	if (!read_body(call) ||
	    (call->operation->writes && !has_room(world, call)))
		return;
	call->operation->run(world, call);
}

/* Successes and refusals are kept; what may be otherwise next time is not. */
static void settle(struct world *world, struct call *call)
{
	if (call->claimed != CLAIM_TAKEN)
		return;
	if (call->status < 300 || call->status == 422)
		keys_finish(&world->keys, call->claim, call->status,
			    buf_view(&call->out), call->entry);
	else
		keys_let_go(&world->keys, call->claim);
	call->claimed = CLAIM_NONE;
}

static void replay(struct world *world, struct call *call)
{
	struct json_writer w;

	call_answer(call, call->claim->status, &w);
	if (call->status >= 400)
		call->type = "application/problem+json";
	buf_add(&call->out, call->claim->body, call->claim->body_len);
	call->replayed = true;
	world_asked_again(world, call->claim->entry);
}

static void perform(struct world *world, struct call *call)
{
	switch (call->claimed) {
	case CLAIM_REPLAY:
		replay(world, call);
		return;
	case CLAIM_FLIGHT:
		call_problem(call, 409, "key-in-flight",
			     "a call with this key is being worked on");
		return;
	case CLAIM_OTHER:
		call_problem(call, 422, "key-reused",
			     "this key belongs to another request");
		return;
	case CLAIM_FULL:
		call_problem(call, 507, "full",
			     "no more keys can be kept: POST /admin/reset");
		return;
	case CLAIM_NONE:
	case CLAIM_TAKEN:
		run(world, call);
		settle(world, call);
	}
}

/* The same call once more, as a wire that repeats itself would. The first
 * answer is the one that is sent. */
static void perform_again(struct world *world, struct call *call)
{
	struct buf first = call->out;
	const char *type = call->type;
	int status = call->status;

	buf_init(&call->out, CALL_ANSWER_MAX_BYTES);
	claim(world, call);
	perform(world, call);
	buf_release(&call->out);
	call->out = first;
	call->type = type;
	call->status = status;
	call->replayed = false;
	call->unauthorized = status == 401;
}

/* Faults ------------------------------------------------------------------- */

static void ordered_status(struct call *call)
{
	call_problem(call, call->plan.status, "ordered-fault",
		     "a fault rule ordered this status");
	call->retry_after_s = call->plan.retry_after_s;
	call->replayed = false;
}

static struct verdict hang(struct call *call)
{
	call->stage = STAGE_OVER;
	return (struct verdict){ACT_HANG, call->plan.for_ms};
}

/* Whether the fault keeps the call from having any effect. */
static bool prevents(const struct fault_plan *plan)
{
	return plan->fault == FAULT_DROP_BEFORE ||
	       (plan->fault == FAULT_STATUS && !plan->applied);
}

static struct verdict prevented(struct call *call)
{
	if (call->plan.fault == FAULT_DROP_BEFORE)
		return drop;
	ordered_status(call);
	return answer;
}

static struct verdict ready(struct world *world, struct call *call)
{
	enum fault fault = call->plan.fault;

	if (prevents(&call->plan))
		return prevented(call);
	if (fault == FAULT_HANG && !call->plan.applied)
		return hang(call);
	perform(world, call);
	switch (fault) {
	case FAULT_DUPLICATE:
		perform_again(world, call);
		return answer;
	case FAULT_HANG:
		return hang(call);
	case FAULT_STATUS:
		ordered_status(call);
		return answer;
	case FAULT_HALF:
		return (struct verdict){ACT_HALF, 0};
	case FAULT_DROP_AFTER:
		return drop;
	default:
		return answer;
	}
}

static struct verdict arrived(struct world *world, struct call *call)
{
	call->epoch = world->epoch;
	if (!well_formed(call))
		return answer;
	if (call->system->id == SYSTEM_ADMIN) {
		run(world, call);
		return answer;
	}
	world->counts[call->system->id].calls++;
	call->plan =
		faults_plan(&world->faults, call->system->name,
			    call->operation->name, call->method, call->path);
	if (call->plan.latency_ms || call->plan.fault != FAULT_NONE)
		world->counts[call->system->id].faults++;
	/* in flight from now on, however long the latency */
	if (!prevents(&call->plan)) {
		if (!admitted(world, call))
			return answer;
		claim(world, call);
	}
	if (!call->plan.latency_ms)
		return ready(world, call);
	call->stage = STAGE_READY;
	return (struct verdict){ACT_WAIT, call->plan.latency_ms};
}

struct verdict world_turn(void *ctx, struct call *call)
{
	struct world *world = ctx;

	if (call->stage == STAGE_ARRIVED)
		return arrived(world, call);
	if (call->stage == STAGE_OVER || call->epoch != world->epoch)
		return drop;
	return ready(world, call);
}

void world_gone(void *ctx, struct call *call)
{
	struct world *world = ctx;

	if (call->claimed == CLAIM_TAKEN && call->epoch == world->epoch)
		keys_let_go(&world->keys, call->claim);
}
