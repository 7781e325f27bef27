/* connector_loading.h - from a file to a connector: what the files share.
 *
 *	connector.c		the file as a whole
 *	connector_values.c	settings and secrets, "${NAME}" in strings
 *	connector_policy.c	limits, retry, breaker, idempotency
 *	connector_auth.c	auth
 *	connector_operations.c	operations: requests, answers
 *	connector_failures.c	what an answer means
 *	connector_tells.c	tells
 *	connector_fetches.c	fetches
 *
 * Loading goes on after a finding, as the compiling of a mapping does. */
#ifndef FLOTILLA_OUTBOUND_CONNECTOR_LOADING_H
#define FLOTILLA_OUTBOUND_CONNECTOR_LOADING_H

#include "outbound/connector_private.h"

enum { OPERATIONS_MAX = 200 };

/* While a file is loaded. */
struct loading {
	struct connector *connector;
	struct compiler *c;		 /* of connector->rules */
	const struct connector_env *env; /* NULL: linting */
	struct err *missing;		 /* FATAL: what is not set */
};

/* --- connector_values.c --- */
void load_variables(struct loading *l);
/* Puts values into the strings of the file, in place. */
void load_substitute(struct loading *l);
const struct variable *variable_find(const struct connector *connector,
				     struct str name);

/* --- connector_policy.c --- */
void load_policy(struct loading *l);

/* --- connector_auth.c --- */
void load_auth(struct loading *l);

/* --- connector_operations.c --- */
void load_operations(struct loading *l);
void load_named_rules(struct loading *l, uint32_t at, const char *what,
		      struct named_rules *out);
/* The operation that the member `key` of `at` names; NULL without one, or
 * after a report. */
const struct connector_operation *
load_operation_ref(struct loading *l, uint32_t at, const char *key);

/* --- connector_failures.c --- */
void load_failures(struct loading *l, uint32_t at, struct failures *out);
void load_statuses(struct loading *l, uint32_t at, int *out, uint32_t *count);

/* --- connector.c --- */
/* An address that calls go to, as it must be. */
void load_url(struct loading *l, uint32_t at, const char *what,
	      struct str *out);

/* --- connector_tells.c --- */
void load_tells(struct loading *l);

/* --- connector_fetches.c --- */
void load_fetches(struct loading *l);

#endif
