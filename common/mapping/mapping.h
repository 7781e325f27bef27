/* mapping.h - from a source's payload to canonical records, by data.
 *
 * A mapping file (schemas/mappings/<system>/<noun>.json) is read and checked
 * once, compiled to a flat program, and run for each message without
 * allocating per field (the batch's arena holds the records). A compiled
 * mapping never changes: one may be shared by threads.
 *
 * The file's language is described in schemas/mappings/README.md. */
#ifndef FLOTILLA_MAPPING_MAPPING_H
#define FLOTILLA_MAPPING_MAPPING_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

struct mapping; /* opaque, heap */
struct entity;	/* model/model.h */
struct record;	/* model/record.h */

/* What became of one part of a message. */
enum mapped_fate {
	MAPPED_RECORD,	/* `record` is there, sealed but for its rank's at_* */
	MAPPED_SKIPPED, /* not of interest, the mapping says so */
	MAPPED_INVALID, /* `err` says why; err.pointer is the source's */
};

struct mapped {
	enum mapped_fate fate;
	struct record *record; /* arena; NULL unless RECORD */
	const struct err *err; /* arena; NULL unless INVALID */
};

/* All parts of one message, in the order of the source. An empty list of
 * records in the source gives none: the message is skipped. */
struct mapped_list {
	struct mapped *items; /* arena */
	uint32_t count;
};

/* Most records that one message may carry. */
enum { MAPPED_MAX = 10000 };

/* Where a value came from, for `fleetctl map run`. */
struct mapping_trace {
	/* `value` is absent where the rule found nothing; `pointer` is then
	 * where it looked. */
	void (*line)(void *ctx, struct str target, struct str pointer,
		     struct str rule, struct str value);
	void *ctx;
};

/* What is wrong with a mapping file: told one by one, counted, the first one
 * kept. `found` may be NULL. */
struct mapping_findings {
	void (*found)(void *ctx, const char *pointer, const char *text);
	void *ctx;
	unsigned count;
	struct err first;
};

/* Checks the text and tells everything that is wrong with it. */
void mapping_lint(struct str text, struct mapping_findings *findings);

/* Compiles the text of a mapping file. INVALID with err->pointer = the place
 * in the mapping file. `file` names it in errors. */
bool mapping_compile(struct str text, const char *file, struct mapping **out,
		     struct err *err) MUST_CHECK;
void mapping_free(struct mapping *mapping);

const char *mapping_name(const struct mapping *mapping);   /* shopify/order */
const char *mapping_system(const struct mapping *mapping); /* shopify */
const char *mapping_noun(const struct mapping *mapping);   /* order */
int32_t mapping_revision(const struct mapping *mapping);
/* Hash of the file's bytes: the same revision must keep the same bytes. */
int64_t mapping_hash(const struct mapping *mapping);

/* Runs it over one payload. `null` payload = a tombstone (text.at == NULL).
 * False and INVALID only when the message as a whole cannot be read (not
 * JSON, tombstone not foreseen); what is wrong with one record is in its item.
 * `trace` may be NULL. */
bool mapping_run(const struct mapping *mapping, struct arena *arena,
		 struct str payload, const struct mapping_trace *trace,
		 struct mapped_list *out, struct err *err) MUST_CHECK;

/* Memory that runs use and that nobody needs afterwards: a thread that maps
 * message after message keeps one. */
struct mapping_work {
	struct arena scratch;
	struct buf seal;
	struct json_limits limits; /* of payloads; zero: json.h's own */
};

void mapping_work_init(struct mapping_work *work);
void mapping_work_release(struct mapping_work *work);

/* What is mapped. `name` names the message for ever
 * ("<topic>/<partition>/<offset>"): a rule's "@message", for sources whose
 * facts have no id. Absent: such a rule makes its record INVALID. `at_us`, the
 * broker's timestamp, is a rule's "@time"; 0: it finds nothing. */
struct mapping_message {
	struct str payload;
	struct str name;
	int64_t at_us;
};

/* mapping_run() with all that may be said. `trace` may be NULL. */
bool mapping_run_in(const struct mapping *mapping, struct mapping_work *work,
		    struct arena *arena, const struct mapping_message *message,
		    const struct mapping_trace *trace, struct mapped_list *out,
		    struct err *err) MUST_CHECK;

bool mapping_run_at(const struct mapping *mapping, struct arena *arena,
		    const struct mapping_message *message,
		    const struct mapping_trace *trace, struct mapped_list *out,
		    struct err *err) MUST_CHECK;

#endif
