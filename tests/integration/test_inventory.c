/* test_inventory.c - inventory-sync: the same stock for any order of arrival,
 * and each crossing of a threshold told once. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "integration/suites.h"
#include "support/site.h"
#include "support/stream.h"

static const char topic[] = "raw.legacy.inventory.v1";

enum { SKUS = 60, ROWS = 3000, PLACES = 3, LINE_BYTES = 256 };

/* Rows of a nightly file and of a trickle, as text. */
static struct row {
	char sku[16], line[LINE_BYTES];
} rows[ROWS];

static void write_time(char *text, size_t size, int seconds)
{
	snprintf(text, size, "2026-11-22T%02d:%02d:%02dZ", seconds / 3600 % 24,
		 seconds / 60 % 60, seconds % 60);
}

/* Versions of a level differ; movements come at any time of the same day. */
static void make_row(struct row *row, int i)
{
	bool level = rand() % 2;
	int place = rand() % PLACES, sku = rand() % SKUS;
	char at[32];

	write_time(at, sizeof(at), level ? i : rand() % ROWS);
	snprintf(row->sku, sizeof(row->sku), "T%d", sku);
	if (level)
		snprintf(row->line, LINE_BYTES,
			 "{\"sku\":\"T%d\",\"location\":\"L%d\",\"on_hand\":"
			 "\"%d\",\"reserved\":\"%d\",\"as_of\":\"%s\"}",
			 sku, place, rand() % 40, rand() % 5, at);
	else
		snprintf(row->line, LINE_BYTES,
			 "{\"sku\":\"T%d\",\"location\":\"L%d\",\"movement\":"
			 "\"m%d\",\"quantity\":\"%d\",\"as_of\":\"%s\"}",
			 sku, place, i, rand() % 9 - 4, at);
}

static void send_row(struct stream *stream, int i)
{
	stream_send(stream, topic, str_of(rows[i].sku), str_of(rows[i].line));
}

static void open_site(struct site *s, const char *name)
{
	site_run("build/fleetctl topics --partitions 4");
	site_open(s, name);
	s->worker = "inventory-sync";
	site_set(s, "FLOTILLA_BATCH_MESSAGES=50");
	site_set(s, "KAFKA_GROUP_INSTANCE_ID=%s-1", name);
	site_begin_at_end(s, topic);
}

static void digest(struct site *s, char text[33])
{
	site_text(s,
		  "SELECT md5(string_agg(row(sku, available, state, "
		  "doc)::text, E'\\n' ORDER BY sku)) FROM stock",
		  text, 33);
}

static void settle(struct site *s)
{
	site_wait_through(s, stream_end(topic));
	ck_assert_int_eq(site_number(s, "SELECT sum(dead) FROM lane"), 0);
	ck_assert_int_eq(site_number(s, "SELECT count(*) FROM stock"), SKUS);
	site_run("PGDATABASE=%s build/fleetctl prove --group %s", s->database,
		 s->group);
}

/* In order, each once, by one process. */
static void count_plainly(char text[33])
{
	struct stream *stream;
	struct site s;
	pid_t pid;

	open_site(&s, "plain_stock");
	stream = stream_new();
	for (int i = 0; i < ROWS; i++)
		send_row(stream, i);
	stream_finish(stream);
	pid = site_start(&s, NULL);
	settle(&s);
	site_stop(&s, pid);
	digest(&s, text);
	site_close(&s);
}

START_TEST(counts_the_same_shuffled_doubled_and_killed)
{
	char want[33], got[33];
	struct stream *stream;
	struct site s;
	pid_t pid;

	srand(7);
	for (int i = 0; i < ROWS; i++)
		make_row(&rows[i], i);
	count_plainly(want);
	open_site(&s, "shuffled_stock");
	stream = stream_new();
	for (int i = 0; i < 2 * ROWS; i++)
		send_row(stream, rand() % ROWS);
	for (int i = ROWS; i--;)
		send_row(stream, i);
	stream_finish(stream);
	for (int n = 5; n <= 20; n += 5) {
		char crash[32];

		snprintf(crash, sizeof(crash), "committed:%d", n);
		pid = site_start(&s, crash);
		site_wait_end(&s, pid);
	}
	pid = site_start(&s, NULL);
	settle(&s);
	site_stop(&s, pid);
	digest(&s, got);
	ck_assert_str_eq(got, want);
	site_close(&s);
}
END_TEST

