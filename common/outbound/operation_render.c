/* operation_render.c - from a document to a request. */
#include <stdio.h>

#include "io/http_text.h"
#include "outbound/connector_private.h"

/* A request that is being made. */
struct rendering {
	const struct connector_operation *op;
	const struct connector *connector;
	struct arena *arena;
	struct run run;
	struct str key;
	struct http_header *headers;
	uint32_t header_count;
	struct err *err;
};

const char *operation_name(const struct connector_operation *op)
{
	return op->name;
}

const char *operation_description(const struct connector_operation *op)
{
	return op->description;
}

bool operation_repeats_safely(const struct connector_operation *op)
{
	return op->repeats_safely;
}

static bool check_needs(struct rendering *r)
{
	for (uint32_t i = 0; i < r->op->need_count; i++) {
		const struct rule *rule = r->op->needs[i];
		struct value value;

		if (!run_rule(&r->run, rule, &value))
			return false;
		if (value.kind == VALUE_ABSENT)
			return err_code(r->err, ERR_INVALID, "missing-field",
					"the document lacks what it needs "
					"(%.*s)",
					STR_ARGS(rule->text));
	}
	return true;
}

/* No "." and "..": an id must not lead to another resource. */
static bool check_segments(struct rendering *r, struct str path)
{
	size_t begin = 0;

	for (size_t i = 0; i <= path.len; i++) {
		struct str segment = {path.at + begin, i - begin};

		if (i < path.len && path.at[i] != '/')
			continue;
		if (str_is(segment, ".") || str_is(segment, ".."))
			return err_code(r->err, ERR_INVALID, "bad-path",
					"the path would have a step \"%.*s\"",
					STR_ARGS(segment));
		begin = i + 1;
	}
	return true;
}

static bool render_path(struct rendering *r, struct buf *url)
{
	const size_t begin = url->len;

	for (uint32_t i = 0; i < r->op->path_count; i++) {
		const struct path_part *part = &r->op->path[i];
		struct str value;

		if (!part->rule) {
			buf_str(url, part->text);
			continue;
		}
		if (!rules_text(&r->run, part->rule, &value))
			return false;
		if (!value.len)
			return err_code(r->err, ERR_INVALID, "missing-field",
					"there is no value for the path "
					"(rule %.*s)",
					STR_ARGS(part->rule->text));
		http_encode(url, value);
	}
	return url->full || check_segments(r, (struct str){url->at + begin,
							   url->len - begin});
}

/* "a=1&b=2": a query, a form */
static bool render_pairs(struct rendering *r, const struct named_rules *rules,
			 const char *first, struct buf *out)
{
	const char *separator = first;

	for (uint32_t i = 0; i < rules->count; i++) {
		struct str value;

		if (!rules_text(&r->run, rules->items[i].rule, &value))
			return false;
		if (!value.at)
			continue;
		buf_cstr(out, separator);
		http_encode(out, rules->items[i].name);
		buf_byte(out, '=');
		http_encode(out, value);
		separator = "&";
	}
	return true;
}

static bool render_url(struct rendering *r, struct str *out)
{
	struct buf url;
	bool ok;

	buf_init(&url, HTTP_URL_BYTES);
	buf_str(&url, r->connector->base_url);
	ok = render_path(r, &url) && render_pairs(r, &r->op->query, "?", &url);
	if (ok && url.full)
		ok = err_code(r->err, ERR_INVALID, "too-large",
			      "the URL is longer than %d bytes",
			      HTTP_URL_BYTES);
	*out = arena_str(r->arena, buf_view(&url));
	buf_release(&url);
	return ok;
}

static bool add_header(struct rendering *r, struct str name, struct str value)
{
	if (!http_value_ok(value))
		return err_code(r->err, ERR_INVALID, "bad-header",
				"the value of the header %.*s has a control "
				"character",
				STR_ARGS(name));
	r->headers[r->header_count++] = (struct http_header){name, value};
	return true;
}

