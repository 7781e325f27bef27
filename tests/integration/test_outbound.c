/* test_outbound.c - deliveries: told until they are told, through whatever the
 * other side does, and by whoever is alive. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/suites.h"
#include "support/sim.h"
#include "support/site.h"
#include "support/stream.h"

static const char topic[] = "raw.legacy.inventory.v1";

enum { SKUS = 40 };

static struct sim sim;

static void open_site(struct site *s, const char *name)
{
	sim_start(&sim);
	site_run("rm -rf build/schemas-sim && cp -r schemas build/schemas-sim "
		 "&& cp tests/retail-sim/connectors/*.json "
		 "build/schemas-sim/connectors/");
	site_run("build/fleetctl topics --partitions 4");
	site_open(s, name);
	s->worker = "inventory-sync";
	site_set(s, "KAFKA_GROUP_INSTANCE_ID=%s-1", name);
	site_set(s, "FLOTILLA_BATCH_MESSAGES=20");
	site_set(s, "FLOTILLA_SCHEMAS_DIR=build/schemas-sim");
	site_set(s, "FLOTILLA_TARGETS=sim-shop");
	site_set(s, "FLOTILLA_PRIVATE_ADDRESSES=1");
	site_set(s, "SIM_URL=http://127.0.0.1:%d", sim.port);
	site_set(s, "SIM_SHOP_SECRET=sim-secret");
	site_begin_at_end(s, topic);
}

static void close_site(struct site *s)
{
	site_close(s);
	sim_stop(&sim);
}

/* Counts of all SKUs, `rounds` times, each later than the one before. */
static void send_counts(int first, int rounds)
{
	struct stream *stream = stream_new();
	char line[256], sku[16];

	for (int round = first; round < first + rounds; round++)
		for (int n = 0; n < SKUS; n++) {
			snprintf(sku, sizeof(sku), "D%d", n);
			snprintf(line, sizeof(line),
				 "{\"sku\":\"%s\",\"location\":\"L\","
				 "\"on_hand\":\"%d\",\"as_of\":"
				 "\"2026-11-22T%02d:%02d:00Z\"}",
				 sku, round * 7 + n, round / 60, round % 60);
			stream_send(stream, topic, str_of(sku), str_of(line));
		}
	stream_finish(stream);
}

static void wait_told(struct site *s)
{
	site_wait_through(s, stream_end(topic));
	site_wait(s,
		  "SELECT count(*) FROM delivery WHERE due_at IS NULL AND "
		  "rejected IS NULL AND told >= wanted",
		  SKUS);
}

/* The shop has what the store says. */
static void check_shop(struct site *s)
{
	struct sim_answer token, got;
	char text[64], path[64], sql[128];

	sim_faults(&sim, "{\"rules\":[]}");
	sim_ask(&sim,
		(struct sim_call){.path = "/shop/token",
				  .body = "grant_type=client_credentials&"
					  "client_id=sim&client_secret="
					  "sim-secret"},
		&token);
	sim_text(&token, "/access_token", text, sizeof(text));
	for (int n = 0; n < SKUS; n++) {
		snprintf(path, sizeof(path), "/shop/availability/D%d", n);
		sim_ask(&sim, (struct sim_call){.path = path, .token = text},
			&got);
		ck_assert_int_eq(got.status, 200);
		snprintf(sql, sizeof(sql),
			 "SELECT available FROM stock WHERE sku = 'D%d'", n);
		ck_assert_int_eq(sim_number(&got, "/available"),
				 site_number(s, sql));
		sim_answer_release(&got);
	}
	sim_answer_release(&token);
}

START_TEST(tells_the_latest_of_each_record)
{
	struct site s;
	pid_t pid;

	open_site(&s, "told");
	pid = site_start(&s, NULL);
	send_counts(0, 30);
	wait_told(&s);
	check_shop(&s);
	/* ten changes in a second are one call */
	ck_assert_int_lt(site_number(&s, "SELECT sum(sends) FROM delivery"),
			 30 * SKUS);
	/* the same again says nothing new */
	send_counts(29, 1);
	site_wait_through(&s, stream_end(topic));
	site_stop(&s, pid);
	ck_assert_int_eq(sim_effects(&sim, "shop", "put-availability", NULL),
			 site_number(&s, "SELECT sum(sends) FROM delivery"));
	site_run("PGDATABASE=%s build/fleetctl delivery show sim-shop",
		 s.database);
	close_site(&s);
}
END_TEST

/* What the shop does to calls before it recovers. */
static const struct {
	const char *name;
	const char *rules;
} troubles[] = {
	{"status", "{\"rules\":[{\"system\":\"shop\",\"count\":60,\"effect\":"
		   "{\"status\":503}}]}"},
	{"throttled", "{\"rules\":[{\"system\":\"shop\",\"operation\":"
		      "\"put-availability\",\"count\":3,\"effect\":{\"status\":"
		      "429,\"retry_after_s\":1}}]}"},
	{"hang", "{\"rules\":[{\"system\":\"shop\",\"operation\":"
		 "\"put-availability\",\"count\":20,\"effect\":{\"hang\":"
		 "true}}]}"},
	{"halved", "{\"rules\":[{\"system\":\"shop\",\"every\":3,\"count\":40,"
		   "\"effect\":{\"half-answer\":true}}]}"},
	{"unheard", "{\"rules\":[{\"system\":\"shop\",\"operation\":"
		    "\"put-availability\",\"every\":2,\"count\":40,\"effect\":"
		    "{\"drop-after\":true}}]}"},
	{"refused", "{\"rules\":[{\"system\":\"shop\",\"operation\":\"token\","
		    "\"count\":3,\"effect\":{\"status\":401}}]}"},
};

