/* courier_settle.c - what came of parcels, in one transaction.
 *
 * Only the owner of the lease is heard: the fence stands in the WHERE. What
 * was wanted while the call was in flight is due at once. */
#include <stdlib.h>

#include "base/clock.h"
#include "outbound/courier_private.h"

enum { SETTLE_MAX = 512 };

const struct pg_statement settle_statements[] = {
	/* $1 targets, $2 entities, $3 ids, $4 fences, $5 revisions, $6 hashes,
	 * $7 ok, $8 delays in ms, $9 errors, $10 rejected, $11 external ids */
	{"delivery_settle",
	 "UPDATE delivery d SET "
	 "told = CASE WHEN u.ok THEN greatest(d.told, u.revision) ELSE d.told "
	 "END, told_hash = CASE WHEN u.ok AND u.hash <> 0 THEN u.hash ELSE "
	 "d.told_hash END, "
	 "external_id = coalesce(u.external_id, d.external_id), "
	 "error = u.error, tries = CASE WHEN u.ok THEN 0 ELSE d.tries + 1 END, "
	 "rejected = CASE WHEN d.wanted > u.revision THEN NULL ELSE u.rejected "
	 "END, due_at = CASE WHEN u.ok OR u.rejected IS NOT NULL THEN CASE "
	 "WHEN d.wanted > u.revision THEN now() END ELSE now() + u.delay * "
	 "interval '1 ms' END, since = CASE WHEN u.ok THEN now() ELSE d.since "
	 "END, changed_at = now() FROM unnest($1::text[], $2::text[], "
	 "$3::text[], $4::bigint[], $5::bigint[], $6::bigint[], "
	 "$7::boolean[], $8::bigint[], $9::text[], $10::text[], $11::text[]) "
	 "AS u (target, entity, id, fence, revision, hash, ok, delay, error, "
	 "rejected, external_id) WHERE d.target = u.target AND d.entity = "
	 "u.entity AND d.id = u.id AND d.fence = u.fence"},
	/* $1 target, $2 failures in a row (0: it works again), $3 threshold,
	 * $4 ms for which it opens, $5 ms for which it shuts anyway, $6 why */
	{"target_breaker",
	 "UPDATE target SET failures = CASE WHEN $2::int = 0 THEN 0 ELSE "
	 "least(failures, 1000000) + $2::int END, open_until = CASE WHEN "
	 "$5::bigint > 0 THEN now() + $5::bigint * interval '1 ms' WHEN "
	 "$2::int = 0 THEN '-infinity' WHEN failures + $2::int >= $3::int "
	 "THEN now() + $4::bigint * interval '1 ms' ELSE open_until END, "
	 "why = CASE WHEN paused THEN why WHEN $2::int = 0 AND $5::bigint = 0 "
	 "THEN NULL ELSE $6::text END, changed_at = now() WHERE name = "
	 "$1::text AND ($2::int > 0 OR $5::bigint > 0 OR failures > 0)"},
	{"target_make",
	 "INSERT INTO target (name, tokens) SELECT unnest($1::text[]), 1 "
	 "ON CONFLICT DO NOTHING"},
	{NULL, NULL},
};

void parcel_free(struct courier *c, struct parcel *p)
{
	p->route->in_hand--;
	c->in_hand--;
	arena_release(&p->arena);
	free(p);
}

void parcel_finish(struct courier *c, struct parcel *p)
{
	p->next = c->finished;
	c->finished = p;
}

#define BIND(type, call, value)                                                \
	do {                                                                   \
		pg_array_begin(params, type);                                  \
		for (const struct parcel *p = first; p; p = p->next)           \
			call(params, value);                                   \
		pg_array_end(params);                                          \
	} while (0)

static void send_parcels(struct courier *c, const struct parcel *first)
{
	struct pg_params *params = &c->params;

	pg_params_reset(params);
	BIND(PG_TEXT, pg_array_str, str_of(p->route->name));
	BIND(PG_TEXT, pg_array_str, p->entity);
	BIND(PG_TEXT, pg_array_str, p->id);
	BIND(PG_INT8, pg_array_i64, p->fence);
	BIND(PG_INT8, pg_array_i64, p->revision);
	BIND(PG_INT8, pg_array_i64, p->hash);
	BIND(PG_BOOL, pg_array_bool, p->ok);
	BIND(PG_INT8, pg_array_i64, p->delay_ms);
	BIND(PG_TEXT, pg_array_str, p->error);
	BIND(PG_TEXT, pg_array_str, p->rejected);
	BIND(PG_TEXT, pg_array_str, p->external_id);
	pg_send(c->pg, c->statements[SQL_SETTLE].name, params);
}

static void send_breaker(struct courier *c, struct route *route)
{
	const struct connector_policy *policy = route->policy;
	/* one success among them: it is not down */
	int failures = route->successes ? 0 : route->failures;

	if (!route->successes && !route->failures && !route->shut_ms)
		return;
	route->open =
		failures >= policy->breaker_failures || route->shut_ms > 0;
	pg_params_reset(&c->params);
	pg_param_str(&c->params, str_of(route->name));
	pg_param_i32(&c->params, failures);
	pg_param_i32(&c->params, policy->breaker_failures
					 ? policy->breaker_failures
					 : INT32_MAX);
	pg_param_i64(&c->params, policy->breaker_open_ms);
	pg_param_i64(&c->params, route->shut_ms);
	pg_param_str(&c->params, str_of(route->why));
	pg_send(c->pg, c->statements[SQL_BREAKER].name, &c->params);
	route->failures = route->successes = 0;
	route->shut_ms = 0;
}

static void on_settled(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct courier *c = ctx;
	struct parcel *first = c->settling;

	(void)replies;
	(void)count;
	c->settling = NULL;
	/* said again later: where it was heard, it changes nothing */
	while (first) {
		struct parcel *p = first;

		first = p->next;
		if (err)
			parcel_finish(c, p);
		else
			parcel_free(c, p);
	}
	if (err && err->kind != ERR_TEMPORARY)
		log_error("deliveries-not-settled", LOG_ERR(err));
}

void settle(struct courier *c)
{
	if (!c->finished || c->settling)
		return;
	c->settling = c->finished;
	c->finished = NULL;
	send_parcels(c, c->settling);
	for (int i = 0; i < c->route_count; i++)
		send_breaker(c, &c->routes[i]);
	pg_group_end(c->pg, (struct pg_done){on_settled, c});
}
