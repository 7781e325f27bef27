/* test_sim_systems.c - what each of the simulated systems does when nothing
 * fails, and what it refuses. A part of the suite "sim". */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/suites.h"
#include "support/sim.h"

static const char seed[] =
	"{\"orders\":[{\"number\":\"1001\",\"ordered_at\":"
	"\"2026-03-01T10:00:00Z\",\"lines\":[{\"line\":\"1\",\"sku\":\"A\","
	"\"quantity\":3}]},{\"number\":\"1002\",\"state\":\"shipped\"}],"
	"\"captures\":[{\"id\":\"cap_1\",\"order\":\"1001\",\"amount_minor\":"
	"10000,\"currency\":\"EUR\",\"tender\":\"card\"}],"
	"\"tickets\":[{\"id\":\"T-1\",\"subject\":\"broken\"}],"
	"\"tenders\":[{\"id\":\"L-1\",\"kind\":\"loyalty\",\"balance\":500},"
	"{\"id\":\"G-1\",\"kind\":\"gift_card\",\"balance\":0,"
	"\"currency\":\"EUR\"}]}";

static void open_sim(struct sim *sim)
{
	sim_start(sim);
	sim_seed(sim, seed);
}

static void get(const struct sim *sim, const char *path, const char *pointer,
		const char *text)
{
	sim_expect(sim, (struct sim_call){.path = path}, 200, pointer, text);
}

static void post(const struct sim *sim, const char *path, const char *body,
		 int status, const char *pointer, const char *text)
{
	sim_expect(sim, (struct sim_call){.path = path, .body = body}, status,
		   pointer, text);
}

static void put(const struct sim *sim, const char *path, const char *body,
		int status, const char *pointer, const char *text)
{
	sim_expect(
		sim,
		(struct sim_call){.method = "PUT", .path = path, .body = body},
		status, pointer, text);
}

START_TEST(refunds_end_at_what_was_captured)
{
	struct sim sim;

	open_sim(&sim);
	get(&sim, "/pay/orders/1001/captures", "/captures/0/tender", "card");
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-1\",\"capture\":\"cap_1\","
	     "\"amount_minor\":4000}",
	     201, "/id", "re_1");
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-2\",\"capture\":\"cap_1\","
	     "\"amount_minor\":6001}",
	     422, "/code", "over-captured");
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-2\",\"capture\":\"cap_1\",\"currency\":"
	     "\"USD\"}",
	     422, "/code", "currency-mismatch");
	/* no amount: all that is left */
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-2\",\"capture\":\"cap_1\"}", 201,
	     "/amount_minor", "6000");
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-3\",\"capture\":\"cap_1\"}", 422, "/code",
	     "over-captured");
	get(&sim, "/pay/refunds?reference=R-2", "/refunds/0/id", "re_2");
	get(&sim, "/pay/refunds?reference=R-3", "/refunds/0/id", "");
	get(&sim, "/pay/orders/1001/captures", "/captures/0/refunded_minor",
	    "10000");
	sim_stop(&sim);
}
END_TEST

START_TEST(points_and_gift_cards_keep_their_balance)
{
	struct sim sim;

	open_sim(&sim);
	post(&sim, "/pay/loyalty/L-1/take-back",
	     "{\"reference\":\"R-1\",\"points\":501}", 422, "/code",
	     "too-few-points");
	post(&sim, "/pay/loyalty/L-1/take-back",
	     "{\"reference\":\"R-1\",\"points\":200}", 201, "/points", "-200");
	post(&sim, "/pay/loyalty/L-1/grant",
	     "{\"reference\":\"R-2\",\"points\":50}", 201, "/points", "50");
	get(&sim, "/pay/loyalty/L-1", "/balance", "350");
	get(&sim, "/pay/loyalty?reference=R-1", "/adjustments/0/id", "la_1");
	post(&sim, "/pay/gift-cards/G-1/refunds",
	     "{\"reference\":\"R-1\",\"amount_minor\":250,\"currency\":"
	     "\"EUR\"}",
	     201, "/id", "gr_1");
	get(&sim, "/pay/gift-cards/G-1", "/balance", "250");
	get(&sim, "/pay/gift-cards?reference=R-1", "/refunds/0/gift_card",
	    "G-1");
	ck_assert_int_eq(sim_effects(&sim, "pay", NULL, "R-1"), 2);
	sim_stop(&sim);
}
END_TEST

