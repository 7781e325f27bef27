/* web.h - a system to call: an HTTP server of the test's own.
 *
 * Answers come from one function, called on the server's thread, one at a
 * time; what it shares with the test it guards by web_lock(). */
#ifndef FLOTILLA_TESTS_SUPPORT_WEB_H
#define FLOTILLA_TESTS_SUPPORT_WEB_H

#include <stdint.h>

#include "base/str.h"

struct web;

struct web_request {
	const char *method;
	const char *path; /* decoded */
	struct str body;
	const void *connection; /* private */
};

/* The header or argument, or NULL. */
const char *web_header(const struct web_request *request, const char *name);
const char *web_argument(const struct web_request *request, const char *name);

enum web_manner {
	WEB_WHOLE,
	WEB_CUT,    /* half of the body, and the connection is closed */
	WEB_HANGS,  /* half of the body, and nothing more */
	WEB_SILENT, /* no answer at all */
};

enum { WEB_HEADERS = 4 };

struct web_answer {
	int status; /* 200 before the function is called */
	const char *names[WEB_HEADERS], *values[WEB_HEADERS];
	struct buf body; /* at most 64 MiB */
	enum web_manner manner;
};

struct web_handler {
	void (*answer)(void *ctx, const struct web_request *request,
		       struct web_answer *answer);
	void *ctx;
};

struct web *web_start(struct web_handler handler);
void web_stop(struct web *web);

/* "http://127.0.0.1:<port>" */
const char *web_url(const struct web *web);

/* Requests and connections so far. */
int web_count(struct web *web);
int web_connections(struct web *web);

void web_lock(struct web *web);
void web_unlock(struct web *web);

#endif
