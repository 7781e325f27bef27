/* operation_judge.c - what an answer means.
 *
 * The operation's failures come first, then the connector's, then success by
 * status, then what a status means by itself. */
#include <ctype.h>
#include <stdio.h>

#include "base/clock.h"
#include "io/http_client.h"
#include "outbound/answer_private.h"
#include "outbound/connector_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { TEXT_BYTES = 300 };

struct judging {
	const struct connector_operation *op;
	const struct http_result *result;
	struct arena *arena;
	struct run run;
	struct err err; /* of rules */
	struct connector_outcome *out;
};

/* What a status means where the connector does not say. `after`: for those
 * that may come when something has been done already. */
static const struct {
	int from, to;
	enum outcome_kind kind, after;
} statuses[] = {
	{200, 299, OUTCOME_DONE, OUTCOME_DONE},
	{401, 401, OUTCOME_AUTH, OUTCOME_AUTH},
	{403, 403, OUTCOME_AUTH, OUTCOME_AUTH},
	{404, 404, OUTCOME_GONE, OUTCOME_GONE},
	{408, 408, OUTCOME_RETRY, OUTCOME_UNKNOWN},
	{409, 409, OUTCOME_RETRY, OUTCOME_RETRY}, /* read it again */
	{410, 410, OUTCOME_GONE, OUTCOME_GONE},
	{412, 412, OUTCOME_RETRY, OUTCOME_RETRY},
	{423, 425, OUTCOME_RETRY, OUTCOME_RETRY},
	{429, 429, OUTCOME_THROTTLED, OUTCOME_THROTTLED},
	{400, 499, OUTCOME_REJECTED, OUTCOME_REJECTED},
	{503, 503, OUTCOME_RETRY, OUTCOME_RETRY},
	{500, 599, OUTCOME_RETRY, OUTCOME_UNKNOWN},
};

static bool among(int status, const int *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (list[i] == status)
			return true;
	return false;
}

/* A condition that fails does not hold. */
static bool holds(struct judging *j, const struct failure *f)
{
	bool yes = true;

	if (f->status_count &&
	    !among(j->result->status, f->statuses, f->status_count))
		return false;
	return !f->when || (run_test(&j->run, f->when, &yes) && yes);
}

static const struct failure *find(struct judging *j,
				  const struct failures *failures)
{
	for (uint32_t i = 0; i < failures->count; i++)
		if (holds(j, &failures->items[i]))
			return &failures->items[i];
	return NULL;
}

static enum outcome_kind by_status(const struct judging *j)
{
	const int status = j->result->status;

	if (j->op->success_count &&
	    among(status, j->op->success, j->op->success_count))
		return OUTCOME_DONE;
	if (j->op->success_count && status >= 200 && status <= 299)
		return OUTCOME_REJECTED; /* another one was expected */
	for (size_t i = 0; i < COUNT(statuses); i++)
		if (status >= statuses[i].from && status <= statuses[i].to)
			return j->op->repeats_safely ? statuses[i].kind
						     : statuses[i].after;
	return OUTCOME_REJECTED; /* a redirect that was not followed */
}

static enum outcome_kind without_status(const struct judging *j)
{
	const struct http_result *r = j->result;

	if (r->maybe_sent && !j->op->repeats_safely)
		return OUTCOME_UNKNOWN;
	return r->err.kind == ERR_INVALID ? OUTCOME_REJECTED : OUTCOME_RETRY;
}

/* One line of plain characters. */
static struct str plain(struct arena *arena, struct str text)
{
	struct str copy = arena_str(arena, text);
	char *at = (char *)copy.at;

	if (copy.len > TEXT_BYTES) {
		copy.len = TEXT_BYTES;
		while (copy.len && ((unsigned char)at[copy.len] & 0xc0) == 0x80)
			copy.len--;
	}
	for (size_t i = 0; i < copy.len; i++)
		if (iscntrl((unsigned char)at[i]))
			at[i] = ' ';
	return str_is_utf8(copy) ? copy : STR("(no text)");
}

/* Masked before it is cut: half of a secret is one, too. */
static struct str said(struct judging *j, struct str text)
{
	return plain(j->arena,
		     connector_mask(j->op->connector, j->arena, text));
}

static void explain(struct judging *j, const struct rule *rule)
{
	const struct connector *connector = j->op->connector;
	const struct http_result *r = j->result;
	struct str text = {NULL, 0};

	if (!rule)
		rule = connector->error;
	if (!r->status) {
		const char *hint = "";

		if (!strcmp(r->err.code, "private-address"))
			hint = " (\"private_addresses\": true in the connector "
			       "and FLOTILLA_PRIVATE_ADDRESSES=1)";
		j->out->text = arena_printf(
			j->arena, "%.*s%s",
			STR_ARGS(said(j, str_of(r->err.text))), hint);
		return;
	}
	if (rule && !rules_text(&j->run, rule, &text))
		text = (struct str){NULL, 0};
	if (!text.len)
		text = r->body;
	j->out->text =
		arena_printf(j->arena, "HTTP %d%s%.*s", r->status,
			     text.len ? ": " : "", STR_ARGS(said(j, text)));
}

static void take_fields(struct judging *j)
{
	const struct named_rules *rules = &j->op->response;
	struct http_header *fields =
		ARENA_ARRAY(j->arena, struct http_header, rules->count + 1);

	for (uint32_t i = 0; i < rules->count; i++) {
		struct str value;

		if (!rules_text(&j->run, rules->items[i].rule, &value) ||
		    !value.at)
			continue;
		value = arena_str(j->arena, value);
		fields[j->out->field_count++] =
			(struct http_header){rules->items[i].name, value};
		if (str_is(rules->items[i].name, "external_id"))
			j->out->external_id = value;
	}
	j->out->fields = fields;
}

void operation_judge(const struct connector_operation *op,
		     const struct http_result *result, struct arena *arena,
		     struct connector_outcome *out)
{
	struct judging j = {
		.op = op, .result = result, .arena = arena, .out = out};
	const struct failure *failure = NULL;
	struct json_doc doc;

	*out = (struct connector_outcome){
		.status = result->status,
		.retry_after_ms = http_retry_after_ms(result, clock_now_us()),
		.text = STR(""),
	};
	if (!result->status) {
		out->kind = without_status(&j);
		explain(&j, NULL);
		return;
	}
	answer_document(result, arena, &doc);
	rules_enter(&op->connector->rules, arena, &doc, (struct str){NULL, 0},
		    &j.run, &j.err);
	failure = find(&j, &op->failures);
	if (!failure)
		failure = find(&j, &op->connector->failures);
	out->kind = failure ? failure->kind : by_status(&j);
	if (out->kind == OUTCOME_RETRY && result->status == 503 &&
	    out->retry_after_ms >= 0)
		out->kind = OUTCOME_THROTTLED;
	take_fields(&j);
	if (out->kind != OUTCOME_DONE)
		explain(&j, failure ? failure->text : NULL);
}
