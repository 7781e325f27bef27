/* test_operate.c - what operators do while the fleet is at work: replays, dead
 * letters tried again, topics that refuse, an end by SIGTERM. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "integration/suites.h"
#include "support/site.h"
#include "support/stream.h"

static const char topic[] = "raw.shopify.order.v1";

static const char order[] =
	"{\"id\":%d,\"name\":\"#9\",\"created_at\":\"2026-03-01T10:00:00Z\","
	"\"updated_at\":\"2026-03-01T10:00:00Z\",\"currency\":\"EUR\","
	"\"financial_status\":\"paid\",\"total_price\":\"10.00\",\"note\":"
	"\"%s\",\"line_items\":[{\"id\":1,\"quantity\":2,\"price\":\"5.00\"}]}";

static void send_orders(int first, int count, const char *note)
{
	struct stream *stream = stream_new();
	size_t size = strlen(note) + sizeof(order) + 32;
	char *value = malloc(size), key[32];

	for (int n = first; n < first + count; n++) {
		snprintf(key, sizeof(key), "%d", n);
		snprintf(value, size, order, n, note);
		stream_send(stream, topic, str_of(key), str_of(value));
	}
	stream_finish(stream);
	free(value);
}

static void open_at_end(struct site *s, const char *name)
{
	site_run("build/fleetctl topics --partitions 4");
	site_open(s, name);
	site_set(s, "KAFKA_GROUP_INSTANCE_ID=%s-1", name);
	site_begin_at_end(s, topic);
}

static void wait_through(struct site *s)
{
	site_wait_through(s, stream_end(topic));
}

/* The schemas with one mapping changed: `edit` is sed's. */
static void make_schemas(const char *name, const char *edit)
{
	site_run("rm -rf build/%s && cp -r schemas build/%s && "
		 "sed -i '%s' build/%s/mappings/shopify/order.json",
		 name, name, edit, name);
}

static void prove(struct site *s, const char *group)
{
	site_run("PGDATABASE=%s build/fleetctl prove --group %s", s->database,
		 group);
}

static void replay(struct site *s, const char *settings, const char *line)
{
	site_run("PGDATABASE=%s %s build/fleetctl replay %s --group order-sync "
		 "%s",
		 s->database, settings, topic, line);
}

/* Now, as fleetctl reads it; later messages have a later time of the broker's,
 * which counts milliseconds. */
static void note_time(char text[CLOCK_TEXT_BYTES])
{
	int64_t now = clock_now_us() + 1000;

	while (clock_now_us() < now + 1000)
		nanosleep(&(struct timespec){0, 1000 * 1000}, NULL);
	clock_format(text, now);
}

START_TEST(a_replay_brings_what_a_new_mapping_corrects)
{
	char from[CLOCK_TEXT_BYTES], until[CLOCK_TEXT_BYTES], line[256];
	struct site s;
	pid_t pid;

	open_at_end(&s, "replay");
	note_time(from);
	send_orders(910000, 200, "n");
	note_time(until);
	send_orders(920000, 100, "n");
	pid = site_start(&s, NULL);
	wait_through(&s);
	site_stop(&s, pid);
	snprintf(line, sizeof(line), "--name same --from %s --until %s", from,
		 until);
	replay(&s, "", line);
	ck_assert_int_eq(site_number(&s, "SELECT sum(duplicate) - sum(applied) "
					 "FROM lane WHERE consumer_group = "
					 "'order-sync.replay-same'"),
			 200);
	make_schemas("schemas-corrected",
		     "s/\"revision\": 1,/\"revision\": 2,/;"
		     "s|\"note\": \"/note\"|\"note\": {\"concat\": [\"/note\", "
		     "\"/name\"]}|");
	snprintf(line, sizeof(line), "--name new --from %s --until %s", from,
		 until);
	replay(&s, "FLOTILLA_SCHEMAS_DIR=build/schemas-corrected", line);
	ck_assert_int_eq(site_number(&s, "SELECT sum(applied) FROM lane WHERE "
					 "consumer_group = "
					 "'order-sync.replay-new'"),
			 200);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM orders WHERE "
					 "doc LIKE '%\"n#9\"%'"),
			 200);
	prove(&s, "order-sync.replay-new");
	site_close(&s);
}
END_TEST

