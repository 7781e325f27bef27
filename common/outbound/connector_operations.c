/* connector_operations.c - operations: what is sent, and what comes of it. */
#include "io/http_text.h"
#include "mapping/findings.h"
#include "outbound/connector_loading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const operation_keys[] = {
	"description", "method",  "path",	"values",   "query",
	"headers",     "body",	  "success",	"failures", "response",
	"needs",       "repeats", "timeout_ms", "key",
};

/* By RFC 9110: whether a method may be repeated. */
static const struct {
	const char *name;
	bool repeats_safely;
} methods[] = {
	{"GET", true},	  {"HEAD", true},  {"PUT", true},
	{"DELETE", true}, {"POST", false}, {"PATCH", false},
};

void load_named_rules(struct loading *l, uint32_t at, const char *what,
		      struct named_rules *out)
{
	const struct json_node *nodes = l->c->doc->nodes;

	if (!at)
		return;
	if (nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at, "\"%s\" is an object of rules", what);
		return;
	}
	out->items = ARENA_ARRAY(l->c->arena, struct named_rule,
				 nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		if (is_comment(nodes[i].name))
			continue;
		out->items[out->count].name = nodes[i].name;
		out->items[out->count++].rule = compile_rule(l->c, i);
	}
}

static void load_header_rules(struct loading *l, uint32_t at,
			      struct named_rules *out)
{
	const struct json_node *nodes = l->c->doc->nodes;

	load_named_rules(l, at, "headers", out);
	for (uint32_t i = at + 1;
	     at && nodes[at].kind == JSON_OBJECT && i < nodes[at].next;
	     i = nodes[i].next)
		if (!is_comment(nodes[i].name) && !http_name_ok(nodes[i].name))
			finding(l->c, i, "is no name of a header");
}

/* The rule that "values" has for "{name}". */
static struct rule *path_value(struct loading *l, uint32_t at, uint32_t values,
			       struct str name)
{
	const struct json_node *nodes = l->c->doc->nodes;
	const char *names[64];
	size_t n = 0;
	uint32_t value = values ? json_member(l->c->doc, values, name) : 0;

	if (value)
		return compile_rule(l->c, value);
	for (uint32_t i = values + 1;
	     values && i < nodes[values].next && n < COUNT(names);
	     i = nodes[i].next)
		names[n++] = arena_cstr(l->c->arena, nodes[i].name);
	return finding(l->c, at, "\"values\" has no rule \"%.*s\"%s",
		       STR_ARGS(name), suggest(l->c, name, names, n));
}

static bool path_ok(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] <= 0x20 || strchr("?#\\\"<>", text.at[i]))
			return false;
	return !text.len || text.at[0] == '/';
}

/* "/ticket/{id}/comment"; "": the base URL itself */
static void load_path(struct loading *l, struct connector_operation *op,
		      uint32_t at)
{
	uint32_t path = member(l->c, at, "path"),
		 values = member(l->c, at, "values");
	struct str text = {NULL, 0};

	if (!path || !want_text(l->c, path, "\"path\"", &text) ||
	    !path_ok(text)) {
		finding(l->c, path ? path : at,
			"needs \"path\": \"/tickets/{id}\", with a rule for "
			"each name in \"values\"; what follows a ? goes to "
			"\"query\"");
		return;
	}
	op->path = ARENA_ARRAY(l->c->arena, struct path_part, text.len + 1);
	while (text.len) {
		const char *open = memchr(text.at, '{', text.len);
		size_t len = open ? (size_t)(open - text.at) : text.len;
		const char *end =
			open ? memchr(open, '}', text.len - len) : NULL;

		if (open && !end) {
			finding(l->c, path, "a \"{\" without its \"}\"");
			return;
		}
		op->path[op->path_count++].text = (struct str){text.at, len};
		if (open)
			op->path[op->path_count++].rule = path_value(
				l, path, values,
				(struct str){open + 1,
					     (size_t)(end - open) - 1});
		len = open ? (size_t)(end + 1 - text.at) : len;
		text.at += len;
		text.len -= len;
	}
}

static void load_body(struct loading *l, struct connector_operation *op,
		      uint32_t at)
{
	static const char *const keys[] = {"json", "form", "text", "type"};
	uint32_t body = member(l->c, at, "body"), json, form, text, type;

	if (!body)
		return;
	json = member(l->c, body, "json");
	form = member(l->c, body, "form");
	text = member(l->c, body, "text");
	type = member(l->c, body, "type");
	if (!json + !form + !text != 2) {
		finding(l->c, body,
			"\"body\" is {\"json\": template}, {\"form\": "
			"{name: rule}} or {\"text\": rule, \"type\": ...}");
		return;
	}
	check_keys(l->c, body, "\"body\"", keys, COUNT(keys));
	op->content_type = json	  ? STR("application/json")
			   : form ? STR("application/x-www-form-urlencoded")
				  : STR("text/plain; charset=utf-8");
	if (json)
		op->json = compile_template(l->c, json);
	load_named_rules(l, form, "form", &op->form);
	if (text)
		op->text = compile_rule(l->c, text);
	if (type && want_text(l->c, type, "\"type\"", &op->content_type) &&
	    !http_value_ok(op->content_type))
		finding(l->c, type, "has a control character");
}

