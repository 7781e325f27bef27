/* metrics.h - what a process counts, and how Prometheus reads it.
 *
 * The loop is the only writer; the thread that answers /metrics only reads.
 * Every number is one relaxed atomic, so neither waits for the other. Names
 * are those of STANDARDS.md; no ids are labels. */
#ifndef FLOTILLA_RUN_METRICS_H
#define FLOTILLA_RUN_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/str.h"
#include "store/fate.h"

enum {
	METRICS_TOPICS = 256,
	METRICS_BUCKETS = 16,
};

struct histogram {
	_Atomic uint64_t buckets[METRICS_BUCKETS + 1]; /* not cumulative */
	_Atomic uint64_t count;
	_Atomic uint64_t sum_us;
};

struct topic_metrics {
	const char *_Atomic topic; /* NULL: the row is free */
	_Atomic uint64_t fates[FATE_COUNT];
	_Atomic int64_t backlog;
};

struct service;

struct metrics {
	const char *worker;
	const struct service *service; /* adds its own; NULL: none */
	struct topic_metrics topics[METRICS_TOPICS];
	struct histogram age;	/* source time to commit */
	struct histogram batch; /* first statement to commit */
	_Atomic uint64_t batches;
	_Atomic uint64_t conflicts;
	_Atomic uint64_t published;
	_Atomic uint64_t claims;
	_Atomic uint64_t retries; /* batches that ran again */
	_Atomic int64_t lanes;
	_Atomic int64_t halted;
	_Atomic int64_t turned_us;  /* monotonic: the loop's last turn */
	_Atomic int64_t ready;	    /* owns its part of the work */
	_Atomic int64_t drain_rate; /* messages a second, recent */
};

/* The row of a topic; never NULL (the last row gathers what is too much). */
struct topic_metrics *metrics_topic(struct metrics *m, const char *topic);

void histogram_add(struct histogram *h, int64_t us);

/* Prometheus text format 0.0.4. */
void metrics_write(const struct metrics *m, struct buf *out);

#endif
