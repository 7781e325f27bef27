/* lanes.h - lane rows as fleetctl reads and changes them.
 *
 * A change is made under the row's lock and gives the lane a new epoch: a
 * running worker finds that its next transaction locks no row, lets go of what
 * it holds and claims again. What the row was is kept in lane_archive. */
#ifndef FLEETCTL_LANES_H
#define FLEETCTL_LANES_H

#include "ctl.h"
#include "store/fate.h"

struct lane_row {
	int64_t lane_id;
	const char *group;
	const char *topic;
	int32_t partition;
	const char *owner; /* NULL: let go */
	int64_t epoch;
	int64_t from, next;
	int64_t until; /* -1: none */
	int64_t counts[FATE_COUNT];
	int64_t strikes;
	const char *halted; /* NULL: it runs */
	const char *moved_at;
	int64_t low, high; /* of the partition; -1: not known */
};

struct lane_list {
	struct lane_row *rows; /* the command's arena */
	int count;
};

/* Rows in order of group, topic, partition. NULL arguments: all. */
bool lanes_read(struct ctl *ctl, const char *group, const char *topic,
		struct lane_list *out) MUST_CHECK;

/* Fills low and high from Kafka. */
bool lanes_watermarks(struct ctl *ctl, struct lane_list *lanes) MUST_CHECK;

/* "<group>/<topic>/<partition>" */
struct lane_name {
	const char *group;
	const char *topic;
	int32_t partition;
};

bool lane_name_read(struct ctl *ctl, const char *text,
		    struct lane_name *out) MUST_CHECK;

/* Locks the row and reads it; within a transaction. FATAL: there is none. */
bool lane_lock(struct ctl *ctl, const struct lane_name *name,
	       struct lane_row *out) MUST_CHECK;

/* Puts the row into lane_archive, as it is before `verb` changes it. */
bool lane_archive(struct ctl *ctl, const struct lane_row *row, const char *verb,
		  const char *reason) MUST_CHECK;

/* Starts the ledger anew at `offset`: counters zero, new epoch, not halted.
 * Dead letters from there on leave the ledger as 'rewound'; `letters` says how
 * many. */
bool lane_restart(struct ctl *ctl, const struct lane_row *row, int64_t offset,
		  int64_t *letters) MUST_CHECK;

#endif
