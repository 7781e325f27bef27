/* store.c - levels and movements, and how they are counted. */
#include "inventory-sync/store.h"

#include "model/inventory_level.h"
#include "model/inventory_movement.h"
#include "store/rules_file.h"

static const struct entity *const entities[] = {
	&inventory_level_entity,
	&inventory_movement_entity,
	NULL,
};

bool stock_store_open(const char *schemas_dir, struct store **store,
		      struct err *err)
{
	struct status_rules *roles;
	struct stock_rules *rules;

	if (!rules_file_status(schemas_dir, &roles, err) ||
	    !rules_file_stock(schemas_dir, roles, &rules, err))
		return false;
	*store = store_new(entities, &stock_heads, rules);
	return true;
}
