/* paths.c - pointers of a mapping file, joined to a trie for each scope. */
#include <stdio.h>

#include "mapping/compiler.h"
#include "mapping/findings.h"
#include "mapping/names.h"

enum { TOKENS_MAX = 32 };

/* "~1" is "/", "~0" "~", "~2" "[", "~3" "*". */
static bool unescape(struct arena *arena, struct str raw, struct str *out)
{
	char *to = arena_alloc(arena, raw.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		const char *escapes = "0123", *means = "~/[*";
		const char *found;

		if (raw.at[i] != '~') {
			to[n++] = raw.at[i];
			continue;
		}
		if (++i == raw.len || !raw.at[i])
			return false;
		found = strchr(escapes, raw.at[i]);
		if (!found)
			return false;
		to[n++] = means[found - escapes];
	}
	to[n] = '\0';
	*out = (struct str){to, n};
	return true;
}

/* "[last]", "[key=value]", "[a/b!=value]" */
static bool parse_pick(struct arena *arena, struct str raw, struct token *token)
{
	const char *equal;
	struct str inner = {raw.at + 1, raw.len - 2};
	struct str key;

	if (str_is(inner, "last")) {
		token->kind = TOKEN_LAST;
		return true;
	}
	equal = memchr(inner.at, '=', inner.len);
	if (!equal || equal == inner.at)
		return false;
	token->kind = TOKEN_PICK;
	token->unequal = equal[-1] == '!';
	key = (struct str){inner.at, (size_t)(equal - inner.at)};
	key.len -= token->unequal;
	token->name = arena_printf(arena, "/%.*s", STR_ARGS(key));
	token->value = (struct str){equal + 1,
				    inner.len - (size_t)(equal + 1 - inner.at)};
	return key.len > 0 && json_pointer_ok(token->name);
}

static bool parse_token(struct arena *arena, struct str raw,
			struct token *token)
{
	memset(token, 0, sizeof(*token));
	token->index = -1;
	if (str_is(raw, "*")) {
		token->kind = TOKEN_ANY;
		return true;
	}
	if (raw.len > 2 && raw.at[0] == '[' && raw.at[raw.len - 1] == ']')
		return parse_pick(arena, raw, token);
	token->kind = TOKEN_NAME;
	if (raw.len && raw.len < 8 && !str_to_i64(raw, &token->index))
		token->index = -1;
	return unescape(arena, raw, &token->name);
}

/* How long the step at `at` is: up to the next "/" outside of brackets. */
static size_t step_len(struct str text, size_t at)
{
	bool inside = at < text.len && text.at[at] == '[';
	size_t end = at;

	for (; end < text.len; end++) {
		if (inside && text.at[end] == ']')
			inside = false;
		else if (!inside && text.at[end] == '/')
			break;
	}
	return end - at;
}

/* The steps of "/a/b"; NULL after a report. */
static const struct token *parse_steps(struct compiler *c, uint32_t at,
				       struct str text, uint32_t *count)
{
	struct token steps[TOKENS_MAX], *kept;
	size_t i = 0;

	*count = 0;
	while (i < text.len) {
		size_t len;

		if (text.at[i] != '/')
			return finding(c, at,
				       "a pointer is empty or begins with "
				       "\"/\": \"%.*s\"",
				       STR_ARGS(text));
		len = step_len(text, ++i);
		if (*count == TOKENS_MAX)
			return finding(c, at, "more than %d steps", TOKENS_MAX);
		if (!parse_token(c->arena, (struct str){text.at + i, len},
				 &steps[*count]))
			return finding(c, at,
				       "the step \"%.*s\" is not understood "
				       "(a name, a number, *, [last], "
				       "[key=value] or [key!=value])",
				       (int)len, text.at + i);
		++*count;
		i += len;
	}
	kept = ARENA_ARRAY(c->arena, struct token, *count);
	if (*count)
		memcpy(kept, steps, *count * sizeof(*kept));
	return kept;
}

/* Where a pointer starts: here, "^" further out, or "$" the document. */
static const struct place *start_of(struct compiler *c, uint32_t at,
				    struct str *text)
{
	const struct place *place = c->place;

	if (text->len && text->at[0] == '$') {
		while (place->outer)
			place = place->outer;
		text->at++;
		text->len--;
		return place;
	}
	while (text->len && text->at[0] == '^') {
		if (!place->outer)
			return finding(c, at,
				       "\"^\" leads out of the document");
		place = place->outer;
		text->at++;
		text->len--;
	}
	return place;
}

static bool same_token(const struct token *a, const struct token *b)
{
	return a->kind == b->kind && a->unequal == b->unequal &&
	       str_eq(a->name, b->name) && str_eq(a->value, b->value);
}

static struct trie *descend(struct compiler *c, struct trie *trie,
			    const struct token *token)
{
	struct trie **link = &trie->children;

	for (; *link; link = &(*link)->next)
		if (same_token(&(*link)->token, token))
			return *link;
	*link = ARENA_NEW(c->arena, struct trie);
	(*link)->token = *token;
	(*link)->slot = NONE;
	if (token->kind != TOKEN_NAME || token->index >= 0)
		trie->elements = true;
	return *link;
}

