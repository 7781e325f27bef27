/* test_sim.c - the retailer's other systems fail as they are told to, and an
 * effect that is asked for twice under one key happens once. No Kafka, no
 * PostgreSQL: a process and a socket. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "integration/suites.h"
#include "support/sim.h"

static const char seed[] =
	"{\"captures\":[{\"id\":\"cap_1\",\"order\":\"1001\",\"amount_minor\":"
	"10000,\"currency\":\"EUR\",\"tender\":\"card\"}],\"tickets\":[{\"id\":"
	"\"T-1\",\"subject\":\"broken\"}]}";

static const struct sim_call refund = {
	.path = "/pay/refunds",
	.body = "{\"reference\":\"R-1\",\"capture\":\"cap_1\",\"amount_minor\":"
		"1000,\"currency\":\"EUR\"}",
};

static struct sim_call with_key(struct sim_call call, const char *key)
{
	call.key = key;
	return call;
}

static void open_sim(struct sim *sim)
{
	sim_start(sim);
	sim_seed(sim, seed);
}

/* One rule for every refund, with `effect` and what `when` adds. */
static void order_fault(const struct sim *sim, const char *effect,
			const char *when)
{
	char json[512];

	snprintf(json, sizeof(json),
		 "{\"rules\":[{\"system\":\"pay\",\"operation\":\"create-refund"
		 "\",\"effect\":{%s}%s}]}",
		 effect, when);
	sim_faults(sim, json);
}

static int64_t refunds(const struct sim *sim)
{
	return sim_effects(sim, "pay", "create-refund", "R-1");
}

/* Idempotency ---------------------------------------------------------------
 */

START_TEST(the_same_key_and_body_get_the_same_answer_and_one_effect)
{
	struct sim_answer first, second;
	struct sim sim;

	open_sim(&sim);
	sim_ask(&sim, with_key(refund, "k-1"), &first);
	sim_ask(&sim, with_key(refund, "k-1"), &second);
	ck_assert_int_eq(first.status, 201);
	ck_assert_int_eq(second.status, 201);
	ck_assert_str_eq(first.text, second.text);
	ck_assert(!first.replayed);
	ck_assert(second.replayed);
	ck_assert_int_eq(refunds(&sim), 1);
	ck_assert_int_eq(sim_asked(&sim, "pay", NULL, "R-1"), 2);
	sim_answer_release(&first);
	sim_answer_release(&second);
	sim_stop(&sim);
}
END_TEST

START_TEST(a_refusal_is_the_same_answer_too)
{
	struct sim_call call = with_key(refund, "k-1");
	struct sim_answer answer;
	struct sim sim;

	open_sim(&sim);
	call.body = "{\"reference\":\"R-1\",\"capture\":\"cap_1\","
		    "\"amount_minor\":10001}";
	ck_assert_int_eq(sim_status(&sim, call), 422);
	sim_ask(&sim, call, &answer);
	ck_assert_int_eq(answer.status, 422);
	ck_assert(answer.replayed);
	ck_assert_int_eq(refunds(&sim), 0);
	sim_answer_release(&answer);
	sim_stop(&sim);
}
END_TEST

START_TEST(the_same_key_with_another_body_is_refused)
{
	struct sim_call other = with_key(refund, "k-1");
	struct sim sim;

	open_sim(&sim);
	ck_assert_int_eq(sim_status(&sim, with_key(refund, "k-1")), 201);
	other.body = "{\"reference\":\"R-1\",\"capture\":\"cap_1\","
		     "\"amount_minor\":999}";
	ck_assert_int_eq(sim_status(&sim, other), 422);
	ck_assert_int_eq(refunds(&sim), 1);
	sim_stop(&sim);
}
END_TEST

START_TEST(without_a_key_each_refund_is_one_more)
{
	struct sim sim;

	open_sim(&sim);
	ck_assert_int_eq(sim_status(&sim, refund), 201);
	ck_assert_int_eq(sim_status(&sim, refund), 201);
	ck_assert_int_eq(refunds(&sim), 2);
	sim_stop(&sim);
}
END_TEST

START_TEST(a_key_in_flight_is_told_so_and_free_again_when_the_caller_gives_up)
{
	struct sim sim;
	int64_t end_us;
	int fd, status;

	open_sim(&sim);
	order_fault(&sim, "\"hang\":true", ",\"count\":1");
	fd = sim_send(&sim, with_key(refund, "k-1"));
	sim_wait(&sim, "/systems/pay/calls", 1);
	ck_assert_int_eq(sim_status(&sim, with_key(refund, "k-1")), 409);
	ck_assert_int_eq(refunds(&sim), 0);
	close(fd);
	end_us = clock_mono_us() + SIM_DEADLINE_S * 1000000LL;
	do
		status = sim_status(&sim, with_key(refund, "k-1"));
	while (status == 409 && clock_mono_us() < end_us);
	ck_assert_int_eq(status, 201);
	ck_assert_int_eq(refunds(&sim), 1);
	sim_stop(&sim);
}
END_TEST

