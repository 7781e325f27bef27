/* test_session.c - sessions, against a server that gives out tokens. */
#include <stdio.h>

#include "base/clock.h"
#include "io/digest.h"
#include "outbound/session_private.h"
#include "support/web.h"
#include "unit/test_connector.h"

enum { SENT_MAX = 16 };

/* What the server has seen, and how it behaves; guarded by web_lock(). */
static struct system {
	int logins;
	int calls;
	char seen[SENT_MAX][256]; /* what each call was sent with */
	const char *refuses;	  /* this authorization is answered 401 */
	const char *lifetime;	  /* of a token, in seconds */
	int login_status;
	enum web_manner login_manner;
	bool quotes; /* the answer repeats the authorization */
} sys;

static struct web *web;
static struct http_client *client;
static struct arena arena;
static struct connector_session *session;
static struct connector *connector;

/* What has come of a call. */
struct came {
	int times;
	enum outcome_kind kind;
	bool answered; /* there was an answer */
	char text[400];
};

static void on_token(struct web_answer *out)
{
	sys.logins++;
	out->status = sys.login_status;
	out->manner = sys.login_manner;
	if (sys.login_status != 200)
		buf_cstr(&out->body, "{\"error\":\"wrong password hunter22\"}");
	else
		buf_printf(&out->body,
			   "{\"access_token\":\"token-%d\",\"expires_in\":%s}",
			   sys.logins, sys.lifetime);
}

static void on_call(const struct web_request *r, struct web_answer *out)
{
	const char *got = web_header(r, "Authorization");
	const char *key = web_argument(r, "api_key");

	snprintf(sys.seen[sys.calls++ % SENT_MAX], sizeof(sys.seen[0]), "%s",
		 got   ? got
		 : key ? key
		       : "");
	if (!sys.refuses || !got || strcmp(got, sys.refuses) != 0)
		return;
	out->status = 401;
	if (sys.quotes)
		buf_printf(&out->body, "{\"m\":\"not %s\"}", got);
}

static void on_request(void *ctx, const struct web_request *r,
		       struct web_answer *out)
{
	(void)ctx;
	if (!strcmp(r->path, "/token"))
		on_token(out);
	else if (!strcmp(r->path, "/signed"))
		buf_printf(&out->body, "%s|%s|%.*s", web_header(r, "X-Time"),
			   web_header(r, "X-Sign"), STR_ARGS(r->body));
	else
		on_call(r, out);
}

static const char *from_test(void *ctx, const char *name)
{
	(void)ctx;
	if (!strcmp(name, "URL"))
		return web_url(web);
	if (!strcmp(name, "SECRET"))
		return "hunter22";
	return strcmp(name, "FLOTILLA_PRIVATE_ADDRESSES") ? NULL : "1";
}

/* A session of a connector with that auth. */
static void begin(const char *auth)
{
	const struct connector_env env = {from_test, NULL};
	struct err err;
	struct str text = arena_printf(
		&arena,
		"{\"connector\":\"test\",\"revision\":1,"
		"\"base_url\":\"${URL}\",\"private_addresses\":true,"
		"\"settings\":{\"URL\":{\"description\":\"x\"}},"
		"\"secrets\":{\"s\":\"SECRET\"},\"error\":\"/body/m\","
		"\"limits\":{\"timeout_ms\":2000},\"auth\":%s,"
		"\"operations\":{"
		"\"login\":{\"method\":\"POST\",\"path\":\"/token\"},"
		"\"signed\":{\"method\":\"POST\",\"path\":\"/signed\","
		"\"query\":{\"a\":{\"const\":\"1\"}},"
		"\"body\":{\"text\":{\"const\":\"hello\"}}},"
		"\"call\":{\"method\":\"POST\",\"path\":\"/call\"}}}",
		auth);

	if (!connector_load(text, "test", &env, &arena, &connector, &err))
		ck_abort_msg("%s at %s", err.text, err.pointer);
	session = connector_session_new(connector, client);
}

static void on_done(void *ctx, const struct connector_outcome *outcome,
		    const struct http_result *result)
{
	struct came *came = ctx;

	came->times++;
	came->kind = outcome->kind;
	came->answered = result != NULL;
	snprintf(came->text, sizeof(came->text), "%.*s",
		 STR_ARGS(outcome->text));
}

static struct connector_call *send_op(const char *name, struct came *came)
{
	const struct connector_operation *op =
		connector_operation(connector, str_of(name));
	const struct connector_told told = {NULL, {NULL, 0}};
	struct http_request request;
	struct err err;

