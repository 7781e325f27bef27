/* test_money.c - decimal text to minor units and back. */
#include <inttypes.h>

#include "model/money.h"
#include "unit/suites.h"

/* A row with a code is refused with it; else `minor` is what comes out. */
struct parse_case {
	const char *text, *currency;
	int64_t minor;
	const char *code;
};

static void check_parse(const struct parse_case *c)
{
	int64_t minor = 4711;
	struct err err = {0};
	bool ok =
		money_parse(str_of(c->text), str_of(c->currency), &minor, &err);

	ck_assert_msg(ok == !c->code, "%s %s: %s", c->text, c->currency,
		      ok ? "taken" : err.text);
	if (!ok) {
		ck_assert_int_eq(err.kind, ERR_INVALID);
		ck_assert_str_eq(err.code, c->code);
		return;
	}
	ck_assert_msg(minor == c->minor, "%s %s: %" PRId64, c->text,
		      c->currency, minor);
}

static void check_all(const struct parse_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_parse(&cases[i]);
}

#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof(*(cases)))

START_TEST(knows_the_decimals_of_each_currency)
{
	static const struct {
		const char *currency;
		int exponent;
	} cases[] = {
		{"EUR", 2},  {"USD", 2},  {"GBP", 2},  {"CHF", 2},
		{"AED", 2},  {"ZWL", 2},  {"JPY", 0},  {"KRW", 0},
		{"BIF", 0},  {"XPF", 0},  {"ISK", 0},  {"KWD", 3},
		{"BHD", 3},  {"TND", 3},  {"CLF", 4},  {"UYW", 4},
		{"CLP", 0},  {"HUF", 2},  {"XCG", 2},  {"XTS", 0},
		{"EU", -1},  {"", -1},	  {"eur", -1}, {"EURO", -1},
		{"QQQ", -1}, {"AAA", -1}, {"ZZZ", -1}, {"UR ", -1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		ck_assert_msg(money_exponent(str_of(cases[i].currency)) ==
				      cases[i].exponent,
			      "%s", cases[i].currency);
	ck_assert_int_eq(money_exponent((struct str){NULL, 0}), -1);
}
END_TEST

START_TEST(reads_decimals_exactly)
{
	static const struct parse_case cases[] = {
		{"12.50", "EUR", 1250, NULL}, {"12.5", "EUR", 1250, NULL},
		{"12", "EUR", 1200, NULL},    {"0", "EUR", 0, NULL},
		{"-0.00", "EUR", 0, NULL},    {"-0.01", "EUR", -1, NULL},
		{"0.1", "EUR", 10, NULL},     {"0.29", "EUR", 29, NULL},
		{"1.15", "EUR", 115, NULL},   {"1980", "JPY", 1980, NULL},
		{"1.234", "KWD", 1234, NULL}, {"1.2", "KWD", 1200, NULL},
		{"0.0001", "CLF", 1, NULL},
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(takes_zeros_beyond_the_decimals_and_nothing_else)
{
	static const struct parse_case cases[] = {
		{"12.5000", "EUR", 1250, NULL},
		{"1980.00", "JPY", 1980, NULL},
		{"12.501", "EUR", 0, "money-scale"},
		{"0.001", "EUR", 0, "money-scale"},
		{"1980.5", "JPY", 0, "money-scale"},
		{"1.2345", "KWD", 0, "money-scale"},
		{"0.00000000000000000000000000001", "EUR", 0, "money-scale"},
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(reads_exponents)
{
	static const struct parse_case cases[] = {
		{"1e3", "EUR", 100000, NULL},
		{"1.5E+2", "EUR", 15000, NULL},
		{"1250e-2", "EUR", 1250, NULL},
		{"1e-2", "EUR", 1, NULL},
		{"12.50e0", "EUR", 1250, NULL},
		{"1000e-3", "JPY", 1, NULL},
		{"0e999", "EUR", 0, NULL},
		{"1e-3", "EUR", 0, "money-scale"},
		{"1e-999", "EUR", 0, "money-scale"},
		{"1e17", "EUR", 0, "money-range"},
		{"1e999", "EUR", 0, "money-range"},
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(keeps_within_64_bits)
{
	static const struct parse_case cases[] = {
		{"92233720368547758.07", "EUR", INT64_MAX, NULL},
		{"-92233720368547758.08", "EUR", INT64_MIN, NULL},
		{"9223372036854775807", "JPY", INT64_MAX, NULL},
		{"92233720368547758.08", "EUR", 0, "money-range"},
		{"-92233720368547758.09", "EUR", 0, "money-range"},
		{"9223372036854775808", "JPY", 0, "money-range"},
		{"99999999999999999999999", "EUR", 0, "money-range"},
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(refuses_what_is_no_number)
{
	static const struct parse_case cases[] = {
		{"", "EUR", 0, "money-syntax"},
		{"-", "EUR", 0, "money-syntax"},
		{".", "EUR", 0, "money-syntax"},
		{"1,50", "EUR", 0, "money-syntax"},
		{"1.5.0", "EUR", 0, "money-syntax"},
		{" 1", "EUR", 0, "money-syntax"},
		{"1 ", "EUR", 0, "money-syntax"},
		{"--1", "EUR", 0, "money-syntax"},
		{"EUR 1", "EUR", 0, "money-syntax"},
		{"NaN", "EUR", 0, "money-syntax"},
		{"Infinity", "EUR", 0, "money-syntax"},
		{"0x10", "EUR", 0, "money-syntax"},
		{"1e", "EUR", 0, "money-syntax"},
		{"1e+", "EUR", 0, "money-syntax"},
		{"1e+-2", "EUR", 0, "money-syntax"},
		{"1e1.5", "EUR", 0, "money-syntax"},
		{"1", "QQQ", 0, "unknown-currency"},
		{"1", "", 0, "unknown-currency"},
	};

	CHECK_ALL(cases);
}
END_TEST

START_TEST(writes_with_the_decimals_of_the_currency)
{
	static const struct {
		int64_t minor;
		const char *currency, *text;
	} cases[] = {
		{1250, "EUR", "12.50"},	  {5, "EUR", "0.05"},
		{0, "EUR", "0.00"},	  {-1, "EUR", "-0.01"},
		{-1250, "EUR", "-12.50"}, {1980, "JPY", "1980"},
		{0, "JPY", "0"},	  {1234, "KWD", "1.234"},
		{1, "CLF", "0.0001"},	  {100, "EUR", "1.00"},
		{10, "KWD", "0.010"},
	};
	char text[MONEY_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t len = money_format(text, cases[i].minor,
					  str_of(cases[i].currency));

		ck_assert_str_eq(text, cases[i].text);
		ck_assert_uint_eq(len, strlen(text));
	}
}
END_TEST

START_TEST(reads_back_what_it_wrote)
{
	static const char *const currencies[] = {"JPY", "EUR", "KWD", "CLF"};
	static const int64_t amounts[] = {
		0,    1,     -1,     9,		10,	   99,	     100,
		-101, 12345, -99999, 1LL << 40, INT64_MAX, INT64_MIN};

	for (size_t c = 0; c < 4; c++)
		for (size_t i = 0; i < sizeof(amounts) / sizeof(*amounts);
		     i++) {
			struct str currency = str_of(currencies[c]);
			char text[MONEY_TEXT_BYTES];

			money_format(text, amounts[i], currency);
			check_parse(&(struct parse_case){text, currencies[c],
							 amounts[i], NULL});
		}
}
END_TEST

Suite *money_suite(void)
{
	Suite *suite = suite_create("money");
	TCase *tests = tcase_create("money");

	tcase_add_test(tests, knows_the_decimals_of_each_currency);
	tcase_add_test(tests, reads_decimals_exactly);
	tcase_add_test(tests, takes_zeros_beyond_the_decimals_and_nothing_else);
	tcase_add_test(tests, reads_exponents);
	tcase_add_test(tests, keeps_within_64_bits);
	tcase_add_test(tests, refuses_what_is_no_number);
	tcase_add_test(tests, writes_with_the_decimals_of_the_currency);
	tcase_add_test(tests, reads_back_what_it_wrote);
	suite_add_tcase(suite, tests);
	return suite;
}
