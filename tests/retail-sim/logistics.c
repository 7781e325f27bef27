#include "retail-sim/world.h"
static const struct operation operations[] = {{.name = NULL}};
const struct system logistics_system = {
	.name = "logistics", .operations = operations, .id = SYSTEM_LOGISTICS};
