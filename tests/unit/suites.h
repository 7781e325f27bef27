/* suites.h - every suite of the unit tests; main.c has them in its table. */
#ifndef FLOTILLA_TESTS_UNIT_SUITES_H
#define FLOTILLA_TESTS_UNIT_SUITES_H

#include <check.h>

Suite *base_suite(void);
Suite *case_suite(void);
Suite *codes_suite(void);
Suite *connector_suite(void);
Suite *feed_suite(void);
Suite *http_suite(void);
Suite *json_suite(void);
Suite *mapping_suite(void);
Suite *money_suite(void);
Suite *schema_sql_suite(void);
Suite *stock_suite(void);

#endif
