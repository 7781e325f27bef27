/* walk.c - one walk over a scope's JSON fills the slots of its pointers. */
#include "mapping/names.h"
#include "mapping/run.h"

static void descend(const struct json_doc *doc, const struct trie *trie,
		    uint32_t at, uint32_t *slots);

static void found(const struct json_doc *doc, const struct trie *trie,
		  uint32_t at, uint32_t *slots)
{
	if (trie->slot != NONE)
		slots[trie->slot] = at;
	if (trie->children && doc->nodes[at].kind >= JSON_ARRAY)
		descend(doc, trie, at, slots);
}

static struct str text_of(const struct json_node *node)
{
	static const struct str words[] = {
		[JSON_NULL] = {"null", 4},
		[JSON_FALSE] = {"false", 5},
		[JSON_TRUE] = {"true", 4},
	};

	return node->kind <= JSON_TRUE ? words[node->kind] : node->text;
}

static bool picks(const struct json_doc *doc, const struct token *token,
		  uint32_t at)
{
	uint32_t key = json_find(doc, at, token->name);
	bool equal = key != NONE && doc->nodes[key].kind < JSON_ARRAY &&
		     str_eq(text_of(&doc->nodes[key]), token->value);

	return equal != token->unequal;
}

/* The element of the array `at` that the step means; NONE. */
static uint32_t element(const struct json_doc *doc, uint32_t at,
			const struct token *token)
{
	uint32_t last = NONE;
	int64_t n = 0;

	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next) {
		if (token->kind == TOKEN_NAME
			    ? n++ == token->index
			    : token->kind == TOKEN_PICK && picks(doc, token, i))
			return i;
		last = i;
	}
	return token->kind == TOKEN_LAST ? last : NONE;
}

static void descend(const struct json_doc *doc, const struct trie *trie,
		    uint32_t at, uint32_t *slots)
{
	const struct json_node *nodes = doc->nodes;
	uint32_t left = trie->members.count;

	if (nodes[at].kind == JSON_OBJECT) {
		for (uint32_t i = at + 1; left && i < nodes[at].next;
		     i = nodes[i].next) {
			uint32_t kid =
				names_find(&trie->members, nodes[i].name);

			if (kid == NONE)
				continue;
			found(doc, trie->by_member[kid], i, slots);
			left--;
		}
		return;
	}
	if (!trie->elements || nodes[at].kind != JSON_ARRAY)
		return;
	for (const struct trie *kid = trie->children; kid; kid = kid->next) {
		uint32_t i = element(doc, at, &kid->token);

		if (i != NONE)
			found(doc, kid, i, slots);
	}
}

void run_enter(struct run *run, const struct scope *scope, uint32_t node,
	       uint32_t index)
{
	run->here[scope->id].node = node;
	run->here[scope->id].index = index;
	if (!scope->count)
		return;
	memset(run->slots + scope->base, 0xff,
	       scope->count * sizeof(*run->slots));
	found(&run->doc, &scope->root, node, run->slots);
}

/* Lists -------------------------------------------------------------- */

struct gathering {
	struct run *run;
	const struct path *path;
	struct node_list *list;
	uint32_t room;
	uint32_t max;
};

static bool push(struct gathering *g, uint32_t node)
{
	struct node_list *list = g->list;

	if (list->count == g->max || g->run->gathered == GATHERED_MAX) {
		struct value where = {.node = list->from};

		return run_fail(g->run, NULL, &where, "too-many",
				"more than %u elements",
				list->count == g->max ? g->max : GATHERED_MAX);
	}
	g->run->gathered++;
	if (list->count == g->room) {
		uint32_t *old = list->nodes;

		g->room = g->room ? g->room * 2 : 8;
		list->nodes = arena_alloc(g->run->arena,
					  g->room * sizeof(*list->nodes));
		if (list->count)
			memcpy(list->nodes, old, list->count * sizeof(*old));
	}
	list->nodes[list->count++] = node;
	return true;
}

static bool push_children(struct gathering *g, uint32_t at)
{
	const struct json_node *nodes = g->run->doc.nodes;

	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!push(g, i))
			return false;
	return true;
}

/* What the steps from `step` on find under `at`. */
static bool gather(struct gathering *g, uint32_t at, uint32_t step)
{
	const struct json_node *nodes = g->run->doc.nodes;
	const struct token *token = &g->path->rest[step];
	uint32_t next = NONE;

	if (step == g->path->rest_count) {
		if (nodes[at].kind == JSON_NULL)
			return true;
		if (g->path->ends_in_any || nodes[at].kind != JSON_ARRAY)
			return push(g, at);
		return push_children(g, at);
	}
	if (nodes[at].kind < JSON_ARRAY)
		return true;
	if (token->kind == TOKEN_ANY) {
		for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
			if (!gather(g, i, step + 1))
				return false;
		return true;
	}
	if (nodes[at].kind == JSON_ARRAY)
		next = element(&g->run->doc, at, token);
	else if (token->kind == TOKEN_NAME)
		next = json_member(&g->run->doc, at, token->name);
	return next == NONE || !next || gather(g, next, step + 1);
}

/* Sources that write "" or false for an empty list mean none. */
static bool is_nothing(const struct json_node *node)
{
	return node->kind == JSON_NULL || node->kind == JSON_FALSE ||
	       (node->kind == JSON_STRING && !node->text.len);
}

bool run_elements(struct run *run, const struct loop *loop, uint32_t max,
		  struct node_list *out)
{
	const struct json_node *nodes = run->doc.nodes;

	*out = (struct node_list){.from = NONE};
	for (uint32_t i = 0; i < loop->path_count; i++) {
		const struct path *path = loop->paths[i];
		struct gathering g = {run, path, out, 0, max};
		struct value where = {.node = run->slots[path->slot]};

		if (where.node == NONE || is_nothing(&nodes[where.node]))
			continue;
		out->exists = true;
		out->from = where.node;
		if (nodes[where.node].kind < JSON_ARRAY)
			return run_fail(run, NULL, &where, "wrong-type",
					"a list is wanted (pointer \"%.*s\")",
					STR_ARGS(path->text));
		if (nodes[where.node].kind == JSON_ARRAY) {
			uint32_t count = nodes[where.node].count;

			out->direct = !path->rest_count;
			g.room = count < max ? count : max;
			out->nodes = arena_alloc(run->arena,
						 g.room * sizeof(uint32_t));
		}
		return gather(&g, where.node, 0);
	}
	return true;
}
