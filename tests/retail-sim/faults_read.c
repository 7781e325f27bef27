/* faults_read.c - rules from JSON. Every member is a row of a table; one that
 * is unknown, or out of its range, refuses the whole document. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "retail-sim/faults.h"

struct reading {
	const struct json_doc *doc;
	struct err *err;
};

static bool bad(const struct reading *r, uint32_t at, const char *wants)
{
	char pointer[128];

	json_pointer_of(r->doc, at, pointer, sizeof(pointer));
	return err_set(r->err, ERR_INVALID, "%s: wants %s", pointer, wants);
}

static bool to_int(const struct json_node *node, int64_t least, int64_t most,
		   int64_t *value)
{
	return node->kind == JSON_NUMBER && str_to_i64(node->text, value) &&
	       *value >= least && *value <= most;
}

static bool whole(const struct reading *r, uint32_t at, int64_t least,
		  int64_t most, int64_t *value)
{
	char wants[80];

	if (to_int(&r->doc->nodes[at], least, most, value))
		return true;
	snprintf(wants, sizeof(wants), "a whole number from %lld to %lld",
		 (long long)least, (long long)most);
	return bad(r, at, wants);
}

/* The effect: one of these, each with what else it takes. */
static const struct {
	const char *name;
	enum fault fault;
	int64_t least, most; /* of its figure; 0, 0: it is true */
} effects[] = {
	{"latency_ms", FAULT_LATENCY, 1, FAULT_WAIT_MAX_MS},
	{"status", FAULT_STATUS, 400, 599},
	{"hang", FAULT_HANG, 0, 0},
	{"half-answer", FAULT_HALF, 0, 0},
	{"drop-before", FAULT_DROP_BEFORE, 0, 0},
	{"drop-after", FAULT_DROP_AFTER, 0, 0},
	{"duplicate", FAULT_DUPLICATE, 0, 0},
};

enum { EFFECTS = sizeof(effects) / sizeof(*effects) };

static bool read_kind(const struct reading *r, uint32_t at, int i,
		      struct fault_plan *plan)
{
	int64_t figure = 0;

	if (plan->fault != FAULT_NONE)
		return bad(r, at, "one effect alone (write two rules)");
	plan->fault = effects[i].fault;
	if (!effects[i].most)
		return r->doc->nodes[at].kind == JSON_TRUE ||
		       bad(r, at, "true");
	if (!whole(r, at, effects[i].least, effects[i].most, &figure))
		return false;
	if (plan->fault == FAULT_STATUS)
		plan->status = (int)figure;
	else
		plan->latency_ms = figure;
	return true;
}

static bool read_modifier(const struct reading *r, uint32_t at,
			  struct fault_plan *plan)
{
	const struct json_node *node = &r->doc->nodes[at];

	if (str_is(node->name, "retry_after_s"))
		return whole(r, at, 0, 86400, &plan->retry_after_s);
	if (str_is(node->name, "for_ms"))
		return whole(r, at, 1, FAULT_WAIT_MAX_MS, &plan->for_ms);
	if (!str_is(node->name, "applied"))
		return bad(r, at,
			   "to be latency_ms, status, hang, half-answer, "
			   "drop-before, drop-after, duplicate, "
			   "retry_after_s, for_ms or applied");
	plan->applied = node->kind == JSON_TRUE;
	return plan->applied || node->kind == JSON_FALSE ||
	       bad(r, at, "true or false");
}

static bool read_effect(const struct reading *r, uint32_t object,
			struct fault_plan *plan)
{
	const struct json_node *nodes = r->doc->nodes;

	*plan = (struct fault_plan){.retry_after_s = -1,
				    .for_ms = FAULT_WAIT_MAX_MS};
	if (nodes[object].kind != JSON_OBJECT)
		return bad(r, object, "an object as {\"status\": 503}");
	for (uint32_t i = object + 1; i < nodes[object].next;
	     i = nodes[i].next) {
		int e = 0;

		while (e < EFFECTS && !str_is(nodes[i].name, effects[e].name))
			e++;
		if (e < EFFECTS ? !read_kind(r, i, e, plan)
				: !read_modifier(r, i, plan))
			return false;
	}
	if (plan->fault == FAULT_NONE)
		return bad(r, object, "one effect");
	if (plan->applied && plan->fault != FAULT_STATUS &&
	    plan->fault != FAULT_HANG)
		return bad(r, object, "`applied` with status or hang only");
	return true;
}

