/* erp.h - the two halves of the ERP: erp.c, and erp_returns.c for what comes
 * back. */
#ifndef FLOTILLA_RETAIL_SIM_ERP_H
#define FLOTILLA_RETAIL_SIM_ERP_H

#include "retail-sim/world.h"

/* The order that the path, or the body, names; NULL when it was answered that
 * there is none. */
struct thing *erp_order(struct world *world, struct call *call);
struct thing *erp_order_of(struct world *world, struct call *call);

/* Operations. */
void erp_get_eligibility(struct world *world, struct call *call);
void erp_put_return(struct world *world, struct call *call);
void erp_get_return(struct world *world, struct call *call);
void erp_close_return(struct world *world, struct call *call);

#endif
