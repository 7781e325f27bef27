/* worker.h - what a worker is: a name, the nouns it consumes, and what one
 * record means to it. Everything else is the runtime's.
 *
 * A worker's main is `return worker_main(&worker, argc, argv)`. The handler
 * puts records into the batch's changeset; the runtime claims lanes, decodes,
 * commits, publishes, halts, heals and measures, once, for everybody. */
#ifndef FLOTILLA_RUN_WORKER_H
#define FLOTILLA_RUN_WORKER_H

#include "run/service.h"
#include "store/intake.h"

struct worker {
	const char *name;	  /* binary = consumer group = log name */
	const char *summary;	  /* one line for --help */
	const char *const *nouns; /* of raw.<system>.<noun>.v1; NULL ends */

	/* What the process does besides, on the same thread; NULL: nothing.
	 * `out` is left as it is where there is nothing to do. FATAL. */
	bool (*open_service)(const struct service_parts *parts,
			     struct service *out, struct err *err);

	/* The store over the worker's entities; `schemas_dir` holds what the
	 * business needs to know. FATAL. */
	bool (*open_store)(const char *schemas_dir, struct store **store,
			   struct err *err);

	/* See intake.h. */
	bool (*handle)(void *ctx, struct changeset *cs, struct record *record,
		       struct err *err);
};

/* Runs until SIGTERM or SIGINT. Exit codes: 0 done, 1 failed, 2 usage. */
int worker_main(const struct worker *worker, int argc, char **argv);

#endif