enum member_kind { MEMBER_TEXT, MEMBER_INT, MEMBER_CHANCE, MEMBER_EFFECT };

static const struct {
	const char *name;
	enum member_kind kind;
	size_t offset, size;
} members[] = {
#define TEXT(member)                                                           \
#member, MEMBER_TEXT, offsetof(struct fault_rule, member),             \
		sizeof(((struct fault_rule *)0)->member)
	{TEXT(system)},
	{TEXT(operation)},
	{TEXT(method)},
	{TEXT(path)},
	{"nth", MEMBER_INT, offsetof(struct fault_rule, nth), 0},
	{"every", MEMBER_INT, offsetof(struct fault_rule, every), 0},
	{"count", MEMBER_INT, offsetof(struct fault_rule, count), 0},
	{"seed", MEMBER_INT, offsetof(struct fault_rule, random), 0},
	{"probability", MEMBER_CHANCE, 0, 0},
	{"effect", MEMBER_EFFECT, 0, 0},
};

enum { MEMBERS = sizeof(members) / sizeof(*members) };

static bool read_chance(const struct reading *r, uint32_t at, double *chance)
{
	struct str text = r->doc->nodes[at].text;
	char copy[32];

	if (r->doc->nodes[at].kind == JSON_NUMBER && text.len < sizeof(copy)) {
		memcpy(copy, text.at, text.len);
		copy[text.len] = 0;
		*chance = strtod(copy, NULL);
		if (*chance > 0 && *chance <= 1)
			return true;
	}
	return bad(r, at, "a number above 0, up to 1");
}

static bool read_text(const struct reading *r, uint32_t at, char *text,
		      size_t size)
{
	const struct json_node *node = &r->doc->nodes[at];
	char wants[48];

	if (node->kind == JSON_STRING && node->text.len < size) {
		memcpy(text, node->text.at, node->text.len);
		text[node->text.len] = 0;
		return true;
	}
	snprintf(wants, sizeof(wants), "a text of up to %zu bytes", size - 1);
	return bad(r, at, wants);
}

static bool read_member(const struct reading *r, uint32_t at,
			struct fault_rule *rule)
{
	char *base = (char *)rule;
	int m = 0;

	while (m < MEMBERS && !str_is(r->doc->nodes[at].name, members[m].name))
		m++;
	if (m == MEMBERS)
		return bad(r, at,
			   "to be system, operation, method, path, nth, "
			   "every, count, probability, seed or effect");
	switch (members[m].kind) {
	case MEMBER_TEXT:
		return read_text(r, at, base + members[m].offset,
				 members[m].size);
	case MEMBER_INT:
		return whole(r, at, 1, INT32_MAX,
			     (int64_t *)(base + members[m].offset));
	case MEMBER_CHANCE:
		return read_chance(r, at, &rule->probability);
	case MEMBER_EFFECT:
		return read_effect(r, at, &rule->does);
	}
	return false;
}

static bool read_rule(const struct reading *r, uint32_t object,
		      struct fault_rule *rule)
{
	const struct json_node *nodes = r->doc->nodes;

	if (nodes[object].kind != JSON_OBJECT)
		return bad(r, object, "an object");
	for (uint32_t i = object + 1; i < nodes[object].next; i = nodes[i].next)
		if (!read_member(r, i, rule))
			return false;
	if (rule->does.fault == FAULT_NONE)
		return bad(r, object, "an effect");
	if (!!rule->nth + !!rule->every + (rule->probability > 0) > 1)
		return bad(r, object, "one of nth, every and probability");
	return true;
}

bool faults_read(struct faults *faults, const struct json_doc *doc,
		 struct err *err)
{
	const struct reading r = {doc, err};
	uint32_t list = json_member(doc, 0, STR("rules"));
	struct faults next = {.count = 0};

	if (!list || doc->nodes[list].kind != JSON_ARRAY ||
	    doc->nodes[list].count > FAULT_RULES || doc->nodes[0].count > 1)
		return err_set(err, ERR_INVALID,
			       "wants {\"rules\": [...]} and nothing else, up "
			       "to %d rules",
			       FAULT_RULES);
	for (uint32_t i = list + 1; i < doc->nodes[list].next;
	     i = doc->nodes[i].next)
		if (!read_rule(&r, i, &next.rules[next.count++]))
			return false;
	*faults = next;
	return true;
}
