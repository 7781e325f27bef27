/* compile_functions.h - the compiling of each function, one key each. `at` is
 * the node of the key's value. */
#ifndef FLOTILLA_MAPPING_COMPILE_FUNCTIONS_H
#define FLOTILLA_MAPPING_COMPILE_FUNCTIONS_H

#include "mapping/compiler.h"

/* The rule's rarer settings, made when first asked for. */
struct rule_extra *rule_extra(struct compiler *c, struct rule *rule);

/* compile_codes.c */
void fn_codes(struct compiler *c, struct rule *rule, uint32_t at);
void fn_ignore_case(struct compiler *c, struct rule *rule, uint32_t at);
void fn_unknown(struct compiler *c, struct rule *rule, uint32_t at);

/* compile_money.c */
void fn_time(struct compiler *c, struct rule *rule, uint32_t at);
void fn_zone(struct compiler *c, struct rule *rule, uint32_t at);
void fn_money(struct compiler *c, struct rule *rule, uint32_t at);
void fn_digits(struct compiler *c, struct rule *rule, uint32_t at);
void fn_exponents(struct compiler *c, struct rule *rule, uint32_t at);
void fn_currency(struct compiler *c, struct rule *rule, uint32_t at);
void fn_round(struct compiler *c, struct rule *rule, uint32_t at);
void fn_country(struct compiler *c, struct rule *rule, uint32_t at);

/* What can be said only of the rule as a whole, `at` being its node. */
void check_time(struct compiler *c, const struct rule *rule, uint32_t at);
void check_codes(struct compiler *c, struct rule *rule, uint32_t at);

#endif
