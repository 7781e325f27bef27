/* template.c - a JSON text whose values are rules. */
#include "mapping/template.h"

#include "mapping/findings.h"
#include "model/document.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum template_kind {
	TEMPLATE_RULE,
	TEMPLATE_OBJECT,
	TEMPLATE_LIST,
	TEMPLATE_EACH,
	TEMPLATE_LITERAL,
};

struct template
{
	enum template_kind kind;
	struct str name; /* as a member of an object */
	struct rule *rule;
	struct test *when;
	struct template **parts; /* EACH: one */
	uint32_t part_count;
	struct loop *loop;
	struct str literal;
};

/* Compiling -------------------------------------------------------------- */

static void parts_of(struct compiler *c, struct template *t, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	const bool object = t->kind == TEMPLATE_OBJECT;

	if (nodes[at].kind != (object ? JSON_OBJECT : JSON_ARRAY)) {
		finding(c, at,
			object ? "\"object\" is an object of templates"
			       : "\"list\" is a list of templates");
		return;
	}
	t->parts =
		ARENA_ARRAY(c->arena, struct template *, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct template *part;

		if (object && is_comment(nodes[i].name))
			continue;
		part = compile_template(c, i);
		if (!part)
			continue;
		part->name = nodes[i].name;
		t->parts[t->part_count++] = part;
	}
}

static void item_within(struct compiler *c, struct loop *loop, uint32_t at,
			void *ctx)
{
	struct template *t = ctx, *item;

	(void)loop;
	item = compile_template(c, member(c, at, "item"));
	t->parts = ARENA_ARRAY(c->arena, struct template *, 1);
	if (item)
		t->parts[t->part_count++] = item;
}

static void each_of(struct compiler *c, struct template *t, uint32_t at)
{
	uint32_t each = member(c, at, "each");

	if (each)
		t->loop = compile_loop(c, at, each, item_within, t);
	else
		finding(c, at, "\"item\" needs \"each\", a pointer to a list");
}

static void literal_of(struct compiler *c, struct template *t, uint32_t at)
{
	struct json_writer w;
	struct buf buf;

	buf_init(&buf, 1 << 20);
	json_writer_init(&w, &buf);
	json_copy(&w, c->doc, at);
	t->literal = arena_str(c->arena, buf_view(&buf));
	buf_release(&buf);
}

static const struct {
	const char *key;
	enum template_kind kind;
	const char *keys[4]; /* besides "when" */
} forms[] = {
	{"object", TEMPLATE_OBJECT, {"object"}},
	{"list", TEMPLATE_LIST, {"list"}},
	{"item", TEMPLATE_EACH, {"each", "where", "item"}},
	{"literal", TEMPLATE_LITERAL, {"literal"}},
};

static void check_form(struct compiler *c, uint32_t at, size_t form)
{
	const char *keys[COUNT(forms[form].keys) + 1] = {"when"};
	size_t n = 1;

	for (size_t i = 0; i < COUNT(forms[form].keys); i++)
		if (forms[form].keys[i])
			keys[n++] = forms[form].keys[i];
	check_keys(c, at, "a template", keys, n);
}

static void compile_form(struct compiler *c, struct template *t, uint32_t at,
			 size_t form)
{
	uint32_t value = member(c, at, forms[form].key);
	uint32_t when = member(c, at, "when");

	check_form(c, at, form);
	t->kind = forms[form].kind;
	if (when)
		t->when = compile_test(c, when);
	if (t->kind == TEMPLATE_EACH)
		each_of(c, t, at);
	else if (t->kind == TEMPLATE_LITERAL)
		literal_of(c, t, value);
	else
		parts_of(c, t, value);
}

/* False after a report. The usual mistake is the body's own object where a
 * template is wanted. */
static bool is_rule(struct compiler *c, uint32_t at)
{
	const struct json_node *node = &c->doc->nodes[at];
	const char *keys[32];
	size_t n = rule_sources(keys, COUNT(keys) - COUNT(forms));

	if (node->kind != JSON_OBJECT)
		return true;
	for (size_t i = 0; i < n; i++)
		if (member(c, at, keys[i]))
			return true;
	for (size_t i = 0; i < COUNT(forms); i++)
		keys[n++] = forms[i].key;
	if (!node->count)
		finding(c, at, "an empty object is {\"object\": {}}");
	else
		finding(c, at + 1,
			"\"%.*s\" is no rule and no template%s; an object of "
			"the body is written {\"object\": {...}}",
			STR_ARGS(node[1].name),
			suggest(c, node[1].name, keys, n));
	return false;
}