static void count(struct site *s, struct stream *stream, int n, int on_hand)
{
	char line[LINE_BYTES], at[32];

	write_time(at, sizeof(at), n);
	snprintf(line, sizeof(line),
		 "{\"sku\":\"S1\",\"location\":\"L\",\"on_hand\":\"%d\","
		 "\"as_of\":\"%s\"}",
		 on_hand, at);
	stream_send(stream, topic, STR("S1"), str_of(line));
	/* one commit each: what comes together is told together */
	snprintf(line, sizeof(line),
		 "SELECT coalesce(max(revision), 0) FROM stock WHERE sku = "
		 "'S1' AND available = %d",
		 on_hand);
	site_wait(s, line, n);
}

static void expect_told(struct story *story, const char *entity, int first,
			int second)
{
	char id[64];

	story_read(story);
	snprintf(id, sizeof(id), "%s/S1/%d", entity, first);
	ck_assert_msg(story_find(story, id) != NULL, "no %s", id);
	snprintf(id, sizeof(id), "%s/S1/%d", entity, second);
	ck_assert_msg(story_find(story, id) != NULL, "no %s", id);
	ck_assert_msg(story->count == 2, "%s: %d told", entity, story->count);
	story_release(story);
}

START_TEST(tells_each_crossing_once)
{
	static const int counts[] = {100, 5, 4, 0, -1, 50, 3, 0, 9};
	struct story low, out, changed;
	struct stream *stream;
	struct site s;
	pid_t pid;

	open_site(&s, "crossing");
	story_begin(&low, "flotilla.inventory.low-stock.v1");
	story_begin(&out, "flotilla.inventory.out-of-stock.v1");
	story_begin(&changed, "flotilla.inventory.changed.v1");
	pid = site_start(&s, NULL);
	stream = stream_new();
	for (int n = 0; n < 9; n++)
		count(&s, stream, n + 1, counts[n]);
	stream_finish(stream);
	site_wait_through(&s, stream_end(topic));
	site_stop(&s, pid);
	expect_told(&low, "inventory-low-stock", 2, 7);
	expect_told(&out, "inventory-out-of-stock", 4, 8);
	story_read(&changed);
	ck_assert_int_eq(changed.count, 9);
	story_release(&changed);
	site_close(&s);
}
END_TEST

/* Facts without an id are called after their message: a retry of it, one fact
 * of which was wrong, counts none of the others twice. */
START_TEST(a_retried_message_moves_nothing_twice)
{
	static const char moves[] =
		"{\"type\":\"StockMovement\",\"movementType\":\"ADJUSTMENT\","
		"\"movements\":[{\"type\":\"ADJUSTMENT\",\"quantity\":-2,"
		"\"sku\":"
		"\"V1\",\"stockLocationId\":1},{\"type\":\"ADJUSTMENT\","
		"\"quantity\":\"two\",\"sku\":\"V2\",\"stockLocationId\":1}],"
		"\"createdAt\":\"2026-11-20T06:54:27.709Z\"}";
	static const char vendure[] = "raw.vendure.inventory.v1";
	struct stream *stream;
	struct site s;
	pid_t pid;

	site_run("build/fleetctl topics --partitions 4");
	site_open(&s, "moved_once");
	s.worker = "inventory-sync";
	site_begin_at_end(&s, vendure);
	stream = stream_new();
	/* no key: the retry may come to another partition */
	stream_send(stream, vendure, (struct str){NULL, 0}, str_of(moves));
	stream_finish(stream);
	pid = site_start(&s, NULL);
	site_wait_through(&s, stream_end(vendure));
	for (int i = 0; i < 3; i++) {
		site_run("PGDATABASE=%s build/fleetctl dlq retry --all",
			 s.database);
		site_wait_through(&s, stream_end(vendure));
	}
	site_stop(&s, pid);
	ck_assert_int_eq(site_number(&s, "SELECT available FROM stock WHERE "
					 "sku = 'V1'"),
			 -2);
	ck_assert_int_eq(
		site_number(&s, "SELECT count(*) FROM inventory_movements"), 1);
	site_close(&s);
}
END_TEST

Suite *inventory_suite(void)
{
	Suite *suite = suite_create("inventory");
	TCase *tc = tcase_create("inventory");

	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, counts_the_same_shuffled_doubled_and_killed);
	tcase_add_test(tc, tells_each_crossing_once);
	tcase_add_test(tc, a_retried_message_moves_nothing_twice);
	suite_add_tcase(suite, tc);
	return suite;
}
