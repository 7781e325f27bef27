/* http_client.h - asking other systems over HTTP, without ever blocking.
 *
 * One client a process (or a thread: it is not thread-safe): many requests in
 * flight, all through one curl multi and one epoll set, so that a loop that
 * polls needs one entry for it:
 *
 *	http_client_poll(client, &fds[n++], &timeout_ms);
 *	poll(fds, n, timeout_ms);
 *	http_client_serve(client);
 *
 * Callbacks are made by http_client_serve() and by nothing else: sending calls
 * nobody back, be the request as wrong as it may. The request is copied; the
 * result is valid during the callback. A callback may send and cancel.
 *
 * Laws: TLS certificates are verified; http and https only; an answer is
 * bounded while it arrives; an address that is not public (loopback, private,
 * link-local, ...) is refused where it is not allowed, by the address that the
 * name has resolved to, so that no name and no redirect leads inside; the
 * environment's proxies are not used. Redirects are followed only where asked
 * for, within the same origin, and only where the method stays. Header values
 * with control characters are refused.
 *
 * Names are resolved by short-lived threads of curl's own; giving up waits for
 * none of them.
 *
 * A kept connection may be dead; curl then repeats the request by itself on a
 * new one. A request with `once` therefore gets a connection of its own.
 *
 * An error's kind: TEMPORARY (code "timeout", "unreachable", "tls",
 * "cut-short", "busy") or INVALID ("bad-url", "bad-header", "private-address",
 * "too-large"). An HTTP status is no error here: connectors judge those. */
#ifndef FLOTILLA_IO_HTTP_CLIENT_H
#define FLOTILLA_IO_HTTP_CLIENT_H

#include <stdint.h>

#include "base/arena.h"
#include "io/http_message.h"

struct http_client; /* opaque, heap */
struct http_call;   /* a request in flight */
struct pollfd;

/* Zero means the default. */
struct http_limits {
	int in_flight;	 /* requests; more are "busy"; 512 */
	int connections; /* open or kept, all hosts together; 128 */
	int per_host;	 /* the same for one host; the others wait; 32 */
	int64_t idle_ms; /* a connection kept longer is not used; 10 s */
};

struct http_done {
	void (*call)(void *ctx, const struct http_result *result);
	void *ctx;
};

/* `limits` may be NULL. */
struct http_client *http_client_new(const struct http_limits *limits);

/* Cancels what is in flight: nobody is called back. */
void http_client_free(struct http_client *client);

/* Never NULL. The handle is valid until `done` is called or it is cancelled. */
struct http_call *http_client_send(struct http_client *client,
				   const struct http_request *request,
				   struct http_done done);

/* Gives it up without a callback. The server may have seen it. NULL is fine. */
void http_client_cancel(struct http_client *client, struct http_call *call);

int http_client_in_flight(const struct http_client *client);

/* What to wait for; lowers *timeout_ms (-1: for ever) if something is due. */
void http_client_poll(const struct http_client *client, struct pollfd *fd,
		      int *timeout_ms);

/* Moves everything on, as far as it goes without waiting; calls back. */
void http_client_serve(struct http_client *client);

/* What Retry-After says, in seconds or as a date, as milliseconds from now
 * (0 for a time gone by, at most a day); -1 where it says nothing. */
int64_t http_retry_after_ms(const struct http_result *result, int64_t now_us);

/* --- For tools and tests, which may wait --- */

/* Waits once, at most so long, and serves. */
void http_client_turn(struct http_client *client, int timeout_ms);

/* Sends one and waits for it, serving the others meanwhile. The result lives
 * in the arena. */
void http_client_wait(struct http_client *client,
		      const struct http_request *request, struct arena *arena,
		      struct http_result *out);

#endif
