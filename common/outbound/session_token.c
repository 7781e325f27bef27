/* session_token.c - tokens: asked for once whoever waits, kept, dropped. */
#include "base/base64.h"
#include "base/clock.h"
#include "io/http_text.h"
#include "outbound/answer_private.h"
#include "outbound/session_private.h"

enum {
	TOKEN_BYTES = 16 << 10,
	PAUSE_US = 5000000, /* after a refresh that failed */
};

bool token_wanted(const struct connector_session *session)
{
	const enum auth_kind kind = session->connector->auth.kind;

	return kind == AUTH_OAUTH2 || kind == AUTH_LOGIN;
}

bool token_valid(const struct connector_session *session)
{
	return session->token.value.at &&
	       clock_mono_us() < session->token.expires_us;
}

void token_drop(struct connector_session *session)
{
	/* its needles stay: an answer may still quote it */
	session->token.value = (struct str){NULL, 0};
}

static void keep_token(struct connector_session *session, struct str value,
		       int64_t lifetime_ms)
{
	const struct auth *auth = &session->connector->auth;
	struct credential *token = &session->token;
	const int64_t now_us = clock_mono_us();
	int64_t ahead_ms = auth->ahead_ms;
	struct buf encoded;

	if (ahead_ms > lifetime_ms / 2)
		ahead_ms = lifetime_ms / 2;
	arena_reset(&token->arena);
	token->needle_count = mask_forms(
		&token->arena, arena_str(&token->arena, value), token->needles);
	token->value = token->needles[0];
	if (auth->base64) {
		buf_init(&encoded, 2 * TOKEN_BYTES);
		base64_encode(&encoded, value);
		token->value = arena_str(&token->arena, buf_view(&encoded));
		buf_release(&encoded);
		token->needle_count +=
			mask_forms(&token->arena, token->value,
				   token->needles + token->needle_count);
	}
	token->expires_us = now_us + lifetime_ms * 1000;
	token->refresh_us = token->expires_us - ahead_ms * 1000;
	token->generation++;
}

/* What the system says of a token that it did not give. */
static void refuse(struct connector_session *session, struct arena *arena,
		   struct connector_outcome *outcome, const char *why)
{
	session->ask_at_us = clock_mono_us() + PAUSE_US;
	outcome->text = connector_session_mask(
		session, arena,
		arena_printf(arena, "log-in: %s%.*s", why,
			     STR_ARGS(outcome->text)));
	session_refuse(session, outcome);
}

static void take(struct connector_session *session, struct arena *arena,
		 struct connector_outcome *outcome, struct str value,
		 int64_t lifetime_ms)
{
	if (value.len && value.len <= TOKEN_BYTES && http_value_ok(value)) {
		keep_token(session, value, lifetime_ms);
		session_wake(session);
		return;
	}
	outcome->kind = OUTCOME_AUTH;
	refuse(session, arena, outcome, "the answer has no token that fits");
}

/* Nothing was sent of the calls that wait, so nothing is unknown of them. */
static void settle(struct connector_outcome *outcome)
{
	if (outcome->kind == OUTCOME_UNKNOWN)
		outcome->kind = OUTCOME_RETRY;
	else if (outcome->kind == OUTCOME_REJECTED ||
		 outcome->kind == OUTCOME_GONE)
		outcome->kind = OUTCOME_AUTH;
	outcome->external_id = (struct str){NULL, 0};
	outcome->field_count = 0;
}

static void on_login(void *ctx, const struct http_result *result)
{
	struct connector_session *session = ctx;
	const struct auth *auth = &session->connector->auth;
	struct connector_outcome outcome;
	struct str value = {NULL, 0};
	struct json_doc doc;
	struct arena arena;
	struct run run;
	struct err err;

	session->asking = NULL;
	arena_init(&arena, 0);
	operation_judge(auth->login, result, &arena, &outcome);
	settle(&outcome);
	if (outcome.kind == OUTCOME_DONE) {
		answer_document(result, &arena, &doc);
		rules_enter(&session->connector->rules, &arena, &doc,
			    (struct str){NULL, 0}, &run, &err);
		if (!rules_text(&run, auth->token, &value))
			value = (struct str){NULL, 0};
		take(session, &arena, &outcome, value, auth->lifetime_ms);
	} else {
		refuse(session, &arena, &outcome, "");
	}
	arena_release(&arena);
}

static struct str member_text(const struct json_doc *doc, const char *pointer)
{
	uint32_t at = json_find(doc, 0, str_of(pointer));

