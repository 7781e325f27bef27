/* session.c - calls: sent, waiting for a token, sent once more. */
#include "outbound/session_private.h"

#include <stdlib.h>

static void link_call(struct connector_call **list, struct connector_call *call)
{
	call->next = *list;
	call->link = list;
	if (call->next)
		call->next->link = &call->next;
	*list = call;
}

static void unlink_call(struct connector_call *call)
{
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
}

static void free_call(struct connector_call *call)
{
	call->session->in_flight--;
	arena_release(&call->arena);
	free(call);
}

/* Unlinked before: the callback may do what it likes. */
static void answer(struct connector_call *call,
		   const struct connector_outcome *outcome,
		   const struct http_result *result)
{
	call->done.call(call->done.ctx, outcome, result);
	free_call(call);
}

static void dispatch(struct connector_call *call);

/* Once more with a new token, if the old one was at fault. */
static bool try_again(struct connector_call *call)
{
	struct connector_session *session = call->session;

	if (call->again || !token_wanted(session))
		return false;
	call->again = true;
	if (call->generation == session->token.generation)
		token_drop(session);
	dispatch(call);
	return true;
}

static void on_answer(void *ctx, const struct http_result *result)
{
	struct connector_call *call = ctx;
	struct connector_session *session = call->session;
	struct connector_outcome outcome;

	call->http = NULL;
	unlink_call(call);
	operation_judge(call->op, result, &call->arena, &outcome);
	if (outcome.kind == OUTCOME_AUTH && try_again(call))
		return;
	outcome.text =
		connector_session_mask(session, &call->arena, outcome.text);
	answer(call, &outcome, result);
}

/* To the system, or to those that wait. */
static void dispatch(struct connector_call *call)
{
	struct connector_session *session = call->session;
	struct http_request request = call->request;

	if (token_wanted(session) && !token_valid(session)) {
		link_call(&session->waiting, call);
		token_ask(session);
		return;
	}
	token_refresh(session);
	call->generation = session->token.generation;
	session_sign(session, &call->arena, &request);
	link_call(&session->sent, call);
	call->http = http_client_send(session->client, &request,
				      (struct http_done){on_answer, call});
}

/* Those that wait now, the first first: what is sent meanwhile waits anew. */
static void take_waiting(struct connector_session *session,
			 struct connector_call **list)
{
	while (session->waiting) {
		struct connector_call *call = session->waiting;

		unlink_call(call);
		link_call(list, call);
	}
}

void session_wake(struct connector_session *session)
{
	struct connector_call *list = NULL;

	take_waiting(session, &list);
	while (list) {
		struct connector_call *call = list;

		unlink_call(call);
		dispatch(call);
	}
}

void session_refuse(struct connector_session *session,
		    const struct connector_outcome *outcome)
{
	struct connector_call *list = NULL;

	take_waiting(session, &list);
	while (list) {
		struct connector_call *call = list;

		unlink_call(call);
		answer(call, outcome, NULL);
	}
}

static void copy_request(struct connector_call *call,
			 const struct http_request *r)
{
	struct arena *arena = &call->arena;
	struct http_header *headers =
		ARENA_ARRAY(arena, struct http_header, r->header_count + 1);

	for (uint32_t i = 0; i < r->header_count; i++)
		headers[i] = (struct http_header){
			arena_str(arena, r->headers[i].name),
			arena_str(arena, r->headers[i].value)};
	call->request = *r;
	call->request.headers = headers;
	call->request.method = arena_str(arena, r->method);
	call->request.url = arena_str(arena, r->url);
	if (r->body.at)
		call->request.body = arena_str(arena, r->body);
}

struct connector_call *connector_session_send(
	struct connector_session *session, const struct connector_operation *op,
	const struct http_request *request, struct connector_done done)
{
	struct connector_call *call = calloc(1, sizeof(*call));

	if (!call)
		abort();
	call->session = session;
	call->op = op;
	call->done = done;
	arena_init(&call->arena, 0);
	copy_request(call, request);
	session->in_flight++;
	dispatch(call);
	return call;
}

void connector_session_cancel(struct connector_session *session,
			      struct connector_call *call)
{
	if (!call)
		return;
	http_client_cancel(session->client, call->http);
	unlink_call(call);
	free_call(call);
}

int64_t connector_session_longest_ms(const struct connector_session *session,
				     const struct connector_operation *op)
{
	const struct connector *connector = session->connector;
	int64_t login_ms = connector->auth.login
				   ? connector->auth.login->timeout_ms
				   : connector->policy.timeout_ms;

	return token_wanted(session) ? 2 * (login_ms + op->timeout_ms)
				     : op->timeout_ms;
}

int connector_session_in_flight(const struct connector_session *session)
{
	return session->in_flight;
}

struct str connector_session_mask(const struct connector_session *session,
				  struct arena *arena, struct str text)
{
	text = connector_mask(session->connector, arena, text);
	return mask_with(arena, text, session->token.needles,
			 session->token.needle_count);
}

struct connector_session *
connector_session_new(const struct connector *connector,
		      struct http_client *client)
{
	struct connector_session *session = calloc(1, sizeof(*session));

	if (!session)
		abort();
	session->connector = connector;
	session->client = client;
	arena_init(&session->token.arena, 0);
	return session;
}

void connector_session_free(struct connector_session *session)
{
	if (!session)
		return;
	http_client_cancel(session->client, session->asking);
	while (session->sent)
		connector_session_cancel(session, session->sent);
	while (session->waiting)
		connector_session_cancel(session, session->waiting);
	arena_release(&session->token.arena);
	free(session);
}
