/* test_mapping.h - what the files that test mappings share. */
#ifndef FLOTILLA_TESTS_UNIT_TEST_MAPPING_H
#define FLOTILLA_TESTS_UNIT_TEST_MAPPING_H

#include <check.h>

Suite *mapping_suite(void);

/* test_mapping_shipped.c: the files of schemas/mappings */
TCase *mapping_shipped_tests(void);
TCase *mapping_hostile_tests(void);

/* test_mapping_cases.c: tests/cases/mapping */
TCase *mapping_case_tests(void);

#endif
