/* courier_claim.c - due deliveries into parcels. */
#include <stdlib.h>

#include "base/clock.h"
#include "model/model.h"
#include "outbound/courier_private.h"

enum {
	CLAIM_ENTITY,
	CLAIM_ID,
	CLAIM_WANTED,
	CLAIM_TOLD_HASH,
	CLAIM_FENCE,
	CLAIM_TRIES,
	CLAIM_EXTERNAL_ID,
	CLAIM_TRACE,
	CLAIM_REVISION,
	CLAIM_DOC,
};

/* $1 target, $2 room, $3 rate, $4 burst, $5 failures that open the breaker,
 * $6 lease in ms. The target's row is locked only where something is due. */
static const char claim_head[] =
	"WITH budget AS (SELECT name, failures >= $5::int AS trying, CASE "
	"WHEN paused OR open_until > now() THEN 0 "
	"WHEN failures >= $5::int THEN 1 "
	"WHEN $3::float8 <= 0 THEN $2::int "
	"ELSE least($2::int, floor(least($4::float8, tokens + "
	"extract(epoch FROM now() - filled_at) * $3::float8))::int) END AS n "
	"FROM target WHERE name = $1::text AND EXISTS (SELECT 1 FROM delivery "
	"WHERE target = $1::text AND due_at <= now()) FOR UPDATE), "
	"due AS (SELECT target, entity, id FROM delivery WHERE target = "
	"$1::text AND due_at <= now() ORDER BY due_at LIMIT (SELECT "
	"coalesce(max(n), 0) FROM budget) FOR UPDATE SKIP LOCKED), "
	"claimed AS (UPDATE delivery d SET fence = d.fence + 1, sends = "
	"d.sends + 1, due_at = now() + $6::int * interval '1 ms' FROM due "
	"WHERE d.target = due.target AND d.entity = due.entity AND d.id = "
	"due.id RETURNING d.*), "
	"spent AS (UPDATE target t SET filled_at = now(), tokens = "
	"least($4::float8, t.tokens + extract(epoch FROM now() - "
	"t.filled_at) * greatest($3::float8, 0)) - (SELECT count(*) FROM "
	"claimed), open_until = CASE WHEN b.trying THEN now() + $6::int * "
	"interval '1 ms' ELSE t.open_until END, changed_at = now() "
	"FROM budget b WHERE t.name = b.name AND EXISTS (SELECT 1 FROM "
	"claimed)) "
	"SELECT c.entity, c.id, c.wanted, coalesce(c.told_hash, 0), c.fence, "
	"c.tries, c.external_id, c.trace";

void claim_put_sql(struct courier *c)
{
	struct buf sql;

	buf_init(&sql, 65536);
	buf_cstr(&sql, claim_head);
	for (int column = 0; column < 2; column++) {
		buf_cstr(&sql, ", coalesce(");
		for (int i = 0; c->sources[i].entity; i++)
			buf_printf(&sql, "%ss%d.%s", i ? ", " : "", i,
				   column ? "doc" : "revision");
		buf_cstr(&sql, ")");
	}
	buf_cstr(&sql, " FROM claimed c");
	for (int i = 0; c->sources[i].entity; i++)
		buf_printf(&sql,
			   " LEFT JOIN %s s%d ON c.entity = '%s' AND s%d.%s = "
			   "c.id",
			   c->sources[i].table, i, c->sources[i].entity->name,
			   i, c->sources[i].key);
	c->statements[SQL_CLAIM] = (struct pg_statement){
		"delivery_claim", arena_str(&c->setup, buf_view(&sql)).at};
	buf_release(&sql);
}

static struct str kept(struct parcel *p, const struct pg_reply *r, int row,
		       int column)
{
	struct str s = pg_str(r, row, column);

	return s.at ? arena_str(&p->arena, s) : s;
}

