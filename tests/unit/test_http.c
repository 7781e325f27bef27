/* test_http.c - the HTTP client against a server that behaves in many ways. */
#include <poll.h>

#include "io/digest.h"
#include "io/http_address.h"
#include "io/http_client.h"
#include "io/http_text.h"
#include "support/web.h"
#include "unit/suites.h"

static struct web *web;
static struct http_client *client;
static struct arena arena;
static struct http_result result;

/* What each path does; the suite's server. */
static void answer(void *ctx, const struct web_request *r,
		   struct web_answer *out)
{
	(void)ctx;
	if (!strcmp(r->path, "/echo")) {
		const char *header = web_header(r, "X-Asked");

		out->names[0] = "X-Answer";
		out->values[0] = "yes";
		buf_printf(&out->body, "%s %s %.*s", r->method,
			   header ? header : "-", STR_ARGS(r->body));
	} else if (!strcmp(r->path, "/cut")) {
		buf_cstr(&out->body, "0123456789");
		out->manner = WEB_CUT;
	} else if (!strcmp(r->path, "/hangs")) {
		buf_cstr(&out->body, "0123456789");
		out->manner = WEB_HANGS;
	} else if (!strcmp(r->path, "/silent")) {
		out->manner = WEB_SILENT;
	} else if (!strcmp(r->path, "/huge")) {
		for (int i = 0; i < 100000; i++)
			buf_cstr(&out->body, "0123456789");
	} else if (!strcmp(r->path, "/headers")) {
		static char long_one[80 << 10];

		memset(long_one, 'x', sizeof(long_one) - 1);
		out->names[0] = "X-Long";
		out->values[0] = long_one;
	} else if (!strcmp(r->path, "/near") || !strcmp(r->path, "/kept")) {
		out->status = !strcmp(r->path, "/near") ? 302 : 307;
		out->names[0] = "Location";
		out->values[0] = "/echo";
	} else if (!strcmp(r->path, "/far")) {
		out->status = 302;
		out->names[0] = "Location";
		out->values[0] = "http://localhost:1/echo";
	} else if (!strncmp(r->path, "/busy", 5)) {
		out->status = 429;
		out->names[0] = "retry-after";
		out->values[0] = strcmp(r->path, "/busy")
					 ? "Fri, 13 Feb 2009 23:31:33 GMT"
					 : "3";
	} else if (!strcmp(r->path, "/round")) {
		out->status = 302;
		out->names[0] = "Location";
		out->values[0] = "/round";
	} else {
		out->status = 404;
	}
}

static void setup(void)
{
	web = web_start((struct web_handler){answer, NULL});
	client = http_client_new(NULL);
	arena_init(&arena, 0);
}

static void teardown(void)
{
	http_client_free(client);
	web_stop(web);
	arena_release(&arena);
}

static struct http_request request_to(const char *path)
{
	return (struct http_request){
		.url = arena_printf(&arena, "%s%s", web_url(web), path),
		.private_addresses = true,
	};
}

static void get(const char *path)
{
	struct http_request request = request_to(path);

	http_client_wait(client, &request, &arena, &result);
}

START_TEST(sends_method_headers_and_body_and_reads_the_answer)
{
	struct http_header header = {STR("X-Asked"), STR("a b")};
	struct http_request r = request_to("/echo");

	r.method = STR("PUT");
	r.body = STR("payload");
	r.headers = &header;
	r.header_count = 1;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 200);
	ck_assert(str_is(result.body, "PUT a b payload"));
	ck_assert(str_is(http_header_find(&result, "x-answer"), "yes"));
	ck_assert(!http_header_find(&result, "x-other").at);
	ck_assert(result.maybe_sent);
}
END_TEST

START_TEST(posts_an_empty_body)
{
	struct http_request r = request_to("/echo");

	r.method = STR("POST");
	http_client_wait(client, &r, &arena, &result);
	ck_assert(str_is(result.body, "POST - "));
}
END_TEST

START_TEST(refuses_a_loopback_address_unless_it_is_allowed)
{
	struct http_request r = request_to("/echo");

	r.private_addresses = false;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(result.err.code, "private-address");
	ck_assert_int_eq(result.err.kind, ERR_INVALID);
	ck_assert(!result.maybe_sent);
	ck_assert_int_eq(web_connections(web), 0);
}
END_TEST

