/* courier_send.c - a parcel to its target, and what that meant.
 *
 * A state is told by an upsert, or by a probe that finds what the target calls
 * it and then an update or a creation. Each step is one call. */
#include <stdio.h>
#include <xxhash.h>

#include "base/clock.h"
#include "outbound/courier_private.h"
#include "json/writer.h"

static void go(struct courier *c, struct parcel *p);

static void finish_ok(struct courier *c, struct parcel *p)
{
	p->ok = true;
	p->error = (struct str){NULL, 0};
	p->route->successes++;
	p->route->done++;
	parcel_finish(c, p);
}

static void finish_rejected(struct courier *c, struct parcel *p, struct str why)
{
	p->rejected = p->error = why;
	/* the target answers: it is the record that is at fault */
	p->route->successes++;
	p->route->rejected++;
	parcel_finish(c, p);
}

/* Twice as long with each try, with jitter; what the target asks for at
 * least. */
static int64_t backoff_ms(const struct parcel *p, int64_t asked_ms)
{
	const struct connector_policy *policy = p->route->policy;
	int64_t ms = policy->retry_first_ms;

	for (int i = 0; i < p->tries && ms < policy->retry_max_ms; i++)
		ms *= 2;
	if (ms > policy->retry_max_ms)
		ms = policy->retry_max_ms;
	ms -= clock_mono_us() % (ms / 2 + 1);
	return ms > asked_ms ? ms : asked_ms;
}

static void finish_failed(struct courier *c, struct parcel *p,
			  const struct connector_outcome *outcome)
{
	const struct connector_policy *policy = p->route->policy;
	struct route *route = p->route;

	p->error = arena_str(&p->arena, outcome->text);
	route->failed++;
	snprintf(route->why, sizeof(route->why), "%.*s",
		 STR_ARGS(outcome->text));
	if (outcome->kind == OUTCOME_THROTTLED) {
		/* all of this target wait, not this one alone */
		if (outcome->retry_after_ms > route->shut_ms)
			route->shut_ms = outcome->retry_after_ms;
	} else {
		route->failures++;
	}
	if (outcome->kind == OUTCOME_AUTH)
		route->failures += policy->breaker_failures;
	p->delay_ms = backoff_ms(p, outcome->retry_after_ms);
	if (policy->dead_after && p->tries + 1 >= policy->dead_after &&
	    outcome->kind != OUTCOME_AUTH)
		p->rejected =
			arena_printf(&p->arena, "given up after %d tries: %.*s",
				     p->tries + 1, STR_ARGS(outcome->text));
	parcel_finish(c, p);
}

/* What a probe has found is updated, what it has not is made. */
static void after_probe(struct courier *c, struct parcel *p,
			const struct connector_outcome *outcome)
{
	bool found = outcome->external_id.at != NULL;

	if (found)
		p->external_id = arena_str(&p->arena, outcome->external_id);
	p->step = found ? STEP_UPDATE : STEP_CREATE;
	p->op = found ? p->tell->update : p->tell->create;
	if (p->op)
		go(c, p);
	else if (found)
		finish_ok(c, p);
	else
		finish_rejected(c, p,
				STR("the target does not have it, and "
				    "its connector makes none"));
}

static void judge(struct courier *c, struct parcel *p,
		  const struct connector_outcome *outcome)
{
	bool gone = outcome->kind == OUTCOME_GONE;

	switch (outcome->kind) {
	case OUTCOME_DONE:
	case OUTCOME_DUPLICATE:
		if (p->step == STEP_PROBE) {
			after_probe(c, p, outcome);
			return;
		}
		if (outcome->external_id.at)
			p->external_id =
				arena_str(&p->arena, outcome->external_id);
		finish_ok(c, p);
		return;
	case OUTCOME_GONE:
	case OUTCOME_REJECTED:
		/* what the cross reference names is gone: look again */
		if (gone && p->step == STEP_PROBE) {
			after_probe(c, p, outcome);
		} else if (gone && p->step == STEP_UPDATE && p->tell->probe &&
			   !p->hash) {
			p->step = STEP_PROBE;
			p->op = p->tell->probe;
			go(c, p);
		} else {
			finish_rejected(c, p,
					arena_str(&p->arena, outcome->text));
		}
		return;
	case OUTCOME_RETRY:
	case OUTCOME_THROTTLED:
	case OUTCOME_AUTH:
	case OUTCOME_UNKNOWN:
		finish_failed(c, p, outcome);
		return;
	}
}

static void on_outcome(void *ctx, const struct connector_outcome *outcome,
		       const struct http_result *result)
{
	struct parcel *p = ctx;

	(void)result;
	p->call = NULL;
	judge(p->courier, p, outcome);
}

/* The record with the cross reference as its member. */
static bool document(struct parcel *p, struct json_doc *doc, struct err *err)
{
	struct str text = p->doc;

	if (p->external_id.at && text.len > 2) {
		struct json_writer w;
		struct buf buf;

		buf_init(&buf, text.len + p->external_id.len * 6 + 64);
		json_writer_init(&w, &buf);
		json_string(&w, p->external_id);
		text = arena_printf(&p->arena, "{\"external_id\":%.*s,%.*s",
				    STR_ARGS(buf_view(&buf)), (int)text.len - 1,
				    text.at + 1);
		buf_release(&buf);
	}
	return json_read(&p->arena, text, &json_own, doc, err);
}

static int64_t hash_of(const struct http_request *r)
{
	XXH64_hash_t hash = XXH3_64bits(r->url.at, r->url.len);

	hash = XXH3_64bits_withSeed(r->method.at, r->method.len, hash);
	return (int64_t)XXH3_64bits_withSeed(r->body.at, r->body.len, hash);
}

/* The lease must outlast the call: else another may be sending already. */
static bool lease_holds(const struct parcel *p)
{
	int64_t held_ms = (clock_boot_us() - p->claimed_us) / 1000;

	return held_ms < p->route->policy->timeout_ms * 6;
}

static void go(struct courier *c, struct parcel *p)
{
	struct connector_told told = {.key = p->key};
	struct http_request request;
	struct json_doc doc;
	struct err err;

	if (!lease_holds(p)) {
		p->delay_ms = LOOK_MS;
		p->error = STR("the lease ran out before the call");
		parcel_finish(c, p);
		return;
	}
	told.doc = &doc;
	if (!document(p, &doc, &err) ||
	    !operation_render(p->op, &told, &p->arena, &request, &err)) {
		finish_rejected(c, p,
				arena_printf(&p->arena, "%s%s%s", err.text,
					     *err.pointer ? " at " : "",
					     err.pointer));
		return;
	}
	if (p->step == STEP_ONLY || p->step == STEP_UPDATE) {
		p->hash = hash_of(&request);
		/* it would hear what it has been told */
		if (p->hash == p->told_hash) {
			finish_ok(c, p);
			return;
		}
	}
	p->call =
		connector_session_send(p->route->session, p->op, &request,
				       (struct connector_done){on_outcome, p});
}

void parcel_begin(struct courier *c, struct parcel *p)
{
	p->courier = c;
	/* nobody reads it any more, or the target is not told of it */
	if (!p->doc.at || !p->tell) {
		p->revision = p->wanted;
		finish_ok(c, p);
		return;
	}
	p->step = p->tell->upsert ? STEP_ONLY : STEP_PROBE;
	p->op = p->tell->upsert ? p->tell->upsert : p->tell->probe;
	if (!p->tell->upsert && p->external_id.at && p->tell->update) {
		p->step = STEP_UPDATE;
		p->op = p->tell->update;
	}
	go(c, p);
}
