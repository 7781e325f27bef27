#include "retail-sim/world.h"
static const struct operation operations[] = {{.name = NULL}};
const struct system pay_system = {
	.name = "pay", .operations = operations, .id = SYSTEM_PAY};
