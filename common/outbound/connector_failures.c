/* connector_failures.c - which answers mean what: statuses and conditions. */
#include "mapping/findings.h"
#include "outbound/connector_loading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const outcomes[] = {
	[OUTCOME_DONE] = "done",	 [OUTCOME_DUPLICATE] = "duplicate",
	[OUTCOME_RETRY] = "retry",	 [OUTCOME_THROTTLED] = "throttled",
	[OUTCOME_REJECTED] = "rejected", [OUTCOME_GONE] = "gone",
	[OUTCOME_AUTH] = "auth",	 [OUTCOME_UNKNOWN] = "unknown",
};

const char *outcome_name(enum outcome_kind kind)
{
	return outcomes[kind];
}

static void load_status(struct loading *l, uint32_t at, int *out,
			uint32_t *count)
{
	int64_t status;

	if (!want_int(l->c, at, "a status", &status))
		return;
	if (status < 100 || status > 599)
		finding(l->c, at, "HTTP has no status %lld", (long long)status);
	else if (*count == STATUSES_MAX)
		finding(l->c, at, "more than %d statuses", STATUSES_MAX);
	else
		out[(*count)++] = (int)status;
}

void load_statuses(struct loading *l, uint32_t at, int *out, uint32_t *count)
{
	const struct json_node *nodes = l->c->doc->nodes;

	*count = 0;
	if (nodes[at].kind != JSON_ARRAY) {
		load_status(l, at, out, count);
		return;
	}
	if (!nodes[at].count)
		finding(l->c, at, "an empty list of statuses");
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		load_status(l, i, out, count);
}

static void load_failure(struct loading *l, struct failure *f, uint32_t at)
{
	static const char *const keys[] = {"status", "when", "is", "text"};
	uint32_t status = member(l->c, at, "status"),
		 when = member(l->c, at, "when"), is = member(l->c, at, "is"),
		 text = member(l->c, at, "text");
	size_t which = OUTCOME_REJECTED;

	if (l->c->doc->nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at,
			"a failure is {\"status\": ..., \"when\": condition, "
			"\"is\": what it means}");
		return;
	}
	check_keys(l->c, at, "a failure", keys, COUNT(keys));
	if (!status && !when)
		finding(l->c, at, "needs \"status\", \"when\" or both");
	if (status)
		load_statuses(l, status, f->statuses, &f->status_count);
	if (when)
		f->when = compile_test(l->c, when);
	if (text)
		f->text = compile_rule(l->c, text);
	if (!is)
		finding(l->c, at, "needs \"is\": what it means");
	else
		(void)!want_word(l->c, is, "\"is\"", outcomes, COUNT(outcomes),
				 &which);
	f->kind = (enum outcome_kind)which;
}

void load_failures(struct loading *l, uint32_t at, struct failures *out)
{
	const struct json_node *nodes = l->c->doc->nodes;

	if (!at)
		return;
	if (nodes[at].kind != JSON_ARRAY) {
		finding(l->c, at, "\"failures\" is a list");
		return;
	}
	out->items =
		ARENA_ARRAY(l->c->arena, struct failure, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		load_failure(l, &out->items[out->count++], i);
}
