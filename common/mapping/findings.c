/* findings.c - what is wrong with a mapping file, said so that it helps. */
#include "mapping/findings.h"

#include <stdarg.h>
#include <stdio.h>

#include "mapping/compiler.h"

void *finding(struct compiler *c, uint32_t at, const char *fmt, ...)
{
	struct mapping_findings *findings = c->findings;
	char pointer[sizeof(findings->first.pointer)];
	char text[FINDING_TEXT_MAX];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0)
		text[0] = '\0';
	json_pointer_of(c->doc, at, pointer, sizeof(pointer));
	if (!findings->count++) {
		err_code(&findings->first, ERR_INVALID, "mapping", "%s", text);
		err_at(&findings->first, pointer);
	}
	if (findings->found)
		findings->found(findings->ctx, pointer, text);
	return NULL;
}

/* Edits that turn a into b, letters in either case being the same; 99 for
 * words that are too long to be alike. */
static unsigned distance(struct str a, struct str b)
{
	unsigned row[64];

	if (a.len >= 64 || b.len >= 64)
		return 99;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned corner = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned best = corner;

			if ((a.at[i - 1] | 32) != (b.at[j - 1] | 32))
				best++;
			corner = row[j];
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (row[j] + 1 < best)
				best = row[j] + 1;
			row[j] = best;
		}
	}
	return row[b.len];
}

const char *suggest(struct compiler *c, struct str word,
		    const char *const *words, size_t count)
{
	unsigned best = 99;
	size_t nearest = 0;

	for (size_t i = 0; i < count; i++) {
		struct str other = str_of(words[i]);
		unsigned d = distance(word, other);
		bool within = word.len > 2 && other.len > word.len &&
			      memmem(other.at, other.len, word.at, word.len);

		if (within && d > 2)
			d = 2;
		if (d < best) {
			best = d;
			nearest = i;
		}
	}
	if (best > 3 || best >= word.len)
		return "";
	return arena_printf(c->arena, " (did you mean \"%s\"?)", words[nearest])
		.at;
}

void check_keys(struct compiler *c, uint32_t at, const char *what,
		const char *const *keys, size_t count)
{
	const struct json_node *nodes = c->doc->nodes;

	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		size_t k = 0;

		if (is_comment(nodes[i].name))
			continue;
		while (k < count && !str_is(nodes[i].name, keys[k]))
			k++;
		if (k == count)
			finding(c, i, "%s has no key \"%.*s\"%s", what,
				STR_ARGS(nodes[i].name),
				suggest(c, nodes[i].name, keys, count));
	}
}

uint32_t member(const struct compiler *c, uint32_t at, const char *name)
{
	return json_member(c->doc, at, str_of(name));
}

bool want_text(struct compiler *c, uint32_t at, const char *what,
	       struct str *out)
{
	if (c->doc->nodes[at].kind != JSON_STRING) {
		finding(c, at, "%s must be a string", what);
		return false;
	}
	*out = c->doc->nodes[at].text;
	return true;
}

bool want_bool(struct compiler *c, uint32_t at, const char *what, bool *out)
{
	enum json_kind kind = c->doc->nodes[at].kind;

	*out = kind == JSON_TRUE;
	if (kind == JSON_TRUE || kind == JSON_FALSE)
		return true;
	finding(c, at, "%s must be true or false", what);
	return false;
}

bool want_int(struct compiler *c, uint32_t at, const char *what, int64_t *out)
{
	if (c->doc->nodes[at].kind == JSON_NUMBER &&
	    str_to_i64(c->doc->nodes[at].text, out))
		return true;
	finding(c, at, "%s must be an integer", what);
	return false;
}

bool want_word(struct compiler *c, uint32_t at, const char *what,
	       const char *const *words, size_t count, size_t *out)
{
	char list[256] = "";
	size_t n = 0;

	if (c->doc->nodes[at].kind == JSON_STRING)
		for (*out = 0; *out < count; ++*out)
			if (str_is(c->doc->nodes[at].text, words[*out]))
				return true;
	for (size_t i = 0; i < count && n < sizeof(list); i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s\"%s\"",
				      i ? ", " : "", words[i]);
	finding(c, at, "%s must be one of %s", what, list);
	*out = 0;
	return false;
}
