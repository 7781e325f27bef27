/* suites.h - every suite of the integration tests; main.c has the table. */
#ifndef FLOTILLA_TESTS_INTEGRATION_SUITES_H
#define FLOTILLA_TESTS_INTEGRATION_SUITES_H

#include <check.h>

Suite *cases_suite(void);
Suite *connectors_suite(void);
Suite *faults_suite(void);
Suite *feed_suite(void);
Suite *fleetctl_suite(void);
Suite *inputs_suite(void);
Suite *inventory_suite(void);
Suite *mock_suite(void);
Suite *operate_suite(void);
Suite *outbound_suite(void);
Suite *sim_suite(void);

/* parts of the sim suite */
TCase *sim_limits_tests(void);
TCase *sim_systems_tests(void);

#endif
