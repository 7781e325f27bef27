/* http_server.h - answers GET from a thread of its own.
 *
 * For health and metrics: the handler only reads what is atomic, and never
 * blocks. One epoll thread inside libmicrohttpd. */
#ifndef FLOTILLA_IO_HTTP_SERVER_H
#define FLOTILLA_IO_HTTP_SERVER_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct http_server;

struct http_handler {
	/* The status code; the body goes to `out`, its type to *type. Called
	 * on the server's thread. */
	int (*get)(void *ctx, const char *path, struct buf *out,
		   const char **type);
	void *ctx;
};

/* `port` 0 lets the system choose. FATAL when the port is taken. */
struct http_server *http_server_start(const char *address, uint16_t port,
				      struct http_handler handler,
				      struct err *err) MUST_CHECK;
uint16_t http_server_port(const struct http_server *server);
void http_server_stop(struct http_server *server);

#endif
