/* courier.h - deliveries on their way: claimed, sent, settled.
 *
 * A delivery says "tell this system the latest of this record". The courier
 * claims due ones (a lease and a fence), reads the record as it is now,
 * renders the connector's request and sends it, many at once, and settles what
 * came of them in one transaction. Per key one call is in flight; what changes
 * meanwhile is sent again. An outage never blocks the worker's loop: the
 * courier has a connection of its own and one curl multi, on the same thread.
 *
 * kill -9 at any moment: the lease runs out and another sends again, under the
 * same idempotency key ("<target>/<entity>/<id>/<revision>"). Each target has a
 * rate that the whole fleet shares, taken in handfuls out of its row, and a
 * circuit breaker in the same row (closed, open, half open: one call tries). */
#ifndef FLOTILLA_OUTBOUND_COURIER_H
#define FLOTILLA_OUTBOUND_COURIER_H

#include "run/service.h"

/* Where the content of an entity is read. */
struct courier_source {
	const struct entity *entity;
	const char *table; /* has `revision` and `doc` */
	const char *key;   /* its column that a delivery's id names */
};

/* Connects the store with the targets of FLOTILLA_TARGETS that are told one of
 * these entities; `sources` end with an entry without entity and must outlive
 * it. `out` stays as it is where no target is named. FATAL: a connector that
 * does not load, or tells none of them. */
bool courier_open(const struct service_parts *parts,
		  const struct courier_source *sources, struct service *out,
		  struct err *err) MUST_CHECK;

#endif