/* Becomes fleetctl; the caller ends it. */
static pid_t start_replay(struct site *s)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	setenv("PGDATABASE", s->database, 1);
	setenv("FLOTILLA_BATCH_MESSAGES", "1", 1);
	if (!freopen("build/site.log", "a", stdout) ||
	    !freopen("build/site.log", "a", stderr))
		_exit(127);
	execl("build/fleetctl", "fleetctl", "replay", topic, "--group",
	      "order-sync", "--name", "cut", (char *)NULL);
	_exit(127);
}

START_TEST(an_interrupted_replay_goes_on_where_it_was)
{
	static const char moved[] =
		"SELECT coalesce(sum(next_offset - from_offset), 0) FROM lane "
		"WHERE consumer_group = 'order-sync.replay-cut'";
	char line[256], from[CLOCK_TEXT_BYTES];
	struct site s;
	pid_t pid;
	int status;

	open_at_end(&s, "cut");
	note_time(from);
	send_orders(930000, 600, "n");
	snprintf(line, sizeof(line), "--name cut --from %s --prepare", from);
	replay(&s, "", line);
	pid = start_replay(&s);
	site_wait(&s, moved, 10);
	kill(pid, SIGINT);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "status %x", status);
	/* unless it was through before it heard of the signal */
	if (site_number(&s, moved) < 600)
		ck_assert_int_eq(WEXITSTATUS(status), 1);
	replay(&s, "", "--name cut");
	ck_assert_int_eq(site_number(&s, moved), 600);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM orders"), 600);
	ck_assert_int_eq(site_number(&s, "SELECT sum(applied) FROM lane"), 600);
	prove(&s, "order-sync.replay-cut");
	site_close(&s);
}
END_TEST

/* A former owner's late record stands last on the compacted topic; what a
 * claim has found is told once more, so that the current one does. */
START_TEST(a_compacted_topic_is_healed_after_a_claim)
{
	struct story story;
	struct site s;
	pid_t pid;

	open_at_end(&s, "heal");
	send_orders(940000, 20, "n");
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=20");
	pid = site_start(&s, "committed:1");
	site_wait_end(&s, pid);
	ck_assert_int_ge(site_number(&s, "SELECT count(*) FROM output"), 1);
	pid = site_start(&s, NULL);
	wait_through(&s);
	ck_assert_int_ge(site_number(&s, "SELECT count(*) FROM output WHERE "
					 "keep_until > now()"),
			 1);
	story_begin(&story, "orders.v1");
	site_do(&s, "UPDATE output SET keep_until = now()");
	site_wait(&s, "SELECT (count(*) = 0)::int FROM output", 1);
	site_stop(&s, pid);
	story_read(&story);
	ck_assert_int_ge(story.count, 1);
	for (int i = 0; i < story.count; i++)
		ck_assert_msg(strstr(story.told[i].id, "order/shopify/94") &&
				      strstr(story.told[i].id, "/1"),
			      "%s", story.told[i].id);
	story_release(&story);
	site_close(&s);
}
END_TEST

START_TEST(what_no_topic_would_take_is_a_dead_letter)
{
	char *note = malloc(60001);
	struct site s;
	pid_t pid;

	memset(note, 'x', 60000);
	note[60000] = '\0';
	open_at_end(&s, "refusing");
	site_set(&s, "KAFKA_MESSAGE_MAX_BYTES=50000");
	send_orders(950000, 1, note);
	send_orders(950001, 30, "n");
	free(note);
	pid = site_start(&s, NULL);
	wait_through(&s);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM orders"), 30);
	ck_assert_int_eq(site_number(&s,
				     "SELECT count(*) FROM dead_letter WHERE "
				     "error_class = 'output-too-large' AND "
				     "key = '950000'"),
			 1);
	site_stop(&s, pid);
	prove(&s, s.group);
	site_close(&s);
}
END_TEST

