/* faults.h - what goes wrong, on order.
 *
 * Rules are looked at in their order. Each that matches counts the call; a
 * latency that fires is added to the others, any other effect that fires ends
 * the search. The same rules and the same calls give the same faults. */
#ifndef FLOTILLA_RETAIL_SIM_FAULTS_H
#define FLOTILLA_RETAIL_SIM_FAULTS_H

#include "json/writer.h"

enum { FAULT_RULES = 64, FAULT_WAIT_MAX_MS = 120 * 1000 };

enum fault {
	FAULT_NONE,
	FAULT_LATENCY,
	FAULT_STATUS,
	FAULT_HANG,
	FAULT_HALF,
	FAULT_DROP_BEFORE,
	FAULT_DROP_AFTER,
	FAULT_DUPLICATE,
};

/* What one call will meet. */
struct fault_plan {
	int64_t latency_ms; /* before it does anything */
	enum fault fault;
	bool applied; /* of a status or a hang: the effect happens first */
	int status;
	int64_t retry_after_s; /* < 0: no such header */
	int64_t for_ms;	       /* of a hang */
};

struct fault_rule {
	/* empty: any */
	char system[16];
	char operation[48];
	char method[8];
	char path[208]; /* its beginning */

	/* 0: not asked for */
	int64_t nth;
	int64_t every;
	double probability;
	int64_t count; /* fires so often; 0: without end */

	struct fault_plan does; /* fault, and its figures */
	uint64_t random;
	int64_t seen;
	int64_t fired;
};

struct faults {
	struct fault_rule rules[FAULT_RULES];
	int count;
};

/* Replaces all rules by those of the document {"rules": [...]}, or none of
 * them: INVALID says where. */
bool faults_read(struct faults *faults, const struct json_doc *doc,
		 struct err *err) MUST_CHECK;

struct fault_plan faults_plan(struct faults *faults, const char *system,
			      const char *operation, struct str method,
			      struct str path);

/* {"rules": [...]}, each with how often it matched and fired. */
void faults_write(const struct faults *faults, struct json_writer *w);

#endif
