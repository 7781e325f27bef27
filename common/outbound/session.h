/* session.h - calls to one system, with what proves who we are.
 *
 * One session a process and connector: it holds the token, and asks for one
 * (OAuth 2 client credentials, or the connector's login operation) through the
 * same client: one request at a time whoever waits for it, ahead of expiry,
 * so that calls do not wait. What the system answers with AUTH drops the
 * token it was sent with and is sent once more with a new one; AUTH reaches
 * the caller only if that fails too.
 *
 * Rate, concurrency, backoff and breaker are the caller's: a session sends
 * what it is given. Not thread-safe; callbacks come from http_client_serve().
 */
#ifndef FLOTILLA_OUTBOUND_SESSION_H
#define FLOTILLA_OUTBOUND_SESSION_H

#include "io/http_client.h"
#include "outbound/operation.h"

struct connector_session; /* opaque, heap */
struct connector_call;	  /* a call in flight */

/* Both are valid during the callback. `result` is NULL when nothing was sent,
 * since there was no token to be had; `outcome` says why. */
struct connector_done {
	void (*call)(void *ctx, const struct connector_outcome *outcome,
		     const struct http_result *result);
	void *ctx;
};

/* Both must outlive it. */
struct connector_session *
connector_session_new(const struct connector *connector,
		      struct http_client *client);

/* Cancels what is in flight: nobody is called back. */
void connector_session_free(struct connector_session *session);

/* `request` comes from operation_render() of the same operation, and is
 * copied. The handle is valid until `done` is called or it is cancelled. Never
 * NULL, and nobody is called back before http_client_serve(). */
struct connector_call *connector_session_send(
	struct connector_session *session, const struct connector_operation *op,
	const struct http_request *request, struct connector_done done);

void connector_session_cancel(struct connector_session *session,
			      struct connector_call *call);

/* The longest that a call may take from sending to its callback: a log-in, the
 * call, and both once more. A lease has to outlast it. */
int64_t connector_session_longest_ms(const struct connector_session *session,
				     const struct connector_operation *op);

int connector_session_in_flight(const struct connector_session *session);

/* connector_mask(), and the session's token too. */
struct str connector_session_mask(const struct connector_session *session,
				  struct arena *arena, struct str text);

#endif
