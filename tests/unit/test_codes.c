/* test_codes.c - countries of ISO 3166-1. */
#include "model/codes.h"
#include "unit/suites.h"

START_TEST(knows_assigned_countries)
{
	static const char *const known[] = {"AD", "DE", "GB", "NL", "US",
					    "ZW", "ZM", "AE", "SS", "BQ",
					    "CW", "SX", "TL", "PS"};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		ck_assert_msg(country_known(str_of(known[i])), "%s", known[i]);
}
END_TEST

START_TEST(refuses_what_is_not_assigned)
{
	static const char *const unknown[] = {"UK", "EU", "XX",	 "AN", "SU",
					      "XK", "AA", "ZZ",	 "de", "De",
					      "D",  "",	  "DEU", "D "};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		ck_assert_msg(!country_known(str_of(unknown[i])), "\"%s\"",
			      unknown[i]);
	ck_assert(!country_known((struct str){NULL, 0}));
}
END_TEST

START_TEST(counts_249_countries_each_with_an_alpha3)
{
	int countries = 0, alpha3 = 0;
	char code[3];

	for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
		for (code[1] = 'A'; code[1] <= 'Z'; code[1]++) {
			countries += country_known((struct str){code, 2});
			for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
				struct str two = country_from_alpha3(
					(struct str){code, 3});

				alpha3 += two.at != NULL;
				ck_assert(!two.at || country_known(two));
			}
		}
	ck_assert_int_eq(countries, 249);
	ck_assert_int_eq(alpha3, 249);
}
END_TEST

START_TEST(turns_alpha3_into_alpha2)
{
	static const char *const pairs[][2] = {
		{"DEU", "DE"}, {"AUT", "AT"}, {"CHE", "CH"}, {"GBR", "GB"},
		{"NLD", "NL"}, {"USA", "US"}, {"AND", "AD"}, {"ZWE", "ZW"},
		{"IRL", "IE"}, {"POL", "PL"}, {"SWE", "SE"}, {"ESP", "ES"},
	};
	static const char *const none[] = {"GER",  "DE",  "",	"deu",
					   "DEUX", "ROM", "ND "};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		ck_assert_msg(str_is(country_from_alpha3(str_of(pairs[i][0])),
				     pairs[i][1]),
			      "%s", pairs[i][0]);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		ck_assert_msg(!country_from_alpha3(str_of(none[i])).at,
			      "\"%s\"", none[i]);
}
END_TEST

Suite *codes_suite(void)
{
	Suite *suite = suite_create("codes");
	TCase *tests = tcase_create("codes");

	tcase_add_test(tests, knows_assigned_countries);
	tcase_add_test(tests, refuses_what_is_not_assigned);
	tcase_add_test(tests, counts_249_countries_each_with_an_alpha3);
	tcase_add_test(tests, turns_alpha3_into_alpha2);
	suite_add_tcase(suite, tests);
	return suite;
}