static const char rma[] = "/erp/return-authorisations/R-1";

START_TEST(a_return_is_authorised_once_by_our_reference)
{
	static const char two[] = "{\"order\":\"1001\",\"lines\":[{\"line\":"
				  "\"1\",\"quantity\":2}]}";
	static const char three[] = "{\"order\":\"1001\",\"lines\":[{\"line\":"
				    "\"1\",\"quantity\":3}]}";
	struct sim sim;

	open_sim(&sim);
	get(&sim, "/erp/orders/1001/eligibility", "/lines/0/returnable", "3");
	put(&sim, rma, two, 201, "/rma", "RMA-1");
	put(&sim, rma, two, 200, "/rma", "RMA-1");
	ck_assert_int_eq(sim_effects(&sim, "erp", NULL, "R-1"), 1);
	ck_assert_int_eq(sim_asked(&sim, "erp", NULL, "R-1"), 2);
	get(&sim, "/erp/orders/1001/eligibility", "/lines/0/returnable", "1");
	put(&sim, "/erp/return-authorisations/R-2", two, 422, "/code",
	    "over-ordered");
	put(&sim, rma, three, 200, "/rma", "RMA-1");
	post(&sim, "/erp/return-authorisations/R-1/close", "{}", 200, "/state",
	     "closed");
	post(&sim, "/erp/return-authorisations/R-1/close", "{}", 200, "/state",
	     "closed");
	put(&sim, rma, two, 409, "/code", "closed");
	ck_assert_int_eq(sim_effects(&sim, "erp", NULL, "R-1"), 3);
	get(&sim, "/erp/orders/1001/eligibility", "/ordered_at",
	    "2026-03-01T10:00:00Z");
	sim_stop(&sim);
}
END_TEST

START_TEST(the_erp_posts_cancels_and_is_asked_by_reference)
{
	struct sim sim;

	open_sim(&sim);
	post(&sim, "/erp/credit-memos",
	     "{\"reference\":\"R-1\",\"order\":\"1001\",\"amount_minor\":10,"
	     "\"currency\":\"EUR\"}",
	     201, "/number", "CM-1");
	post(&sim, "/erp/transactions",
	     "{\"reference\":\"R-1\",\"amount_minor\":-10,\"currency\":"
	     "\"EUR\",\"account\":\"1200\"}",
	     201, "/number", "FT-1");
	get(&sim, "/erp/documents?reference=R-1", "/credit_memos/0/number",
	    "CM-1");
	get(&sim, "/erp/documents?reference=R-1", "/transactions/0/account",
	    "1200");
	post(&sim, "/erp/orders/1002/cancel", "", 422, "/code",
	     "already-shipped");
	post(&sim, "/erp/orders/1001/cancel", "{\"reference\":\"C-1\"}", 200,
	     "/state", "cancelled");
	post(&sim, "/erp/orders/1001/cancel", "{\"reference\":\"C-1\"}", 200,
	     "/cancellation/reference", "C-1");
	ck_assert_int_eq(sim_effects(&sim, "erp", "cancel-order", "C-1"), 1);
	ck_assert_int_eq(sim_asked(&sim, "erp", "cancel-order", "C-1"), 2);
	sim_stop(&sim);
}
END_TEST

START_TEST(logistics_orders_and_cancels)
{
	static const char pick_up[] =
		"{\"reference\":\"R-1\",\"order\":\"1001\"}";
	struct sim sim;

	open_sim(&sim);
	post(&sim, "/logistics/pick-ups", pick_up, 201, "/tracking", "SIM-P-1");
	post(&sim, "/logistics/pick-ups", pick_up, 201, "/number", "PU-2");
	get(&sim, "/logistics/pick-ups?reference=R-1", "/pick_ups/1/number",
	    "PU-2");
	post(&sim, "/logistics/pick-ups/PU-1/cancel", "{}", 200, "/state",
	     "cancelled");
	get(&sim, "/logistics/pick-ups/PU-1", "/state", "cancelled");
	get(&sim, "/logistics/pick-ups/PU-2", "/state", "ordered");
	post(&sim, "/logistics/shipments",
	     "{\"reference\":\"R-2\",\"order\":\"1001\",\"lines\":[{\"sku\":"
	     "\"A\",\"quantity\":0}]}",
	     400, "/code", "bad-body");
	post(&sim, "/logistics/shipments",
	     "{\"reference\":\"R-2\",\"order\":\"1001\",\"lines\":[{\"sku\":"
	     "\"A\",\"quantity\":1}]}",
	     201, "/number", "SH-1");
	sim_stop(&sim);
}
END_TEST

