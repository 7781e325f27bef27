/* test_cases.c - case-enricher beside order-sync: a desk is told what is known
 * of a case, again when it has changed, and never because of its own echo. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/suites.h"
#include "support/sim.h"
#include "support/site.h"
#include "support/stream.h"

static const char case_topic[] = "raw.sim-desk.case.v1";
static const char order_topic[] = "raw.shopify.order.v1";

static struct sim sim;
static pid_t enricher, orders;

static void use(struct site *s, const char *worker, const char *topic)
{
	s->worker = worker;
	snprintf(s->group, sizeof(s->group), "site-cases-%s", worker);
	site_set(s, "FLOTILLA_GROUP=%s", s->group);
	site_set(s, "KAFKA_GROUP_INSTANCE_ID=cases-%s", worker);
	site_begin_at_end(s, topic);
}

static void open_site(struct site *s, const char *name)
{
	sim_start(&sim);
	site_run("rm -rf build/schemas-sim && cp -r schemas build/schemas-sim "
		 "&& cp tests/retail-sim/connectors/*.json "
		 "build/schemas-sim/connectors/ && cp -r "
		 "tests/retail-sim/mappings/* build/schemas-sim/mappings/");
	site_run("FLOTILLA_SCHEMAS_DIR=build/schemas-sim build/fleetctl topics "
		 "--partitions 4");
	site_open(s, name);
	site_set(s, "FLOTILLA_SCHEMAS_DIR=build/schemas-sim");
	site_set(s, "FLOTILLA_LINK_EVERY_MS=100");
	site_set(s, "FLOTILLA_PRIVATE_ADDRESSES=1");
	site_set(s, "SIM_URL=http://127.0.0.1:%d", sim.port);
	site_set(s, "SIM_DESK_TOKEN=sim-token");
	use(s, "order-sync", order_topic);
	orders = site_start(s, NULL);
	use(s, "case-enricher", case_topic);
	site_set(s, "FLOTILLA_TARGETS=sim-desk");
	enricher = site_start(s, NULL);
	sim_seed(&sim, "{\"tickets\":[{\"id\":\"T1\"},{\"id\":\"T2\"}]}");
}

static void close_site(struct site *s)
{
	site_stop(s, enricher);
	site_stop(s, orders);
	site_run("PGDATABASE=%s build/fleetctl prove --group "
		 "site-cases-case-enricher",
		 s->database);
	site_close(s);
	sim_stop(&sim);
}

static void send_case(const char *id, int second, const char *status,
		      const char *subject, bool escalated)
{
	struct stream *stream = stream_new();
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"id\":\"%s\",\"status\":\"%s\",\"opened\":"
		 "\"2026-11-20T10:00:00Z\",\"updated\":"
		 "\"2026-11-20T10:00:%02dZ\",\"subject\":\"%s\",\"email\":"
		 "\"a@example.org\",\"escalated\":%s}",
		 id, status, second, subject, escalated ? "true" : "false");
	stream_send(stream, case_topic, str_of(id), str_of(text));
	stream_finish(stream);
}

static void send_order(int second, const char *payment)
{
	struct stream *stream = stream_new();
	char text[512];

	snprintf(text, sizeof(text),
		 "{\"id\":7700,\"name\":\"#1001\",\"created_at\":"
		 "\"2026-11-01T10:00:00Z\",\"updated_at\":"
		 "\"2026-11-01T10:00:%02dZ\",\"currency\":\"EUR\","
		 "\"financial_status\":\"%s\",\"total_price\":\"10.00\","
		 "\"line_items\":[{\"id\":1,\"sku\":\"A\",\"quantity\":2,"
		 "\"price\":\"5.00\"}]}",
		 second, payment);
	stream_send(stream, order_topic, STR("7700"), str_of(text));
	stream_finish(stream);
}

/* The desk shows it. */
static void wait_shown(struct site *s, const char *id, const char *text)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM enrichment e JOIN delivery d ON d.id = "
		 "e.case_id AND d.entity = 'enrichment' WHERE e.case_id = "
		 "'sim-desk/%s' AND e.doc LIKE '%%%s%%' AND d.told = "
		 "e.revision AND d.due_at IS NULL",
		 id, text);
	site_wait(s, sql, 1);
}

