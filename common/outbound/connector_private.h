/* connector_private.h - what a connector file is compiled to.
 *
 * connector_loading.h has what makes it of a file. Besides:
 *
 *	answer.c		an answer as a document for rules
 *	mask.c			secrets out of texts
 *
 * All of it lives in the arena of the load and never changes afterwards. */
#ifndef FLOTILLA_OUTBOUND_CONNECTOR_PRIVATE_H
#define FLOTILLA_OUTBOUND_CONNECTOR_PRIVATE_H

#include "mapping/mapping.h"
#include "mapping/rules.h"
#include "mapping/template.h"
#include "outbound/operation.h"

enum {
	STATUSES_MAX = 16,
	SIGNED_PARTS_MAX = 12,
	OPERATIONS_MAX = 200,
	NEEDLES_PER_SECRET = 6,
	SECRET_BYTES_MIN = 4,
	SECRET_BYTES_MAX = 8192,
	REQUEST_BODY_BYTES = 8 << 20,
};

struct variable {
	struct str name;     /* as strings say it: "${name}" */
	struct str variable; /* of the environment */
	struct str fallback; /* of a setting; absent: it must be set */
	struct str value;    /* absent while linting */
	bool secret;
};

struct named_rule {
	struct str name;
	struct rule *rule;
};

struct named_rules {
	struct named_rule *items;
	uint32_t count;
};

struct failure {
	int statuses[STATUSES_MAX]; /* none: any */
	uint32_t status_count;
	struct test *when; /* NULL: the status is enough */
	struct rule *text; /* NULL: the connector's */
	enum outcome_kind kind;
};

struct failures {
	struct failure *items;
	uint32_t count;
};

/* "/ticket/" or the value of a rule */
struct path_part {
	struct str text;
	struct rule *rule;
};

struct connector_operation {
	const struct connector *connector;
	char *name;
	const char *description;
	char *method;
	struct path_part *path;
	uint32_t path_count;
	struct named_rules query, headers, form;
	struct template *json;
	struct rule *text;
	struct str content_type; /* absent: no body */
	struct rule **needs;
	uint32_t need_count;
	bool keyed; /* carries the idempotency header */
	bool repeats_safely;
	int64_t timeout_ms;
	int success[STATUSES_MAX]; /* none: 200 to 299 */
	uint32_t success_count;
	struct failures failures;
	struct named_rules response;
};

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

struct fetch {
	struct connector_fetch said;
	struct loop *records;
	struct rule *watermark; /* of a record; NULL: none */
};

struct connector {
	struct connector_policy policy;
	struct json_doc doc;
	struct rules rules;
	struct variable *variables;
	uint32_t variable_count;
	struct str *needles; /* what mask looks for, longest first */
	uint32_t needle_count;
	struct str base_url;
	size_t response_bytes;
	bool private_addresses, follow_redirects;
	struct str key_header;
	bool key_honoured; /* the system does nothing twice under one key */
	struct named_rules headers;
	struct auth auth;
	struct failures failures;
	struct rule *error; /* the text of a failure */
	struct connector_operation *operations;
	uint32_t operation_count;
	struct connector_tell *tells;
	uint32_t tell_count;
	struct fetch *fetches;
	uint32_t fetch_count;
};

/* --- answer.c --- */
/* {"status", "headers" in lower case, "body" if it is JSON, else "text"} */
void answer_document(const struct http_result *result, struct arena *arena,
		     struct json_doc *out);

/* --- mask.c --- */
void mask_prepare(struct connector *connector, struct arena *arena);
/* Appends how `secret` may be written to `needles`. */
uint32_t mask_forms(struct arena *arena, struct str secret,
		    struct str needles[NEEDLES_PER_SECRET]);
struct str mask_with(struct arena *arena, struct str text,
		     const struct str *needles, uint32_t count);

#endif
