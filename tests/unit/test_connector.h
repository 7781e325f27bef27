/* test_connector.h - the parts of the suite on connectors. */
#ifndef FLOTILLA_TESTS_UNIT_TEST_CONNECTOR_H
#define FLOTILLA_TESTS_UNIT_TEST_CONNECTOR_H

#include <check.h>

TCase *connector_cases(void);	 /* tests/cases/connector */
TCase *connector_shipped(void);	 /* schemas/connectors */
TCase *connector_sessions(void); /* over HTTP, to a server of our own */

#endif
