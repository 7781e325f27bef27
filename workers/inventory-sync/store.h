/* store.h - which entities inventory-sync keeps. */
#ifndef INVENTORY_SYNC_STORE_H
#define INVENTORY_SYNC_STORE_H

#include "store/changeset.h"

/* Reads canonical/order-status.json (who is what to the retailer) and
 * canonical/stock-rules.json of the schemas folder. FATAL. */
bool stock_store_open(const char *schemas_dir, struct store **store,
		      struct err *err) MUST_CHECK;

#endif
