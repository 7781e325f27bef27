/* test_faults.c - whatever happens to a worker, the store ends up the same.
 *
 * One corpus of messages; each test takes it in with a database and a consumer
 * group of its own, while it kills, stops or starves what is at work. After
 * that the store must be, byte for byte, that of an undisturbed run; each
 * output must have been told; the same ce_id must always have said the same. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "integration/suites.h"
#include "support/proxy.h"
#include "support/site.h"
#include "support/stream.h"

enum { ORDERS = 3000, DISTINCT = 1200, PARTITIONS = 4 };

/* Made once, before the tests, each of which runs in a process of its own. */
static struct {
	int64_t offsets;
	char digest[33];
} corpus;

/* What a worker has told since the test began. */
struct watch {
	struct story orders, statuses, dead;
};

static void watch_begin(struct watch *w)
{
	story_begin(&w->orders, "orders.v1");
	story_begin(&w->statuses, "flotilla.order.status-changed.v1");
	story_begin(&w->dead, "dead-letters.v1");
}

static void must_be_told(void *ctx, const char *id)
{
	ck_assert_msg(story_find(ctx, id) != NULL, "%s was never told", id);
}

static void watch_end(struct watch *w, struct site *s)
{
	story_read(&w->orders);
	story_read(&w->statuses);
	story_read(&w->dead);
	story_check_stable(&w->orders);
	story_check_stable(&w->statuses);
	site_each(s, "SELECT 'order/' || id || '/' || revision FROM orders",
		  must_be_told, &w->orders);
	/* each change of a status, not the last alone */
	site_each(s,
		  "SELECT 'order-status/' || order_id || '/' || n FROM "
		  "order_status, generate_series(1, revision) AS n",
		  must_be_told, &w->statuses);
	site_each(s,
		  "SELECT topic || '/' || partition || '/' || log_offset FROM "
		  "dead_letter",
		  must_be_told, &w->dead);
	story_release(&w->orders);
	story_release(&w->statuses);
	story_release(&w->dead);
}

/* The ledger is a CHECK; here it is compared with what it must add up to. */
static void check_ledger(struct site *s)
{
	ck_assert_int_eq(site_number(s, "SELECT sum(next_offset - from_offset) "
					"FROM lane"),
			 corpus.offsets);
	ck_assert_int_eq(site_number(s, "SELECT sum(dead) FROM lane"),
			 site_number(s, "SELECT count(*) FROM dead_letter "
					"WHERE counted"));
	ck_assert_int_eq(site_number(s, "SELECT sum(lost) FROM lane"), 0);
	ck_assert_int_eq(
		site_number(s, "SELECT count(*) FROM lane WHERE halted IS NOT "
			       "NULL"),
		0);
}

static void check_state(struct site *s)
{
	char digest[33];

	site_digest(s, digest);
	ck_assert_str_eq(digest, corpus.digest);
	check_ledger(s);
}

/* Small batches, so that there is something to interrupt; a name by which a
 * restarted process gets its partitions back at once. */
static void prepare(struct site *s, const char *name)
{
	site_open(s, name);
	site_set(s, "FLOTILLA_BATCH_MESSAGES=100");
	site_set(s, "KAFKA_GROUP_INSTANCE_ID=%s-1", name);
}

static void with_sanitizers(struct site *s)
{
	s->binary = "build/asan/order-sync";
	/* librdkafka's threads hold what they hold when the process ends */
	site_set(s, "ASAN_OPTIONS=detect_leaks=0");
}

static void finish(struct site *s, struct watch *w)
{
	check_state(s);
	watch_end(w, s);
	site_close(s);
}

static void run_to_the_end(struct site *s)
{
	pid_t pid = site_start(s, NULL);

	site_wait_through(s, corpus.offsets);
	site_stop(s, pid);
}

static void make_corpus(void)
{
	struct site s;

	site_run("build/fleetctl topics --partitions %d", PARTITIONS);
	site_run("build/feed shopify --orders %d --distinct %d", ORDERS,
		 DISTINCT);
	/* the same again: old versions after new ones */
	site_run("build/feed shopify --orders %d --distinct %d", ORDERS,
		 DISTINCT);
	site_run("build/feed raw --kind all");
	corpus.offsets = stream_end("raw.shopify.order.v1");
	site_open(&s, "undisturbed");
	run_to_the_end(&s);
	site_digest(&s, corpus.digest);
	check_ledger(&s);
	site_close(&s);
}

