/* operation_private.h - what an operation is compiled to: rules for all that a
 * request consists of, and for all that an answer may mean.
 *
 *	connector_operations.c	makes it, with connector_failures.c
 *	operation_render.c	from a document to a request
 *	operation_judge.c	from an answer to an outcome */
#ifndef FLOTILLA_OUTBOUND_OPERATION_PRIVATE_H
#define FLOTILLA_OUTBOUND_OPERATION_PRIVATE_H

#include "mapping/rules.h"
#include "mapping/template.h"
#include "outbound/operation.h"

enum { STATUSES_MAX = 16, REQUEST_BODY_BYTES = 8 << 20 };

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

#endif
