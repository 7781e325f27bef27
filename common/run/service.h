/* service.h - something else that a worker's process does, on the same thread.
 *
 * The loop waits for its sockets too and gives it a turn; it must never block.
 * On SIGTERM it begins nothing new, and the process ends when it has nothing
 * in hand, or when its time is over. */
#ifndef FLOTILLA_RUN_SERVICE_H
#define FLOTILLA_RUN_SERVICE_H

#include "base/err.h"
#include "run/metrics.h"
#include "run/settings.h"

struct pollfd;
struct store;

enum { SERVICE_FDS_MAX = 4 };

struct service {
	/* Fills at most SERVICE_FDS_MAX entries, returns how many; lowers
	 * *timeout_ms if something is due. */
	int (*wait)(void *ctx, struct pollfd *fds, int *timeout_ms);
	/* Moves everything on, as far as it goes without waiting. */
	void (*turn)(void *ctx, bool stopping);
	/* Whether something is in hand. */
	bool (*busy)(const void *ctx);
	/* Adds its metrics; called by another thread: relaxed reads only. */
	void (*measure)(const void *ctx, struct buf *out);
	void (*close)(void *ctx);
	void *ctx;
};

/* What a worker's service is opened with. */
struct service_parts {
	const struct settings *settings;
	struct store *store;
	const char *owner; /* unique among all processes there ever are */
};

#endif