START_TEST(touches_no_memory_that_is_not_its_own)
{
	struct watch w;
	struct site s;

	watch_begin(&w);
	prepare(&s, "asan");
	with_sanitizers(&s);
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=2000");
	run_to_the_end(&s);
	finish(&s, &w);
}
END_TEST

static const char *const points[] = {
	"decoded",	 "before-lock",	   "locked",
	"before-commit", "commit-sent",	   "committed",
	"published",	 "half-published", "claimed",
};

static void must_be_killed(struct site *s, pid_t pid, const char *point)
{
	int status = site_wait_end(s, pid);

	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		      "%s: status %x, it was to die at %s", s->group, status,
		      point);
}

/* Twice at different times, then once at the very first occasion. */
START_TEST(survives_a_kill_at_each_crash_point)
{
	const char *point = points[_i];
	bool once = !strcmp(point, "claimed");
	const char *times[] = {once ? "1" : "7", once ? "1" : "12", "1"};
	struct watch w;
	struct site s;
	char crash[64];

	snprintf(crash, sizeof(crash), "kill_%d", _i);
	watch_begin(&w);
	prepare(&s, crash);
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		snprintf(crash, sizeof(crash), "%s:%s", point, times[i]);
		must_be_killed(&s, site_start(&s, crash), point);
	}
	run_to_the_end(&s);
	finish(&s, &w);
}
END_TEST

START_TEST(takes_the_same_corpus_with_two_workers_that_come_and_go)
{
	pid_t first, second;
	struct watch w;
	struct site s;

	watch_begin(&w);
	site_open(&s, "two");
	with_sanitizers(&s);
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=20");
	first = site_start(&s, NULL);
	site_wait(&s, "SELECT sum(next_offset) FROM lane", 200);
	second = site_start(&s, NULL);
	site_wait(&s, "SELECT sum(next_offset) FROM lane", 2000);
	site_stop(&s, first);
	first = site_start(&s, NULL);
	site_wait_through(&s, corpus.offsets);
	site_stop(&s, second);
	site_stop(&s, first);
	finish(&s, &w);
}
END_TEST

START_TEST(a_stopped_owner_that_wakes_up_does_no_harm)
{
	pid_t asleep, awake;
	struct watch w;
	struct site s;

	watch_begin(&w);
	site_open(&s, "stopped");
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=20");
	asleep = site_start(&s, NULL);
	site_wait(&s, "SELECT sum(next_offset) FROM lane", 200);
	kill(asleep, SIGSTOP);
	/* an open transaction of the sleeper holds its lanes' rows: PostgreSQL
	 * ends it when the session is idle for too long; here we do */
	awake = site_start(&s, NULL);
	site_wait(&s,
		  "SELECT count(*) FROM pg_stat_activity WHERE datname = "
		  "current_database() AND pid <> pg_backend_pid()",
		  2);
	site_do(&s, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		    "WHERE datname = current_database() AND state = 'idle in "
		    "transaction'");
	site_wait_through(&s, corpus.offsets);
	kill(asleep, SIGCONT);
	site_stop(&s, asleep);
	site_stop(&s, awake);
	finish(&s, &w);
}
END_TEST

/* Each seventh statement that inserts a status is told that another process
 * was first. */
static const char races[] =
	"CREATE SEQUENCE race; CREATE FUNCTION race() RETURNS trigger LANGUAGE "
	"plpgsql AS $$BEGIN IF nextval('race') % 7 = 0 THEN RAISE "
	"unique_violation; END IF; RETURN NULL; END$$; CREATE TRIGGER race "
	"BEFORE INSERT ON order_status FOR EACH STATEMENT EXECUTE FUNCTION "
	"race()";

START_TEST(a_race_that_was_lost_is_run_again_and_forgets_nothing)
{
	struct watch w;
	struct site s;

	watch_begin(&w);
	prepare(&s, "raced");
	with_sanitizers(&s);
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=20");
	site_do(&s, races);
	run_to_the_end(&s);
	ck_assert_int_gt(site_number(&s, "SELECT last_value FROM race"), 50);
	finish(&s, &w);
}
END_TEST