/* The slot of the steps before the first "*". */
static void take_slot(struct compiler *c, struct path *path,
		      struct scope *scope, const struct token *steps,
		      uint32_t count)
{
	struct trie *trie = &scope->root;
	uint32_t i = 0;

	for (; i < count && steps[i].kind != TOKEN_ANY; i++)
		trie = descend(c, trie, &steps[i]);
	if (trie->slot == NONE)
		trie->slot = scope->count++;
	path->scope = scope;
	path->slot = trie->slot;
	path->rest = steps + i;
	path->rest_count = count - i;
	path->ends_in_any = count && steps[count - 1].kind == TOKEN_ANY;
}

/* The prefix of the place and the pointer's own steps. */
static const struct token *join(struct compiler *c, const struct place *place,
				const struct token *steps, uint32_t *count)
{
	uint32_t total = place->prefix_count + *count;
	struct token *all;

	if (!place->prefix_count)
		return steps;
	all = ARENA_ARRAY(c->arena, struct token, total);
	memcpy(all, place->prefix, place->prefix_count * sizeof(*all));
	if (*count)
		memcpy(all + place->prefix_count, steps, *count * sizeof(*all));
	*count = total;
	return all;
}

struct path *path_here(struct compiler *c)
{
	struct path *path = ARENA_NEW(c->arena, struct path);
	uint32_t count = 0;
	const struct token *steps = join(c, c->place, NULL, &count);

	path->text = STR("");
	path->looked_at = c->place->prefix_text;
	take_slot(c, path, c->place->scope, steps, count);
	path->next = c->mapping->paths;
	c->mapping->paths = path;
	return path;
}

struct path *compile_path(struct compiler *c, uint32_t at)
{
	const struct place *place;
	const struct token *steps;
	struct path *path;
	struct str text;
	uint32_t count;

	if (!want_text(c, at, "a pointer", &text))
		return NULL;
	path = ARENA_NEW(c->arena, struct path);
	path->text = text;
	place = start_of(c, at, &text);
	steps = place ? parse_steps(c, at, text, &count) : NULL;
	if (!steps)
		return NULL;
	path->looked_at =
		arena_printf(c->arena, "%.*s%.*s", STR_ARGS(place->prefix_text),
			     STR_ARGS(text));
	steps = join(c, place, steps, &count);
	take_slot(c, path, place->scope, steps, count);
	path->next = c->mapping->paths;
	c->mapping->paths = path;
	return path;
}

struct path **compile_paths(struct compiler *c, uint32_t at, uint32_t *count)
{
	const struct json_node *node = &c->doc->nodes[at];
	struct path **paths;
	uint32_t n = 0;

	*count = node->kind == JSON_ARRAY ? node->count : 1;
	paths = ARENA_ARRAY(c->arena, struct path *, *count + 1);
	if (node->kind != JSON_ARRAY) {
		paths[0] = compile_path(c, at);
		return paths;
	}
	if (!node->count)
		finding(c, at, "an empty list of pointers");
	for (uint32_t i = at + 1; i < node->next; i = c->doc->nodes[i].next)
		paths[n++] = compile_path(c, i);
	return paths;
}

struct place *place_at(struct compiler *c, uint32_t at)
{
	const struct place *start;
	struct place *place;
	const struct token *steps;
	struct str text;
	uint32_t count;

	if (!want_text(c, at, "\"at\"", &text))
		return NULL;
	start = start_of(c, at, &text);
	steps = start ? parse_steps(c, at, text, &count) : NULL;
	if (!steps)
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		if (steps[i].kind == TOKEN_ANY)
			return finding(c, at,
				       "\"at\" leads to one place: use "
				       "\"each\" for \"*\"");
	place = ARENA_NEW(c->arena, struct place);
	place->outer = c->place;
	place->scope = start->scope;
	place->prefix_text =
		arena_printf(c->arena, "%.*s%.*s", STR_ARGS(start->prefix_text),
			     STR_ARGS(text));
	place->prefix = join(c, start, steps, &count);
	place->prefix_count = count;
	return place;
}

struct scope *scope_new(struct compiler *c)
{
	struct scope *scope = ARENA_NEW(c->arena, struct scope);

	scope->root.slot = NONE;
	scope->root.token.index = -1;
	scope->id = c->mapping->scope_count++;
	scope->next = c->mapping->scopes;
	c->mapping->scopes = scope;
	return scope;
}

static void link_trie(struct compiler *c, struct trie *trie, uint32_t base)
{
	uint32_t count = 0, n = 0;

	if (trie->slot != NONE)
		trie->slot += base;
	for (struct trie *kid = trie->children; kid; kid = kid->next) {
		count += kid->token.kind == TOKEN_NAME;
		link_trie(c, kid, base);
	}
	if (!count)
		return;
	names_init(&trie->members, c->arena, count);
	trie->by_member = ARENA_ARRAY(c->arena, struct trie *, count);
	for (struct trie *kid = trie->children; kid; kid = kid->next) {
		if (kid->token.kind != TOKEN_NAME)
			continue;
		names_add(&trie->members, kid->token.name, n);
		trie->by_member[n++] = kid;
	}
}

void link_scopes(struct compiler *c)
{
	uint32_t base = 0;

	for (struct scope *s = c->mapping->scopes; s; s = s->next) {
		s->base = base;
		base += s->count;
		link_trie(c, &s->root, s->base);
	}
	for (struct path *p = c->mapping->paths; p; p = p->next)
		p->slot += p->scope->base;
	c->mapping->slot_count = base;
}
