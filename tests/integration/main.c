/* main.c - runs the integration tests, one after the other, on the servers
 * that the environment names.
 *
 *	make integration TESTS=faults    one suite */
#include <stdlib.h>

#include "integration/suites.h"

static Suite *(*const suites[])(void) = {
	fleetctl_suite,	 feed_suite,	 connectors_suite, sim_suite,
	inputs_suite,	 mock_suite,	 faults_suite,	   operate_suite,
	inventory_suite, outbound_suite, cases_suite,
};

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	/* the processes under test inherit it */
	if (getenv("SCHEMAS_DIR"))
		setenv("FLOTILLA_SCHEMAS_DIR", getenv("SCHEMAS_DIR"), 1);
	for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run(runner, getenv("TESTS"), NULL, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
