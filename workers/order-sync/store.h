/* store.h - which entities order-sync keeps. */
#ifndef ORDER_SYNC_STORE_H
#define ORDER_SYNC_STORE_H

#include "store/changeset.h"

/* Reads canonical/order-status.json of the schemas folder. FATAL. */
bool order_store_open(const char *schemas_dir, struct store **store,
		      struct err *err) MUST_CHECK;

#endif
