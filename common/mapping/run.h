/* run.h - one message on its way through a compiled mapping. */
#ifndef FLOTILLA_MAPPING_RUN_H
#define FLOTILLA_MAPPING_RUN_H

#include "mapping/mapping_private.h"
#include "mapping/report.h"
#include "json/json.h"

enum {
	TARGET_STEPS_MAX = 12,
	TARGET_TEXT_BYTES = 256,
	ID_BYTES_MAX = 512,	/* PostgreSQL indexes it */
	ATTRIBUTES_MAX = 1000,	/* of one record */
	GATHERED_MAX = 4000000, /* elements that one message may go over */
};

/* One step of the canonical field at hand: a name, or an element. */
struct target_step {
	const char *name; /* NULL: an element */
	uint32_t index;
};

struct run {
	const struct mapping *mapping;
	struct arena *arena;
	struct json_doc doc;
	uint32_t *slots; /* node of each; NONE */
	struct here {	 /* of each scope */
		uint32_t node;
		uint32_t index; /* of the element, from 0 */
	} * here;
	struct str message; /* what "@message" says */
	int64_t at_us;	    /* what "@time" says; 0: nothing */
	const struct mapping_trace *trace;
	struct err *err;
	uint32_t gathered; /* elements of lists, all together */

	/* where the record at hand stands */
	struct target_step steps[TARGET_STEPS_MAX];
	uint32_t step_count;
	const struct field *field; /* for masking in errors */
	struct str currency;
	int digits; /* of the currency; -1 while there is none */
};

struct node_list {
	uint32_t *nodes;
	uint32_t count;
	bool exists;   /* some path led somewhere, be it to an empty list */
	uint32_t from; /* the container; NONE */
	bool direct;   /* the nodes are the elements of `from` */
};

/* walk.c: makes `node` what the scope's pointers are relative to. */
void run_enter(struct run *run, const struct scope *scope, uint32_t node,
	       uint32_t index);

/* The elements that a loop goes over. INVALID "wrong-type", "too-many". */
bool run_elements(struct run *run, const struct loop *loop, uint32_t max,
		  struct node_list *out) MUST_CHECK;

/* eval.c: the rule's value; ABSENT is no failure. */
bool run_rule(struct run *run, const struct rule *rule,
	      struct value *value) MUST_CHECK;
/* Whether the element that was just entered counts. */
bool run_where(struct run *run, const struct loop *loop, bool *yes) MUST_CHECK;

/* functions.c: what the rule does to a value that was found. */
bool run_functions(struct run *run, const struct rule *rule,
		   struct value *value) MUST_CHECK;
bool run_text(struct run *run, const struct rule *rule,
	      const struct value *value, struct str *text) MUST_CHECK;

/* conditions.c: whether a condition holds. */
bool run_test(struct run *run, const struct test *test, bool *yes) MUST_CHECK;

/* fields.c: fills a zeroed record of the shape's entity. */
bool run_shape(struct run *run, const struct shape *shape,
	       void *record) MUST_CHECK;

/* lists.c */
bool run_strings(struct run *run, const struct assign *assign,
		 void *record) MUST_CHECK;
bool run_attributes(struct run *run, const struct assign *assign,
		    void *record) MUST_CHECK;

/* store.c: puts the value into the field; ABSENT leaves it out. */
bool run_store(struct run *run, const struct assign *assign,
	       const struct value *value, void *record) MUST_CHECK;
/* A scalar as a string field would have it. */
bool run_string(struct run *run, const struct rule *rule,
		const struct value *value, struct str *out) MUST_CHECK;

/* Whether the rule is a pointer that found nothing: half of all are, and need
 * not be run. */
static inline bool run_nothing(const struct run *run, const struct rule *rule)
{
	return rule->kind == RULE_POINTER && !rule->fallback &&
	       run->slots[rule->path->slot] == NONE;
}

static inline bool run_push(struct run *run, const char *name, uint32_t index)
{
	if (run->step_count == TARGET_STEPS_MAX)
		return false;
	run->steps[run->step_count++] = (struct target_step){name, index};
	return true;
}

static inline void run_pop(struct run *run)
{
	run->step_count--;
}
/* run_head.c: the parts of a record that are no fields. */
bool run_head(struct run *run, const struct section *section,
	      struct record *record) MUST_CHECK;
/* locate.c: adds the place of the field that run->err names. */
void run_locate(struct run *run, const struct section *section);

#endif
