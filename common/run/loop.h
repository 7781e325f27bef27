/* loop.h - the worker loop: lanes, batches, outputs, on one thread.
 *
 * Whoever calls it has loaded everything that a process knows for life. */
#ifndef FLOTILLA_RUN_LOOP_H
#define FLOTILLA_RUN_LOOP_H

#include "run/metrics.h"
#include "run/settings.h"
#include "run/worker.h"

struct mapping;

struct loop_parts {
	const struct worker *worker;
	struct settings *settings;
	struct metrics *metrics;
	struct store *store;
	const struct service *service; /* NULL: none */
	struct mapping **mappings;
	int mapping_count;
	const char *const *topics; /* names or patterns; NULL ends */
	const char *owner;	   /* who writes itself into the lanes */
	int signal_fd;		   /* readable: stop */
};

/* Returns when told to stop (true), or when the set-up is at fault (false and
 * FATAL; what is to be known has been logged). */
bool loop_run(const struct loop_parts *parts, struct err *err) MUST_CHECK;

#endif
