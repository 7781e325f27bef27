/* world.h - the retailer's other systems, all in one memory.
 *
 * A call arrives, is routed, meets the faults that were ordered for it, and
 * then runs: its operation changes the books and answers. Everything happens
 * on one thread, one call after the other; only waiting is shared. */
#ifndef FLOTILLA_RETAIL_SIM_WORLD_H
#define FLOTILLA_RETAIL_SIM_WORLD_H

#include "retail-sim/books.h"
#include "retail-sim/call.h"
#include "retail-sim/faults.h"
#include "retail-sim/keys.h"
#include "retail-sim/ledger.h"
#include "retail-sim/server.h"

enum system_id {
	SYSTEM_ERP,
	SYSTEM_PAY,
	SYSTEM_LOGISTICS,
	SYSTEM_DESK,
	SYSTEM_SHOP,
	SYSTEM_ADMIN, /* no faults, no keys, not counted */
	SYSTEMS,
};

enum { TOKENS = 16 }; /* of the shop, valid at the same time */

struct world {
	struct books books;
	struct ledger ledger;
	struct keys keys;
	struct faults faults;
	struct {
		int64_t calls, effects, faults;
	} counts[SYSTEMS];
	int64_t start_token_s; /* token_s after a reset */
	int64_t token_s;       /* how long a token of the shop lives */
	int64_t settle_ms;     /* how long a look-up by reference lags behind */
	int64_t token_last;
	int64_t token_ends_us[TOKENS]; /* token n is at n % TOKENS */
	int64_t epoch;		       /* resets so far */
};

enum body_kind { BODY_NONE, BODY_JSON, BODY_JSON_OR_NONE, BODY_RAW };

struct operation {
	const char *name;
	const char *method;
	const char *path; /* "/desk/tickets/{id}": each {} is a part */
	void (*run)(struct world *world, struct call *call);
	enum body_kind body;
	bool writes; /* has an effect, honours Idempotency-Key */
	bool open;   /* asks for no token */
};

struct system {
	const char *name;
	const struct operation *operations; /* name NULL ends them */
	/* Whether the call may come in; false after a 401. NULL: anybody. */
	bool (*admit)(struct world *world, struct call *call);
	enum system_id id;
};

extern const struct system erp_system, pay_system, logistics_system,
	desk_system, shop_system, admin_system;

/* By system_id. */
const struct system *world_system(enum system_id id);

void world_init(struct world *world, int64_t token_s);
void world_release(struct world *world);
/* Everything as it was at the start; calls that wait are dropped. */
void world_reset(struct world *world);

/* What the server calls; `ctx` is the world. */
struct verdict world_turn(void *ctx, struct call *call);
void world_gone(void *ctx, struct call *call);

/* For operations ----------------------------------------------------------- */

/* Writes an effect of this call down. `reference` may be absent. */
struct entry *world_effect(struct world *world, struct call *call,
			   struct str reference);
/* The same for one with an amount. */
void world_effect_of(struct world *world, struct call *call,
		     struct str reference, int64_t amount, struct str unit);
/* Not an effect: one that happened before was asked for again. */
void world_asked_again(struct world *world, uint32_t entry);

/* Answers with the thing. */
void world_show(struct call *call, int status, const struct thing *thing);
/* An array of all things of `kind` called `name`. By reference it shows only
 * what has settled: search indexes of real systems lag as well. */
void world_array(struct world *world, struct json_writer *w, enum kind kind,
		 enum by by, struct str name);
/* Answers {list: that array}. */
void world_list(struct world *world, struct call *call, const char *list,
		enum kind kind, enum by by, struct str name);
/* The thing called by the call's part; NULL after a 404 that names `what`. */
struct thing *world_part(struct world *world, struct call *call, int part,
			 enum kind kind, const char *what);
/* The reference that ?reference= asks for; false after a 400. */
bool world_reference(struct call *call, struct str *reference) MUST_CHECK;

/* A document of the books, in the call's arena. */
struct json_doc world_doc(struct call *call, struct str doc);
/* The document with `member` set to `json`; in the call's arena. */
struct str world_with_member(struct call *call, struct str doc,
			     const char *member, struct str json);

#endif
