#include "retail-sim/world.h"
static const struct operation operations[] = {{.name = NULL}};
const struct system erp_system = {
	.name = "erp", .operations = operations, .id = SYSTEM_ERP};
