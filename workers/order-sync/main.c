/* order-sync - orders and all that speaks of them, into one honest status.
 *
 * What a message means here is little: every record is put, by its own rank;
 * what the business sees is derived from the rows by the store. */
#include "model/order_status.h"
#include "order-sync/store.h"
#include "run/worker.h"

static bool handle(void *ctx, struct changeset *cs, struct record *record,
		   struct err *err)
{
	(void)ctx;
	(void)err;
	changeset_put(cs, record);
	return true;
}

int main(int argc, char **argv)
{
	static const char *const nouns[] = {"order",   "shipment", "payment",
					    "invoice", "return",   "refund",
					    NULL};
	static const struct worker worker = {
		.name = "order-sync",
		.summary = "orders and all that speaks of them into one order "
			   "status",
		.nouns = nouns,
		.open_store = order_store_open,
		.handle = handle,
	};

	return worker_main(&worker, argc, argv);
}
