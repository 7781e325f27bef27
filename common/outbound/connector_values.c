/* connector_values.c - settings and secrets, and where strings name them. */
#include <ctype.h>
#include <stdio.h>

#include "mapping/findings.h"
#include "outbound/connector_loading.h"

enum { VARIABLES_MAX = 64 };

/* "RT_URL" */
static bool is_variable(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isupper((unsigned char)name.at[i]) &&
		    !(i && isdigit((unsigned char)name.at[i])) &&
		    name.at[i] != '_')
			return false;
	return name.len > 0 && name.len < 128;
}

/* "client-secret": no capitals, so that no setting has the same name */
static bool is_secret_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!islower((unsigned char)name.at[i]) &&
		    !isdigit((unsigned char)name.at[i]) &&
		    !memchr("-_", name.at[i], 2))
			return false;
	return name.len > 0 && name.len < 64;
}

/* All of them at once: nobody likes to start a program five times. */
static void is_missing(struct loading *l, const struct variable *v)
{
	struct err *err = l->missing;
	size_t n;

	if (!err->kind)
		err_code(err, ERR_FATAL, "not-set", "not set:");
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, " %.*s%s",
		 STR_ARGS(v->variable), v->secret ? " (or its _FILE)" : "");
}

/* What the file of a secret holds, without the line's end. */
static bool read_file(struct loading *l, struct variable *v, const char *path)
{
	struct buf text;
	struct err err = {.kind = ERR_NONE};
	struct str value;
	bool ok;

	buf_init(&text, SECRET_BYTES_MAX);
	ok = buf_read_file(&text, path, &err);
	value = buf_view(&text);
	while (value.len && strchr("\r\n", value.at[value.len - 1]))
		value.len--;
	v->value = arena_str(l->c->arena, value);
	buf_release(&text);
	if (!ok && !l->missing->kind)
		err_code(l->missing, ERR_FATAL, "not-set", "%.*s_FILE: %s",
			 STR_ARGS(v->variable), err.text);
	return ok;
}

static void check_secret(struct loading *l, const struct variable *v)
{
	if (v->value.len >= SECRET_BYTES_MIN || l->missing->kind)
		return;
	err_code(l->missing, ERR_FATAL, "not-set",
		 "%.*s is shorter than %d bytes: no secret",
		 STR_ARGS(v->variable), SECRET_BYTES_MIN);
}

static void look_up(struct loading *l, struct variable *v)
{
	const struct connector_env *env = l->env;
	const char *name = arena_cstr(l->c->arena, v->variable);
	const char *value, *path = NULL;

	if (!env)
		return;
	value = env->get(env->ctx, name);
	if (v->secret && (!value || !*value))
		path = env->get(env->ctx,
				arena_printf(l->c->arena, "%s_FILE", name).at);
	if (path && *path) {
		if (read_file(l, v, path))
			check_secret(l, v);
	} else if (value && *value) {
		v->value = arena_str(l->c->arena, str_of(value));
		if (v->secret)
			check_secret(l, v);
	} else if (!v->secret && v->fallback.at) {
		v->value = v->fallback;
	} else {
		is_missing(l, v);
	}
}

static void load_setting(struct loading *l, struct variable *v, uint32_t at)
{
	static const char *const keys[] = {"description", "default"};
	uint32_t fallback, description;
	struct str text;

	v->variable = v->name;
	if (!is_variable(v->name))
		finding(l->c, at,
			"a setting is a variable of the environment: capital "
			"letters, digits and _");
	if (l->c->doc->nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at,
			"a setting is {\"description\": ..., \"default\": "
			"...}");
		return;
	}
	check_keys(l->c, at, "a setting", keys, 2);
	description = member(l->c, at, "description");
	if (!description)
		finding(l->c, at, "needs \"description\": what to put there");
	else if (!want_text(l->c, description, "\"description\"", &text))
		return;
	fallback = member(l->c, at, "default");
	if (fallback)
		(void)!want_text(l->c, fallback, "\"default\"", &v->fallback);
}

static void load_secret(struct loading *l, struct variable *v, uint32_t at)
{
	v->secret = true;
	if (!is_secret_name(v->name))
		finding(l->c, at,
			"a secret's name is small letters, digits, - and _");
	if (want_text(l->c, at, "a secret", &v->variable) &&
	    !is_variable(v->variable))
		finding(l->c, at,
			"names a variable of the environment (capital "
			"letters, digits and _), never the secret itself");
}

