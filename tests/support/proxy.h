/* proxy.h - a wire to PostgreSQL that breaks at the worst moment: after the
 * server has answered, before the client has heard. */
#ifndef FLOTILLA_TESTS_SUPPORT_PROXY_H
#define FLOTILLA_TESTS_SUPPORT_PROXY_H

#include <sys/types.h>

/* A process that forwards connections to 127.0.0.1:`to`. Each time it has seen
 * `marker` going to the server for the `every`-th time, it waits for the
 * server's answer, keeps that to itself and closes both ends; `times` at most.
 * *port is where it listens. End it with kill(). */
pid_t proxy_start(int to, const char *marker, size_t marker_len, int every,
		  int times, int *port);

#endif
