/* keys.h - idempotency keys: what was asked under each, and the answer.
 *
 * A key belongs to a system. The first call with it claims it; as long as that
 * call is in flight others are told so; afterwards its answer is given again.
 * A claim that is let go (nothing happened) may be taken anew. */
#ifndef FLOTILLA_RETAIL_SIM_KEYS_H
#define FLOTILLA_RETAIL_SIM_KEYS_H

#include "base/str.h"
#include "retail-sim/index.h"

enum { KEYS_MAX = 100 * 1000, KEYS_MAX_BYTES = 64 << 20 };

struct claim {
	int system;
	char *key; /* owned */
	uint64_t request;
	bool done;
	int status;
	char *body; /* owned; NULL until done */
	size_t body_len;
	uint32_t entry; /* the effect in the ledger; 0: none */
	struct node node;
};

struct keys {
	uint32_t count;
	size_t bytes;
	struct index index;
};

enum claimed {
	CLAIM_NONE,   /* the call has no key */
	CLAIM_TAKEN,  /* by this call, now */
	CLAIM_REPLAY, /* done before, with the same request */
	CLAIM_FLIGHT, /* another call is at it */
	CLAIM_OTHER,  /* taken by another request */
	CLAIM_FULL,
};

/* `request` is a hash of operation, path and body. */
enum claimed keys_claim(struct keys *keys, int system, struct str key,
			uint64_t request, struct claim **claim);
void keys_finish(struct keys *keys, struct claim *claim, int status,
		 struct str body, uint32_t entry);
void keys_let_go(struct keys *keys, struct claim *claim);
void keys_release(struct keys *keys);

#endif
