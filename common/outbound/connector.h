/* connector.h - how to call one system, by data.
 *
 * A connector file (schemas/connectors/<system>.json; the language is
 * described in the README there) is read and checked once, and never changes
 * afterwards: it may be shared. Every value in a request is a rule of the
 * mapping language over the document that is told; every condition and every
 * value of an answer is one over {"status", "headers", "body"}. There is no
 * second template language.
 *
 * Calling goes in three steps: operation_render() (operation.h), a
 * connector_session (session.h) that sends, operation_judge(). Secrets come
 * from the environment and are never written anywhere: whatever leaves for a
 * log, an error or a person goes through connector_mask(). What comes out of
 * here has been through it. */
#ifndef FLOTILLA_OUTBOUND_CONNECTOR_H
#define FLOTILLA_OUTBOUND_CONNECTOR_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct connector;	    /* opaque; in the arena it was loaded to */
struct connector_operation; /* the same */
struct mapping_findings;    /* mapping/mapping.h */

/* Where settings and secrets come from: NULL where there is none. */
struct connector_env {
	const char *(*get)(void *ctx, const char *name);
	void *ctx;
};

/* getenv() */
extern const struct connector_env connector_environment;

/* Checks the text and tells everything that is wrong with it; needs no
 * environment. */
void connector_lint(struct str text, struct mapping_findings *findings);

/* INVALID with err->pointer = the place in the file; FATAL when a setting or a
 * secret is not there. `name` is the system, and must be what the file says;
 * it names the file in errors. `text` is copied. Without an environment (NULL)
 * "${NAME}" stays as it is: fit for looking at, not for sending. */
bool connector_load(struct str text, const char *name,
		    const struct connector_env *env, struct arena *arena,
		    struct connector **out, struct err *err) MUST_CHECK;

/* What the runtime has to keep to. Counts of 0 mean no limit. */
struct connector_policy {
	const char *name;
	int32_t revision;
	const char *description;
	const char *auth;    /* "none", "basic", ... */
	double rate;	     /* calls a second, all processes together */
	int32_t burst;	     /* tokens that the bucket holds */
	int32_t concurrency; /* calls in flight, of one process */
	int64_t timeout_ms;
	int64_t connect_timeout_ms;
	int64_t settle_ms;	/* how long a probe may not see what was done */
	int64_t retry_first_ms; /* then twice as long each time */
	int64_t retry_max_ms;
	int32_t dead_after;	  /* tries that one record may take */
	int32_t breaker_failures; /* in a row */
	int64_t breaker_open_ms;
};

const struct connector_policy *
connector_policy(const struct connector *connector);

/* NULL when there is none of that name. */
const struct connector_operation *
connector_operation(const struct connector *connector, struct str name);

/* For listing, by number; NULL past the last. */
const struct connector_operation *
connector_operation_at(const struct connector *connector, uint32_t i);
/* How one entity is told. Either `upsert`, which is safe to repeat; or
 * `probe`, whose answer has an "external_id" where the thing is there, with
 * `update` for what was found (NULL: nothing is left to do) and `create` for
 * what was not (NULL: the outcome is GONE). */
struct connector_tell {
	struct str entity;
	const struct connector_operation *upsert, *probe, *create, *update;
};

/* NULL when the entity is not told to this system. */
const struct connector_tell *connector_tell(const struct connector *connector,
					    struct str entity);
const struct connector_tell *
connector_tell_at(const struct connector *connector, uint32_t i);

enum watermark { WATERMARK_NONE, WATERMARK_TIME, WATERMARK_INTEGER };

/* How something is fetched: `operation` over {"since", "id"}; each element of
 * the answer's records goes to the raw topic. "since" is the greatest
 * watermark seen, less the overlap. */
struct connector_fetch {
	struct str name;
	const struct connector_operation *operation;
	struct str topic; /* "raw.<system>.<noun>.v1" */
	enum watermark watermark;
	int64_t overlap;  /* TIME: ms; INTEGER: as many numbers */
	int64_t every_ms; /* 0: only when asked for by id */
};

const struct connector_fetch *
connector_fetch_at(const struct connector *connector, uint32_t i);

/* The text with every secret replaced by "***", as it is and as it is written
 * in URLs, JSON and base64. Gives back `text` itself where there is none. */
struct str connector_mask(const struct connector *connector,
			  struct arena *arena, struct str text);

#endif