struct template *compile_template(struct compiler *c, uint32_t at)
{
	struct template *t = ARENA_NEW(c->arena, struct template);
	size_t form = 0;

	if (c->depth == RULE_DEPTH_MAX)
		return finding(c, at,
			       "templates in templates, more than %d "
			       "deep",
			       RULE_DEPTH_MAX);
	while (form < COUNT(forms) && !member(c, at, forms[form].key))
		form++;
	if (form == COUNT(forms) && !is_rule(c, at))
		return NULL;
	c->depth++;
	if (form < COUNT(forms))
		compile_form(c, t, at, form);
	else
		t->rule = compile_rule(c, at);
	c->depth--;
	return form < COUNT(forms) || t->rule ? t : NULL;
}

/* Running ---------------------------------------------------------------- */

static bool write_value(struct run *run, const struct rule *rule,
			const struct value *value, struct json_writer *w)
{
	struct str text;

	switch (value->kind) {
	case VALUE_TEXT:
		json_string(w, value->text);
		return true;
	case VALUE_NODE:
		json_copy(w, &run->doc, value->node);
		return true;
	case VALUE_MONEY:
		json_int(w, value->number);
		return true;
	case VALUE_TIME:
		json_time(w, value->number);
		return true;
	default: /* numbers and truths are written as they are */
		if (!run_text(run, rule, value, &text))
			return false;
		json_raw(w, text);
		return true;
	}
}

static bool write_rule(struct run *run, const struct template *t,
		       struct json_writer *w, struct str name, bool *there)
{
	struct value value;

	if (!run_rule(run, t->rule, &value))
		return false;
	*there = value.kind != VALUE_ABSENT;
	if (!*there)
		return true;
	if (name.at)
		json_name(w, name);
	return write_value(run, t->rule, &value, w);
}

static bool write_template(struct run *run, const struct template *t,
			   struct json_writer *w, struct str name, bool *there);

static bool write_parts(struct run *run, const struct template *t,
			struct json_writer *w)
{
	bool object = t->kind == TEMPLATE_OBJECT, there;

	for (uint32_t i = 0; i < t->part_count; i++) {
		const struct template *part = t->parts[i];
		struct str name = object ? part->name : (struct str){NULL, 0};

		if (!write_template(run, part, w, name, &there))
			return false;
	}
	return true;
}

static bool write_each(struct run *run, const struct template *t,
		       struct json_writer *w)
{
	struct node_list list;
	bool yes, there;

	if (!run_elements(run, t->loop, MODEL_LIST_ITEMS, &list))
		return false;
	for (uint32_t i = 0; i < list.count; i++) {
		run_enter(run, t->loop->scope, list.nodes[i], i);
		if (!run_where(run, t->loop, &yes))
			return false;
		if (yes && !write_template(run, t->parts[0], w,
					   (struct str){NULL, 0}, &there))
			return false;
	}
	return true;
}

static bool write_template(struct run *run, const struct template *t,
			   struct json_writer *w, struct str name, bool *there)
{
	bool ok;

	*there = true;
	if (t->when && !run_test(run, t->when, there))
		return false;
	if (!*there)
		return true;
	if (t->kind == TEMPLATE_RULE)
		return write_rule(run, t, w, name, there);
	if (name.at)
		json_name(w, name);
	if (t->kind == TEMPLATE_LITERAL) {
		json_raw(w, t->literal);
		return true;
	}
	if (t->kind == TEMPLATE_OBJECT) {
		json_begin_object(w);
		ok = write_parts(run, t, w);
		json_end_object(w);
		return ok;
	}
	json_begin_array(w);
	ok = t->kind == TEMPLATE_EACH ? write_each(run, t, w)
				      : write_parts(run, t, w);
	json_end_array(w);
	return ok;
}

bool run_template(struct run *run, const struct template *t,
		  struct json_writer *w, bool *there)
{
	return write_template(run, t, w, (struct str){NULL, 0}, there);
}