static bool render_headers(struct rendering *r, const struct named_rules *rules)
{
	for (uint32_t i = 0; i < rules->count; i++) {
		struct str value;

		if (!rules_text(&r->run, rules->items[i].rule, &value))
			return false;
		if (value.at && !add_header(r, rules->items[i].name, value))
			return false;
	}
	return true;
}

static bool render_key(struct rendering *r)
{
	if (!r->op->keyed)
		return true;
	if (!r->key.len)
		return err_code(r->err, ERR_INVALID, "missing-key",
				"it is sent with an idempotency key, and there "
				"is none");
	return add_header(r, r->connector->key_header, r->key);
}

static bool render_all_headers(struct rendering *r)
{
	const struct connector_operation *op = r->op;

	r->headers = ARENA_ARRAY(r->arena, struct http_header,
				 r->connector->headers.count +
					 op->headers.count + 2);
	return (!op->content_type.at ||
		add_header(r, STR("Content-Type"), op->content_type)) &&
	       render_headers(r, &r->connector->headers) &&
	       render_headers(r, &op->headers) && render_key(r);
}

static bool render_json(struct rendering *r, struct buf *out)
{
	struct json_writer w;
	bool there;

	json_writer_init(&w, out);
	if (!run_template(&r->run, r->op->json, &w, &there))
		return false;
	return there || err_code(r->err, ERR_INVALID, "missing-field",
				 "there is nothing to put into the body");
}

static bool render_text(struct rendering *r, struct buf *out)
{
	struct str text;

	if (!rules_text(&r->run, r->op->text, &text))
		return false;
	buf_str(out, text);
	return text.at || err_code(r->err, ERR_INVALID, "missing-field",
				   "there is nothing to put into the body");
}

static bool render_body(struct rendering *r, struct str *out)
{
	struct buf body;
	bool ok;

	if (!r->op->content_type.at)
		return true;
	buf_init(&body, REQUEST_BODY_BYTES);
	if (r->op->json)
		ok = render_json(r, &body);
	else if (r->op->text)
		ok = render_text(r, &body);
	else
		ok = render_pairs(r, &r->op->form, "", &body);
	if (ok && body.full)
		ok = err_code(r->err, ERR_INVALID, "too-large",
			      "the body is larger than %d bytes",
			      REQUEST_BODY_BYTES);
	*out = arena_str(r->arena, buf_view(&body));
	buf_release(&body);
	return ok;
}

/* A rule's text may hold the value of a secret. */
static void mask_error(struct rendering *r)
{
	struct str masked =
		connector_mask(r->connector, r->arena, str_of(r->err->text));

	snprintf(r->err->text, sizeof(r->err->text), "%s",
		 arena_cstr(r->arena, masked));
	(void)err_wrap(r->err, "%s %s", r->connector->policy.name, r->op->name);
}

bool operation_render(const struct connector_operation *op,
		      const struct connector_told *told, struct arena *arena,
		      struct http_request *out, struct err *err)
{
	static const struct json_node nothing = {.next = 1,
						 .kind = JSON_OBJECT};
	static const struct json_doc empty = {&nothing, 1};
	struct rendering r = {
		.op = op,
		.connector = op->connector,
		.arena = arena,
		.key = told->key,
		.err = err,
	};
	bool ok;

	*out = (struct http_request){.method = str_of(op->method)};
	rules_enter(&op->connector->rules, arena,
		    told->doc ? told->doc : &empty, told->key, &r.run, err);
	ok = check_needs(&r) && render_url(&r, &out->url) &&
	     render_all_headers(&r) && render_body(&r, &out->body);
	if (!ok) {
		mask_error(&r);
		return false;
	}
	out->headers = r.headers;
	out->header_count = r.header_count;
	operation_resume(op, out);
	return true;
}

void operation_resume(const struct connector_operation *op,
		      struct http_request *request)
{
	const struct connector *connector = op->connector;

	request->timeout_ms = op->timeout_ms;
	request->connect_timeout_ms = connector->policy.connect_timeout_ms;
	request->response_bytes = connector->response_bytes;
	request->private_addresses = connector->private_addresses;
	request->follow_redirects = connector->follow_redirects;
	request->once = !op->repeats_safely;
}