START_TEST(refuses_a_kept_connection_that_another_call_was_allowed)
{
	struct http_request r = request_to("/echo");

	get("/echo");
	ck_assert_int_eq(result.status, 200);
	r.private_addresses = false;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_str_eq(result.err.code, "private-address");
	ck_assert(!result.maybe_sent);
	ck_assert_int_eq(web_count(web), 1);
}
END_TEST

START_TEST(says_that_nothing_was_sent_when_nobody_listens)
{
	struct http_request r = {.url = STR("http://127.0.0.1:1/"),
				 .private_addresses = true};

	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.err.kind, ERR_TEMPORARY);
	ck_assert_str_eq(result.err.code, "unreachable");
	ck_assert(!result.maybe_sent);
}
END_TEST

/* With or without a name server, and however slow that one is. */
START_TEST(says_that_nothing_was_sent_to_a_name_that_is_nobodys)
{
	struct http_request r = {.url = STR("http://nobody.invalid/"),
				 .timeout_ms = 300};

	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.err.kind, ERR_TEMPORARY);
	ck_assert(!result.maybe_sent);
}
END_TEST

START_TEST(refuses_a_name_that_leads_inside)
{
	struct http_request r = {
		.url = arena_printf(&arena, "http://localhost%s/echo",
				    strrchr(web_url(web), ':'))};

	http_client_wait(client, &r, &arena, &result);
	ck_assert_str_eq(result.err.code, "private-address");
	ck_assert_int_eq(web_count(web), 0);
}
END_TEST

START_TEST(says_that_something_may_have_been_sent_after_a_timeout)
{
	struct http_request r = request_to("/silent");

	r.timeout_ms = 100;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_str_eq(result.err.code, "timeout");
	ck_assert_int_eq(result.err.kind, ERR_TEMPORARY);
	ck_assert(result.maybe_sent);
}
END_TEST

START_TEST(gives_up_a_body_that_does_not_end)
{
	struct http_request r = request_to("/hangs");

	r.timeout_ms = 100;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_str_eq(result.err.code, "timeout");
	ck_assert(result.maybe_sent);
}
END_TEST

START_TEST(takes_half_an_answer_for_none)
{
	get("/cut");
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(result.err.code, "cut-short");
	ck_assert(result.maybe_sent);
}
END_TEST

START_TEST(stops_reading_an_answer_that_is_too_large)
{
	struct http_request r = request_to("/huge");

	r.response_bytes = 1000;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_str_eq(result.err.code, "too-large");
	ck_assert_int_eq(result.err.kind, ERR_INVALID);
	ck_assert(result.maybe_sent);
	ck_assert_uint_le(result.body.len, 1000);
}
END_TEST

START_TEST(stops_reading_headers_that_are_too_large)
{
	get("/headers");
	ck_assert_str_eq(result.err.code, "too-large");
}
END_TEST

START_TEST(follows_no_redirect_unless_asked)
{
	get("/near");
	ck_assert_int_eq(result.status, 302);
	ck_assert_int_eq(web_count(web), 1);
}
END_TEST

START_TEST(follows_a_redirect_within_the_origin)
{
	struct http_request r = request_to("/near");

	r.follow_redirects = true;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 200);
	ck_assert(str_is(result.body, "GET - "));
}
END_TEST

START_TEST(follows_no_redirect_to_another_origin)
{
	struct http_request r = request_to("/far");

	r.follow_redirects = true;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 302);
}
END_TEST

START_TEST(turns_no_post_into_a_get)
{
	struct http_request r = request_to("/near");

	r.follow_redirects = true;
	r.method = STR("POST");
	r.body = STR("x");
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 302);
	r.url = request_to("/kept").url;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 200);
	ck_assert(str_is(result.body, "POST - x"));
}
END_TEST

START_TEST(ends_a_round_of_redirects)
{
	struct http_request r = request_to("/round");

	r.follow_redirects = true;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 302);
	ck_assert_int_eq(web_count(web), 1 + HTTP_REDIRECTS_MAX);
}
END_TEST

