/* compile_pointer.c - rules that are one string: a pointer into the message, or
 * what a place is called ("@name", "^@index", "@message"). */
#include "mapping/compiler.h"
#include "mapping/findings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What means absent is settled once for each pointer. */
static void settle_absent(struct compiler *c, struct rule *rule)
{
	const struct json_node *nodes = c->doc->nodes;
	struct value *values;
	uint32_t n = 0;

	if (c->keep_empty)
		rule->flags |= RULE_KEEP_EMPTY;
	if (!c->absent || nodes[c->absent].kind != JSON_ARRAY)
		return;
	values =
		ARENA_ARRAY(c->arena, struct value, nodes[c->absent].count + 1);
	for (uint32_t i = c->absent + 1; i < nodes[c->absent].next;
	     i = nodes[i].next)
		values[n++] = constant_of(c, i);
	rule->absent = values;
	rule->absent_count = n;
}

/* "@name", "@index", "^@index", "@message", "@time" */
static struct rule *compile_special(struct compiler *c, uint32_t at,
				    struct str text)
{
	static const char *const words[] = {"@name", "@index", "@message",
					    "@time"};
	static const enum rule_kind kinds[] = {RULE_NAME, RULE_INDEX,
					       RULE_MESSAGE, RULE_TIME};
	const struct place *place = c->place;
	struct rule *rule;

	while (text.len && text.at[0] == '^' && place) {
		place = place->outer;
		text.at++;
		text.len--;
	}
	if (!place)
		return finding(c, at, "\"^\" leads out of the document");
	for (size_t i = 0; i < COUNT(words); i++) {
		if (!str_is(text, words[i]))
			continue;
		rule = rule_new(c, at, kinds[i]);
		rule->scope = place->scope->id;
		return rule;
	}
	return finding(c, at, "there is no \"%.*s\"%s", STR_ARGS(text),
		       suggest(c, text, words, COUNT(words)));
}

struct rule *compile_pointer(struct compiler *c, uint32_t at)
{
	struct str text = c->doc->nodes[at].text;
	struct rule *rule;
	size_t skip = 0;

	while (skip < text.len && text.at[skip] == '^')
		skip++;
	if (skip < text.len && text.at[skip] == '@')
		return compile_special(c, at, text);
	rule = rule_new(c, at, RULE_POINTER);
	rule->flags |= RULE_PLAIN;
	rule->path = compile_path(c, at);
	settle_absent(c, rule);
	if (rule->path && rule->path->rest_count)
		finding(c, at,
			"\"*\" finds many values: use \"first\", "
			"\"sum\", \"concat\" or \"each\"");
	return rule;
}
