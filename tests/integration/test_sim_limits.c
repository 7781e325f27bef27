/* test_sim_limits.c - what the simulated systems refuse: wrong rules, hostile
 * requests, too much of anything. A part of the suite "sim". */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/suites.h"
#include "support/sim.h"

static void open_sim(struct sim *sim)
{
	sim_start(sim);
	sim_seed(sim, "{\"orders\":[{\"number\":\"1001\",\"lines\":[{\"line\":"
		      "\"1\",\"sku\":\"A\",\"quantity\":3}]}],\"captures\":[{"
		      "\"id\":\"cap_1\",\"order\":\"1001\",\"amount_minor\":"
		      "10000,\"currency\":\"EUR\"}]}");
}

/* Rules that are refused, and what is said. */
static const struct {
	const char *json, *says;
} refused[] = {
	{"[]", "JSON object"},
	{"{\"rules\":[{}]}", "/rules/0: wants an effect"},
	{"{\"rules\":[{\"efect\":{}}]}", "/rules/0/efect"},
	{"{\"rules\":[{\"effect\":{\"status\":200}}]}", "400 to 599"},
	{"{\"rules\":[{\"effect\":{\"latency_ms\":120001}}]}", "120000"},
	{"{\"rules\":[{\"effect\":{\"hang\":true,\"drop-after\":true}}]}",
	 "one effect alone"},
	{"{\"rules\":[{\"effect\":{\"duplicate\":true,\"applied\":true}}]}",
	 "status or hang"},
	{"{\"rules\":[{\"nth\":1,\"every\":1,\"effect\":{\"hang\":true}}]}",
	 "one of nth"},
	{"{\"rules\":[{\"probability\":1.5,\"effect\":{\"hang\":true}}]}",
	 "above 0"},
};

START_TEST(a_rule_that_is_wrong_changes_nothing_and_says_why)
{
	struct sim_call call = {.method = "PUT",
				.path = "/admin/faults",
				.body = refused[_i].json};
	struct sim_answer answer;
	struct sim sim;

	open_sim(&sim);
	sim_faults(&sim, "{\"rules\":[{\"effect\":{\"status\":503}}]}");
	sim_ask(&sim, call, &answer);
	ck_assert_int_eq(answer.status, 400);
	ck_assert_msg(strstr(answer.text, refused[_i].says), "%s: %s",
		      refused[_i].json, answer.text);
	call = (struct sim_call){.path = "/pay/loyalty/L-1"};
	ck_assert_int_eq(sim_status(&sim, call), 503);
	sim_answer_release(&answer);
	sim_stop(&sim);
}
END_TEST

/* Requests that are refused, and how. */
static const struct {
	struct sim_call call;
	int status;
	const char *code;
} hostile[] = {
	{{.path = "/"}, 404, "no-such-path"},
	{{.path = "/pay/refunds/"}, 404, "no-such-path"},
	{{.method = "DELETE", .path = "/pay/refunds"}, 405, "no-such-method"},
	{{.path = "/pay/refunds/%00"}, 400, "bad-path"},
	{{.path = "/pay/refunds/%ff"}, 400, "bad-path"},
	{{.path = "/pay/refunds/%4"}, 400, "bad-path"},
	{{.path = "/a/b/c/d/e/f/g/h/i"}, 400, "bad-path"},
	{{.path = "/pay/refunds?reference="}, 400, "bad-query"},
	{{.path = "/pay/refunds?reference=%zz"}, 400, "bad-query"},
	{{.path = "/admin/ledger?after=-1"}, 400, "bad-query"},
	{{.path = "/pay/refunds", .body = "[1]"}, 400, "bad-body"},
	{{.path = "/pay/refunds", .body = "{\"reference\":"}, 400, "bad-body"},
	{{.path = "/pay/refunds", .body = "{\"reference\":7}"},
	 400,
	 "bad-body"},
	{{.path = "/pay/refunds",
	  .body = "{\"reference\":\"R\",\"capture\":\"cap_1\","
		  "\"amount_minor\":1.5}"},
	 400,
	 "bad-body"},
	{{.path = "/pay/refunds",
	  .body = "{\"reference\":\"R\",\"capture\":\"cap_1\","
		  "\"amount_minor\":99999999999999999999}"},
	 400,
	 "bad-body"},
	{{.path = "/pay/refunds", .body = "{}", .key = "\xff"}, 400, "bad-key"},
	{{.path = "/pay/refunds",
	  .body = "{\"reference\":\"R\",\"capture\":\"no\"}"},
	 404,
	 "not-found"},
	{{.method = "PUT", .path = "/admin/seed", .body = "{\"capture\":[]}"},
	 400,
	 "bad-body"},
	{{.method = "PUT",
	  .path = "/erp/return-authorisations/R-1",
	  .body = "{\"order\":\"1001\",\"lines\":[{\"line\":\"1\",\"quantity\":"
		  "1},{\"line\":\"1\",\"quantity\":9223372036854775807}]}"},
	 400,
	 "bad-body"},
};

