/* stock_rules.h - who is believed about stock, and when it is low.
 *
 * The content of schemas/canonical/stock-rules.json, checked on load. */
#ifndef FLOTILLA_MODEL_STOCK_RULES_H
#define FLOTILLA_MODEL_STOCK_RULES_H

#include "model/stock.h"

/* The name that all sources share for a source's place; its own if the rules
 * do not name it. */
struct str stock_rules_location(const struct stock_rules *rules,
				struct str source, struct str location);

/* Position of the source among the speakers; greater than any if it is none
 * of them. */
unsigned stock_rules_rank(const struct stock_rules *rules, struct str source);

/* The threshold of a SKU: its own, else the safety stock that sources state,
 * else the default. */
int64_t stock_rules_low_at(const struct stock_rules *rules, struct str sku,
			   bool safe, int64_t safety);

#endif