	memset(came, 0, sizeof(*came));
	ck_assert(operation_render(op, &told, &arena, &request, &err));
	return connector_session_send(session, op, &request,
				      (struct connector_done){on_done, came});
}

static void wait_all(void)
{
	while (connector_session_in_flight(session))
		http_client_turn(client, -1);
}

static struct came call_once(void)
{
	struct came came;

	send_op("call", &came);
	wait_all();
	return came;
}

static const char oauth2[] =
	"{\"kind\":\"oauth2\",\"token_url\":\"${URL}/token\","
	"\"client_id\":\"me\",\"secret\":\"s\"}";
static const char login[] =
	"{\"kind\":\"login\",\"operation\":\"login\","
	"\"token\":{\"concat\":[{\"const\":\"me\"},\"/body/access_token\"],"
	"\"separator\":\":\"},\"encoding\":\"base64\",\"prefix\":\"Session \"}";

static void setup(void)
{
	sys = (struct system){.lifetime = "3600", .login_status = 200};
	web = web_start((struct web_handler){on_request, NULL});
	client = http_client_new(NULL);
	arena_init(&arena, 0);
}

static void teardown(void)
{
	connector_session_free(session);
	http_client_free(client);
	web_stop(web);
	arena_release(&arena);
}

START_TEST(sends_a_key_in_a_header_or_in_the_query)
{
	begin("{\"kind\":\"api-key\",\"header\":\"Authorization\","
	      "\"prefix\":\"token \",\"secret\":\"s\"}");
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[0], "token hunter22");
	connector_session_free(session);
	begin("{\"kind\":\"api-key\",\"query\":\"api_key\",\"secret\":\"s\"}");
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[1], "hunter22");
}
END_TEST

START_TEST(sends_user_and_password_or_a_bearer_token)
{
	begin("{\"kind\":\"basic\",\"user\":\"me/token\",\"secret\":\"s\"}");
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[0], "Basic bWUvdG9rZW46aHVudGVyMjI=");
	connector_session_free(session);
	begin("{\"kind\":\"bearer\",\"secret\":\"s\"}");
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[1], "Bearer hunter22");
}
END_TEST

static void see_signed(void *ctx, const struct connector_outcome *outcome,
		       const struct http_result *result)
{
	char stamp[32], sign[80];
	uint8_t digest[DIGEST_BYTES];
	struct buf hex;
	int *times = ctx;

	++*times;
	ck_assert_int_eq(outcome->kind, OUTCOME_DONE);
	ck_assert_int_eq(sscanf(arena_cstr(&arena, result->body),
				"%31[^|]|%79[^|]|hello", stamp, sign),
			 2);
	digest_hmac_sha256(
		STR("hunter22"),
		arena_printf(&arena, "POST\n/signed?a=1\n%s\nhello", stamp),
		digest);
	buf_init(&hex, 100);
	buf_cstr(&hex, "v1=");
	digest_hex(&hex, digest);
	ck_assert(str_is(buf_view(&hex), sign));
	buf_release(&hex);
}

START_TEST(signs_the_parts_that_the_file_names)
{
	const struct connector_told told = {NULL, {NULL, 0}};
	const struct connector_operation *op;
	struct http_request request;
	struct err err;
	int times = 0;

	begin("{\"kind\":\"hmac-sha256\",\"secret\":\"s\",\"header\":"
	      "\"X-Sign\",\"prefix\":\"v1=\",\"separator\":\"\\n\","
	      "\"timestamp_header\":\"X-Time\","
	      "\"parts\":[\"method\",\"path\",\"timestamp\",\"body\"]}");
	op = connector_operation(connector, STR("signed"));
	ck_assert(operation_render(op, &told, &arena, &request, &err));
	connector_session_send(session, op, &request,
			       (struct connector_done){see_signed, &times});
	wait_all();
	ck_assert_int_eq(times, 1);
}
END_TEST

START_TEST(asks_for_one_token_whoever_waits)
{
	struct came came[10];

	begin(oauth2);
	for (int i = 0; i < 10; i++)
		send_op("call", &came[i]);
	wait_all();
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(came[i].times, 1);
		ck_assert_int_eq(came[i].kind, OUTCOME_DONE);
		ck_assert_str_eq(sys.seen[i], "Bearer token-1");
	}
	ck_assert_int_eq(sys.logins, 1);
	ck_assert_int_eq(sys.calls, 10);
}
END_TEST

static void see_later(void *ctx, const struct connector_outcome *outcome,
		      const struct http_result *result)
{
	struct buf *order = ctx;

	(void)outcome;
	(void)result;
	buf_byte(order, 'b');
}

