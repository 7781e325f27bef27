/* connector.c - a connector file as a whole. */
#include <stdlib.h>

#include "mapping/findings.h"
#include "outbound/connector_loading.h"
#include "outbound/mask_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const file_keys[] = {
	"connector",   "revision",
	"description", "settings",
	"secrets",     "base_url",
	"auth",	       "limits",
	"retry",       "breaker",
	"idempotency", "private_addresses",
	"headers",     "follow_redirects",
	"let",	       "codes",
	"failures",    "error",
	"operations",  "tells",
	"fetches",
};

static const char private_setting[] = "FLOTILLA_PRIVATE_ADDRESSES";

static const char *from_environment(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

const struct connector_env connector_environment = {from_environment, NULL};

static bool name_ok(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!(name.at[i] >= 'a' && name.at[i] <= 'z') &&
		    !(name.at[i] >= '0' && name.at[i] <= '9') &&
		    name.at[i] != '-')
			return false;
	return name.len > 0 && name.len < 64;
}

static void load_header(struct loading *l)
{
	struct connector_policy *policy = &l->connector->policy;
	uint32_t name = member(l->c, 0, "connector"),
		 revision = member(l->c, 0, "revision"),
		 description = member(l->c, 0, "description");
	struct str text = STR("");
	int64_t number = 0;

	if (!name)
		finding(l->c, 0, "needs \"connector\": the system's name");
	else if (want_text(l->c, name, "\"connector\"", &text) &&
		 !name_ok(text))
		finding(l->c, name,
			"a system's name is small letters, digits and -");
	policy->name = arena_cstr(l->c->arena, text);
	if (!revision)
		finding(l->c, 0,
			"needs \"revision\": an integer that is raised with "
			"each change");
	else if (want_int(l->c, revision, "\"revision\"", &number) &&
		 (number < 1 || number > INT32_MAX))
		finding(l->c, revision, "\"revision\" begins at 1");
	policy->revision = (int32_t)number;
	text = STR("");
	if (description)
		(void)!want_text(l->c, description, "\"description\"", &text);
	policy->description = arena_cstr(l->c->arena, text);
}

void load_url(struct loading *l, uint32_t at, const char *what, struct str *out)
{
	bool open;

	if (!want_text(l->c, at, what, out))
		return;
	if (!l->env && memmem(out->at, out->len, "${", 2))
		return; /* its value is not known */
	open = str_starts(*out, STR("http://"));
	if (!open && !str_starts(*out, STR("https://")))
		finding(l->c, at, "begins with https:// (or http://)");
	else if (memchr(out->at, '?', out->len) ||
		 memchr(out->at, '#', out->len) ||
		 memchr(out->at, '@', out->len))
		finding(l->c, at,
			"is scheme, host and path: no ?, # and no user");
	else if (open && !l->connector->private_addresses)
		finding(l->c, at,
			"http:// would send credentials in the clear: use "
			"https://, or \"private_addresses\": true for a "
			"system of one's own network");
}

static void load_base_url(struct loading *l)
{
	struct str *url = &l->connector->base_url;
	uint32_t at = member(l->c, 0, "base_url");

	if (!at) {
		finding(l->c, 0, "needs \"base_url\"");
		return;
	}
	load_url(l, at, "\"base_url\"", url);
	while (url->len && url->at[url->len - 1] == '/')
		url->len--;
}

/* A file may ask for addresses of one's own network; whoever runs the process
 * says whether it gets them. */
static void settle_private(struct loading *l)
{
	const char *value =
		l->env ? l->env->get(l->env->ctx, private_setting) : NULL;

	if (l->connector->private_addresses && l->env &&
	    (!value || strcmp(value, "1") != 0))
		l->connector->private_addresses = false;
}

/* A log-in has no document and no key: it must do without. */
static void try_login(struct loading *l)
{
	const struct auth *auth = &l->connector->auth;
	const struct connector_told nothing = {NULL, {NULL, 0}};
	struct http_request request;
	struct err err;

	if (auth->login && !l->c->findings->count &&
	    !operation_render(auth->login, &nothing, l->c->arena, &request,
			      &err))
		finding(l->c, member(l->c, 0, "auth"), "cannot log in: %s",
			err.text);
}

