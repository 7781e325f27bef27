/* test_inputs.c - whatever a topic may hold: each bad message is a dead letter
 * with class and pointer, the lane goes on, the ledger balances. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "integration/suites.h"
#include "support/site.h"
#include "support/stream.h"

static const char topic[] = "raw.shopify.order.v1";

static const char good[] =
	"{\"id\":%d,\"name\":\"#9\",\"created_at\":\"2026-03-01T10:00:00Z\","
	"\"updated_at\":\"2026-03-01T10:00:00Z\",\"currency\":\"EUR\","
	"\"financial_status\":\"paid\",\"total_price\":\"10.00\",\"note\":"
	"\"n\",\"line_items\":[{\"id\":1,\"quantity\":2,\"price\":\"5.00\"}]}";

/* The good order with one thing wrong. */
static const struct {
	const char *name;
	const char *find, *put; /* NULL: `put` is the whole value */
	const char *class;	/* NULL: it is fine after all */
	const char *pointer;
} cases[] = {
	{"not json", NULL, "order 9", "not-json", ""},
	{"truncated", ",\"line_items\"", "", "not-json", ""},
	{"invalid UTF-8", "\"n\"", "\"\xc3\x28\"", "not-utf8", ""},
	{"a lone surrogate", "\"n\"", "\"\\ud800\"", "not-utf8", "/note"},
	{"a NUL", "\"n\"", "\"\\u0000\"", "nul-character", "/note"},
	{"duplicate keys", "\"note\"", "\"currency\":\"USD\",\"note\"",
	 "duplicate-key", "/currency"},
	{"a number out of range", "\"quantity\":2",
	 "\"quantity\":99999999999999999999", "number-range",
	 "/line_items/0/quantity"},
	{"money with too many decimals", "\"10.00\"", "\"10.005\"",
	 "money-scale", "/total_price"},
	{"money that is none", "\"5.00\"", "\"five\"", NULL, NULL},
	{"an unknown currency", "EUR", "ZZZ", "unknown-currency", "/currency"},
	{"an unknown code", "\"paid\"", "\"payed\"", NULL, NULL},
	{"a missing total", "\"total_price\"", "\"total\"", "missing-field",
	 NULL},
	{"a missing id", "\"id\":", "\"no_id\":", NULL, NULL},
	{"a time that is none", "2026-03-01T10:00:00Z\",\"updated",
	 "2026-13-01T10:00:00Z\",\"updated", NULL, NULL},
	{"empty", NULL, "", "empty", ""},
	{"blank", NULL, "  \n", "empty", ""},
};

enum { CASES = sizeof(cases) / sizeof(*cases) };

static void make_value(char *value, size_t size, size_t n)
{
	char base[1024];
	const char *at;

	if (!cases[n].find) {
		snprintf(value, size, "%s", cases[n].put);
		return;
	}
	snprintf(base, sizeof(base), good, 1000 + (int)n);
	at = strstr(base, cases[n].find);
	ck_assert_msg(at != NULL, "%s", cases[n].name);
	snprintf(value, size, "%.*s%s%s", (int)(at - base), base, cases[n].put,
		 *cases[n].put ? at + strlen(cases[n].find) : "");
}

static void check_case(struct site *s, size_t n)
{
	char sql[256], class[64], pointer[256];

	snprintf(sql, sizeof(sql),
		 "SELECT error_class FROM dead_letter WHERE key = 'case-%zu'",
		 n);
	site_text(s, sql, class, sizeof(class));
	ck_assert_msg(*class, "\"%s\" is no dead letter", cases[n].name);
	if (cases[n].class)
		ck_assert_msg(!strcmp(class, cases[n].class),
			      "\"%s\" is \"%s\", not \"%s\"", cases[n].name,
			      class, cases[n].class);
	snprintf(sql, sizeof(sql),
		 "SELECT pointer FROM dead_letter WHERE key = 'case-%zu'", n);
	site_text(s, sql, pointer, sizeof(pointer));
	if (cases[n].pointer)
		ck_assert_msg(!strcmp(pointer, cases[n].pointer),
			      "\"%s\" at \"%s\", not \"%s\"", cases[n].name,
			      pointer, cases[n].pointer);
}

static struct str repeated(const char *begin, const char *piece, size_t times,
			   const char *end)
{
	size_t len = strlen(piece), at = strlen(begin);
	char *text = malloc(at + len * times + strlen(end) + 1);

	ck_assert_ptr_nonnull(text);
	memcpy(text, begin, at);
	for (size_t i = 0; i < times; i++, at += len)
		memcpy(text + at, piece, len);
	strcpy(text + at, end);
	return str_of(text);
}

/* Ten megabytes: of lines they are an order, in one remark they are not, and
 * a byte more than is allowed is not even looked at. */
static void send_large(struct stream *stream)
{
	static const char head[] =
		"{\"id\":7001,\"created_at\":\"2026-03-01T10:00:00Z\","
		"\"updated_at\":\"2026-03-01T10:00:00Z\",\"currency\":\"EUR\","
		"\"financial_status\":\"paid\",\"total_price\":\"10.00\",";
	char line[1100], text[1300];
	struct str order, note, huge, deep;

	memset(line, 'x', 1000);
	line[1000] = '\0';
	snprintf(text, sizeof(text),
		 "{\"sku\":\"A\",\"quantity\":1,\"price\":\"1.00\",\"name\":"
		 "\"%s\"},",
		 line);
	order = repeated(head, "", 0, "\"line_items\":[");
	order = repeated(order.at, text, 9000,
			 "{\"sku\":\"A\",\"quantity\":1}]}");
	note = repeated(head, "", 0, "\"line_items\":[],\"note\":\"");
	note = repeated(note.at, line, 10000, "\"}");
	huge = repeated("[\"", line, 10486, "\"]");
	deep = repeated("", "[", 1000, "");
	stream_send(stream, topic, STR("large-order"), order);
	stream_send(stream, topic, STR("large-note"), note);
	stream_send(stream, topic, STR("too-large"), huge);
	stream_send(stream, topic, STR("too-deep"), deep);
}