static void load_kind(struct loading *l, const char *key,
		      void (*load)(struct loading *, struct variable *,
				   uint32_t at))
{
	const struct json_node *nodes = l->c->doc->nodes;
	struct connector *connector = l->connector;
	uint32_t at = member(l->c, 0, key);

	if (at && nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at, "\"%s\" is an object", key);
		return;
	}
	for (uint32_t i = at + 1; at && i < nodes[at].next; i = nodes[i].next) {
		struct variable *v =
			&connector->variables[connector->variable_count];

		if (is_comment(nodes[i].name))
			continue;
		if (connector->variable_count == VARIABLES_MAX) {
			finding(l->c, i, "more than %d settings and secrets",
				VARIABLES_MAX);
			return;
		}
		v->name = nodes[i].name;
		load(l, v, i);
		connector->variable_count++;
	}
}

void load_variables(struct loading *l)
{
	struct connector *connector = l->connector;

	connector->variables =
		ARENA_ARRAY(l->c->arena, struct variable, VARIABLES_MAX);
	load_kind(l, "settings", load_setting);
	load_kind(l, "secrets", load_secret);
	if (l->c->findings->count)
		return;
	for (uint32_t i = 0; i < connector->variable_count; i++)
		look_up(l, &connector->variables[i]);
}

const struct variable *variable_find(const struct connector *connector,
				     struct str name)
{
	for (uint32_t i = 0; i < connector->variable_count; i++)
		if (str_eq(connector->variables[i].name, name))
			return &connector->variables[i];
	return NULL;
}

static void unknown_name(struct loading *l, uint32_t at, struct str name)
{
	const char *names[VARIABLES_MAX];
	uint32_t n = l->connector->variable_count;

	for (uint32_t i = 0; i < n; i++)
		names[i] = arena_cstr(l->c->arena,
				      l->connector->variables[i].name);
	finding(l->c, at, "there is no setting or secret \"%.*s\"%s",
		STR_ARGS(name), suggest(l->c, name, names, n));
}

/* A secret may stand where neither a log nor a proxy sees it. */
static bool secret_allowed(const struct loading *l, uint32_t at)
{
	static const char *const places[] = {"/headers/", "/query/", "/body/"};
	char pointer[192];

	json_pointer_of(l->c->doc, at, pointer, sizeof(pointer));
	if (!strncmp(pointer, "/auth/", 6) || !strncmp(pointer, "/headers/", 9))
		return true;
	if (strncmp(pointer, "/operations/", 12) != 0)
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strstr(pointer, places[i]))
			return true;
	return false;
}

/* The value of the name, or nothing after a report. */
static void add_value(struct loading *l, uint32_t at, struct str whole,
		      struct str name, struct buf *out)
{
	const struct variable *v = variable_find(l->connector, name);

	if (!v)
		unknown_name(l, at, name);
	else if (v->secret && !secret_allowed(l, at))
		finding(l->c, at,
			"the secret \"%.*s\" may only stand in \"auth\", "
			"\"headers\", \"query\" and \"body\"",
			STR_ARGS(name));
	buf_str(out, v && v->value.at ? v->value : whole);
}

/* "${A}/b" with the value of A */
static void substitute(struct loading *l, uint32_t at, struct json_node *node)
{
	struct str text = node->text;
	struct buf out;
	size_t i = 0;

	buf_init(&out, 1 << 20);
	while (i < text.len) {
		const char *end = NULL;
		size_t begin = i + 2;

		if (text.at[i] == '$' && begin < text.len &&
		    text.at[i + 1] == '{')
			end = memchr(text.at + begin, '}', text.len - begin);
		if (!end) {
			buf_byte(&out, text.at[i++]);
			continue;
		}
		add_value(l, at,
			  (struct str){text.at + i,
				       (size_t)(end + 1 - text.at) - i},
			  (struct str){text.at + begin,
				       (size_t)(end - text.at) - begin},
			  &out);
		i = (size_t)(end + 1 - text.at);
	}
	if (out.full)
		finding(l->c, at, "is too long with its values");
	node->text = arena_str(l->c->arena, buf_view(&out));
	buf_release(&out);
}

static bool is_said(struct str name)
{
	return str_is(name, "description") || str_is(name, "settings") ||
	       str_is(name, "secrets");
}

static void substitute_under(struct loading *l, struct json_node *nodes,
			     uint32_t at)
{
	const uint32_t end = nodes[at].next;

	while (at < end) {
		struct json_node *node = &nodes[at];

		if (node->name.at && is_comment(node->name)) {
			at = node->next;
			continue;
		}
		if (node->kind == JSON_STRING &&
		    memmem(node->text.at, node->text.len, "${", 2))
			substitute(l, at, node);
		at++;
	}
}

void load_substitute(struct loading *l)
{
	/* ours: it was read for this */
	struct json_node *nodes = (struct json_node *)l->c->doc->nodes;

	for (uint32_t i = 1; i < nodes[0].next; i = nodes[i].next)
		if (!is_said(nodes[i].name))
			substitute_under(l, nodes, i);
}