	return at == UINT32_MAX ? (struct str){NULL, 0} : doc->nodes[at].text;
}

/* RFC 6749, 5.1 and 5.2. What the connector says of failures is not said of
 * whoever gives out tokens. */
static void on_oauth2(void *ctx, const struct http_result *result)
{
	struct connector_session *session = ctx;
	struct connector plain = *session->connector;
	const struct connector_operation op = {.connector = &plain,
					       .repeats_safely = true};
	struct connector_outcome outcome;
	struct json_doc doc;
	struct arena arena;
	int64_t lifetime_s;

	session->asking = NULL;
	plain.failures.count = 0;
	plain.error = NULL;
	arena_init(&arena, 0);
	operation_judge(&op, result, &arena, &outcome);
	settle(&outcome);
	answer_document(result, &arena, &doc);
	if (outcome.kind == OUTCOME_DONE) {
		if (!str_to_i64(member_text(&doc, "/body/expires_in"),
				&lifetime_s) ||
		    lifetime_s < 1 || lifetime_s > 31536000)
			lifetime_s =
				session->connector->auth.lifetime_ms / 1000;
		take(session, &arena, &outcome,
		     member_text(&doc, "/body/access_token"),
		     lifetime_s * 1000);
	} else {
		refuse(session, &arena, &outcome, "");
	}
	arena_release(&arena);
}

static void add_pair(struct buf *form, const char *name, struct str value)
{
	buf_printf(form, "&%s=", name);
	http_encode(form, value);
}

/* The client's id and secret: in the header, or in the form. */
static struct str basic(const struct auth *auth, struct arena *arena)
{
	struct buf pair, encoded;
	struct str header;

	buf_init(&pair, 8 * SECRET_BYTES_MAX);
	buf_init(&encoded, 16 * SECRET_BYTES_MAX);
	http_encode(&pair, auth->user);
	buf_byte(&pair, ':');
	http_encode(&pair, auth->secret->value);
	buf_cstr(&encoded, "Basic ");
	base64_encode(&encoded, buf_view(&pair));
	header = arena_str(arena, buf_view(&encoded));
	buf_release(&pair);
	buf_release(&encoded);
	return header;
}

static void ask_oauth2(struct connector_session *session, struct arena *arena)
{
	const struct auth *auth = &session->connector->auth;
	struct http_header headers[] = {
		{STR("Content-Type"), STR("application/x-www-form-urlencoded")},
		{STR("Accept"), STR("application/json")},
		{STR("Authorization"), {NULL, 0}},
	};
	struct http_request request = {.method = STR("POST"),
				       .url = auth->token_url,
				       .headers = headers,
				       .header_count = 3};
	struct buf form;

	buf_init(&form, 8 * SECRET_BYTES_MAX);
	buf_cstr(&form, "grant_type=client_credentials");
	if (auth->scope.at)
		add_pair(&form, "scope", auth->scope);
	if (auth->client_in_body) {
		add_pair(&form, "client_id", auth->user);
		add_pair(&form, "client_secret", auth->secret->value);
		request.header_count--;
	} else {
		headers[2].value = basic(auth, arena);
	}
	request.body = buf_view(&form);
	request.timeout_ms = session->connector->policy.timeout_ms;
	request.private_addresses = session->connector->private_addresses;
	session->asking =
		http_client_send(session->client, &request,
				 (struct http_done){on_oauth2, session});
	buf_release(&form);
}

static void ask_login(struct connector_session *session, struct arena *arena)
{
	const struct connector_operation *login =
		session->connector->auth.login;
	const struct connector_told told = {NULL, {NULL, 0}};
	struct http_request request;
	struct err err;

	/* The load has tried this. What could not be rendered has no URL, and
	 * the client says so in its own time. */
	if (!operation_render(login, &told, arena, &request, &err))
		request = (struct http_request){.url = STR("")};
	session->asking =
		http_client_send(session->client, &request,
				 (struct http_done){on_login, session});
}

void token_ask(struct connector_session *session)
{
	struct arena arena;

	if (session->asking)
		return;
	arena_init(&arena, 0);
	if (session->connector->auth.kind == AUTH_OAUTH2)
		ask_oauth2(session, &arena);
	else
		ask_login(session, &arena);
	arena_release(&arena);
}

void token_refresh(struct connector_session *session)
{
	const int64_t now_us = clock_mono_us();

	if (token_wanted(session) && now_us >= session->token.refresh_us &&
	    now_us >= session->ask_at_us)
		token_ask(session);
}