START_TEST(an_outage_of_the_target_holds_up_nothing_else)
{
	char name[32];
	struct site s;
	pid_t pid;

	snprintf(name, sizeof(name), "trouble_%s", troubles[_i].name);
	open_site(&s, name);
	sim_faults(&sim, troubles[_i].rules);
	pid = site_start(&s, NULL);
	send_counts(0, 3);
	/* the lanes go on */
	site_wait_through(&s, stream_end(topic));
	wait_told(&s);
	check_shop(&s);
	ck_assert_int_eq(site_number(&s, "SELECT sum(dead) FROM lane"), 0);
	site_stop(&s, pid);
	close_site(&s);
}
END_TEST

START_TEST(whoever_dies_forgets_nothing)
{
	struct site s;
	pid_t pid;

	open_site(&s, "killed_courier");
	/* answers are slow, so that calls are in flight */
	sim_faults(&sim, "{\"rules\":[{\"system\":\"shop\",\"effect\":"
			 "{\"latency_ms\":50}}]}");
	send_counts(0, 3);
	/* with calls in flight, then with answers that were not settled */
	pid = site_start(&s, NULL);
	site_wait(&s, "SELECT count(*) FROM delivery WHERE sends > 0", 1);
	kill(pid, SIGKILL);
	site_wait_end(&s, pid);
	pid = site_start(&s, "answered:3");
	site_wait_end(&s, pid);
	pid = site_start(&s, NULL);
	wait_told(&s);
	check_shop(&s);
	site_stop(&s, pid);
	close_site(&s);
}
END_TEST

START_TEST(two_couriers_share_the_work_and_what_changes_in_flight_is_sent_again)
{
	struct site s;
	pid_t one, two;

	open_site(&s, "couriers");
	sim_faults(&sim, "{\"rules\":[{\"system\":\"shop\",\"effect\":"
			 "{\"latency_ms\":30}}]}");
	one = site_start(&s, NULL);
	site_set(&s, "KAFKA_GROUP_INSTANCE_ID=couriers-2");
	two = site_start(&s, NULL);
	for (int round = 0; round < 20; round++)
		send_counts(round, 1);
	wait_told(&s);
	check_shop(&s);
	site_stop(&s, one);
	site_stop(&s, two);
	close_site(&s);
}
END_TEST

START_TEST(an_operator_sees_pauses_retries_and_discards)
{
	struct site s;
	pid_t pid;

	open_site(&s, "operated");
	sim_faults(&sim, "{\"rules\":[{\"system\":\"shop\",\"operation\":"
			 "\"put-availability\",\"path\":\"/shop/availability/"
			 "D1\",\"count\":11,\"effect\":{\"status\":422}}]}");
	pid = site_start(&s, NULL);
	send_counts(0, 1);
	/* D1 and D10 to D19 */
	site_wait(&s,
		  "SELECT count(*) FROM delivery WHERE rejected IS NOT NULL",
		  11);
	site_run("PGDATABASE=%s build/fleetctl delivery list --state rejected "
		 "--json | grep -q '\"id\":\"D1\"'",
		 s.database);
	site_run("PGDATABASE=%s build/fleetctl delivery retry "
		 "sim-shop/inventory/D1 --reason test",
		 s.database);
	site_wait(&s,
		  "SELECT count(*) FROM delivery WHERE rejected IS NULL AND "
		  "due_at IS NULL",
		  SKUS - 10);
	site_run("PGDATABASE=%s build/fleetctl delivery discard --all --target "
		 "sim-shop --reason test",
		 s.database);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM delivery WHERE "
					 "rejected IS NOT NULL"),
			 0);
	site_run("PGDATABASE=%s build/fleetctl delivery pause sim-shop "
		 "--reason test",
		 s.database);
	send_counts(1, 1);
	site_wait_through(&s, stream_end(topic));
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM delivery WHERE "
					 "due_at IS NOT NULL"),
			 SKUS);
	site_run("PGDATABASE=%s build/fleetctl delivery resume sim-shop",
		 s.database);
	wait_told(&s);
	check_shop(&s);
	site_stop(&s, pid);
	close_site(&s);
}
END_TEST

Suite *outbound_suite(void)
{
	Suite *suite = suite_create("outbound");
	TCase *tc = tcase_create("outbound");

	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, tells_the_latest_of_each_record);
	tcase_add_loop_test(tc, an_outage_of_the_target_holds_up_nothing_else,
			    0, sizeof(troubles) / sizeof(*troubles));
	tcase_add_test(tc, whoever_dies_forgets_nothing);
	tcase_add_test(
		tc,
		two_couriers_share_the_work_and_what_changes_in_flight_is_sent_again);
	tcase_add_test(tc, an_operator_sees_pauses_retries_and_discards);
	suite_add_tcase(suite, tc);
	return suite;
}