START_TEST(refuses_other_protocols_and_names_in_the_url)
{
	static const char *const urls[] = {
		"file:///etc/passwd", "gopher://127.0.0.1/",
		"http://user:pass@127.0.0.1/", "http://127.0.0.1/a b", ""};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		struct http_request r = {.url = str_of(urls[i]),
					 .private_addresses = true};

		http_client_wait(client, &r, &arena, &result);
		ck_assert_int_eq(result.err.kind, ERR_INVALID);
		ck_assert_str_eq(result.err.code, "bad-url");
		ck_assert(!result.maybe_sent);
	}
}
END_TEST

START_TEST(refuses_a_header_that_would_end_early)
{
	struct http_header header = {STR("X-A"), STR("a\r\nX-B: b")};
	struct http_request r = request_to("/echo");

	r.headers = &header;
	r.header_count = 1;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_str_eq(result.err.code, "bad-header");
	ck_assert_int_eq(web_count(web), 0);
}
END_TEST

static void count(void *ctx, const struct http_result *r)
{
	int *n = ctx;

	(void)r;
	++*n;
}

START_TEST(has_many_in_flight_and_refuses_more_than_its_limit)
{
	const struct http_limits limits = {.in_flight = 20};
	struct http_client *small = http_client_new(&limits);
	struct http_request r = request_to("/echo");
	int done = 0;

	for (int i = 0; i < 30; i++)
		http_client_send(small, &r, (struct http_done){count, &done});
	ck_assert_int_eq(done, 0);
	while (http_client_in_flight(small))
		http_client_turn(small, -1);
	ck_assert_int_eq(done, 30);
	ck_assert_int_eq(web_count(web), 20);
	http_client_free(small);
}
END_TEST

START_TEST(calls_nobody_back_after_a_cancel)
{
	struct http_request r = request_to("/silent");
	int done = 0;
	struct http_call *call =
		http_client_send(client, &r, (struct http_done){count, &done});

	while (!web_count(web))
		http_client_turn(client, 10);
	http_client_cancel(client, call);
	ck_assert_int_eq(http_client_in_flight(client), 0);
	http_client_serve(client);
	ck_assert_int_eq(done, 0);
}
END_TEST

START_TEST(uses_a_connection_again_unless_a_repeat_does_harm)
{
	struct http_request r = request_to("/echo");
	struct pollfd fd;
	int wait_ms = 5000;

	get("/echo");
	get("/echo");
	ck_assert_int_eq(web_connections(web), 1);
	r.once = true;
	http_client_wait(client, &r, &arena, &result);
	ck_assert_int_eq(result.status, 200);
	ck_assert_int_eq(web_count(web), 3);
	ck_assert_int_eq(web_connections(web), 2);
	/* at rest nothing is due but the idle connections' end */
	http_client_poll(client, &fd, &wait_ms);
	ck_assert_int_eq(fd.events, POLLIN);
	ck_assert_int_ge(wait_ms, 0);
}
END_TEST

START_TEST(reads_retry_after_in_seconds_and_as_a_date)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"120", 120000},
		{"0", 0},
		{"-5", -1},
		{"2.0", 2000},
		{"1.25", 2000},
		{"1.x", -1},
		{"99999999999", 86400000},
		{"soon", -1},
		{"Fri, 13 Feb 2009 23:31:40 GMT", 10000},
		{"Fri, 13 Feb 2009 23:31:20 GMT", 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_header header = {STR("Retry-After"),
					     str_of(rows[i].text)};
		struct http_result r = {.headers = &header, .header_count = 1};

		ck_assert_int_eq(http_retry_after_ms(&r, 1234567890000000),
				 rows[i].ms);
	}
	ck_assert_int_eq(http_retry_after_ms(&(struct http_result){0}, 0), -1);
}
END_TEST

START_TEST(is_told_how_long_to_wait)
{
	get("/busy");
	ck_assert_int_eq(result.status, 429);
	ck_assert_int_eq(http_retry_after_ms(&result, 1234567890000000), 3000);
	get("/busy-until");
	ck_assert_int_eq(http_retry_after_ms(&result, 1234567890000000), 3000);
}
END_TEST

