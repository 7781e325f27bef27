/* main.c - runs the unit tests, each in a process of its own.
 *
 *	TESTS=money build/asan/unit-tests    one suite
 *	CK_FORK=no ...                       all in this process, for a debugger
 *
 * libcheck's summary line is what run-tests.sh adds up. */
#include <stdlib.h>

#include "unit/suites.h"

static Suite *(*const suites[])(void) = {
	base_suite,  case_suite,       connector_suite, codes_suite,
	feed_suite,  http_suite,       json_suite,	mapping_suite,
	money_suite, schema_sql_suite, stock_suite,
};

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	for (size_t i = 0; i < sizeof(suites) / sizeof(*suites); i++)
		srunner_add_suite(runner, suites[i]());
	srunner_run(runner, getenv("TESTS"), NULL, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
