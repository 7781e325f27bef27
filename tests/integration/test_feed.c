/* test_feed.c - a legacy system's file into a topic: all of it, once it was
 * killed as well; and what is not let in. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "integration/suites.h"
#include "io/kafka_admin.h"
#include "support/stream.h"

enum { DEADLINE_US = 60 * 1000000, ROWS = 200000 };

static const char layout_text[] =
	"{\"feed\":\"test/stock\",\"kind\":\"csv\",\"topic\":\"%s\","
	"\"header\":true,\"trailer\":{\"starts\":\"END,\",\"position\":2},"
	"\"key\":[\"sku\"],\"columns\":["
	"{\"member\":\"sku\",\"name\":\"sku\",\"required\":true},"
	"{\"member\":\"on_hand\",\"name\":\"qty\"}]}";

static char folder[64], topic[64], layout[128], file[128];
static char said[1 << 16];

static void write_file(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

static void make_topic(void)
{
	static const struct kafka_property none[] = {{NULL, NULL}};
	const struct kafka_property props[] = {
		{"bootstrap.servers", getenv("KAFKA_BOOTSTRAP_SERVERS")},
		{NULL, NULL},
	};
	const struct kafka_topic_plan plan = {topic, 3, 1, none};
	struct err err;
	struct kafka_admin *admin = kafka_admin_new(props, 10000, &err);

	ck_assert_msg(admin && kafka_admin_create(admin, &plan, 1, false, &err),
		      "%s", err.text);
	kafka_admin_free(admin);
}

static void setup(void)
{
	char text[1024];

	strcpy(folder, "/tmp/flotilla-feed-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(topic, sizeof(topic), "raw.test.feed-%s.v1",
		 strrchr(folder, '-') + 1);
	snprintf(layout, sizeof(layout), "%s/layout.json", folder);
	snprintf(file, sizeof(file), "%s/stock.csv", folder);
	snprintf(text, sizeof(text), layout_text, topic);
	write_file(layout, text);
	make_topic();
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Header, rows, and a trailer that says `says`. */
static void write_rows(int rows, int says)
{
	FILE *out = fopen(file, "w");

	ck_assert_ptr_nonnull(out);
	fputs("sku,qty\n", out);
	for (int i = 0; i < rows; i++)
		fprintf(out, "S%d,%d\n", i, i);
	fprintf(out, "END,%d\n", says);
	ck_assert_int_eq(fclose(out), 0);
}

/* fleetctl feed <layout> <file> <more> */
static void expect(const char *more, int code, const char *says)
{
	char command[512];
	FILE *pipe;
	size_t len;
	int ended;

	snprintf(command, sizeof(command), "build/fleetctl feed %s %s %s 2>&1",
		 layout, file, more);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(said, 1, sizeof(said) - 1, pipe);
	said[len] = '\0';
	ended = WEXITSTATUS(pclose(pipe));
	ck_assert_msg(ended == code, "%s: exit %d, not %d\n%s", command, ended,
		      code, said);
	ck_assert_msg(!says || strstr(said, says),
		      "%s does not say \"%s\" but\n%s", command, says, said);
}