START_TEST(knows_which_addresses_are_public)
{
	static const char *const inside[] = {
		"127.0.0.1",
		"10.1.2.3",
		"172.31.0.1",
		"192.168.0.1",
		"169.254.169.254",
		"100.64.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"255.255.255.255",
		"::1",
		"::",
		"fe80::1",
		"fc00::1",
		"ff02::1",
		"::ffff:10.0.0.1",
		"64:ff9b::7f00:1",
		"2002:7f00:1::",
		"2001:db8::1",
		"198.19.0.1",
		"nonsense",
		"",
	};
	static const char *const outside[] = {
		"8.8.8.8",	"172.32.0.1",	  "100.128.0.1",      "1.1.1.1",
		"2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
	};

	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++)
		ck_assert_msg(!address_text_is_public(inside[i]), "%s",
			      inside[i]);
	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		ck_assert_msg(address_text_is_public(outside[i]), "%s",
			      outside[i]);
}
END_TEST

START_TEST(signs_as_rfc_4231_does)
{
	uint8_t digest[DIGEST_BYTES];
	struct buf hex;

	buf_init(&hex, 100);
	digest_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"),
			   digest);
	digest_hex(&hex, digest);
	ck_assert(str_is(buf_view(&hex), "5bdcc146bf60754e6a042426089575c7"
					 "5a003f089d2739839dec58b964ec3843"));
	buf_release(&hex);
}
END_TEST

START_TEST(encodes_all_but_unreserved_characters)
{
	struct buf out;

	buf_init(&out, 100);
	http_encode(&out, STR("aZ09-._~ /?#%&=+\xc3\xa4"));
	ck_assert(str_is(buf_view(&out),
			 "aZ09-._~%20%2F%3F%23%25%26%3D%2B%C3%A4"));
	buf_release(&out);
}
END_TEST

Suite *http_suite(void)
{
	Suite *suite = suite_create("http");
	TCase *calls = tcase_create("calls");
	TCase *texts = tcase_create("texts");

	tcase_add_checked_fixture(calls, setup, teardown);
	tcase_add_test(calls,
		       sends_method_headers_and_body_and_reads_the_answer);
	tcase_add_test(calls, posts_an_empty_body);
	tcase_add_test(calls, refuses_a_loopback_address_unless_it_is_allowed);
	tcase_add_test(calls,
		       refuses_a_kept_connection_that_another_call_was_allowed);
	tcase_add_test(calls, says_that_nothing_was_sent_when_nobody_listens);
	tcase_add_test(calls,
		       says_that_nothing_was_sent_to_a_name_that_is_nobodys);
	tcase_add_test(calls, refuses_a_name_that_leads_inside);
	tcase_add_test(calls,
		       says_that_something_may_have_been_sent_after_a_timeout);
	tcase_add_test(calls, gives_up_a_body_that_does_not_end);
	tcase_add_test(calls, takes_half_an_answer_for_none);
	tcase_add_test(calls, stops_reading_an_answer_that_is_too_large);
	tcase_add_test(calls, stops_reading_headers_that_are_too_large);
	tcase_add_test(calls, follows_no_redirect_unless_asked);
	tcase_add_test(calls, follows_a_redirect_within_the_origin);
	tcase_add_test(calls, follows_no_redirect_to_another_origin);
	tcase_add_test(calls, turns_no_post_into_a_get);
	tcase_add_test(calls, ends_a_round_of_redirects);
	tcase_add_test(calls, refuses_other_protocols_and_names_in_the_url);
	tcase_add_test(calls, refuses_a_header_that_would_end_early);
	tcase_add_test(calls,
		       has_many_in_flight_and_refuses_more_than_its_limit);
	tcase_add_test(calls, is_told_how_long_to_wait);
	tcase_add_test(calls, calls_nobody_back_after_a_cancel);
	tcase_add_test(calls,
		       uses_a_connection_again_unless_a_repeat_does_harm);
	suite_add_tcase(suite, calls);
	tcase_add_test(texts, reads_retry_after_in_seconds_and_as_a_date);
	tcase_add_test(texts, knows_which_addresses_are_public);
	tcase_add_test(texts, signs_as_rfc_4231_does);
	tcase_add_test(texts, encodes_all_but_unreserved_characters);
	suite_add_tcase(suite, texts);
	return suite;
}
