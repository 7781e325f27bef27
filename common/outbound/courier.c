/* courier.c - the service: targets, its connection, its turns, its numbers. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "model/model.h"
#include "outbound/courier_private.h"
#include "store/changeset.h"

enum {
	FILE_BYTES = 1 << 20,
	PARAMS_BYTES = 64 << 20,
	RECONNECT_FIRST_MS = 200,
	RECONNECT_LAST_MS = 10000,
	FOR_EVER_MS = 1000,
};

static bool load(struct courier *c, const struct settings *settings,
		 struct route *route, struct err *err)
{
	char path[1024];
	struct buf text;
	bool ok;

	snprintf(path, sizeof(path), "%s/connectors/%s.json",
		 settings->schemas_dir, route->name);
	buf_init(&text, FILE_BYTES);
	ok = buf_read_file(&text, path, err) &&
	     connector_load(buf_view(&text), route->name,
			    &connector_environment, &c->setup,
			    &route->connector, err);
	buf_release(&text);
	if (ok)
		return true;
	err->kind = ERR_FATAL;
	return err_wrap(err, "FLOTILLA_TARGETS: %s%s%s", path,
			*err->pointer ? " at " : "", err->pointer);
}

/* The store queues deliveries for what the target is told of. */
static bool join(struct courier *c, struct route *route, struct store *store,
		 struct err *err)
{
	int told = 0;

	for (int i = 0; c->sources[i].entity; i++) {
		const struct entity *entity = c->sources[i].entity;

		if (!connector_tell(route->connector, str_of(entity->name)))
			continue;
		store_tell(store, route->name, entity);
		told++;
	}
	if (told)
		return true;
	return err_set(err, ERR_FATAL,
		       "FLOTILLA_TARGETS: connector %s tells nothing that this "
		       "worker knows (it knows %s)",
		       route->name, c->sources[0].entity->name);
}

static bool add_route(struct courier *c, const struct service_parts *parts,
		      struct str name, struct err *err)
{
	struct route *route = &c->routes[c->route_count];

	if (c->route_count == ROUTES_MAX)
		return err_set(err, ERR_FATAL,
			       "FLOTILLA_TARGETS names more than %d",
			       ROUTES_MAX);
	route->name = arena_cstr(&c->setup, name);
	for (int i = 0; i < c->route_count; i++)
		if (!strcmp(c->routes[i].name, route->name))
			return err_set(err, ERR_FATAL,
				       "FLOTILLA_TARGETS names %s twice",
				       route->name);
	if (!load(c, parts->settings, route, err) ||
	    !join(c, route, parts->store, err))
		return false;
	route->policy = connector_policy(route->connector);
	route->session = connector_session_new(route->connector, c->client);
	c->route_count++;
	return true;
}

static bool add_routes(struct courier *c, const struct service_parts *parts,
		       struct err *err)
{
	const char *at = parts->settings->targets;

	while (*(at += strspn(at, ", "))) {
		size_t len = strcspn(at, ", ");

		if (!add_route(c, parts, (struct str){at, len}, err))
			return false;
		at += len;
	}
	return true;
}

/* --- the connection --- */

static void make_targets(struct courier *c)
{
	pg_params_reset(&c->params);
	pg_array_begin(&c->params, PG_TEXT);
	for (int i = 0; i < c->route_count; i++)
		pg_array_str(&c->params, str_of(c->routes[i].name));
	pg_array_end(&c->params);
	pg_send(c->pg, c->statements[SQL_TARGET].name, &c->params);
	pg_group_end(c->pg, (struct pg_done){NULL, NULL});
}

static void serve_database(struct courier *c)
{
	enum pg_status was = pg_status(c->pg);
	struct err err;

	if (!pg_serve(c->pg, &err)) {
		c->connect_at_us = clock_mono_us() + c->backoff_ms * 1000;
		c->backoff_ms = c->backoff_ms * 2 < RECONNECT_LAST_MS
					? c->backoff_ms * 2
					: RECONNECT_LAST_MS;
		log_warn("courier-database-lost", LOG_ERR(&err));
		return;
	}
	if (pg_status(c->pg) == PG_READY && was != PG_READY) {
		c->backoff_ms = RECONNECT_FIRST_MS;
		make_targets(c);
	}
	if (pg_status(c->pg) == PG_DOWN && clock_mono_us() >= c->connect_at_us)
		pg_connect(c->pg);
}

/* --- the service --- */

