/* compile_codes.c - code tables. */
#include "mapping/compile_functions.h"
#include "mapping/findings.h"
#include "mapping/names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The table as an object, or the name of a shared one. */
static uint32_t find_table(struct compiler *c, uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	const char *names[64];
	size_t count = 0;
	uint32_t table = 0;

	if (nodes[at].kind == JSON_OBJECT)
		return at;
	if (nodes[at].kind == JSON_STRING && c->codes)
		table = json_member(c->doc, c->codes, nodes[at].text);
	if (table)
		return table;
	for (uint32_t i = c->codes + 1;
	     c->codes && i < nodes[c->codes].next && count < COUNT(names);
	     i = nodes[i].next)
		names[count++] = arena_cstr(c->arena, nodes[i].name);
	finding(c, at,
		"\"codes\" is a table like {\"open\": \"placed\"} or the name "
		"of one in the file's \"codes\"%s",
		nodes[at].kind == JSON_STRING
			? suggest(c, nodes[at].text, names, count)
			: "");
	return 0;
}

static struct str lower_copy(struct arena *arena, struct str s)
{
	char *copy = arena_cstr(arena, s);

	for (size_t i = 0; i < s.len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 32;
	return (struct str){copy, s.len};
}

static void fill_table(struct compiler *c, struct code_table *table,
		       uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	uint32_t n = 0;

	names_init(&table->keys, c->arena, nodes[at].count);
	table->values =
		ARENA_ARRAY(c->arena, struct value, nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		struct str key = nodes[i].name;

		if (is_comment(key))
			continue;
		if (table->ignore_case)
			key = lower_copy(c->arena, key);
		table->values[n] = constant_of(c, i);
		/* null: this code means absent */
		if (table->values[n].kind == VALUE_ABSENT &&
		    nodes[i].kind != JSON_NULL)
			finding(c, i,
				"a code becomes a word, a number, true, "
				"false, or null for none");
		if (!names_add(&table->keys, key, n++))
			finding(c, i, "the code \"%.*s\" is there twice",
				STR_ARGS(key));
	}
}

void fn_codes(struct compiler *c, struct rule *rule, uint32_t at)
{
	rule->codes = ARENA_NEW(c->arena, struct code_table);
	/* filled by compile_functions, once ignore_case is known */
	(void)find_table(c, at);
}

void fn_ignore_case(struct compiler *c, struct rule *rule, uint32_t at)
{
	bool on;

	if (!rule->codes)
		finding(c, at, "\"ignore_case\" belongs to \"codes\"");
	else if (want_bool(c, at, "\"ignore_case\"", &on))
		rule->codes->ignore_case = on;
}

void fn_unknown(struct compiler *c, struct rule *rule, uint32_t at)
{
	static const char *const words[] = {"reject", "keep", "absent"};
	size_t which = 0;
	uint32_t use = member(c, at, "use");

	if (!rule->codes) {
		finding(c, at, "\"unknown\" belongs to \"codes\"");
		return;
	}
	if (use) {
		rule->codes->unknown = UNKNOWN_USE;
		rule->codes->use = constant_of(c, use);
		return;
	}
	if (want_word(c, at, "\"unknown\" ({\"use\": ...} is another)", words,
		      COUNT(words), &which))
		rule->codes->unknown = (enum unknown)which;
}

/* Filled last, when "ignore_case" is known. */
void check_codes(struct compiler *c, struct rule *rule, uint32_t at)
{
	uint32_t codes = member(c, at, "codes");

	if (!codes || !rule->codes)
		return;
	if (!member(c, at, "unknown"))
		finding(c, codes,
			"\"codes\" needs \"unknown\": \"reject\", \"keep\", "
			"\"absent\" or {\"use\": ...}");
	if (c->doc->nodes[codes].kind == JSON_STRING)
		codes = c->codes ? json_member(c->doc, c->codes,
					       c->doc->nodes[codes].text)
				 : 0;
	if (codes)
		fill_table(c, rule->codes, codes);
}
