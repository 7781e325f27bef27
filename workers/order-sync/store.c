/* store.c - the entities that speak of an order, and who is believed. */
#include "order-sync/store.h"

#include <stdio.h>

#include "model/invoice.h"
#include "model/order.h"
#include "model/order_status.h"
#include "model/payment.h"
#include "model/shipment.h"

enum { RULES_MAX_BYTES = 1 << 20 };

static const struct entity *const entities[] = {
	&order_entity, &shipment_entity, &payment_entity, &invoice_entity, NULL,
};

bool order_store_open(const char *schemas_dir, struct store **store,
		      struct err *err)
{
	struct status_rules *rules;
	struct buf text;
	char path[1024];
	bool ok;

	snprintf(path, sizeof(path), "%s/canonical/order-status.json",
		 schemas_dir);
	buf_init(&text, RULES_MAX_BYTES);
	ok = buf_read_file(&text, path, err) &&
	     status_rules_load(buf_view(&text), &rules, err);
	buf_release(&text);
	if (!ok) {
		err->kind = ERR_FATAL;
		return err_wrap(err, "%s%s%s", path,
				*err->pointer ? " at " : "", err->pointer);
	}
	*store = store_new(entities, rules);
	return true;
}