START_TEST(a_dead_letter_is_tried_again_and_another_discarded)
{
	struct site s;
	pid_t pid;

	open_at_end(&s, "letters");
	make_schemas("schemas-wrong",
		     "s|\"currency\": \"/currency\"|\"currency\": \"/curr\"|");
	make_schemas("schemas-right", "s/\"revision\": 1,/\"revision\": 2,/");
	send_orders(960000, 5, "n");
	site_set(&s, "FLOTILLA_SCHEMAS_DIR=build/schemas-wrong");
	pid = site_start(&s, NULL);
	wait_through(&s);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM dead_letter"),
			 5);
	site_stop(&s, pid);
	site_set(&s, "FLOTILLA_SCHEMAS_DIR=build/schemas-right");
	site_run("PGDATABASE=%s build/fleetctl dlq discard --reason 'a test' "
		 "$(psql -XAtq -d %s -c 'SELECT min(dead_letter_id) FROM "
		 "dead_letter')",
		 s.database, s.database);
	site_run("PGDATABASE=%s build/fleetctl dlq retry --all", s.database);
	pid = site_start(&s, NULL);
	site_wait(&s, "SELECT count(*) FROM orders", 4);
	site_wait(&s,
		  "SELECT count(*) FROM dead_letter WHERE state = 'resolved'",
		  4);
	wait_through(&s);
	site_stop(&s, pid);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM orders"), 4);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM dead_letter "
					 "WHERE state = 'discarded'"),
			 1);
	prove(&s, s.group);
	site_close(&s);
}
END_TEST

/* Runs on until the topic's end or the worker's; false: it has died. */
static bool survives(struct site *s, pid_t pid, int64_t end)
{
	while (site_number(s, "SELECT sum(next_offset) FROM lane") < end)
		if (site_ended(s, pid))
			return false;
	return true;
}

START_TEST(a_message_that_kills_is_found_and_no_other_is_blamed)
{
	int64_t end;
	struct site s;
	int deaths = 0;
	pid_t pid;

	open_at_end(&s, "poison");
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=50");
	send_orders(980000, 200, "n");
	end = stream_end(topic);
	pid = site_start(&s, "key=980117");
	while (!survives(&s, pid, end)) {
		ck_assert_int_lt(++deaths, 20);
		pid = site_start(&s, "key=980117");
	}
	/* 50, 6, 1; then two more, alone */
	ck_assert_int_ge(deaths, 4);
	/* what claims have found is told once more */
	site_do(&s, "UPDATE output SET keep_until = now()");
	site_wait(&s, "SELECT (count(*) = 0)::int FROM output", 1);
	site_stop(&s, pid);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM orders"), 199);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM dead_letter"),
			 1);
	ck_assert_int_eq(site_number(&s,
				     "SELECT count(*) FROM dead_letter WHERE "
				     "error_class = 'crashed' AND key = "
				     "'980117'"),
			 1);
	prove(&s, s.group);
	site_close(&s);
}
END_TEST

START_TEST(sigterm_under_load_finishes_what_is_in_hand)
{
	struct site s;
	pid_t pid;

	open_at_end(&s, "sigterm");
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=50");
	site_run("rm -f build/%s.log", s.group);
	send_orders(970000, 5000, "n");
	pid = site_start(&s, NULL);
	site_wait(&s, "SELECT count(*) FROM orders", 200);
	site_stop(&s, pid);
	site_run("grep -q '\"stopped\"' build/%s.log", s.group);
	site_run("! grep -q left-in-haste build/%s.log", s.group);
	/* it let go: nothing to tell, nobody's lanes */
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM output"), 0);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM lane WHERE "
					 "owner IS NOT NULL"),
			 0);
	site_close(&s);
}
END_TEST

Suite *operate_suite(void)
{
	Suite *suite = suite_create("operate");
	TCase *tc = tcase_create("operate");

	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, a_replay_brings_what_a_new_mapping_corrects);
	tcase_add_test(tc, an_interrupted_replay_goes_on_where_it_was);
	tcase_add_test(tc, a_compacted_topic_is_healed_after_a_claim);
	tcase_add_test(tc, what_no_topic_would_take_is_a_dead_letter);
	tcase_add_test(tc, a_dead_letter_is_tried_again_and_another_discarded);
	tcase_add_test(tc,
		       a_message_that_kills_is_found_and_no_other_is_blamed);
	tcase_add_test(tc, sigterm_under_load_finishes_what_is_in_hand);
	suite_add_tcase(suite, tc);
	return suite;
}
