/* replay.h - one replay: what is done again, from where to where. */
#ifndef FLEETCTL_REPLAY_H
#define FLEETCTL_REPLAY_H

#include "ctl.h"

struct replay {
	const char *topic;
	const char *worker; /* the binary: "order-sync" */
	const char *group;  /* "order-sync.replay-<name>" */
	int count;	    /* partitions */
	int64_t *low, *high;
	int64_t *from, *until; /* per partition */
	int64_t offsets;       /* still to do */
};

/* Runs the worker over the lanes that were made, shows how far it is, ends
 * with what became of the messages. The worker is stopped when we are. */
int replay_work(struct ctl *ctl, const struct replay *r);

#endif
