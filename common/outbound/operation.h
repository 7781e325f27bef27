/* operation.h - one operation of a connector: from a document to a request,
 * from an answer to an outcome.
 *
 * Pure: nothing here sends. A rendered request holds no credential of "auth":
 * it may be stored, and sent again as the same bytes. A value in a path or
 * query is percent-encoded, one in a header has no control character. What
 * comes out of here for people has been through connector_mask(). */
#ifndef FLOTILLA_OUTBOUND_OPERATION_H
#define FLOTILLA_OUTBOUND_OPERATION_H

#include "io/http_message.h"
#include "outbound/connector.h"
#include "json/json.h"

const char *operation_name(const struct connector_operation *op);
const char *operation_description(const struct connector_operation *op);
/* Whether sending it twice does no more than once: by its nature, or because
 * the system honours the idempotency key. */
bool operation_repeats_safely(const struct connector_operation *op);

/* What a call is about. `doc` is the entity's document; the cross reference,
 * where there is one, is its member "external_id". `key` is the idempotency
 * key ("@message" in rules): the same for each retry, another for each other
 * content. Absent: rules that want it fail. */
struct connector_told {
	const struct json_doc *doc;
	struct str key;
};

/* INVALID: the document lacks what the operation needs, or a value is not fit
 * for its place. The request lives in the arena. */
bool operation_render(const struct connector_operation *op,
		      const struct connector_told *told, struct arena *arena,
		      struct http_request *out, struct err *err) MUST_CHECK;

/* A stored request again (S2): fills in limits and policies of today, which
 * are not stored. `request` has method, url, headers and body. */
void operation_resume(const struct connector_operation *op,
		      struct http_request *request);

enum outcome_kind {
	OUTCOME_DONE,
	OUTCOME_DUPLICATE, /* had been done before */
	OUTCOME_RETRY,	   /* the system is at fault; not done */
	OUTCOME_THROTTLED, /* wait retry_after_ms first; not done */
	OUTCOME_REJECTED,  /* this record is at fault; never of itself done */
	OUTCOME_GONE,	   /* what it speaks of is not there */
	OUTCOME_AUTH,	   /* we are at fault: credentials, rights */
	OUTCOME_UNKNOWN,   /* may be done, and repeating may do harm: probe */
};

/* "done", "duplicate", ... */
const char *outcome_name(enum outcome_kind kind);

struct connector_outcome {
	enum outcome_kind kind;
	int status;		/* HTTP; 0: no answer */
	int64_t retry_after_ms; /* THROTTLED, RETRY; -1: the system is silent */
	struct str external_id; /* absent where the answer has none */
	const struct http_header *fields; /* of "response": name and value */
	uint32_t field_count;
	/* What is wrong, for an operator, or ""; no secret, but it may quote
	 * the record: not for logs. */
	struct str text;
};

/* What the answer means. All of it lives in the arena. */
void operation_judge(const struct connector_operation *op,
		     const struct http_result *result, struct arena *arena,
		     struct connector_outcome *out);

#endif
