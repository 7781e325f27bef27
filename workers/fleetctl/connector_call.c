/* connector_call.c - `fleetctl connector call`: an operation by hand. */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "connectors.h"
#include "io/digest.h"
#include "map_files.h"
#include "outbound/session.h"
#include "pretty.h"

enum { OUTPUT_BYTES = 64 << 20 };

const struct option connector_call_options[] = {
	{"send", NULL, "send it; without, it is only shown"},
	{"key", "KEY",
	 "idempotency key; default: made of system, operation, document"},
	{"body", NULL, "show the answer's body too, secrets masked"},
	{NULL, NULL, NULL},
};

struct call {
	struct ctl *ctl;
	struct connector *connector;
	const struct connector_operation *op;
	struct str document;
	struct json_doc doc;
	struct str key;
	struct http_request request;
	struct connector_session *session; /* NULL: nothing is sent */
	bool done;
	enum outcome_kind outcome;
	struct json_writer w;
};

/* Without an environment "${NAME}" is shown as it stands. */
static bool load(struct call *call)
{
	struct ctl *ctl = call->ctl;
	const char *system = ctl->args.words[0];
	struct str text;

	if (strchr(system, '/'))
		return err_set(&ctl->err, ERR_INVALID,
			       "a system, not a file: request-tracker");
	if (!map_read(ctl, connector_path(ctl, system), &text))
		return false;
	if (connector_load(text, system, &connector_environment, &ctl->arena,
			   &call->connector, &ctl->err))
		return true;
	if (ctl->err.kind != ERR_FATAL || args_flag(&ctl->args, "send"))
		return false;
	fprintf(stderr, "%s\n", ctl->err.text);
	return connector_load(text, system, NULL, &ctl->arena, &call->connector,
			      &ctl->err);
}

static bool find_operation(struct call *call)
{
	struct ctl *ctl = call->ctl;
	const struct connector_operation *op;
	struct str names = STR("");

	call->op = connector_operation(call->connector,
				       str_of(ctl->args.words[1]));
	if (call->op)
		return true;
	for (uint32_t i = 0; (op = connector_operation_at(call->connector, i));
	     i++)
		names = arena_printf(&ctl->arena, "%.*s%s%s", STR_ARGS(names),
				     i ? ", " : "", operation_name(op));
	return err_set(&ctl->err, ERR_INVALID,
		       "there is no operation \"%s\"; there are %.*s",
		       ctl->args.words[1], STR_ARGS(names));
}

static bool read_document(struct call *call)
{
	struct ctl *ctl = call->ctl;
	const char *path = ctl->args.words[2];

	call->document = STR("{}");
	if (path && !map_read(ctl, path, &call->document))
		return false;
	return json_read(&ctl->arena, call->document, NULL, &call->doc,
			 &ctl->err) ||
	       err_wrap(&ctl->err, "%s", path ? path : "");
}

/* The same line gives the same key: typed twice, it is done once. */
static void choose_key(struct call *call)
{
	struct ctl *ctl = call->ctl;
	const char *key = args_value(&ctl->args, "key");
	uint8_t digest[DIGEST_BYTES];
	struct buf hex;

	if (key) {
		call->key = str_of(key);
		return;
	}
	digest_sha256(arena_printf(&ctl->arena, "%s/%s/%.*s",
				   ctl->args.words[0], ctl->args.words[1],
				   STR_ARGS(call->document)),
		      digest);
	buf_init(&hex, 2 * DIGEST_BYTES);
	digest_hex(&hex, digest);
	call->key = arena_printf(&ctl->arena, "ctl-%.32s", hex.at);
	buf_release(&hex);
}

static struct str masked(struct call *call, struct str text)
{
	struct arena *arena = &call->ctl->arena;

	return call->session
		       ? connector_session_mask(call->session, arena, text)
		       : connector_mask(call->connector, arena, text);
}

/* The request -------------------------------------------------------------- */

static void write_headers(struct call *call)
{
	const struct http_request *r = &call->request;

	json_name(&call->w, STR("headers"));
	json_begin_object(&call->w);
	for (uint32_t i = 0; i < r->header_count; i++) {
		json_name(&call->w, r->headers[i].name);
		json_string(&call->w, masked(call, r->headers[i].value));
	}
	json_end_object(&call->w);
}

static void show_request_json(struct call *call)
{
	const struct http_request *r = &call->request;

	json_name(&call->w, STR("request"));
	json_begin_object(&call->w);
	json_put_str(&call->w, "method", r->method);
	json_put_str(&call->w, "url", masked(call, r->url));
	json_put_cstr(&call->w, "auth",
		      connector_policy(call->connector)->auth);
	write_headers(call);
	if (r->body.at)
		json_put_str(&call->w, "body", masked(call, r->body));
	json_end_object(&call->w);
}

