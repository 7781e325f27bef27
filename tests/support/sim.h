/* sim.h - the retailer's other systems (build/retail-sim), for one test.
 *
 * A process with a port of its own; tests/retail-sim/README.md has its paths
 * and fault rules. All failures end the test (libcheck), and the process ends
 * with the test. Nothing here measures time: what waits has a deadline. */
#ifndef FLOTILLA_TESTS_SUPPORT_SIM_H
#define FLOTILLA_TESTS_SUPPORT_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { SIM_DEADLINE_S = 30 };

struct sim {
	pid_t pid;
	int port;
};

void sim_start(struct sim *sim);
/* SIGTERM; it must end with 0. */
void sim_stop(struct sim *sim);

/* One call. NULL: not sent. `token` goes behind "Bearer ". */
struct sim_call {
	const char *method; /* NULL: GET, or POST with a body */
	const char *path;
	const char *body;
	const char *key;
	const char *token;
};

struct sim_answer {
	int status; /* 0: closed without an answer */
	bool whole; /* as long as it said it would be */
	bool replayed;
	int64_t retry_after_s; /* < 0: no such header */
	char *text;	       /* of the body; owned */
};

/* Sends, and answers the socket to wait on. */
int sim_send(const struct sim *sim, struct sim_call call);
/* Reads until the other side closes, and closes. */
void sim_receive(int socket, struct sim_answer *answer);
void sim_ask(const struct sim *sim, struct sim_call call,
	     struct sim_answer *answer);
void sim_answer_release(struct sim_answer *answer);
/* The status alone. */
int sim_status(const struct sim *sim, struct sim_call call);

/* The call is answered with the status, and `text` is at the pointer of the
 * answer; NULL: whatever is there. */
void sim_expect(const struct sim *sim, struct sim_call call, int status,
		const char *pointer, const char *text);

/* What is at the pointer of a JSON answer. The test ends when it is no number;
 * a missing text is "". */
int64_t sim_number(const struct sim_answer *answer, const char *pointer);
void sim_text(const struct sim_answer *answer, const char *pointer, char *text,
	      int size);

/* Replaces the fault rules; "{\"rules\":[]}" takes all away. */
void sim_faults(const struct sim *sim, const char *json);
void sim_seed(const struct sim *sim, const char *json);
void sim_reset(const struct sim *sim);

/* How many effects the ledger has, and how often they were asked for. NULL:
 * any. */
int64_t sim_effects(const struct sim *sim, const char *system,
		    const char *operation, const char *reference);
int64_t sim_asked(const struct sim *sim, const char *system,
		  const char *operation, const char *reference);

/* A figure of /admin/stats: "/systems/pay/calls", "/skus/A-1". 0 when it is
 * not there. sim_wait() until it is at least so much. */
int64_t sim_stat(const struct sim *sim, const char *pointer);
void sim_wait(const struct sim *sim, const char *pointer, int64_t least);

#endif
