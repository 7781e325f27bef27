/* seed.h - what a test puts into the books before it begins. */
#ifndef FLOTILLA_RETAIL_SIM_SEED_H
#define FLOTILLA_RETAIL_SIM_SEED_H

#include "retail-sim/world.h"

/* Looks at all of it; answers 400 and returns false at the first fault. */
bool seed_check(struct call *call) MUST_CHECK;

/* Adds what is new, replaces what has the same id. After seed_check(). */
void seed_apply(struct world *world, struct call *call);

#endif