static void check_desk(const char *id, const char *text)
{
	struct sim_answer got;
	char path[64], summary[4096];

	snprintf(path, sizeof(path), "/desk/tickets/%s", id);
	sim_ask(&sim, (struct sim_call){.path = path, .token = "sim-token"},
		&got);
	ck_assert_int_eq(got.status, 200);
	sim_text(&got, "/enrichment/summary", summary, sizeof(summary));
	ck_assert_msg(strstr(summary, text), "the desk shows: %s", summary);
	sim_answer_release(&got);
}

static int64_t sends(struct site *s)
{
	return site_number(s, "SELECT sum(sends) FROM delivery");
}

START_TEST(a_desk_is_told_of_its_cases_and_again_when_something_has_changed)
{
	struct story told, escalated;
	struct site s;
	int64_t before;

	open_site(&s, "cases");
	story_begin(&told, "flotilla.case.enriched.v1");
	story_begin(&escalated, "flotilla.case.escalated.v1");
	/* the order is not there yet */
	send_case("T1", 1, "open", "Where is my order #1001?", false);
	wait_shown(&s, "T1", "No order found yet");
	check_desk("T1", "order 1001 (80 %)");
	send_order(1, "authorized");
	wait_shown(&s, "T1", "Payment: authorized");
	check_desk("T1", "Order #1001, 10.00 EUR");
	send_order(2, "paid");
	wait_shown(&s, "T1", "Payment: paid");
	check_desk("T1", "Payment: paid (shopify");
	/* the desk's event about our own write */
	before = sends(&s);
	send_case("T1", 9, "open", "Where is my order #1001?", false);
	site_wait_through(&s, stream_end(order_topic) + stream_end(case_topic));
	ck_assert_int_eq(sends(&s), before);
	/* another case of the same customer, escalated at once and again */
	send_case("T2", 1, "open", "RE: order 1001", true);
	wait_shown(&s, "T2", "Earlier case T1");
	send_case("T2", 2, "pending", "RE: order 1001", true);
	wait_shown(&s, "T2", "\"pending\"");
	story_read(&told);
	story_read(&escalated);
	ck_assert_int_ge(told.count, 5);
	ck_assert_int_eq(escalated.count, 1);
	story_release(&told);
	story_release(&escalated);
	close_site(&s);
}
END_TEST

START_TEST(an_outage_of_the_desk_delays_and_loses_nothing)
{
	struct site s;

	open_site(&s, "desk_outage");
	send_case("T1", 1, "open", "order 1001", false);
	wait_shown(&s, "T1", "No order found yet");
	sim_faults(&sim, "{\"rules\":[{\"system\":\"desk\",\"count\":10,"
			 "\"effect\":{\"status\":503}},{\"system\":\"desk\","
			 "\"every\":3,\"count\":3,\"effect\":{\"drop-after\":"
			 "true}}]}");
	send_order(1, "authorized");
	send_order(2, "paid");
	kill(enricher, SIGKILL);
	site_wait_end(&s, enricher);
	enricher = site_start(&s, NULL);
	wait_shown(&s, "T1", "Payment: paid");
	sim_faults(&sim, "{\"rules\":[]}");
	check_desk("T1", "Payment: paid");
	ck_assert_int_eq(site_number(&s, "SELECT sum(dead) FROM lane"), 0);
	close_site(&s);
}
END_TEST

Suite *cases_suite(void)
{
	Suite *suite = suite_create("cases");
	TCase *tc = tcase_create("cases");

	tcase_set_timeout(tc, 180);
	tcase_add_test(
		tc,
		a_desk_is_told_of_its_cases_and_again_when_something_has_changed);
	tcase_add_test(tc, an_outage_of_the_desk_delays_and_loses_nothing);
	suite_add_tcase(suite, tc);
	return suite;
}
