/* test_feed.h - the parts of the suite "feed". */
#ifndef FLOTILLA_TESTS_UNIT_TEST_FEED_H
#define FLOTILLA_TESTS_UNIT_TEST_FEED_H

#include <check.h>

#include "base/str.h"

TCase *feed_layout_tests(void);
TCase *feed_shipped_tests(void);

/* A file without a name that holds `text`, at its beginning. */
int feed_file_of(struct str text);

#endif
