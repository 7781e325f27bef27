/* inventory-sync - what every source counts and moves, into what may be
 * promised of a thing.
 *
 * A level or a movement speaks of its SKU: that is all there is to say here.
 * The store counts all rows of a SKU together, and tells what has changed and
 * which threshold was crossed. */
#include "inventory-sync/store.h"
#include "model/inventory.h"
#include "model/inventory_level.h"
#include "model/inventory_movement.h"
#include "model/record.h"
#include "outbound/courier.h"
#include "run/worker.h"

static bool handle(void *ctx, struct changeset *cs, struct record *record,
		   struct err *err)
{
	(void)ctx;
	(void)err;
	/* one that is gone without a word is known by its stored row */
	if (record->data && record->entity == &inventory_level_entity)
		record->subject =
			((const struct inventory_level *)record->data)->sku;
	else if (record->data)
		record->subject =
			((const struct inventory_movement *)record->data)->sku;
	changeset_put(cs, record);
	return true;
}

/* Availability is told to the shops that FLOTILLA_TARGETS names. */
static bool open_service(const struct service_parts *parts, struct service *out,
			 struct err *err)
{
	static const struct courier_source sources[] = {
		{&inventory_entity, "stock", "sku"},
		{NULL, NULL, NULL},
	};

	return courier_open(parts, sources, out, err);
}

int main(int argc, char **argv)
{
	static const char *const nouns[] = {"inventory", NULL};
	static const struct worker worker = {
		.name = "inventory-sync",
		.summary = "stock levels and movements into what may be "
			   "promised",
		.nouns = nouns,
		.open_store = stock_store_open,
		.open_service = open_service,
		.handle = handle,
	};

	return worker_main(&worker, argc, argv);
}
