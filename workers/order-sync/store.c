/* store.c - the entities that speak of an order, and who is believed. */
#include "order-sync/store.h"

#include "model/invoice.h"
#include "model/order.h"
#include "model/payment.h"
#include "model/refund.h"
#include "model/return.h"
#include "model/shipment.h"
#include "store/rules_file.h"

static const struct entity *const entities[] = {
	&order_entity,
	&shipment_entity,
	&payment_entity,
	&invoice_entity,
	&return_order_entity,
	&refund_entity,
	NULL,
};

bool order_store_open(const char *schemas_dir, struct store **store,
		      struct err *err)
{
	struct status_rules *rules;

	if (!rules_file_status(schemas_dir, &rules, err))
		return false;
	*store = store_new(entities, &status_heads, rules);
	return true;
}
