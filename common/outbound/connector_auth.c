/* connector_auth.c - how a system wants to know who we are. */
#include "io/http_text.h"
#include "mapping/findings.h"
#include "outbound/connector_loading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { AUTH_KEYS = 12, LIFETIME_S = 900, AHEAD_S = 60 };

static void load_api_key(struct loading *l, struct auth *auth, uint32_t at);
static void load_basic(struct loading *l, struct auth *auth, uint32_t at);
static void load_bearer(struct loading *l, struct auth *auth, uint32_t at);
static void load_oauth2(struct loading *l, struct auth *auth, uint32_t at);
static void load_hmac(struct loading *l, struct auth *auth, uint32_t at);
static void load_login(struct loading *l, struct auth *auth, uint32_t at);

static const struct {
	const char *word;
	void (*load)(struct loading *l, struct auth *auth, uint32_t at);
	const char *keys[AUTH_KEYS]; /* besides "kind" */
} kinds[] = {
	[AUTH_NONE] = {"none", NULL, {NULL}},
	[AUTH_API_KEY] = {"api-key",
			  load_api_key,
			  {"secret", "header", "query", "prefix"}},
	[AUTH_BASIC] = {"basic", load_basic, {"user", "secret"}},
	[AUTH_BEARER] = {"bearer", load_bearer, {"secret"}},
	[AUTH_OAUTH2] = {"oauth2",
			 load_oauth2,
			 {"token_url", "client_id", "secret", "scope", "client",
			  "lifetime_s", "ahead_s"}},
	[AUTH_HMAC] = {"hmac-sha256",
		       load_hmac,
		       {"secret", "parts", "separator", "header", "prefix",
			"encoding", "timestamp_header"}},
	[AUTH_LOGIN] = {"login",
			load_login,
			{"operation", "token", "header", "prefix", "encoding",
			 "lifetime_s", "ahead_s"}},
};

/* A text that must be there (if `needed`). */
static bool text_of(struct loading *l, uint32_t at, const char *key,
		    const char *needed, struct str *out)
{
	uint32_t value = member(l->c, at, key);

	if (value)
		return want_text(l->c, value, key, out);
	if (needed)
		finding(l->c, at, "needs \"%s\": %s", key, needed);
	return false;
}

static void load_secret_ref(struct loading *l, struct auth *auth, uint32_t at)
{
	const struct connector *connector = l->connector;
	const char *names[64];
	struct str name;
	size_t n = 0;

	if (!text_of(l, at, "secret", "the name of one of \"secrets\"", &name))
		return;
	auth->secret = variable_find(connector, name);
	if (auth->secret && auth->secret->secret)
		return;
	auth->secret = NULL;
	for (uint32_t i = 0; i < connector->variable_count; i++)
		if (connector->variables[i].secret)
			names[n++] = arena_cstr(l->c->arena,
						connector->variables[i].name);
	finding(l->c, member(l->c, at, "secret"),
		"\"secrets\" has no \"%.*s\"%s", STR_ARGS(name),
		suggest(l->c, name, names, n));
}

static void load_header(struct loading *l, uint32_t at, const char *key,
			const char *fallback, struct str *out)
{
	*out = str_of(fallback);
	if (text_of(l, at, key, fallback ? NULL : "the name of a header",
		    out) &&
	    !http_name_ok(*out))
		finding(l->c, member(l->c, at, key), "is no name of a header");
}

static void load_prefix(struct loading *l, uint32_t at, const char *fallback,
			struct str *out)
{
	*out = str_of(fallback);
	if (text_of(l, at, "prefix", NULL, out) && !http_value_ok(*out))
		finding(l->c, member(l->c, at, "prefix"),
			"has a control character");
}

static void load_seconds(struct loading *l, uint32_t at, const char *key,
			 int64_t fallback, int64_t *out_ms)
{
	uint32_t value = member(l->c, at, key);
	int64_t seconds = fallback;

	if (value && want_int(l->c, value, key, &seconds) &&
	    (seconds < 1 || seconds > 31536000))
		finding(l->c, value, "\"%s\" is 1 to 31536000", key);
	*out_ms = seconds * 1000;
}

static void load_times(struct loading *l, struct auth *auth, uint32_t at)
{
	load_seconds(l, at, "lifetime_s", LIFETIME_S, &auth->lifetime_ms);
	load_seconds(l, at, "ahead_s", AHEAD_S, &auth->ahead_ms);
}

static void load_api_key(struct loading *l, struct auth *auth, uint32_t at)
{
	uint32_t query = member(l->c, at, "query");

	load_secret_ref(l, auth, at);
	load_prefix(l, at, "", &auth->prefix);
	if (!query) {
		load_header(l, at, "header", NULL, &auth->header);
		return;
	}
	if (member(l->c, at, "header"))
		finding(l->c, query, "\"header\" or \"query\", not both");
	(void)!want_text(l->c, query, "\"query\"", &auth->query);
}

static void load_basic(struct loading *l, struct auth *auth, uint32_t at)
{
	load_secret_ref(l, auth, at);
	if (text_of(l, at, "user", "who logs in", &auth->user) &&
	    memchr(auth->user.at, ':', auth->user.len))
		finding(l->c, member(l->c, at, "user"), "holds a \":\"");
}

static void load_bearer(struct loading *l, struct auth *auth, uint32_t at)
{
	load_secret_ref(l, auth, at);
	auth->header = STR("Authorization");
	auth->prefix = STR("Bearer ");
}