static void check_key(struct site *s, const char *key, const char *class)
{
	char sql[256], got[64];

	snprintf(sql, sizeof(sql),
		 "SELECT error_class FROM dead_letter WHERE key = '%s'", key);
	site_text(s, sql, got, sizeof(got));
	ck_assert_msg(!strcmp(got, class), "%s: \"%s\", not \"%s\"", key, got,
		      class);
}

static void send_all(void)
{
	struct stream *stream = stream_new();
	char key[32], value[2048];

	for (size_t n = 0; n < CASES; n++) {
		snprintf(key, sizeof(key), "case-%zu", n);
		make_value(value, sizeof(value), n);
		stream_send(stream, topic, str_of(key), str_of(value));
	}
	send_large(stream);
	stream_send(stream, topic, STR("tombstone"), (struct str){NULL, 0});
	snprintf(value, sizeof(value), good, 8001);
	stream_send(stream, topic, (struct str){NULL, 0}, str_of(value));
	snprintf(value, sizeof(value), good, 8002);
	stream_send(stream, topic, STR("last"), str_of(value));
	stream_finish(stream);
}

START_TEST(each_bad_input_is_a_dead_letter_and_the_lane_goes_on)
{
	int64_t before, end;
	struct site s;
	pid_t pid;

	site_run("build/fleetctl topics --partitions 4");
	before = stream_end(topic);
	send_all();
	end = stream_end(topic);
	ck_assert_int_eq(end - before, CASES + 7);
	site_open(&s, "inputs");
	pid = site_start(&s, NULL);
	site_wait_through(&s, end);
	for (size_t n = 0; n < CASES; n++)
		check_case(&s, n);
	check_key(&s, "large-note", "too-long");
	check_key(&s, "too-large", "too-large");
	check_key(&s, "too-deep", "too-deep");
	check_key(&s, "tombstone", "tombstone");
	/* large, without a key, and after all that was bad */
	ck_assert_int_eq(site_number(&s,
				     "SELECT count(*) FROM orders WHERE id IN "
				     "('shopify/7001', 'shopify/8001', "
				     "'shopify/8002')"),
			 3);
	ck_assert_int_eq(site_number(&s, "SELECT count(*) FROM order_line "
					 "WHERE order_id = 'shopify/7001'"),
			 9001);
	site_run("PGDATABASE=%s FLOTILLA_GROUP=%s build/fleetctl prove --group "
		 "%s",
		 s.database, s.group, s.group);
	site_stop(&s, pid);
	site_close(&s);
}
END_TEST

/* Starts that must be refused, with a sentence that helps. */
static const struct {
	const char *setting;
	const char *says;
} refused[] = {
	{"FLOTILLA_BATCH_MESAGES=10", "FLOTILLA_BATCH_MESSAGES"},
	{"FLOTILLA_BATCH_MESSAGES=many", "use a number"},
	{"FLOTILLA_LOG_LEVEL=loud", "use debug, info, warn or error"},
	{"FLOTILLA_SCHEMAS_DIR=/nowhere", "FLOTILLA_SCHEMAS_DIR"},
	{"FLOTILLA_SCHEMAS_DIR=build/broken-schemas", "currencyy"},
	{"KAFKA_NO_SUCH_PROPERTY=1", "no.such.property"},
	{"KAFKA_SESSION_TIMEOUT_MS=soon", "session.timeout.ms"},
};

START_TEST(a_wrong_set_up_stops_the_start_with_a_sentence)
{
	char line[1024], out[8192];
	struct site s;
	size_t len;
	FILE *pipe;
	int status;

	site_run("rm -rf build/broken-schemas && cp -r schemas "
		 "build/broken-schemas && sed -i 's/\"currency\":/"
		 "\"currencyy\":/' "
		 "build/broken-schemas/mappings/shopify/order.json");
	site_open(&s, "refused");
	snprintf(line, sizeof(line),
		 "PGDATABASE=%s FLOTILLA_HTTP_PORT=0 %s timeout 30 "
		 "build/order-sync 2>&1",
		 s.database, refused[_i].setting);
	pipe = popen(line, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(out, 1, sizeof(out) - 1, pipe);
	out[len] = '\0';
	status = pclose(pipe);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 1,
		      "%s: status %x\n%s", refused[_i].setting, status, out);
	ck_assert_msg(strstr(out, refused[_i].says) != NULL,
		      "%s does not say \"%s\":\n%s", refused[_i].setting,
		      refused[_i].says, out);
	site_close(&s);
}
END_TEST

Suite *inputs_suite(void)
{
	Suite *suite = suite_create("inputs");
	TCase *tc = tcase_create("inputs");

	tcase_set_timeout(tc, 180);
	tcase_add_test(tc,
		       each_bad_input_is_a_dead_letter_and_the_lane_goes_on);
	tcase_add_loop_test(tc, a_wrong_set_up_stops_the_start_with_a_sentence,
			    0, sizeof(refused) / sizeof(*refused));
	suite_add_tcase(suite, tc);
	return suite;
}