static void load_file(struct loading *l)
{
	if (l->c->doc->nodes[0].kind != JSON_OBJECT) {
		finding(l->c, 0, "a connector is a JSON object");
		return;
	}
	check_keys(l->c, 0, "a connector", file_keys, COUNT(file_keys));
	load_header(l);
	load_variables(l);
	load_substitute(l);
	rules_share(&l->connector->rules);
	load_policy(l);
	load_base_url(l);
	load_operations(l);
	load_auth(l);
	load_tells(l);
	load_fetches(l);
	rules_end(&l->connector->rules);
	settle_private(l);
	try_login(l);
}

/* NULL env: linting. What is wrong goes to the findings, what is not set to
 * `missing`. */
static struct connector *load(struct str text, const struct connector_env *env,
			      struct arena *arena,
			      struct mapping_findings *findings,
			      struct err *missing)
{
	struct connector *connector = ARENA_NEW(arena, struct connector);
	struct loading l = {
		.connector = connector,
		.c = &connector->rules.compiler,
		.env = env,
		.missing = missing,
	};

	rules_init(&connector->rules, arena, &connector->doc, findings);
	if (json_read(arena, arena_str(arena, text), NULL, &connector->doc,
		      &findings->first)) {
		load_file(&l);
		mask_prepare(connector, arena);
		return connector;
	}
	findings->count = 1;
	if (findings->found)
		findings->found(findings->ctx, findings->first.pointer,
				findings->first.text);
	return connector;
}

void connector_lint(struct str text, struct mapping_findings *findings)
{
	struct err missing = {.kind = ERR_NONE};
	struct arena arena;

	arena_init(&arena, 0);
	(void)load(text, NULL, &arena, findings, &missing);
	arena_release(&arena);
}

static bool check_name(const struct connector *connector, const char *name,
		       struct err *err)
{
	if (!strcmp(connector->policy.name, name))
		return true;
	err_code(err, ERR_INVALID, "connector",
		 "is named \"%s\": the file of that name must be %s.json",
		 connector->policy.name, connector->policy.name);
	return err_at(err, "/connector");
}

bool connector_load(struct str text, const char *name,
		    const struct connector_env *env, struct arena *arena,
		    struct connector **out, struct err *err)
{
	struct mapping_findings findings = {.count = 0};
	struct err missing = {.kind = ERR_NONE};
	struct connector *connector =
		load(text, env, arena, &findings, &missing);
	bool ok = !findings.count && !missing.kind;

	*out = ok ? connector : NULL;
	if (missing.kind) {
		*err = missing;
	} else if (findings.count) {
		struct str masked = connector_mask(connector, arena,
						   str_of(findings.first.text));

		err_code(err, ERR_INVALID, "connector", "%.*s",
			 STR_ARGS(masked));
		(void)err_at(err, findings.first.pointer);
	} else {
		ok = check_name(connector, name, err);
	}
	if (!ok)
		(void)err_wrap(err, "connector %s", name);
	return ok;
}

const struct connector_policy *
connector_policy(const struct connector *connector)
{
	return &connector->policy;
}

const struct connector_operation *
connector_operation(const struct connector *connector, struct str name)
{
	for (uint32_t i = 0; i < connector->operation_count; i++)
		if (str_is(name, connector->operations[i].name))
			return &connector->operations[i];
	return NULL;
}

const struct connector_operation *
connector_operation_at(const struct connector *connector, uint32_t i)
{
	return i < connector->operation_count ? &connector->operations[i]
					      : NULL;
}

const struct connector_tell *connector_tell(const struct connector *connector,
					    struct str entity)
{
	for (uint32_t i = 0; i < connector->tell_count; i++)
		if (str_eq(connector->tells[i].entity, entity))
			return &connector->tells[i];
	return NULL;
}

const struct connector_tell *
connector_tell_at(const struct connector *connector, uint32_t i)
{
	return i < connector->tell_count ? &connector->tells[i] : NULL;
}

const struct connector_fetch *
connector_fetch_at(const struct connector *connector, uint32_t i)
{
	return i < connector->fetch_count ? &connector->fetches[i].said : NULL;
}