/* Faults ---------------------------------------------------------------------
 */

START_TEST(latency_comes_before_the_answer)
{
	struct sim sim;
	int64_t began_us;

	open_sim(&sim);
	order_fault(&sim, "\"latency_ms\":120", "");
	began_us = clock_mono_us();
	ck_assert_int_eq(sim_status(&sim, refund), 201);
	ck_assert_int_ge(clock_mono_us() - began_us, 120 * 1000);
	ck_assert_int_eq(sim_stat(&sim, "/systems/pay/faults"), 1);
	sim_stop(&sim);
}
END_TEST

START_TEST(a_call_that_hangs_holds_up_nobody)
{
	enum { HUNG = 20 };
	struct sim sim;
	int fds[HUNG];
	char byte;

	open_sim(&sim);
	order_fault(&sim, "\"hang\":true", "");
	for (int i = 0; i < HUNG; i++)
		fds[i] = sim_send(&sim, refund);
	sim_wait(&sim, "/systems/pay/calls", HUNG);
	ck_assert_int_eq(
		sim_status(&sim, (struct sim_call){.path = "/pay/refunds"
							   "?reference=R-1"}),
		200);
	ck_assert_int_eq(refunds(&sim), 0);
	for (int i = 0; i < HUNG; i++) {
		ck_assert_int_eq(recv(fds[i], &byte, 1, MSG_DONTWAIT), -1);
		ck_assert_int_eq(errno, EAGAIN);
		close(fds[i]);
	}
	sim_stop(&sim);
}
END_TEST

/* A fault, what the caller sees, and what really happened. */
static const struct {
	const char *effect;
	int status; /* 0: closed without an answer */
	bool whole;
	int64_t retry_after_s;
	int effects;
} faults[] = {
	{"\"status\":500", 500, true, -1, 0},
	{"\"status\":503,\"retry_after_s\":3", 503, true, 3, 0},
	{"\"status\":429,\"retry_after_s\":7", 429, true, 7, 0},
	{"\"status\":500,\"applied\":true", 500, true, -1, 1},
	{"\"hang\":true,\"for_ms\":20", 0, false, -1, 0},
	{"\"hang\":true,\"for_ms\":20,\"applied\":true", 0, false, -1, 1},
	{"\"half-answer\":true", 201, false, -1, 1},
	{"\"drop-before\":true", 0, false, -1, 0},
	{"\"drop-after\":true", 0, false, -1, 1},
	{"\"duplicate\":true", 201, true, -1, 2},
	{"\"latency_ms\":1", 201, true, -1, 1},
};

enum { FAULTS = sizeof(faults) / sizeof(*faults) };

START_TEST(each_fault_shows_one_thing_and_does_another)
{
	const char *effect = faults[_i].effect;
	struct sim_answer answer;
	struct sim sim;

	open_sim(&sim);
	order_fault(&sim, effect, "");
	sim_ask(&sim, refund, &answer);
	ck_assert_msg(answer.status == faults[_i].status, "%s: %d", effect,
		      answer.status);
	ck_assert_msg(answer.whole == faults[_i].whole, "%s: %s", effect,
		      answer.text);
	ck_assert_int_eq(answer.retry_after_s, faults[_i].retry_after_s);
	ck_assert_msg(refunds(&sim) == faults[_i].effects, "%s", effect);
	ck_assert_int_eq(sim_stat(&sim, "/systems/pay/faults"), 1);
	sim_answer_release(&answer);
	sim_stop(&sim);
}
END_TEST

/* What makes a client safe: after any fault the same call under the same key
 * is answered, and its effect is there once. */
START_TEST(after_any_fault_the_same_key_leaves_one_effect)
{
	const char *effect = faults[_i].effect;
	struct sim_answer answer;
	struct sim sim;

	open_sim(&sim);
	order_fault(&sim, effect, ",\"count\":1");
	sim_status(&sim, with_key(refund, "k-1"));
	sim_ask(&sim, with_key(refund, "k-1"), &answer);
	ck_assert_msg(answer.status == 201, "%s: %d %s", effect, answer.status,
		      answer.text);
	ck_assert_msg(refunds(&sim) == 1, "%s", effect);
	ck_assert_msg(answer.replayed == (faults[_i].effects > 0), "%s",
		      effect);
	sim_answer_release(&answer);
	sim_stop(&sim);
}
END_TEST

