/* auth_private.h - how a system wants to know who we are, as compiled.
 *
 *	connector_auth.c	makes it
 *	session_token.c		asks for tokens by it
 *	session_sign.c		puts the proof into a request */
#ifndef FLOTILLA_OUTBOUND_AUTH_PRIVATE_H
#define FLOTILLA_OUTBOUND_AUTH_PRIVATE_H

#include "base/str.h"

struct connector_operation;
struct rule;
struct variable;

enum { SIGNED_PARTS_MAX = 12 };

enum auth_kind {
	AUTH_NONE,
	AUTH_API_KEY,
	AUTH_BASIC,
	AUTH_BEARER,
	AUTH_OAUTH2,
	AUTH_HMAC,
	AUTH_LOGIN,
};

enum signed_kind {
	SIGNED_METHOD,
	SIGNED_URL,
	SIGNED_PATH, /* with the query */
	SIGNED_BODY,
	SIGNED_TIMESTAMP,
	SIGNED_HEADER,
	SIGNED_TEXT,
};

struct signed_part {
	enum signed_kind kind;
	struct str text; /* HEADER, TEXT */
};

struct auth {
	enum auth_kind kind;
	struct str header, prefix; /* where the key, token or signature goes */
	struct str query;	   /* API_KEY: or there */
	struct str user;	   /* BASIC; OAUTH2: the client's id */
	const struct variable *secret;
	struct str token_url, scope; /* OAUTH2 */
	bool client_in_body;
	const struct connector_operation *login;
	struct rule *token; /* LOGIN: of the answer */
	bool base64;	    /* the token, the signature */
	int64_t lifetime_ms, ahead_ms;
	struct signed_part parts[SIGNED_PARTS_MAX];
	uint32_t part_count;
	struct str separator, timestamp_header;
};

#endif
