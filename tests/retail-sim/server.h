/* server.h - HTTP on one loopback port and one thread.
 *
 * A whole request becomes a call, which takes turns: each turn says what is to
 * be done with it. A call that waits holds up nobody. libmicrohttpd is behind
 * it, and only here. */
#ifndef FLOTILLA_RETAIL_SIM_SERVER_H
#define FLOTILLA_RETAIL_SIM_SERVER_H

#include <stdint.h>

#include "base/err.h"
#include "retail-sim/call.h"

enum { SERVER_CONNECTIONS_MAX = 512 };

enum act {
	ACT_ANSWER, /* send what the call holds */
	ACT_HALF,   /* send half of it, then close */
	ACT_DROP,   /* close without a word */
	ACT_WAIT,   /* another turn after wait_ms */
	ACT_HANG,   /* the same, or as soon as the other side has gone */
};

struct verdict {
	enum act act;
	int64_t wait_ms;
};

struct server_handler {
	struct verdict (*turn)(void *ctx, struct call *call);
	/* The call is over, however it ended; after its last turn. */
	void (*gone)(void *ctx, struct call *call);
	void *ctx;
};

struct server;

/* `port` 0 lets the system choose. FATAL when the port is taken. */
struct server *server_new(uint16_t port, struct server_handler handler,
			  struct err *err) MUST_CHECK;
uint16_t server_port(const struct server *server);

/* Serves until `until_us` on the monotonic clock, SIGTERM or SIGINT. */
void server_run(struct server *server, int64_t until_us);
void server_free(struct server *server);

#endif
