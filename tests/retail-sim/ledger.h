/* ledger.h - every effect that really happened, oldest first.
 *
 * Numbered from 1. An effect that is asked for again (same idempotency key,
 * same reference of an upsert) does not happen twice: its entry counts. */
#ifndef FLOTILLA_RETAIL_SIM_LEDGER_H
#define FLOTILLA_RETAIL_SIM_LEDGER_H

#include "json/writer.h"

enum { LEDGER_MAX = 200 * 1000, LEDGER_PAGE = 10 * 1000 };

struct entry {
	int64_t time_us;
	const char *system; /* constants */
	const char *operation;
	char *reference; /* owned; what the effect is about */
	char *key;	 /* owned; NULL: it had none */
	bool has_amount;
	int64_t amount;
	char unit[8];
	int64_t asked;
};

struct ledger {
	struct entry *at;
	uint32_t count;
	uint32_t room;
};

struct ledger_filter {
	struct str system, operation, reference, key; /* absent: any */
	int64_t after; /* entries with a greater number */
	int64_t limit;
};

/* The number of a new entry, asked for once; `reference` and `key` may be
 * absent. The caller has seen to it that there is room. */
uint32_t ledger_add(struct ledger *ledger, const char *system,
		    const char *operation, struct str reference,
		    struct str key);
struct entry *ledger_at(struct ledger *ledger, uint32_t number);

/* {"total", "entries": [...], "next"}: `total` counts what the filter lets
 * through, `next` is there when there is more. */
void ledger_write(const struct ledger *ledger, const struct ledger_filter *only,
		  struct json_writer *w);
void ledger_release(struct ledger *ledger);

#endif