START_TEST(a_ticket_is_written_whole_and_remembers_the_key)
{
	struct sim_call call = {.method = "PUT",
				.path = "/desk/tickets/T-1/enrichment",
				.body = "{\"eta\":\"soon\"}",
				.key = "k-1"};
	struct sim_call read = {.path = "/desk/tickets/T-1",
				.token = "sim-token"};
	struct sim sim;

	open_sim(&sim);
	sim_expect(&sim, call, 401, "/code", "no-token");
	call.token = "sim-token";
	sim_expect(&sim, call, 200, "/enrichment/eta", "soon");
	sim_expect(&sim, call, 200, "/enrichment/eta", "soon");
	sim_expect(&sim, read, 200, "/idempotency_key", "k-1");
	sim_expect(&sim, read, 200, "/writes", "1");
	call.body = "{\"order\":\"1001\"}";
	call.key = "k-2";
	sim_expect(&sim, call, 200, "/enrichment/eta", "");
	sim_expect(&sim, read, 200, "/subject", "broken");
	ck_assert_int_eq(sim_stat(&sim, "/tickets/T-1"), 2);
	call = (struct sim_call){.path = "/desk/tickets/T-1/comments",
				 .body = "{\"body\":\"hello\"}",
				 .token = "sim-token"};
	sim_expect(&sim, call, 201, "/id", "C-1");
	call.body = NULL;
	sim_expect(&sim, call, 200, "/comments/0/body", "hello");
	sim_stop(&sim);
}
END_TEST

static const struct sim_call token = {
	.path = "/shop/token",
	.body = "grant_type=client_credentials&client_id=sim&"
		"client_secret=sim%2dsecret",
};

START_TEST(the_shop_wants_a_living_token)
{
	struct sim_call call = {.method = "PUT",
				.path = "/shop/availability/A%2F1",
				.body = "{\"available\":5}"};
	struct sim_call expire = {.method = "POST",
				  .path = "/admin/expire-tokens"};
	struct sim_call wrong = token;
	struct sim sim;

	open_sim(&sim);
	wrong.body = "grant_type=client_credentials&client_id=sim";
	sim_expect(&sim, wrong, 401, "/code", "invalid_client");
	sim_expect(&sim, call, 401, "/code", "token-expired");
	sim_expect(&sim, token, 200, "/access_token", "shop-token-1");
	call.token = "shop-token-1";
	sim_expect(&sim, call, 200, "/sku", "A/1");
	sim_expect(&sim, expire, 200, "/done", NULL);
	sim_expect(&sim, call, 401, "/code", "token-expired");
	sim_expect(&sim, token, 200, "/access_token", "shop-token-2");
	call.token = "shop-token-2";
	sim_expect(&sim, call, 200, "/writes", "2");
	put(&sim, "/admin/settings", "{\"token_s\":0}", 200, NULL, NULL);
	sim_expect(&sim, token, 200, "/expires_in", "0");
	call.token = "shop-token-3";
	sim_expect(&sim, call, 401, "/code", "token-expired");
	sim_stop(&sim);
}
END_TEST

