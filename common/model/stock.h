/* stock.h - what may be promised of a thing, as a pure function.
 *
 * Sources count (inventory levels: absolute, as of a time) and report what
 * moved (inventory movements: facts). Per source and place: the latest count,
 * plus the movements newer than it, less what is reserved; per place one
 * source is believed; over all places the sum. The order in which rows came
 * does not matter, nor how often.
 *
 * The book holds one SKU's positions while a batch works on it. It begins with
 * what was derived before, so that a count or a movement costs no look at
 * older rows, but for the few cases in which they matter: stock_put_level()
 * says so, and the book is then filled anew from rows. No I/O, no clock. */
#ifndef FLOTILLA_MODEL_STOCK_H
#define FLOTILLA_MODEL_STOCK_H

#include "model/inventory.h"
#include "model/inventory_level.h"
#include "model/inventory_movement.h"
#include "model/order_status.h"

/* schemas/canonical/stock-rules.json. Heap; never changes after loading. */
struct stock_rules;

/* `roles` (who is wms, erp, commerce) must outlive the rules. INVALID with a
 * pointer into the file. */
bool stock_rules_load(struct str json, const struct status_rules *roles,
		      struct stock_rules **out, struct err *err) MUST_CHECK;
void stock_rules_free(struct stock_rules *rules);

struct stock_book {
	const struct stock_rules *rules;
	struct arena *arena;
	struct str sku;
	struct stock_position *positions;
	uint32_t count, room;
};

/* `known`: what was derived before; NULL for a new SKU. */
void stock_open(struct stock_book *book, const struct stock_rules *rules,
		struct arena *arena, struct str sku,
		const struct inventory *known);

/* Forgets all positions: rows follow. */
void stock_clear(struct stock_book *book);

/* When a level's count was true: counted, else updated, else received. */
int64_t stock_as_of_us(const struct inventory_level *level,
		       int64_t received_us);

struct stock_count {
	struct str id; /* canonical id of the level */
	struct str source;
	const struct inventory_level *level; /* NULL: deleted */
	int64_t as_of_us;
};

/* False: older rows matter (an earlier count than the known one, movements
 * after a new one, a place that changes hands). The book is as it was, and
 * `*floor_us` is lowered to the time from which movements are needed to fill
 * it anew: those that are newer; INT64_MIN: all. */
bool stock_put_level(struct stock_book *book, const struct stock_count *count,
		     int64_t *floor_us) MUST_CHECK;

/* A level out of a row, while the book is filled: of two levels of one source
 * and place the later one stays, and of the same time the one with the
 * smaller id. */
void stock_fill_level(struct stock_book *book, const struct stock_count *count);

/* A movement that the book has not seen. */
void stock_put_move(struct stock_book *book, struct str source,
		    struct str location, int64_t quantity, int64_t at_us);

/* Who is believed, sums, state. Texts are the book's. */
void stock_derive(struct stock_book *book, struct inventory *out);

/* Whether both say the same to somebody who sells; when it was counted does
 * not matter. */
bool stock_same(const struct inventory *a, const struct inventory *b);

#endif