/* JSON with line breaks, anything else as it is. */
static void print_text(struct call *call, struct str text)
{
	struct json_doc doc;
	struct buf out;
	struct err err;

	buf_init(&out, OUTPUT_BYTES);
	if (json_read(&call->ctl->arena, text, NULL, &doc, &err))
		pretty_json(&doc, &out);
	else
		buf_str(&out, text);
	if (!out.len || out.at[out.len - 1] != '\n')
		buf_byte(&out, '\n');
	printf("%.*s", STR_ARGS(buf_view(&out)));
	buf_release(&out);
}

static void show_request_text(struct call *call)
{
	const struct http_request *r = &call->request;
	struct str url = masked(call, r->url);
	const char *auth = connector_policy(call->connector)->auth;

	printf("%.*s %.*s\n", STR_ARGS(r->method), STR_ARGS(url));
	for (uint32_t i = 0; i < r->header_count; i++) {
		struct str value = masked(call, r->headers[i].value);

		printf("%.*s: %.*s\n", STR_ARGS(r->headers[i].name),
		       STR_ARGS(value));
	}
	if (strcmp(auth, "none") != 0)
		printf("(%s is added when it is sent)\n", auth);
	printf("\n");
	if (r->body.at)
		print_text(call, masked(call, r->body));
}

/* The answer --------------------------------------------------------------- */

static void show_answer_json(struct call *call,
			     const struct connector_outcome *o,
			     const struct http_result *r)
{
	struct json_writer *w = &call->w;

	json_put_int(w, "status", o->status);
	json_put_cstr(w, "outcome", outcome_name(o->kind));
	json_put_str(w, "text", o->text);
	if (o->retry_after_ms >= 0)
		json_put_int(w, "retry_after_ms", o->retry_after_ms);
	if (r)
		json_put_int(w, "took_ms", r->took_us / 1000);
	json_name(w, STR("fields"));
	json_begin_object(w);
	for (uint32_t i = 0; i < o->field_count; i++) {
		json_name(w, o->fields[i].name);
		json_string(w, masked(call, o->fields[i].value));
	}
	json_end_object(w);
	if (r && args_flag(&call->ctl->args, "body") && str_is_utf8(r->body))
		json_put_str(w, "body", masked(call, r->body));
}

static void show_answer_text(struct call *call,
			     const struct connector_outcome *o,
			     const struct http_result *r)
{
	if (o->status)
		printf("status:  %d\n", o->status);
	printf("outcome: %s\n", outcome_name(o->kind));
	if (o->text.len)
		printf("because: %.*s\n", STR_ARGS(o->text));
	if (o->retry_after_ms >= 0)
		printf("again:   in %lld ms\n", (long long)o->retry_after_ms);
	if (r)
		printf("took:    %lld ms\n", (long long)(r->took_us / 1000));
	for (uint32_t i = 0; i < o->field_count; i++) {
		struct str value = masked(call, o->fields[i].value);

		printf("%.*s = %.*s\n", STR_ARGS(o->fields[i].name),
		       STR_ARGS(value));
	}
	if (r && args_flag(&call->ctl->args, "body")) {
		printf("\n");
		print_text(call, masked(call, r->body));
	}
}

static void on_done(void *ctx, const struct connector_outcome *outcome,
		    const struct http_result *result)
{
	struct call *call = ctx;

	call->done = true;
	call->outcome = outcome->kind;
	if (call->ctl->args.json)
		show_answer_json(call, outcome, result);
	else
		show_answer_text(call, outcome, result);
}

static void send_it(struct call *call)
{
	struct http_client *client = http_client_new(NULL);

	call->session = connector_session_new(call->connector, client);
	connector_session_send(call->session, call->op, &call->request,
			       (struct connector_done){on_done, call});
	while (!call->done)
		http_client_turn(client, -1);
	connector_session_free(call->session);
	call->session = NULL;
	http_client_free(client);
}

static void show_and_send(struct call *call)
{
	bool send = args_flag(&call->ctl->args, "send");
	struct buf out;

	if (!call->ctl->args.json) {
		show_request_text(call);
		if (send)
			send_it(call);
		return;
	}
	buf_init(&out, OUTPUT_BYTES);
	json_writer_init(&call->w, &out);
	json_begin_object(&call->w);
	show_request_json(call);
	json_put_bool(&call->w, "sent", send);
	if (send)
		send_it(call);
	json_end_object(&call->w);
	ctl_print(&out);
	buf_release(&out);
}

int cmd_connector_call(struct ctl *ctl)
{
	struct call call = {.ctl = ctl, .outcome = OUTCOME_DONE};
	struct connector_told told;

	if (!load(&call))
		return ctl_fail(ctl);
	if (!find_operation(&call))
		return ctl_usage(ctl);
	if (!read_document(&call))
		return ctl_fail(ctl);
	choose_key(&call);
	told = (struct connector_told){&call.doc, call.key};
	if (!operation_render(call.op, &told, &ctl->arena, &call.request,
			      &ctl->err))
		return ctl_fail(ctl);
	ctl->err.kind = ERR_NONE;
	show_and_send(&call);
	return call.outcome == OUTCOME_DONE || call.outcome == OUTCOME_DUPLICATE
		       ? CTL_DONE
		       : CTL_FINDINGS;
}