static void load_needs(struct loading *l, struct connector_operation *op,
		       uint32_t at)
{
	const struct json_node *nodes = l->c->doc->nodes;
	uint32_t needs = member(l->c, at, "needs");

	if (!needs)
		return;
	if (nodes[needs].kind != JSON_ARRAY) {
		finding(l->c, needs, "\"needs\" is a list of rules");
		return;
	}
	op->needs =
		ARENA_ARRAY(l->c->arena, struct rule *, nodes[needs].count + 1);
	for (uint32_t i = needs + 1; i < nodes[needs].next; i = nodes[i].next)
		op->needs[op->need_count++] = compile_rule(l->c, i);
}

static void load_method(struct loading *l, struct connector_operation *op,
			uint32_t at)
{
	const char *words[COUNT(methods)];
	uint32_t method = member(l->c, at, "method");
	size_t which = 0;

	for (size_t i = 0; i < COUNT(methods); i++)
		words[i] = methods[i].name;
	if (!method)
		finding(l->c, at, "needs \"method\"");
	else
		(void)!want_word(l->c, method, "\"method\"", words,
				 COUNT(words), &which);
	op->method = arena_cstr(l->c->arena, str_of(words[which]));
	op->repeats_safely = methods[which].repeats_safely;
}

/* GET and HEAD do nothing, so nothing is done twice. */
static void load_repeats(struct loading *l, struct connector_operation *op,
			 uint32_t at)
{
	static const char *const words[] = {"safe", "unsafe"};
	const struct connector *connector = l->connector;
	uint32_t repeats = member(l->c, at, "repeats"),
		 key = member(l->c, at, "key");
	size_t which;

	op->keyed = connector->key_header.at &&
		    strcmp(op->method, "GET") != 0 &&
		    strcmp(op->method, "HEAD") != 0;
	if (key && want_bool(l->c, key, "\"key\"", &op->keyed) && op->keyed &&
	    !connector->key_header.at)
		finding(l->c, key, "needs \"idempotency\" in the connector");
	if (op->keyed && connector->key_honoured)
		op->repeats_safely = true;
	if (repeats &&
	    want_word(l->c, repeats, "\"repeats\"", words, 2, &which))
		op->repeats_safely = which == 0;
}

static void load_timeout(struct loading *l, struct connector_operation *op,
			 uint32_t at)
{
	uint32_t timeout = member(l->c, at, "timeout_ms");

	op->timeout_ms = l->connector->policy.timeout_ms;
	if (timeout &&
	    want_int(l->c, timeout, "\"timeout_ms\"", &op->timeout_ms) &&
	    (op->timeout_ms < 100 || op->timeout_ms > 600000))
		finding(l->c, timeout, "\"timeout_ms\" is 100 to 600000");
}

static void load_operation(struct loading *l, struct connector_operation *op,
			   uint32_t at)
{
	struct str text = STR("");
	uint32_t description = member(l->c, at, "description"),
		 success = member(l->c, at, "success");

	op->connector = l->connector;
	op->name = arena_cstr(l->c->arena, l->c->doc->nodes[at].name);
	if (l->c->doc->nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at,
			"an operation is an object with \"method\" and "
			"\"path\"");
		return;
	}
	check_keys(l->c, at, "an operation", operation_keys,
		   COUNT(operation_keys));
	if (description)
		(void)!want_text(l->c, description, "\"description\"", &text);
	op->description = arena_cstr(l->c->arena, text);
	load_method(l, op, at);
	load_path(l, op, at);
	load_named_rules(l, member(l->c, at, "query"), "query", &op->query);
	load_header_rules(l, member(l->c, at, "headers"), &op->headers);
	load_body(l, op, at);
	load_needs(l, op, at);
	load_repeats(l, op, at);
	load_timeout(l, op, at);
	if (success)
		load_statuses(l, success, op->success, &op->success_count);
	load_failures(l, member(l->c, at, "failures"), &op->failures);
	load_named_rules(l, member(l->c, at, "response"), "response",
			 &op->response);
}

const struct connector_operation *
load_operation_ref(struct loading *l, uint32_t at, const char *key)
{
	const struct connector *connector = l->connector;
	const struct connector_operation *op;
	const char *names[OPERATIONS_MAX];
	uint32_t ref = member(l->c, at, key);
	struct str name;

	if (!ref || !want_text(l->c, ref, key, &name))
		return NULL;
	op = connector_operation(connector, name);
	if (op)
		return op;
	for (uint32_t i = 0; i < connector->operation_count; i++)
		names[i] = connector->operations[i].name;
	return finding(l->c, ref, "there is no operation \"%.*s\"%s",
		       STR_ARGS(name),
		       suggest(l->c, name, names, connector->operation_count));
}

void load_operations(struct loading *l)
{
	const struct json_node *nodes = l->c->doc->nodes;
	struct connector *connector = l->connector;
	uint32_t at = member(l->c, 0, "operations"),
		 error = member(l->c, 0, "error");

	load_header_rules(l, member(l->c, 0, "headers"), &connector->headers);
	load_failures(l, member(l->c, 0, "failures"), &connector->failures);
	if (error)
		connector->error = compile_rule(l->c, error);
	if (!at || nodes[at].kind != JSON_OBJECT || !nodes[at].count ||
	    nodes[at].count > OPERATIONS_MAX) {
		finding(l->c, at,
			"needs \"operations\": an object of them, "
			"at most %d",
			OPERATIONS_MAX);
		return;
	}
	connector->operations = ARENA_ARRAY(
		l->c->arena, struct connector_operation, nodes[at].count);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!is_comment(nodes[i].name))
			load_operation(l,
				       &connector->operations
						[connector->operation_count++],
				       i);
}
