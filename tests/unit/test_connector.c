/* test_connector.c - the suite on connectors: its parts are in files of their
 * own. */
#include "unit/test_connector.h"
#include "unit/suites.h"

Suite *connector_suite(void)
{
	Suite *suite = suite_create("connector");

	suite_add_tcase(suite, connector_cases());
	suite_add_tcase(suite, connector_shipped());
	suite_add_tcase(suite, connector_sessions());
	return suite;
}
