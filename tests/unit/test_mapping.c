/* test_mapping.c - the mapping engine from outside: messages, errors, traces,
 * examples. What the language does is in tests/cases/mapping. */
#include "unit/test_mapping.h"

Suite *mapping_suite(void)
{
	Suite *suite = suite_create("mapping");

	suite_add_tcase(suite, mapping_case_tests());
	return suite;
}