START_TEST(what_is_wrong_is_refused_with_a_code)
{
	struct sim sim;

	open_sim(&sim);
	sim_expect(&sim, hostile[_i].call, hostile[_i].status, "/code",
		   hostile[_i].code);
	ck_assert_int_eq(sim_effects(&sim, NULL, NULL, NULL), 0);
	sim_stop(&sim);
}
END_TEST

START_TEST(a_body_over_a_mebibyte_is_too_large)
{
	const size_t size = (1 << 20) + 1;
	char *body = malloc(size + 1);
	struct sim_call call = {.path = "/pay/refunds", .body = body};
	struct sim sim;

	ck_assert_ptr_nonnull(body);
	memset(body, ' ', size);
	body[size] = 0;
	open_sim(&sim);
	sim_expect(&sim, call, 413, "/code", "too-large");
	body[size - 1] = 0;
	sim_expect(&sim, call, 400, "/code", "bad-body");
	free(body);
	sim_stop(&sim);
}
END_TEST

static const struct sim_call token = {
	.path = "/shop/token",
	.body = "grant_type=client_credentials&client_id=sim&"
		"client_secret=sim-secret",
};

START_TEST(full_books_say_so_and_a_reset_helps)
{
	char items[64 * 1000], *at = items;
	struct sim_call bulk = {.method = "PUT",
				.path = "/shop/availability",
				.token = "shop-token-1",
				.body = items};
	struct sim sim;
	int full = 0;

	open_sim(&sim);
	sim_expect(&sim, token, 200, "/access_token", "shop-token-1");
	/* a thousand new things a call: there is room for 200 such */
	for (int n = 0; n <= 200 && full != 507; n++) {
		at = items + sprintf(items, "{\"items\":[");
		for (int i = 0; i < 1000; i++)
			at += sprintf(at,
				      "%s{\"sku\":\"%d-%d\",\"available\":1}",
				      i ? "," : "", n, i);
		sprintf(at, "]}");
		full = sim_status(&sim, bulk);
		ck_assert_msg(full == (n < 199 ? 200 : full), "%d: %d", n,
			      full);
	}
	ck_assert_int_eq(full, 507);
	sim_reset(&sim);
	sim_expect(&sim, token, 200, "/access_token", "shop-token-1");
	sim_expect(&sim, bulk, 200, "/written", "1000");
	sim_stop(&sim);
}
END_TEST

TCase *sim_limits_tests(void)
{
	TCase *tc = tcase_create("limits");

	tcase_set_timeout(tc, 90);
	tcase_add_loop_test(tc,
			    a_rule_that_is_wrong_changes_nothing_and_says_why,
			    0, sizeof(refused) / sizeof(*refused));
	tcase_add_loop_test(tc, what_is_wrong_is_refused_with_a_code, 0,
			    sizeof(hostile) / sizeof(*hostile));
	tcase_add_test(tc, a_body_over_a_mebibyte_is_too_large);
	tcase_add_test(tc, full_books_say_so_and_a_reset_helps);
	return tc;
}
