/* call.h - one HTTP call: what was asked, and what will be answered.
 *
 * Borrowed text lives in the call's arena or its body, as long as the call.
 * The call_* readers answer 400 themselves when what they look for is missing
 * or wrong, and return false: the operation then just returns. */
#ifndef FLOTILLA_RETAIL_SIM_CALL_H
#define FLOTILLA_RETAIL_SIM_CALL_H

#include "retail-sim/faults.h"
#include "retail-sim/keys.h"
#include "json/writer.h"

enum {
	CALL_BODY_MAX_BYTES = 1 << 20,
	CALL_ANSWER_MAX_BYTES = 64 << 20,
	CALL_SEGMENTS = 8,
	CALL_QUERY = 16,
};

struct call {
	struct arena arena;

	/* the request, as the server found it */
	struct str method;
	struct str path; /* as sent, escapes and all, no query */
	struct str key;	 /* Idempotency-Key; absent: none */
	struct str authorization;
	struct buf body; /* `full`: it was too large */
	struct {
		struct str name, value; /* as sent */
	} query[CALL_QUERY];
	int query_count;

	/* what routing made of it */
	struct str segments[CALL_SEGMENTS]; /* without escapes */
	int segment_count;
	const struct system *system;
	const struct operation *operation;
	struct str parts[CALL_SEGMENTS]; /* what stood for each {name} */
	struct json_doc doc;		 /* of a JSON body */

	/* the answer */
	int status;
	struct buf out;
	const char *type;
	int64_t retry_after_s; /* < 0: no such header */
	bool replayed;
	bool unauthorized; /* with a WWW-Authenticate */

	/* where it stands (world.c) */
	int stage;
	struct fault_plan plan;
	enum claimed claimed;
	struct claim *claim; /* valid while `epoch` is the world's */
	int64_t epoch;
	uint32_t entry; /* its first effect in the ledger; 0: none */
};

void call_init(struct call *call);
void call_release(struct call *call);

/* Splits the path and takes escapes out. False, with a 400, when it cannot. */
bool call_split(struct call *call) MUST_CHECK;

/* `text` without its escapes (and "+" as a space), in the arena; absent when
 * they are wrong, or what comes out is not UTF-8 or has a NUL. */
struct str call_unescape(struct call *call, struct str text, bool plus);

/* Query parameters; absent or `otherwise` when not given. */
struct str call_query(struct call *call, const char *name);
bool call_query_int(struct call *call, const char *name, int64_t otherwise,
		    int64_t *value) MUST_CHECK;

/* Begins a JSON answer; what was answered before is forgotten. */
void call_answer(struct call *call, int status, struct json_writer *w);

/* An RFC 9457 problem with a stable code and a sentence of what to do. Returns
 * false. */
bool call_problem(struct call *call, int status, const char *code,
		  const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Members of the object `at` of the body (0: the body itself). */
bool call_text(struct call *call, uint32_t at, const char *name,
	       struct str *text) MUST_CHECK;
bool call_text_or(struct call *call, uint32_t at, const char *name,
		  struct str otherwise, struct str *text) MUST_CHECK;
bool call_int(struct call *call, uint32_t at, const char *name, int64_t least,
	      int64_t *value) MUST_CHECK;
bool call_int_or(struct call *call, uint32_t at, const char *name,
		 int64_t least, int64_t otherwise, int64_t *value) MUST_CHECK;
/* The array `name`, of objects; *array is its node. `most` elements. */
bool call_array(struct call *call, uint32_t at, const char *name, uint32_t most,
		uint32_t *array) MUST_CHECK;
/* The same, but it may be missing: *array is 0. */
bool call_array_or(struct call *call, uint32_t at, const char *name,
		   uint32_t most, uint32_t *array) MUST_CHECK;

/* The node `at` as JSON text, in the arena. */
struct str call_json(struct call *call, uint32_t at);

#endif