static int64_t next_look_us(const struct courier *c, int64_t now_us)
{
	int64_t next = now_us + FOR_EVER_MS * 1000;

	if (pg_status(c->pg) == PG_DOWN)
		return c->connect_at_us < next ? c->connect_at_us : next;
	for (int i = 0; i < c->route_count && !c->stopping; i++)
		if (!c->routes[i].claiming && c->routes[i].look_at_us < next &&
		    c->in_hand < PARCELS_MAX)
			next = c->routes[i].look_at_us;
	return next;
}

static int courier_wait(void *ctx, struct pollfd *fds, int *timeout_ms)
{
	struct courier *c = ctx;
	int64_t now = clock_mono_us();
	int64_t next = next_look_us(c, now);
	int ms = next <= now ? 1 : (int)((next - now + 999) / 1000);

	if (ms < *timeout_ms)
		*timeout_ms = ms;
	fds[0] =
		(struct pollfd){.fd = pg_fd(c->pg), .events = pg_events(c->pg)};
	http_client_poll(c->client, &fds[1], timeout_ms);
	return 2;
}

static void courier_turn(void *ctx, bool stopping)
{
	struct courier *c = ctx;

	c->stopping = stopping;
	serve_database(c);
	http_client_serve(c->client);
	if (c->finished)
		crash_point("answered");
	if (pg_status(c->pg) != PG_READY)
		return;
	settle(c);
	if (!stopping)
		claim_due(c, clock_mono_us());
}

static bool courier_busy(const void *ctx)
{
	const struct courier *c = ctx;

	return c->in_hand > 0;
}

static void courier_measure(const void *ctx, struct buf *out)
{
	const struct courier *c = ctx;

	buf_cstr(out, "# HELP flotilla_deliveries_total Deliveries by target "
		      "and what came of them.\n"
		      "# TYPE flotilla_deliveries_total counter\n");
	for (int i = 0; i < c->route_count; i++) {
		const struct route *r = &c->routes[i];

		buf_printf(out,
			   "flotilla_deliveries_total{target=\"%s\",outcome="
			   "\"done\"} %llu\n"
			   "flotilla_deliveries_total{target=\"%s\",outcome="
			   "\"failed\"} %llu\n"
			   "flotilla_deliveries_total{target=\"%s\",outcome="
			   "\"rejected\"} %llu\n",
			   r->name, (unsigned long long)r->done, r->name,
			   (unsigned long long)r->failed, r->name,
			   (unsigned long long)r->rejected);
	}
	buf_cstr(out, "# HELP flotilla_breaker_state 1: open, as this process "
		      "last saw it.\n# TYPE flotilla_breaker_state gauge\n");
	for (int i = 0; i < c->route_count; i++)
		buf_printf(out, "flotilla_breaker_state{target=\"%s\"} %lld\n",
			   c->routes[i].name, (long long)c->routes[i].open);
}

static void free_list(struct courier *c, struct parcel *first)
{
	while (first) {
		struct parcel *p = first;

		first = p->next;
		parcel_free(c, p);
	}
}

/* What is in hand is another's when its lease has run out. */
static void courier_close(void *ctx)
{
	struct courier *c = ctx;

	pg_free(c->pg);
	for (int i = 0; i < c->route_count; i++)
		connector_session_free(c->routes[i].session);
	http_client_free(c->client);
	free_list(c, c->finished);
	free_list(c, c->settling);
	pg_params_release(&c->params);
	arena_release(&c->setup);
	free(c);
}

bool courier_open(const struct service_parts *parts,
		  const struct courier_source *sources, struct service *out,
		  struct err *err)
{
	struct courier *c;

	if (!*parts->settings->targets)
		return true;
	c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	arena_init(&c->setup, 0);
	c->sources = sources;
	c->owner = parts->owner;
	c->client = http_client_new(NULL);
	c->backoff_ms = RECONNECT_FIRST_MS;
	if (!add_routes(c, parts, err)) {
		courier_close(c);
		return false;
	}
	claim_put_sql(c);
	for (int i = 0; settle_statements[i].name; i++)
		c->statements[SQL_SETTLE + i] = settle_statements[i];
	c->pg = pg_new("", c->statements);
	pg_params_init(&c->params, PARAMS_BYTES);
	pg_connect(c->pg);
	*out = (struct service){
		.wait = courier_wait,
		.turn = courier_turn,
		.busy = courier_busy,
		.measure = courier_measure,
		.close = courier_close,
		.ctx = c,
	};
	return true;
}