static void load_oauth2(struct loading *l, struct auth *auth, uint32_t at)
{
	static const char *const words[] = {"basic", "body"};
	uint32_t client = member(l->c, at, "client"),
		 url = member(l->c, at, "token_url");
	size_t which = 0;

	load_secret_ref(l, auth, at);
	load_times(l, auth, at);
	(void)text_of(l, at, "client_id", "who we are there", &auth->user);
	if (url)
		load_url(l, url, "\"token_url\"", &auth->token_url);
	else
		finding(l->c, at,
			"needs \"token_url\": where tokens are given out");
	(void)text_of(l, at, "scope", NULL, &auth->scope);
	if (client && want_word(l->c, client, "\"client\"", words, 2, &which))
		auth->client_in_body = which == 1;
	auth->header = STR("Authorization");
	auth->prefix = STR("Bearer ");
}

static void load_encoding(struct loading *l, struct auth *auth, uint32_t at,
			  const char *other)
{
	const char *const words[] = {other, "base64"};
	uint32_t encoding = member(l->c, at, "encoding");
	size_t which = 0;

	if (encoding &&
	    want_word(l->c, encoding, "\"encoding\"", words, 2, &which))
		auth->base64 = which == 1;
}

static void load_part(struct loading *l, struct signed_part *part, uint32_t at)
{
	static const char *const words[] = {
		[SIGNED_METHOD] = "method",	  [SIGNED_URL] = "url",
		[SIGNED_PATH] = "path",		  [SIGNED_BODY] = "body",
		[SIGNED_TIMESTAMP] = "timestamp",
	};
	static const char *const keys[] = {"header", "text"};
	uint32_t header = member(l->c, at, "header");
	size_t which;

	if (l->c->doc->nodes[at].kind != JSON_OBJECT) {
		if (want_word(l->c, at, "a part", words, COUNT(words), &which))
			part->kind = (enum signed_kind)which;
		return;
	}
	check_keys(l->c, at, "a part", keys, COUNT(keys));
	part->kind = header ? SIGNED_HEADER : SIGNED_TEXT;
	(void)text_of(l, at, keys[!header], "or \"header\"", &part->text);
}

static void load_parts(struct loading *l, struct auth *auth, uint32_t at)
{
	const struct json_node *nodes = l->c->doc->nodes;
	uint32_t parts = member(l->c, at, "parts");
	bool body = false, stamp = false;

	if (!parts || nodes[parts].kind != JSON_ARRAY || !nodes[parts].count ||
	    nodes[parts].count > SIGNED_PARTS_MAX) {
		finding(l->c, parts ? parts : at,
			"needs \"parts\": a list of \"method\", \"url\", "
			"\"path\", \"body\", \"timestamp\", {\"header\": ...}, "
			"{\"text\": ...}, at most %d",
			SIGNED_PARTS_MAX);
		return;
	}
	for (uint32_t i = parts + 1; i < nodes[parts].next; i = nodes[i].next) {
		struct signed_part *part = &auth->parts[auth->part_count++];

		load_part(l, part, i);
		body |= part->kind == SIGNED_BODY;
		stamp |= part->kind == SIGNED_TIMESTAMP;
	}
	if (!body)
		finding(l->c, parts, "the body is not signed: add \"body\"");
	if (stamp && !auth->timestamp_header.at)
		finding(l->c, at,
			"\"timestamp\" is signed: say in which header it goes "
			"(\"timestamp_header\")");
}

static void load_hmac(struct loading *l, struct auth *auth, uint32_t at)
{
	load_secret_ref(l, auth, at);
	load_header(l, at, "header", NULL, &auth->header);
	load_prefix(l, at, "", &auth->prefix);
	load_encoding(l, auth, at, "hex");
	if (member(l->c, at, "timestamp_header"))
		load_header(l, at, "timestamp_header", "",
			    &auth->timestamp_header);
	auth->separator = STR("");
	(void)text_of(l, at, "separator", NULL, &auth->separator);
	load_parts(l, auth, at);
}

static void load_login(struct loading *l, struct auth *auth, uint32_t at)
{
	uint32_t token = member(l->c, at, "token");

	auth->login = load_operation_ref(l, at, "operation");
	if (!member(l->c, at, "operation"))
		finding(l->c, at, "needs \"operation\": which one logs in");
	if (token)
		auth->token = compile_rule(l->c, token);
	else
		finding(l->c, at,
			"needs \"token\": a rule over the answer "
			"(\"/body/token\", \"/headers/x-token\")");
	load_header(l, at, "header", "Authorization", &auth->header);
	load_prefix(l, at, "", &auth->prefix);
	load_encoding(l, auth, at, "plain");
	load_times(l, auth, at);
}

static void check_auth_keys(struct loading *l, uint32_t at, size_t kind)
{
	const char *keys[AUTH_KEYS + 1] = {"kind"};
	size_t n = 1;

	while (n <= AUTH_KEYS && kinds[kind].keys[n - 1]) {
		keys[n] = kinds[kind].keys[n - 1];
		n++;
	}
	check_keys(l->c, at,
		   arena_printf(l->c->arena, "\"%s\"", kinds[kind].word).at,
		   keys, n);
}

void load_auth(struct loading *l)
{
	const char *words[COUNT(kinds)];
	uint32_t at = member(l->c, 0, "auth"), kind;
	size_t which = 0;

	for (size_t i = 0; i < COUNT(kinds); i++)
		words[i] = kinds[i].word;
	if (!at || l->c->doc->nodes[at].kind != JSON_OBJECT ||
	    !member(l->c, at, "kind")) {
		finding(l->c, at,
			"needs \"auth\": {\"kind\": \"none\" or another}");
		return;
	}
	kind = member(l->c, at, "kind");
	if (!want_word(l->c, kind, "\"kind\"", words, COUNT(words), &which))
		return;
	l->connector->auth.kind = (enum auth_kind)which;
	l->connector->policy.auth = kinds[which].word;
	check_auth_keys(l, at, which);
	if (kinds[which].load)
		kinds[which].load(l, &l->connector->auth, at);
}
