/* site.h - a place of its own for one integration test: a database that was
 * migrated, a consumer group, and worker processes that it may hurt.
 *
 * All failures end the test (libcheck) with what was found. Waiting is for a
 * condition, with a deadline; nothing here measures time. */
#ifndef FLOTILLA_TESTS_SUPPORT_SITE_H
#define FLOTILLA_TESTS_SUPPORT_SITE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SITE_WORKERS = 4, SITE_SETTINGS = 16, SITE_DEADLINE_S = 60 };

struct site {
	char database[64];
	char group[64];
	struct pg *pg; /* waits; for the test's own questions */
	pid_t workers[SITE_WORKERS];
	int worker_count;
	/* "NAME=value" for the workers, besides the test's environment */
	char settings[SITE_SETTINGS][128];
	int setting_count;
	const char *worker; /* NULL: order-sync */
	const char *binary; /* NULL: the worker's, as it ships or to crash */
};

/* A new database and group, both called after the test. */
void site_open(struct site *s, const char *name);

/* Ends what runs and drops the database. */
void site_close(struct site *s);

/* Its workers read this topic alone, from where it ends now. */
void site_begin_at_end(struct site *s, const char *topic);

/* For workers that are started from now on; a later one wins. */
void site_set(struct site *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Starts the worker; `crash` names a crash point ("committed:3") or is NULL.
 * Returns its pid. */
pid_t site_start(struct site *s, const char *crash);

/* SIGTERM; the worker must end with 0 in time. */
void site_stop(struct site *s, pid_t pid);

/* Whether it has ended by itself, however. */
bool site_ended(struct site *s, pid_t pid);

/* Waits until it has ended by itself; returns the status of waitpid. */
int site_wait_end(struct site *s, pid_t pid);

/* The one number, or text, that a statement gives. */
int64_t site_number(struct site *s, const char *sql);
void site_text(struct site *s, const char *sql, char *text, size_t size);

/* Calls back with the first column of each row. */
void site_each(struct site *s, const char *sql,
	       void (*row)(void *ctx, const char *text), void *ctx);

/* Runs statements. */
void site_do(struct site *s, const char *sql);

/* Until the statement gives a number of at least `least`. */
void site_wait(struct site *s, const char *sql, int64_t least);

/* Until the group has accounted for `offsets` offsets and has nothing left to
 * tell. */
void site_wait_through(struct site *s, int64_t offsets);

/* Runs a line of a shell and fails the test unless it ends with 0. */
void site_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Everything that the messages alone decide, as one hash: records and their
 * ranks, facets, dead letters. Revisions and times of commits are not in it:
 * they tell how batches were cut. */
void site_digest(struct site *s, char digest[33]);

#endif