/* When ------------------------------------------------------------------------
 */

/* "5" for a call that a fault met, "." for one that it did not. */
static void pattern(const struct sim *sim, const char *when, char *out, int n)
{
	order_fault(sim, "\"status\":500", when);
	for (int i = 0; i < n; i++)
		out[i] = sim_status(sim, refund) == 500 ? '5' : '.';
	out[n] = 0;
}

static const struct {
	const char *when, *met;
} whens[] = {
	{"", "55555"},
	{",\"nth\":3", "..5.."},
	{",\"every\":2", ".5.5."},
	{",\"count\":2", "55..."},
	{",\"every\":2,\"count\":1", ".5..."},
	{",\"path\":\"/pay/ref\"", "55555"},
	{",\"path\":\"/pay/loy\"", "....."},
	{",\"method\":\"GET\"", "....."},
	{",\"probability\":1", "55555"},
	{",\"probability\":1e-9", "....."},
};

START_TEST(a_rule_says_which_calls_it_meets)
{
	struct sim sim;
	char met[8];

	open_sim(&sim);
	pattern(&sim, whens[_i].when, met, 5);
	ck_assert_msg(!strcmp(met, whens[_i].met), "%s: %s", whens[_i].when,
		      met);
	sim_stop(&sim);
}
END_TEST

START_TEST(chance_with_a_seed_is_the_same_each_time)
{
	char first[65], second[65], other[65];
	struct sim sim;

	open_sim(&sim);
	pattern(&sim, ",\"probability\":0.5,\"seed\":42", first, 64);
	sim_reset(&sim);
	sim_seed(&sim, seed);
	pattern(&sim, ",\"probability\":0.5,\"seed\":42", second, 64);
	pattern(&sim, ",\"probability\":0.5,\"seed\":43", other, 64);
	ck_assert_str_eq(first, second);
	ck_assert_str_ne(first, other);
	ck_assert_ptr_nonnull(strchr(first, '5'));
	ck_assert_ptr_nonnull(strchr(first, '.'));
	sim_stop(&sim);
}
END_TEST

START_TEST(rules_are_asked_in_their_order_and_taken_away)
{
	struct sim_call delete = {.method = "DELETE", .path = "/admin/faults"};
	struct sim sim;

	open_sim(&sim);
	sim_faults(&sim, "{\"rules\":[{\"effect\":{\"latency_ms\":1}},"
			 "{\"nth\":1,\"effect\":{\"status\":503}},"
			 "{\"system\":\"pay\",\"effect\":{\"status\":500}}]}");
	ck_assert_int_eq(sim_status(&sim, refund), 503);
	ck_assert_int_eq(sim_status(&sim, refund), 500);
	ck_assert_int_eq(sim_status(&sim, delete), 200);
	ck_assert_int_eq(sim_status(&sim, refund), 201);
	sim_stop(&sim);
}
END_TEST

Suite *sim_suite(void)
{
	Suite *suite = suite_create("sim");
	TCase *tc = tcase_create("sim");

	tcase_set_timeout(tc, 90);
	tcase_add_test(
		tc, the_same_key_and_body_get_the_same_answer_and_one_effect);
	tcase_add_test(tc, a_refusal_is_the_same_answer_too);
	tcase_add_test(tc, the_same_key_with_another_body_is_refused);
	tcase_add_test(tc, without_a_key_each_refund_is_one_more);
	tcase_add_test(
		tc,
		a_key_in_flight_is_told_so_and_free_again_when_the_caller_gives_up);
	tcase_add_test(tc, latency_comes_before_the_answer);
	tcase_add_test(tc, a_call_that_hangs_holds_up_nobody);
	tcase_add_loop_test(tc, each_fault_shows_one_thing_and_does_another, 0,
			    FAULTS);
	tcase_add_loop_test(tc, after_any_fault_the_same_key_leaves_one_effect,
			    0, FAULTS);
	tcase_add_loop_test(tc, a_rule_says_which_calls_it_meets, 0,
			    sizeof(whens) / sizeof(*whens));
	tcase_add_test(tc, chance_with_a_seed_is_the_same_each_time);
	tcase_add_test(tc, rules_are_asked_in_their_order_and_taken_away);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, sim_systems_tests());
	suite_add_tcase(suite, sim_limits_tests());
	return suite;
}