static pid_t start(const char *rate)
{
	pid_t pid = fork();

	if (!pid) {
		execl("build/fleetctl", "fleetctl", "feed", layout, file,
		      "--rate", rate, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(pid, 0);
	return pid;
}

/* Rows in the state file; -1 as long as there is none. */
static long state_rows(void)
{
	char path[160], text[4096];
	const char *at;
	FILE *in;

	snprintf(path, sizeof(path), "%s.feed", file);
	in = fopen(path, "r");
	if (!in)
		return -1;
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	at = strstr(text, "\"rows\":");
	ck_assert_ptr_nonnull(at);
	return atol(at + strlen("\"rows\":"));
}

/* Until the state tells of at least so many rows. */
static void await_rows(long least)
{
	int64_t until = clock_mono_us() + DEADLINE_US;

	while (state_rows() < least) {
		ck_assert_msg(clock_mono_us() < until, "only %ld rows",
			      state_rows());
		poll(NULL, 0, 5);
	}
}

static int ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

/* Each row is in the topic; how many messages there are. */
static int64_t all_there(int rows)
{
	struct story s = {.topic = topic};
	char *seen = calloc((size_t)rows, 1);
	int64_t count;

	story_read(&s);
	for (int i = 0; i < s.count; i++) {
		int n = -1, quantity = -2;

		ck_assert_msg(sscanf(s.told[i].value,
				     "{\"sku\":\"S%d\",\"on_hand\":\"%d\"}", &n,
				     &quantity) == 2 &&
				      n == quantity && n >= 0 && n < rows,
			      "%s", s.told[i].value);
		seen[n] = 1;
	}
	for (int i = 0; i < rows; i++)
		ck_assert_msg(seen[i], "row %d is missing", i + 1);
	count = s.count;
	free(seen);
	story_release(&s);
	return count;
}

START_TEST(feeds_a_whole_file)
{
	write_rows(1000, 1000);
	expect("--dry-run", 0, "1000 would go to");
	ck_assert_int_eq(stream_end(topic), 0);
	ck_assert_int_eq(state_rows(), -1);
	expect("--json", 0, "\"fed\":1000,\"rejected\":0");
	ck_assert_int_eq(all_there(1000), 1000);
	/* what is through is not fed again by a resume */
	expect("--resume", 0, "1000 rows");
	ck_assert_int_eq(stream_end(topic), 1000);
	/* but is by a feed */
	expect("", 0, "1000 fed");
	ck_assert_int_eq(stream_end(topic), 2000);
}
END_TEST

START_TEST(loses_no_row_to_a_kill)
{
	long at;
	pid_t pid;

	write_rows(ROWS, ROWS);
	pid = start("20000");
	await_rows(1000);
	kill(pid, SIGKILL);
	ck_assert(WIFSIGNALED(ended(pid)));
	at = state_rows();
	ck_assert_int_lt(at, ROWS);
	ck_assert_int_ge(stream_end(topic), at);
	expect("", 1, "--resume goes on there");
	expect("--resume", 0, "200000 rows");
	/* twice at most what was under way when the state was written */
	ck_assert_int_le(all_there(ROWS), ROWS + (1 << 16));
	ck_assert_int_eq(state_rows(), ROWS);
}
END_TEST

START_TEST(says_how_to_go_on_when_it_is_stopped)
{
	pid_t pid;
	int status;

	write_rows(ROWS, ROWS);
	pid = start("20000");
	await_rows(500);
	expect("--resume", 1, "another fleetctl is feeding");
	kill(pid, SIGTERM);
	status = ended(pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	/* all that was sent had been acknowledged: nothing goes twice */
	ck_assert_int_eq(stream_end(topic), state_rows());
	expect("--resume --limit 10", 0, "stopped by --limit");
	expect("--resume", 0, "this run from row");
	ck_assert_int_eq(all_there(ROWS), ROWS);
}
END_TEST

START_TEST(refuses_a_file_that_was_changed)
{
	write_rows(1000, 1000);
	expect("--limit 300", 0, "300 fed");
	expect("", 1, "up to row 300 and no further");
	expect("--resume --topic other", 1, "add --topic");
	write_rows(1001, 1001);
	expect("--resume", 1, "was changed after");
	ck_assert_int_eq(stream_end(topic), 300);
}
END_TEST

START_TEST(refuses_a_file_that_was_cut_short)
{
	write_rows(1000, 1001);
	expect("", 1, "says 1001 rows, the file has 1000");
	write_file(file, "sku,qty\nS0,0\nS1,");
	expect("", 1, "no trailer");
	write_file(file, "sku,qty\nS0,0\nEND,1\nS1,1\n");
	expect("", 1, "behind the trailer");
	write_file(file, "sku,quantity\nS0,0\nEND,1\n");
	expect("", 1, "no column \"qty\"");
	write_file(file, "");
	expect("", 1, "ends before its header");
	ck_assert_int_eq(stream_end(topic), 0);
	ck_assert_int_eq(state_rows(), -1);
}
END_TEST

/* How many lines the reject file has. */
static int reject_lines(void)
{
	char path[160];
	int lines = 0, c;
	FILE *in;

	snprintf(path, sizeof(path), "%s.rejects", file);
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	while ((c = getc(in)) != EOF)
		lines += c == '\n';
	fclose(in);
	return lines;
}

START_TEST(puts_bad_rows_aside_and_feeds_the_rest)
{
	write_file(file, "sku,qty\nS0,0\nS1\n,7\n\"S1\"x,1\n\"S1\",\"1\"\n"
			 "S\xff,1\nS2,2\nEND,7\n");
	expect("", 1, "7 rows, 3 fed");
	ck_assert_ptr_nonnull(strstr(said, "row 2 (line 3) has 1 columns"));
	ck_assert_int_eq(reject_lines(), 4);
	ck_assert_int_eq(all_there(3), 3);
	/* in two parts: none is there twice */
	expect("--limit 4", 1, "4 rows, 1 fed");
	ck_assert_int_eq(reject_lines(), 3);
	expect("--resume", 1, "7 rows, 3 fed");
	ck_assert_int_eq(reject_lines(), 4);
}
END_TEST

START_TEST(feeds_what_comes_out_of_a_pipe)
{
	char text[1024], path[128], input[128];

	snprintf(text, sizeof(text), layout_text, topic);
	expect("", 1, "No such file");
	snprintf(path, sizeof(path), "%s/rejects", folder);
	strcpy(file, "-");
	expect("</dev/null", 1, "is read twice");
	memset(strstr(text, "\"trailer\""), ' ',
	       strlen("\"trailer\":{\"starts\":\"END,\",\"position\":2},"));
	write_file(layout, text);
	expect("</dev/null", 1, "give --rejects");
	expect("--resume </dev/null", 1, "cannot be resumed");
	snprintf(input, sizeof(input), "%s/input", folder);
	write_file(input, "sku,qty\nS0,0\nS1,1");
	snprintf(text, sizeof(text), "--rejects %s <%s/input", path, folder);
	expect(text, 0, "2 fed");
	ck_assert_int_eq(all_there(2), 2);
}
END_TEST

Suite *feed_suite(void)
{
	Suite *suite = suite_create("feed");
	TCase *tc = tcase_create("feed");

	tcase_set_timeout(tc, 120);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, feeds_a_whole_file);
	tcase_add_test(tc, loses_no_row_to_a_kill);
	tcase_add_test(tc, says_how_to_go_on_when_it_is_stopped);
	tcase_add_test(tc, refuses_a_file_that_was_changed);
	tcase_add_test(tc, refuses_a_file_that_was_cut_short);
	tcase_add_test(tc, puts_bad_rows_aside_and_feeds_the_rest);
	tcase_add_test(tc, feeds_what_comes_out_of_a_pipe);
	suite_add_tcase(suite, tc);
	return suite;
}