static void see_first(void *ctx, const struct connector_outcome *outcome,
		      const struct http_result *result)
{
	struct buf *order = ctx;

	(void)outcome;
	(void)result;
	buf_byte(order, 'a');
}

START_TEST(answers_those_that_wait_in_their_order)
{
	const struct connector_told told = {NULL, {NULL, 0}};
	const struct connector_operation *op;
	struct http_request request;
	struct buf order;
	struct err err;

	begin(login);
	sys.login_status = 400;
	buf_init(&order, 10);
	op = connector_operation(connector, STR("call"));
	ck_assert(operation_render(op, &told, &arena, &request, &err));
	connector_session_send(session, op, &request,
			       (struct connector_done){see_first, &order});
	for (int i = 0; i < 2; i++)
		connector_session_send(
			session, op, &request,
			(struct connector_done){see_later, &order});
	wait_all();
	ck_assert(str_is(buf_view(&order), "abb"));
	buf_release(&order);
}
END_TEST

START_TEST(logs_in_by_an_operation_and_computes_the_token)
{
	begin(login);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	/* me:token-1 */
	ck_assert_str_eq(sys.seen[0], "Session bWU6dG9rZW4tMQ==");
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_int_eq(sys.logins, 1);
}
END_TEST

START_TEST(drops_a_token_that_is_refused_and_tries_once_more)
{
	begin(oauth2);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	sys.refuses = "Bearer token-1";
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_int_eq(sys.logins, 2);
	ck_assert_str_eq(sys.seen[1], "Bearer token-1");
	ck_assert_str_eq(sys.seen[2], "Bearer token-2");
}
END_TEST

START_TEST(logs_in_once_for_many_that_were_refused)
{
	struct came came[8];

	begin(oauth2);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	sys.refuses = "Bearer token-1";
	for (int i = 0; i < 8; i++)
		send_op("call", &came[i]);
	wait_all();
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(came[i].kind, OUTCOME_DONE);
	ck_assert_int_eq(sys.logins, 2);
}
END_TEST

START_TEST(keeps_a_token_that_is_newer_than_the_refused_one)
{
	struct connector_call *call;
	struct came came;

	begin(oauth2);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	sys.refuses = "Bearer token-1";
	call = send_op("call", &came);
	call->generation--; /* as if another call had renewed it since */
	wait_all();
	ck_assert_int_eq(came.kind, OUTCOME_AUTH);
	ck_assert_int_eq(sys.calls, 3);
	ck_assert_int_eq(sys.logins, 1);
}
END_TEST

START_TEST(says_auth_when_a_new_token_is_refused_too)
{
	struct came came;

	begin("{\"kind\":\"oauth2\",\"token_url\":\"${URL}/token\","
	      "\"client_id\":\"me\",\"secret\":\"s\"}");
	sys.refuses = "Bearer token-2";
	sys.quotes = true;
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	sys.refuses = "Bearer token-1";
	sys.logins = 0; /* the next is token-1 again */
	came = call_once();
	ck_assert_int_eq(came.kind, OUTCOME_AUTH);
	ck_assert_int_eq(came.times, 1);
	ck_assert_int_eq(sys.logins, 1);
	/* the system quotes the token: nobody else does */
	ck_assert_str_eq(came.text, "HTTP 401: not Bearer ***");
}
END_TEST

START_TEST(does_not_log_in_again_where_there_is_no_token)
{
	begin("{\"kind\":\"bearer\",\"secret\":\"s\"}");
	sys.refuses = "Bearer hunter22";
	ck_assert_int_eq(call_once().kind, OUTCOME_AUTH);
	ck_assert_int_eq(sys.calls, 1);
}
END_TEST

START_TEST(answers_all_that_wait_when_it_cannot_log_in)
{
	struct came came[5];

	begin(login);
	sys.login_status = 400;
	for (int i = 0; i < 5; i++)
		send_op("call", &came[i]);
	wait_all();
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(came[i].times, 1);
		ck_assert_int_eq(came[i].kind, OUTCOME_AUTH);
		ck_assert(!came[i].answered);
		ck_assert_str_eq(came[i].text,
				 "log-in: HTTP 400: {\"error\":\"wrong "
				 "password ***\"}");
	}
	ck_assert_int_eq(sys.logins, 1);
	ck_assert_int_eq(sys.calls, 0);
	sys.login_status = 200;
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
}
END_TEST