START_TEST(availability_is_absolute_and_bulk_is_all_or_nothing)
{
	struct sim_call bulk = {.method = "PUT",
				.path = "/shop/availability",
				.token = "shop-token-1"};
	struct sim_call read = {.path = "/shop/availability/A",
				.token = "shop-token-1"};
	struct sim sim;

	open_sim(&sim);
	sim_expect(&sim, token, 200, NULL, NULL);
	bulk.body = "{\"items\":[{\"sku\":\"A\",\"available\":5},"
		    "{\"sku\":\"B\",\"available\":-1}]}";
	sim_expect(&sim, bulk, 400, "/code", "bad-body");
	sim_expect(&sim, read, 404, "/code", "not-found");
	bulk.body = "{\"items\":[{\"sku\":\"A\",\"available\":5},"
		    "{\"sku\":\"A\",\"available\":2}]}";
	sim_expect(&sim, bulk, 200, "/written", "2");
	sim_expect(&sim, read, 200, "/available", "2");
	ck_assert_int_eq(sim_stat(&sim, "/skus/A"), 2);
	sim_stop(&sim);
}
END_TEST

START_TEST(a_reset_leaves_nothing)
{
	struct sim sim;

	open_sim(&sim);
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-1\",\"capture\":\"cap_1\"}", 201, "/id",
	     "re_1");
	sim_reset(&sim);
	ck_assert_int_eq(sim_effects(&sim, NULL, NULL, NULL), 0);
	ck_assert_int_eq(sim_stat(&sim, "/systems/pay/calls"), 0);
	get(&sim, "/pay/orders/1001/captures", "/captures/0/id", "");
	sim_seed(&sim, seed);
	/* counters begin anew: the same calls, the same ids */
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-1\",\"capture\":\"cap_1\"}", 201, "/id",
	     "re_1");
	sim_stop(&sim);
}
END_TEST

START_TEST(a_look_up_by_reference_lags_as_long_as_it_is_told)
{
	static const char path[] = "/pay/refunds?reference=R-1";
	struct sim sim;

	open_sim(&sim);
	put(&sim, "/admin/settings", "{\"settle_ms\":3600000}", 200, NULL,
	    NULL);
	post(&sim, "/pay/refunds",
	     "{\"reference\":\"R-1\",\"capture\":\"cap_1\"}", 201, NULL, NULL);
	get(&sim, path, "/refunds/0/id", "");
	get(&sim, "/pay/refunds/re_1", "/id", "re_1");
	put(&sim, "/admin/settings", "{\"settle_ms\":0}", 200, NULL, NULL);
	get(&sim, path, "/refunds/0/id", "re_1");
	sim_stop(&sim);
}
END_TEST

START_TEST(the_ledger_is_read_in_pages)
{
	struct sim sim;

	open_sim(&sim);
	for (int i = 0; i < 3; i++)
		post(&sim, "/pay/loyalty/L-1/grant",
		     "{\"reference\":\"R-1\",\"points\":1}", 201, NULL, NULL);
	get(&sim, "/admin/ledger?limit=2", "/entries/1/number", "2");
	get(&sim, "/admin/ledger?limit=2", "/entries/2/number", "");
	get(&sim, "/admin/ledger?limit=2", "/next", "2");
	get(&sim, "/admin/ledger?after=2", "/entries/0/number", "3");
	get(&sim, "/admin/ledger?after=2", "/entries/0/amount", "1");
	get(&sim, "/admin/ledger?after=2", "/next", "");
	get(&sim, "/admin/ledger?after=2", "/total", "3");
	get(&sim, "/admin/ledger?system=desk", "/total", "0");
	sim_stop(&sim);
}
END_TEST

TCase *sim_systems_tests(void)
{
	TCase *tc = tcase_create("systems");

	tcase_set_timeout(tc, 90);
	tcase_add_test(tc, refunds_end_at_what_was_captured);
	tcase_add_test(tc, points_and_gift_cards_keep_their_balance);
	tcase_add_test(tc, a_return_is_authorised_once_by_our_reference);
	tcase_add_test(tc, the_erp_posts_cancels_and_is_asked_by_reference);
	tcase_add_test(tc, logistics_orders_and_cancels);
	tcase_add_test(tc, a_ticket_is_written_whole_and_remembers_the_key);
	tcase_add_test(tc, the_shop_wants_a_living_token);
	tcase_add_test(tc, availability_is_absolute_and_bulk_is_all_or_nothing);
	tcase_add_test(tc, the_ledger_is_read_in_pages);
	tcase_add_test(tc, a_look_up_by_reference_lags_as_long_as_it_is_told);
	tcase_add_test(tc, a_reset_leaves_nothing);
	return tc;
}