/* The name of the statement, as it stands in a Bind message. */
static const char commit_marker[] = "\0commit";

START_TEST(reads_what_a_commit_without_an_answer_has_done)
{
	struct watch w;
	struct site s;
	pid_t pid, proxy;
	int port;

	watch_begin(&w);
	proxy = proxy_start(atoi(getenv("PGPORT")), commit_marker,
			    sizeof(commit_marker), 7, 4, &port);
	prepare(&s, "unheard");
	with_sanitizers(&s);
	site_set(&s, "PGHOST=127.0.0.1");
	site_set(&s, "PGPORT=%d", port);
	remove("build/site-unheard.log");
	pid = site_start(&s, NULL);
	site_wait_through(&s, corpus.offsets);
	site_stop(&s, pid);
	kill(proxy, SIGKILL);
	waitpid(proxy, NULL, 0);
	/* four times nobody heard the answer, and yet nothing is there twice */
	site_run("test $(grep -c '\"database-lost\"' "
		 "build/site-unheard.log) -ge 4");
	finish(&s, &w);
}
END_TEST

static void flotenv(const char *verb)
{
	const char *name = getenv("FLOTENV_NAME");

	ck_assert_msg(name != NULL, "FLOTENV_NAME is not set");
	site_run("tests/support/env/flotenv.sh %s %s", name, verb);
}

static const struct {
	const char *name;
	const char *verb;
} outages[] = {
	{"pg_restart", "pg-restart"},
	{"pg_kill", "pg-kill9"},
	{"kafka_restart", "kafka-restart"},
};

START_TEST(goes_on_after_an_outage)
{
	struct watch w;
	struct site s;
	pid_t pid;

	watch_begin(&w);
	prepare(&s, outages[_i].name);
	with_sanitizers(&s);
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=20");
	pid = site_start(&s, NULL);
	site_wait(&s, "SELECT sum(next_offset) FROM lane", 200);
	flotenv(outages[_i].verb);
	if (strstr(outages[_i].verb, "kill9"))
		flotenv("pg-start");
	site_wait_through(&s, corpus.offsets);
	site_stop(&s, pid);
	finish(&s, &w);
}
END_TEST

START_TEST(an_operator_rewinds_under_load)
{
	struct watch w;
	struct site s;
	pid_t pid;

	watch_begin(&w);
	prepare(&s, "rewind");
	site_set(&s, "FLOTILLA_BATCH_MESSAGES=20");
	pid = site_start(&s, NULL);
	for (int i = 0; i < 3; i++) {
		site_wait(&s, "SELECT sum(next_offset) FROM lane",
			  400 + 400 * i);
		site_run("PGDATABASE=%s build/fleetctl replay --in-place "
			 "--lane %s/raw.shopify.order.v1/%d --from begin "
			 "--reason test",
			 s.database, s.group, i % 2);
	}
	site_wait_through(&s, corpus.offsets);
	site_stop(&s, pid);
	finish(&s, &w);
}
END_TEST

Suite *faults_suite(void)
{
	Suite *suite = suite_create("faults");
	TCase *tc = tcase_create("faults");

	tcase_set_timeout(tc, 180);
	tcase_add_unchecked_fixture(tc, make_corpus, NULL);
	tcase_add_test(tc, touches_no_memory_that_is_not_its_own);
	tcase_add_loop_test(tc, survives_a_kill_at_each_crash_point, 0,
			    sizeof(points) / sizeof(*points));
	tcase_add_test(tc,
		       takes_the_same_corpus_with_two_workers_that_come_and_go);
	tcase_add_test(tc, a_stopped_owner_that_wakes_up_does_no_harm);
	tcase_add_test(tc,
		       a_race_that_was_lost_is_run_again_and_forgets_nothing);
	tcase_add_test(tc, reads_what_a_commit_without_an_answer_has_done);
	tcase_add_loop_test(tc, goes_on_after_an_outage, 0,
			    sizeof(outages) / sizeof(*outages));
	tcase_add_test(tc, an_operator_rewinds_under_load);
	suite_add_tcase(suite, tc);
	return suite;
}