START_TEST(takes_a_log_in_that_is_cut_short_for_something_to_repeat)
{
	struct came came;

	begin(login);
	sys.login_manner = WEB_CUT;
	came = call_once();
	ck_assert_int_eq(came.kind, OUTCOME_RETRY);
	ck_assert_int_eq(sys.calls, 0);
}
END_TEST

START_TEST(refuses_a_token_that_would_begin_another_header)
{
	begin("{\"kind\":\"login\",\"operation\":\"login\",\"token\":"
	      "{\"concat\":[\"/body/access_token\",{\"const\":\"\\r\\nX: y\"}]}"
	      "}");
	ck_assert_int_eq(call_once().kind, OUTCOME_AUTH);
	ck_assert_int_eq(sys.calls, 0);
}
END_TEST

START_TEST(asks_anew_ahead_of_expiry_while_the_old_token_serves)
{
	begin(oauth2);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	session->token.refresh_us = clock_mono_us(); /* it is time */
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[1], "Bearer token-1");
	while (session->asking)
		http_client_turn(client, -1);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[2], "Bearer token-2");
	ck_assert_int_eq(sys.logins, 2);
}
END_TEST

START_TEST(does_not_ask_at_every_call_when_a_refresh_fails)
{
	begin(oauth2);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	sys.login_status = 500;
	session->token.refresh_us = clock_mono_us();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
		while (session->asking)
			http_client_turn(client, -1);
	}
	ck_assert_str_eq(sys.seen[3], "Bearer token-1");
	ck_assert_int_eq(sys.logins, 2);
}
END_TEST

START_TEST(waits_for_a_new_token_when_the_old_one_is_past_its_time)
{
	begin(oauth2);
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	session->token.expires_us = clock_mono_us();
	ck_assert_int_eq(call_once().kind, OUTCOME_DONE);
	ck_assert_str_eq(sys.seen[1], "Bearer token-2");
}
END_TEST

START_TEST(says_how_long_a_call_may_take)
{
	const struct connector_operation *op;

	begin(oauth2);
	op = connector_operation(connector, STR("call"));
	ck_assert_int_eq(connector_session_longest_ms(session, op), 8000);
	connector_session_free(session);
	begin("{\"kind\":\"none\"}");
	op = connector_operation(connector, STR("call"));
	ck_assert_int_eq(connector_session_longest_ms(session, op), 2000);
}
END_TEST

START_TEST(calls_nobody_back_after_a_cancel)
{
	struct connector_call *call;
	struct came waits, goes;

	begin(oauth2);
	call = send_op("call", &waits);
	send_op("call", &goes);
	connector_session_cancel(session, call);
	wait_all();
	ck_assert_int_eq(waits.times, 0);
	ck_assert_int_eq(goes.times, 1);
	ck_assert_int_eq(sys.calls, 1);
	send_op("call", &waits);
	connector_session_free(session);
	session = NULL;
	ck_assert_int_eq(http_client_in_flight(client), 0);
	ck_assert_int_eq(waits.times, 0);
}
END_TEST

TCase *connector_sessions(void)
{
	TCase *t = tcase_create("sessions");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, sends_a_key_in_a_header_or_in_the_query);
	tcase_add_test(t, sends_user_and_password_or_a_bearer_token);
	tcase_add_test(t, signs_the_parts_that_the_file_names);
	tcase_add_test(t, asks_for_one_token_whoever_waits);
	tcase_add_test(t, answers_those_that_wait_in_their_order);
	tcase_add_test(t, logs_in_by_an_operation_and_computes_the_token);
	tcase_add_test(t, drops_a_token_that_is_refused_and_tries_once_more);
	tcase_add_test(t, logs_in_once_for_many_that_were_refused);
	tcase_add_test(t, keeps_a_token_that_is_newer_than_the_refused_one);
	tcase_add_test(t, says_auth_when_a_new_token_is_refused_too);
	tcase_add_test(t, does_not_log_in_again_where_there_is_no_token);
	tcase_add_test(t, answers_all_that_wait_when_it_cannot_log_in);
	tcase_add_test(
		t, takes_a_log_in_that_is_cut_short_for_something_to_repeat);
	tcase_add_test(t, refuses_a_token_that_would_begin_another_header);
	tcase_add_test(t, asks_anew_ahead_of_expiry_while_the_old_token_serves);
	tcase_add_test(t, does_not_ask_at_every_call_when_a_refresh_fails);
	tcase_add_test(t,
		       waits_for_a_new_token_when_the_old_one_is_past_its_time);
	tcase_add_test(t, says_how_long_a_call_may_take);
	tcase_add_test(t, calls_nobody_back_after_a_cancel);
	return t;
}
