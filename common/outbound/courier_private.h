/* courier_private.h - what the files of the courier share.
 *
 *	courier.c	the service: connection, turns, metrics
 *	courier_claim.c	due deliveries into parcels
 *	courier_send.c	a parcel to its target, and what that meant
 *	courier_settle.c	what came of parcels, in one transaction */
#ifndef FLOTILLA_OUTBOUND_COURIER_PRIVATE_H
#define FLOTILLA_OUTBOUND_COURIER_PRIVATE_H

#include <stdatomic.h>

#include "io/pg.h"
#include "outbound/courier.h"
#include "outbound/session.h"

enum {
	ROUTES_MAX = 32,
	PARCELS_MAX = 256, /* in hand, all targets together */
	CLAIM_MAX = 64,	   /* at once, of one target */
	CLAIMS_MAX = 8,	   /* statements under way */
	LOOK_MS = 200,	   /* an idle target is looked at so often */
};

enum { SQL_CLAIM, SQL_SETTLE, SQL_BREAKER, SQL_TARGET, COURIER_STATEMENTS };

/* One target that this process tells. */
struct route {
	const char *name;
	struct connector *connector;
	struct connector_session *session;
	const struct connector_policy *policy;
	int in_hand;
	bool claiming;
	int64_t look_at_us;
	int failures, successes; /* since the last settlement */
	int64_t shut_ms;	 /* open the breaker for so long; 0: as usual */
	char why[160];
	_Atomic uint64_t done, failed, rejected;
	_Atomic int64_t open;
};

enum step { STEP_ONLY, STEP_PROBE, STEP_CREATE, STEP_UPDATE };

/* A delivery in hand. */
struct parcel {
	struct arena arena;
	struct courier *courier;
	struct route *route;
	const struct connector_tell *tell;
	struct str entity, id, key, doc, external_id, trace;
	int64_t wanted, revision, fence, hash, told_hash;
	int tries;
	int64_t claimed_us; /* monotonic, over suspension */
	enum step step;
	const struct connector_operation *op;
	struct connector_call *call;

	/* what came of it */
	bool ok;
	int64_t delay_ms;
	struct str error, rejected;
	struct parcel *next;
};

struct courier {
	const struct courier_source *sources;
	const char *owner;
	struct arena setup;
	struct pg_statement statements[COURIER_STATEMENTS + 1];
	struct pg *pg;
	struct pg_params params;
	struct http_client *client;
	struct route routes[ROUTES_MAX];
	int route_count;
	int in_hand, claims;
	struct parcel *finished; /* to be settled */
	struct parcel *settling; /* in a transaction under way */
	int64_t connect_at_us, backoff_ms;
	bool stopping;
};

/* --- courier_claim.c --- */
void claim_put_sql(struct courier *c);
/* Asks for due deliveries of all targets that have room. */
void claim_due(struct courier *c, int64_t now_us);

/* --- courier_send.c --- */
/* Sends it, or finishes it where there is nothing to send. */
void parcel_begin(struct courier *c, struct parcel *p);

/* --- courier_settle.c --- */
extern const struct pg_statement settle_statements[];
/* What came of it waits for settle(). */
void parcel_finish(struct courier *c, struct parcel *p);
void settle(struct courier *c);
void parcel_free(struct courier *c, struct parcel *p);

#endif