static struct parcel *unpack(struct route *route, const struct pg_reply *r,
			     int row)
{
	struct parcel *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	arena_init(&p->arena, 0);
	p->route = route;
	p->claimed_us = clock_boot_us();
	p->entity = kept(p, r, row, CLAIM_ENTITY);
	p->id = kept(p, r, row, CLAIM_ID);
	p->wanted = pg_i64(r, row, CLAIM_WANTED);
	p->told_hash = pg_i64(r, row, CLAIM_TOLD_HASH);
	p->fence = pg_i64(r, row, CLAIM_FENCE);
	p->tries = (int)pg_i64(r, row, CLAIM_TRIES);
	p->external_id = kept(p, r, row, CLAIM_EXTERNAL_ID);
	p->trace = kept(p, r, row, CLAIM_TRACE);
	p->doc = kept(p, r, row, CLAIM_DOC);
	p->revision = pg_null(r, row, CLAIM_REVISION)
			      ? p->wanted
			      : pg_i64(r, row, CLAIM_REVISION);
	p->tell = connector_tell(route->connector, p->entity);
	p->key = arena_printf(&p->arena, "%s/%.*s/%.*s/%lld", route->name,
			      STR_ARGS(p->entity), STR_ARGS(p->id),
			      (long long)p->revision);
	return p;
}

struct asked {
	struct courier *courier;
	struct route *route;
	int room;
};

static void on_claimed(void *ctx, const struct pg_reply *replies, int count,
		       const struct err *err)
{
	struct asked asked = *(struct asked *)ctx;
	struct route *route = asked.route;
	int rows = err || !count ? 0 : pg_rows(&replies[0]);

	free(ctx);
	asked.courier->claims--;
	route->claiming = false;
	/* a full handful: there may be more */
	route->look_at_us =
		clock_mono_us() + (rows == asked.room ? 0 : LOOK_MS * 1000);
	if (err && err->kind != ERR_TEMPORARY)
		log_error("deliveries-not-claimed",
			  LOG_TEXT("target", route->name), LOG_ERR(err));
	for (int row = 0; row < rows; row++) {
		struct parcel *p = unpack(route, &replies[0], row);

		route->in_hand++;
		asked.courier->in_hand++;
		parcel_begin(asked.courier, p);
	}
}

static int room_of(const struct courier *c, const struct route *route)
{
	int room = CLAIM_MAX;

	if (route->policy->concurrency &&
	    route->policy->concurrency - route->in_hand < room)
		room = route->policy->concurrency - route->in_hand;
	if (PARCELS_MAX - c->in_hand < room)
		room = PARCELS_MAX - c->in_hand;
	return room;
}

/* A call may be a log-in, the call, and both once more; a probe may go before
 * it; and all that twice over, so that a lease which holds outlasts a call. */
static int32_t lease_ms(const struct route *route)
{
	return (int32_t)(route->policy->timeout_ms * 12);
}

static void ask(struct courier *c, struct route *route, int room)
{
	const struct connector_policy *policy = route->policy;
	struct asked *asked = malloc(sizeof(*asked));

	if (!asked)
		abort();
	*asked = (struct asked){c, route, room};
	route->claiming = true;
	c->claims++;
	pg_params_reset(&c->params);
	pg_param_str(&c->params, str_of(route->name));
	pg_param_i32(&c->params, room);
	pg_param_f64(&c->params, policy->rate);
	pg_param_f64(&c->params, policy->burst ? policy->burst : 1);
	pg_param_i32(&c->params, policy->breaker_failures
					 ? policy->breaker_failures
					 : INT32_MAX);
	pg_param_i32(&c->params, lease_ms(route));
	pg_send(c->pg, c->statements[SQL_CLAIM].name, &c->params);
	pg_group_end(c->pg, (struct pg_done){on_claimed, asked});
}

void claim_due(struct courier *c, int64_t now_us)
{
	for (int i = 0; i < c->route_count && c->claims < CLAIMS_MAX; i++) {
		struct route *route = &c->routes[i];
		int room = room_of(c, route);

		if (!route->claiming && room > 0 && now_us >= route->look_at_us)
			ask(c, route, room);
	}
}
