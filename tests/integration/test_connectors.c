/* test_connectors.c - `fleetctl connector` as an operator runs it, against a
 * server of the test's own. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/suites.h"
#include "support/web.h"
#include "json/json.h"

static const char file[] =
	"{\"connector\":\"acme\",\"revision\":3,\"base_url\":\"${ACME_URL}\","
	"\"private_addresses\":true,"
	"\"settings\":{\"ACME_URL\":{\"description\":\"where\"}},"
	"\"secrets\":{\"token\":\"ACME_TOKEN\"},"
	"\"auth\":{\"kind\":\"bearer\",\"secret\":\"token\"},"
	"\"error\":\"/body/why\","
	"\"operations\":{\"put\":{\"method\":\"PUT\",\"path\":\"/s/{sku}\","
	"\"values\":{\"sku\":\"/sku\"},\"needs\":[\"/sku\"],"
	"\"query\":{\"k\":{\"const\":\"${token}\"}},"
	"\"body\":{\"json\":{\"object\":{\"n\":\"/available\","
	"\"ref\":\"@message\"}}},"
	"\"response\":{\"external_id\":\"/body/id\",\"as\":\"/body/as\"}}},"
	"\"tells\":{\"inventory\":{\"upsert\":\"put\"}}}";

static char dir[64];
static struct web *web;

struct ran {
	int code;
	char out[1 << 16]; /* standard output and standard error */
};

static struct ran ran;

static void on_request(void *ctx, const struct web_request *r,
		       struct web_answer *out)
{
	const char *who = web_header(r, "Authorization");

	(void)ctx;
	if (strstr(r->path, "bad")) {
		out->status = 422;
		buf_cstr(&out->body, "{\"why\":\"no such unit\"}");
		return;
	}
	buf_printf(&out->body, "{\"id\":\"x-1\",\"as\":\"%s\"}",
		   who ? who : "nobody");
}

static void write_to(const char *name, const char *text)
{
	char path[128];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	to = fopen(path, "w");
	ck_assert_ptr_nonnull(to);
	ck_assert_int_ge(fputs(text, to), 0);
	ck_assert_int_eq(fclose(to), 0);
}

