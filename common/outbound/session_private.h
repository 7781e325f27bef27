/* session_private.h - what the files of a session share.
 *
 *	session.c	calls: sent, waiting for a token, sent once more
 *	session_token.c	tokens: asked for, kept, dropped
 *	session_sign.c	what proves who we are, put into a request */
#ifndef FLOTILLA_OUTBOUND_SESSION_PRIVATE_H
#define FLOTILLA_OUTBOUND_SESSION_PRIVATE_H

#include "outbound/connector_private.h"
#include "outbound/mask_private.h"
#include "outbound/session.h"

/* What calls are sent with; none: value.at == NULL. */
struct credential {
	struct arena arena;
	struct str value; /* as the header has it, without prefix */
	struct str needles[2 * NEEDLES_PER_SECRET];
	uint32_t needle_count;
	int64_t refresh_us, expires_us; /* monotonic */
	uint32_t generation;
};

struct connector_session {
	const struct connector *connector;
	struct http_client *client;
	struct connector_call *sent;
	struct connector_call *waiting; /* for a token */
	int in_flight;
	struct credential token;
	struct http_call *asking; /* for a token; NULL: not */
	int64_t ask_at_us;	  /* ahead of expiry: not before */
};

struct connector_call {
	struct connector_session *session;
	struct connector_call *next, **link;
	struct arena arena;
	const struct connector_operation *op;
	struct http_request request; /* as rendered */
	struct connector_done done;
	struct http_call *http;
	uint32_t generation; /* of the token it was sent with */
	bool again;	     /* it is the second time */
};

/* --- session.c --- */
/* A token has come: those that wait are sent. */
void session_wake(struct connector_session *session);
/* None will come: they are answered. */
void session_refuse(struct connector_session *session,
		    const struct connector_outcome *outcome);

/* --- session_token.c --- */
bool token_wanted(const struct connector_session *session);
/* There is one, and its time is not up. */
bool token_valid(const struct connector_session *session);
/* Asks, unless somebody does already. */
void token_ask(struct connector_session *session);
/* Asks while the old one still serves, if it is time. */
void token_refresh(struct connector_session *session);
void token_drop(struct connector_session *session);

/* --- session_sign.c --- */
/* The request with what proves who we are; in the arena. */
void session_sign(const struct connector_session *session, struct arena *arena,
		  struct http_request *request);

#endif
