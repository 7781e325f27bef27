/* test_mock.c - what the lanes rest on, against librdkafka's mock broker: an
 * empty assignment keeps the membership, assigning back starts exactly where
 * it is told to, and a claim that fails is made again. */
#include <check.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "integration/suites.h"
#include "io/kafka_consumer.h"
#include "support/site.h"
#include "support/stream.h"

enum { LIST_OFFSETS = 2, QUIET_US = 1500000, DEADLINE_US = 60000000 };

static const char topic[] = "raw.shopify.order.v1";

/* A broker of our own; everything in this process that speaks Kafka, and every
 * worker it starts, speaks to it. */
struct mock {
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *cluster;
};

static void mock_open(struct mock *m)
{
	static const char *const others[] = {
		"orders.v1",	   "flotilla.order.status-changed.v1",
		"dead-letters.v1", "shipments.v1",
		"payments.v1",	   "invoices.v1"};
	char why[256];

	m->rk = rd_kafka_new(RD_KAFKA_PRODUCER, NULL, why, sizeof(why));
	ck_assert_ptr_nonnull(m->rk);
	m->cluster = rd_kafka_mock_cluster_new(m->rk, 1);
	ck_assert_ptr_nonnull(m->cluster);
	setenv("KAFKA_BOOTSTRAP_SERVERS",
	       rd_kafka_mock_cluster_bootstraps(m->cluster), 1);
	rd_kafka_mock_topic_create(m->cluster, topic, 1, 1);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		rd_kafka_mock_topic_create(m->cluster, others[i], 1, 1);
}

static void mock_close(struct mock *m)
{
	rd_kafka_mock_cluster_destroy(m->cluster);
	rd_kafka_destroy(m->rk);
}

static void send_orders(int from, int count)
{
	struct stream *s = stream_new();

	for (int i = from; i < from + count; i++) {
		char key[16], value[512];

		snprintf(key, sizeof(key), "%d", i);
		snprintf(value, sizeof(value),
			 "{\"id\":%d,\"name\":\"#%d\",\"created_at\":"
			 "\"2026-03-01T10:00:00Z\",\"updated_at\":"
			 "\"2026-03-01T10:00:00Z\",\"currency\":\"EUR\","
			 "\"financial_status\":\"paid\",\"total_price\":"
			 "\"10.00\",\"line_items\":[]}",
			 i, i);
		stream_send(s, topic, str_of(key), str_of(value));
	}
	stream_finish(s);
}

static void next(struct kafka_consumer *c, struct kafka_event *event,
		 enum kafka_event_kind wanted)
{
	int64_t until = clock_mono_us() + DEADLINE_US;

	do {
		struct pollfd fd = {.fd = kafka_consumer_fd(c),
				    .events = POLLIN};

		ck_assert_msg(clock_mono_us() < until, "no event %d", wanted);
		kafka_poll(c, event);
		ck_assert_int_ne(event->kind, KAFKA_REVOKED);
		if (event->kind == KAFKA_NOTHING)
			poll(&fd, 1, 20);
	} while (event->kind != wanted);
}

static void assign_at(struct kafka_consumer *c, int count, int64_t offset)
{
	struct kafka_partition p = {topic, 0, offset};
	struct err err;

	ck_assert_msg(kafka_assign(c, &p, count, &err), "%s", err.text);
}

static void read_up_to(struct kafka_consumer *c, int64_t from, int64_t to)
{
	struct kafka_event event;

	for (int64_t offset = from; offset < to; offset++) {
		next(c, &event, KAFKA_MESSAGE);
		ck_assert_int_eq(event.message.offset, offset);
		kafka_message_free(&event.message);
	}
}

/* Nothing may come for a while: what was fetched before is not ours now. */
static void stay_quiet(struct kafka_consumer *c)
{
	int64_t until = clock_mono_us() + QUIET_US;
	struct kafka_event event;

	while (clock_mono_us() < until) {
		struct pollfd fd = {.fd = kafka_consumer_fd(c),
				    .events = POLLIN};

		kafka_poll(c, &event);
		ck_assert_int_ne(event.kind, KAFKA_MESSAGE);
		ck_assert_int_ne(event.kind, KAFKA_REVOKED);
		ck_assert(!kafka_assignment_lost(c));
		poll(&fd, 1, 20);
	}
}

START_TEST(an_empty_assignment_keeps_the_membership)
{
	const char *const topics[] = {"^raw\\.[^.]+\\.order\\.v1$", NULL};
	struct kafka_property props[] = {{"bootstrap.servers", NULL},
					 {NULL, NULL}};
	struct kafka_event event;
	struct kafka_consumer *c;
	struct mock mock;
	struct err err;

	mock_open(&mock);
	send_orders(0, 100);
	props[0].value = getenv("KAFKA_BOOTSTRAP_SERVERS");
	c = kafka_consumer_new(props, "mocked", topics, &err);
	ck_assert_msg(c != NULL, "%s", err.text);
	next(c, &event, KAFKA_ASSIGNED);
	ck_assert_int_eq(event.partition_count, 1);
	for (int round = 0; round < 3; round++) {
		assign_at(c, 1, 0);
		read_up_to(c, 0, 40);
		assign_at(c, 0, 0);
		stay_quiet(c);
		assign_at(c, 1, 30);
		read_up_to(c, 30, 100);
	}
	kafka_consumer_close(c, 3000);
	mock_close(&mock);
}
END_TEST

static int times_logged(const struct site *s, const char *event)
{
	char path[128], line[4096];
	int count = 0;
	FILE *f;

	snprintf(path, sizeof(path), "build/%s.log", s->group);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		count += strstr(line, event) != NULL;
	fclose(f);
	return count;
}

START_TEST(a_claim_is_made_again_until_it_succeeds)
{
	struct mock mock;
	struct site s;
	pid_t pid;

	mock_open(&mock);
	send_orders(0, 300);
	site_open(&s, "mocked");
	remove("build/site-mocked.log");
	for (int i = 0; i < 4; i++)
		rd_kafka_mock_push_request_errors(
			mock.cluster, LIST_OFFSETS, 1,
			RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	pid = site_start(&s, NULL);
	site_wait_through(&s, 300);
	ck_assert_int_ge(times_logged(&s, "\"lanes-dropped\""), 1);
	/* PostgreSQL goes away and comes back: the member stays */
	site_run("tests/support/env/flotenv.sh %s pg-restart",
		 getenv("FLOTENV_NAME"));
	send_orders(300, 300);
	site_wait_through(&s, 600);
	ck_assert_int_eq(times_logged(&s, "\"partitions-assigned\""), 1);
	ck_assert_int_ge(times_logged(&s, "\"lanes-claimed\""), 2);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM orders"), 600);
	site_stop(&s, pid);
	site_close(&s);
	mock_close(&mock);
}
END_TEST

Suite *mock_suite(void)
{
	Suite *suite = suite_create("mock");
	TCase *tc = tcase_create("mock");

	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, an_empty_assignment_keeps_the_membership);
	tcase_add_test(tc, a_claim_is_made_again_until_it_succeeds);
	suite_add_tcase(suite, tc);
	return suite;
}