static void setup(void)
{
	char connectors[80];

	snprintf(dir, sizeof(dir), "/tmp/flotilla-connectors-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(connectors, sizeof(connectors), "%s/connectors", dir);
	ck_assert_int_eq(mkdir(connectors, 0700), 0);
	write_to("connectors/acme.json", file);
	write_to("stock.json", "{\"sku\":\"A 1\",\"available\":7}");
	write_to("bad.json", "{\"sku\":\"bad\",\"available\":7}");
	write_to("nothing.json", "{\"available\":7}");
	write_to("token", "hunter22\n");
	web = web_start((struct web_handler){on_request, NULL});
	setenv("FLOTILLA_SCHEMAS_DIR", dir, 1);
	setenv("FLOTILLA_PRIVATE_ADDRESSES", "1", 1);
	setenv("D", dir, 1);
}

static void teardown(void)
{
	char command[128];

	web_stop(web);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static void configure(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/token", dir);
	setenv("ACME_URL", web_url(web), 1);
	setenv("ACME_TOKEN_FILE", path, 1);
}

/* `$D` in the line is the folder. */
static void expect(const char *line, int code, const char *says)
{
	char command[1024];
	FILE *pipe;
	size_t len;

	snprintf(command, sizeof(command), "build/fleetctl connector %s 2>&1",
		 line);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(ran.out, 1, sizeof(ran.out) - 1, pipe);
	ran.out[len] = '\0';
	ran.code = WEXITSTATUS(pclose(pipe));
	ck_assert_msg(ran.code == code, "%s: exit %d, not %d\n%s", line,
		      ran.code, code, ran.out);
	ck_assert_msg(strstr(ran.out, says) != NULL,
		      "%s does not say \"%s\" but\n%s", line, says, ran.out);
	ck_assert_msg(!strstr(ran.out, "hunter22"), "%s tells the secret:\n%s",
		      line, ran.out);
}

START_TEST(lists_what_there_is_and_what_is_not_set)
{
	expect("list", 0, "not set: ACME_URL ACME_TOKEN (or its _FILE)");
	configure();
	expect("list --json", 0,
	       "[{\"connector\":\"acme\",\"revision\":3,\"auth\":\"bearer\","
	       "\"operations\":1,\"tells\":\"inventory\",\"fetches\":\"\","
	       "\"ready\":true,\"why\":\"\"}]");
}
END_TEST

START_TEST(finds_what_is_wrong_with_a_file)
{
	expect("lint", 0, "1 files, no findings");
	write_to("connectors/other.json", file);
	expect("lint", 1, "must be acme.json");
	write_to("connectors/other.json", "{\"conector\":\"other\"}");
	expect("lint $D/connectors/acme.json $D/connectors/other.json", 1,
	       "did you mean \"connector\"?");
	expect("lint --json $D/connectors/acme.json", 0, "[]");
	expect("lint $D/nothing/here.json", 2, "No such file");
}
END_TEST

START_TEST(shows_a_request_and_sends_nothing)
{
	expect("call acme put $D/stock.json", 0,
	       "PUT ${ACME_URL}/s/A%201?k=%24%7Btoken%7D");
	configure();
	expect("call acme put $D/stock.json", 0, "/s/A%201?k=***");
	ck_assert_ptr_nonnull(strstr(ran.out, "\"n\": 7"));
	ck_assert_ptr_nonnull(strstr(ran.out, "(bearer is added"));
	expect("call acme put $D/stock.json --json --key k-1", 0,
	       "\"body\":\"{\\\"n\\\":7,\\\"ref\\\":\\\"k-1\\\"}\"},"
	       "\"sent\":false}");
	expect("call acme put $D/nothing.json", 1, "lacks what it needs");
	expect("call acme putt $D/stock.json", 2, "there are put");
	expect("call acm put", 1, "acm.json");
	ck_assert_int_eq(web_count(web), 0);
}
END_TEST

START_TEST(sends_it_and_says_what_the_answer_means)
{
	configure();
	expect("call acme put $D/stock.json --send", 0, "outcome: done");
	ck_assert_ptr_nonnull(strstr(ran.out, "external_id = x-1"));
	/* the system quotes the secret: nobody else does */
	ck_assert_ptr_nonnull(strstr(ran.out, "as = Bearer ***"));
	ck_assert_int_eq(web_count(web), 1);
	expect("call acme put $D/bad.json --send", 1,
	       "because: HTTP 422: no such unit");
	expect("call acme put $D/bad.json --send --json --body", 1,
	       "\"sent\":true,\"status\":422,\"outcome\":\"rejected\"");
	setenv("FLOTILLA_PRIVATE_ADDRESSES", "0", 1);
	expect("call acme put $D/stock.json --send", 1,
	       "FLOTILLA_PRIVATE_ADDRESSES=1");
	ck_assert_int_eq(web_count(web), 3);
}
END_TEST

START_TEST(sends_nothing_that_is_not_set)
{
	expect("call acme put $D/stock.json --send", 1, "not set: ACME_URL");
}
END_TEST

START_TEST(explains_itself)
{
	expect("--help", 0, "connector call <system> <operation>");
	expect("list --help", 0, "--json");
	expect("lint --help", 0, "--json");
	expect("call --help", 0, "--send");
	expect("call acme", 2, "it wants <system> <operation>");
}
END_TEST

Suite *connectors_suite(void)
{
	Suite *suite = suite_create("connectors");
	TCase *tc = tcase_create("connectors");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lists_what_there_is_and_what_is_not_set);
	tcase_add_test(tc, finds_what_is_wrong_with_a_file);
	tcase_add_test(tc, shows_a_request_and_sends_nothing);
	tcase_add_test(tc, sends_it_and_says_what_the_answer_means);
	tcase_add_test(tc, sends_nothing_that_is_not_set);
	tcase_add_test(tc, explains_itself);
	suite_add_tcase(suite, tc);
	return suite;
}
