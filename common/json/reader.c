/* reader.c - yajl's callbacks, written down as a tape.
 *
 * yajl hands out strings without escapes as pointers into the input, which is
 * why nothing is copied; what it decoded it will overwrite, so that is. */
#include <stdio.h>
#include <stdlib.h>
#include <yajl/yajl_parse.h>

#include "json/json_private.h"

enum {
	DEFAULT_BYTES = 10 * 1024 * 1024,
	DEFAULT_DEPTH = 64,
	DEFAULT_NODES = 1000 * 1000,
	FIRST_NODES = 128,
	/* members up to which a name is compared with each before it */
	FEW_MEMBERS = 64,
};

/* An open container. */
struct level {
	uint32_t node;
	uint64_t seen; /* one bit for each name's hash */
};

struct reader {
	struct arena *arena;   /* strings */
	struct arena *scratch; /* nodes */
	struct str text;
	struct json_limits limits;
	struct json_node *nodes;
	uint32_t count;
	uint32_t room;
	struct level *levels;
	uint32_t depth;
	struct str name; /* of the value to come */
	yajl_handle yajl;
	struct err *err;
};

/* The pointer of the value that would come next, from what is open. */
static void pointer_here(const struct reader *r, char *text, size_t size)
{
	struct pointer_text out = {text, size, 0};

	text[0] = '\0';
	for (uint32_t i = 0; i < r->depth; i++) {
		const struct json_node *container =
			&r->nodes[r->levels[i].node];

		if (container->kind == JSON_ARRAY)
			pointer_add_index(&out, container->count -
							(i + 1 < r->depth));
		else if (i + 1 < r->depth)
			pointer_add_name(&out,
					 r->nodes[r->levels[i + 1].node].name);
		else
			pointer_add_name(&out, r->name);
	}
}

static int fail_here(struct reader *r, const char *code, const char *what)
{
	char pointer[sizeof(r->err->pointer)];

	pointer_here(r, pointer, sizeof(pointer));
	err_code(r->err, ERR_INVALID, code, "%s", what);
	err_at(r->err, pointer);
	return 0;
}

static void grow_nodes(struct reader *r)
{
	uint32_t room = r->room ? r->room * 2 : FIRST_NODES;
	struct json_node *grown =
		arena_alloc(r->scratch, sizeof(*grown) * room);

	if (r->count)
		memcpy(grown, r->nodes, sizeof(*grown) * r->count);
	r->nodes = grown;
	r->room = room;
}

static int add_node(struct reader *r, enum json_kind kind, struct str text)
{
	struct json_node *node;

	if (r->count == r->limits.max_nodes)
		return fail_here(r, "too-large",
				 "too many values in one document");
	if (r->count == r->room)
		grow_nodes(r);
	node = &r->nodes[r->count++];
	node->name = (struct str){NULL, 0};
	node->text = text;
	node->kind = kind;
	node->count = 0;
	node->next = r->count;
	if (r->depth) {
		struct json_node *outer =
			&r->nodes[r->levels[r->depth - 1].node];

		outer->count++;
		if (outer->kind == JSON_OBJECT)
			node->name = r->name;
	}
	return 1;
}

static bool borrowed(const struct reader *r, const void *at)
{
	return (const char *)at >= r->text.at &&
	       (const char *)at < r->text.at + r->text.len;
}

/* The string as written ends at the last quote that yajl has consumed; it
 * begins after the nearest quote before that which no backslash hides. */
static bool escapes_ok(const struct reader *r)
{
	const char *end = r->text.at + yajl_get_bytes_consumed(r->yajl) - 1;
	const char *at = end;

	for (;;) {
		const char *slash;

		while (*--at != '"')
			;
		for (slash = at; slash > r->text.at && slash[-1] == '\\';
		     slash--)
			;
		if ((at - slash) % 2 == 0)
			break;
	}
	return json_surrogates_paired(at + 1, end);
}

/* 0 when the string may not stand. */
static int take_string(struct reader *r, const unsigned char *at, size_t len,
		       struct str *out)
{
	*out = (struct str){(const char *)at, len};
	if (borrowed(r, at))
		return 1;
	if (!escapes_ok(r))
		return fail_here(r, "not-utf8",
				 "half a surrogate pair in a \\u escape");
	if (memchr(at, 0, len))
		return fail_here(r, "nul-character",
				 "\\u0000 is no text that can be stored");
	*out = arena_str(r->arena, *out);
	return 1;
}

static int on_null(void *ctx)
{
	return add_node(ctx, JSON_NULL, (struct str){NULL, 0});
}

static int on_boolean(void *ctx, int value)
{
	return add_node(ctx, value ? JSON_TRUE : JSON_FALSE,
			(struct str){NULL, 0});
}

static int on_number(void *ctx, const char *at, size_t len)
{
	struct reader *r = ctx;
	struct str text = {at, len};

	/* a number that ends the text is handed out from yajl's own buffer */
	if (!borrowed(r, at))
		text = arena_str(r->arena, text);
	return add_node(r, JSON_NUMBER, text);
}

static int on_string(void *ctx, const unsigned char *at, size_t len)
{
	struct reader *r = ctx;
	struct str text;

	return take_string(r, at, len, &text) && add_node(r, JSON_STRING, text);
}

static int open_level(struct reader *r, enum json_kind kind)
{
	if (r->depth == r->limits.max_depth)
		return fail_here(r, "too-deep", "nested too deep");
	if (!add_node(r, kind, (struct str){NULL, 0}))
		return 0;
	r->levels[r->depth++] = (struct level){r->count - 1, 0};
	return 1;
}

static int close_level(struct reader *r)
{
	r->nodes[r->levels[--r->depth].node].next = r->count;
	return 1;
}

static int on_open_object(void *ctx)
{
	return open_level(ctx, JSON_OBJECT);
}

static int on_open_array(void *ctx)
{
	return open_level(ctx, JSON_ARRAY);
}

static int on_close_array(void *ctx)
{
	return close_level(ctx);
}

/* Length, ends and middle tell the members of real documents apart; the rest
 * is compared. */
static uint32_t name_hash(struct str name)
{
	const uint8_t *at = (const uint8_t *)name.at;
	uint32_t hash = (uint32_t)name.len;

	if (name.len) {
		hash = hash * 31 + at[0];
		hash = hash * 31 + at[name.len / 2];
		hash = hash * 31 + at[name.len - 1];
	}
	return hash * 2654435761u >> 16;
}

static bool has_member(const struct reader *r, uint32_t object, struct str name)
{
	for (uint32_t i = object + 1; i < r->count; i = r->nodes[i].next)
		if (str_eq(r->nodes[i].name, name))
			return true;
	return false;
}

static int duplicate(struct reader *r, struct str name)
{
	r->name = name;
	return fail_here(r, "duplicate-key",
			 "the same member name twice in one object");
}

/* A name is compared with those before it only when its bit is taken, and
 * never in a large object: on_close_object looks at that as a whole. */
static int on_name(void *ctx, const unsigned char *at, size_t len)
{
	struct reader *r = ctx;
	struct level *level = &r->levels[r->depth - 1];
	struct str name;
	uint64_t bit;

	if (!take_string(r, at, len, &name))
		return 0;
	bit = (uint64_t)1 << (name_hash(name) & 63);
	if (level->seen & bit && r->nodes[level->node].count < FEW_MEMBERS &&
	    has_member(r, level->node, name))
		return duplicate(r, name);
	level->seen |= bit;
	r->name = name;
	return 1;
}

static int on_close_object(void *ctx)
{
	struct reader *r = ctx;
	uint32_t object = r->levels[r->depth - 1].node;

	uint32_t twice = 0;

	if (r->nodes[object].count >= FEW_MEMBERS)
		twice = json_name_twice(r->nodes, r->count, object, r->scratch);
	if (twice)
		return duplicate(r, r->nodes[twice].name);
	return close_level(r);
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_name,
	.yajl_end_map = on_close_object,
	.yajl_start_array = on_open_array,
	.yajl_end_array = on_close_array,
};

/* yajl's sentence, without its line feed. */
static bool not_json(struct reader *r)
{
	unsigned char *why = yajl_get_error(r->yajl, 0, NULL, 0);
	size_t len = why ? strlen((char *)why) : 0;

	while (len && why[len - 1] == '\n')
		len--;
	err_code(r->err, ERR_INVALID, "not-json", "not JSON at byte %zu: %.*s",
		 yajl_get_bytes_consumed(r->yajl), (int)len,
		 why ? (char *)why : "");
	yajl_free_error(r->yajl, why);
	return false;
}

static bool parse(struct reader *r)
{
	yajl_status status;

	r->yajl = yajl_alloc(&callbacks, NULL, r);
	if (!r->yajl) {
		fprintf(stderr, "out of memory\n");
		abort();
	}
	/* the whole text was checked, more strictly than yajl does */
	yajl_config(r->yajl, yajl_dont_validate_strings, 1);
	status = yajl_parse(r->yajl, (const unsigned char *)r->text.at,
			    r->text.len);
	if (status == yajl_status_ok)
		status = yajl_complete_parse(r->yajl);
	if (status == yajl_status_error)
		not_json(r);
	yajl_free(r->yajl);
	return status == yajl_status_ok;
}

static bool blank(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!memchr(" \t\r\n", text.at[i], 4))
			return false;
	return true;
}

const struct json_limits json_own = {
	.max_bytes = 256 * 1024 * 1024,
	.max_nodes = 16 * 1000 * 1000,
};

static bool check_text(const struct reader *r)
{
	if (blank(r->text))
		return err_code(r->err, ERR_INVALID, "empty",
				"the document is empty");
	if (r->text.len > r->limits.max_bytes)
		return err_code(r->err, ERR_INVALID, "too-large",
				"%zu bytes are more than the %zu allowed",
				r->text.len, r->limits.max_bytes);
	if (!str_is_utf8(r->text))
		return err_code(r->err, ERR_INVALID, "not-utf8",
				"the document is not valid UTF-8");
	/* yajl takes them for white space; JSON has no place for them at all */
	if (memchr(r->text.at, '\v', r->text.len) ||
	    memchr(r->text.at, '\f', r->text.len))
		return err_code(r->err, ERR_INVALID, "not-json",
				"not JSON: a vertical tab or form feed");
	return true;
}

bool json_read_in(struct arena *arena, struct arena *scratch, struct str text,
		  const struct json_limits *limits, struct json_doc *doc,
		  struct err *err)
{
	struct reader r = {
		.arena = arena,
		.scratch = scratch,
		.text = text,
		.err = err,
	};

	if (limits)
		r.limits = *limits;
	if (!r.limits.max_bytes)
		r.limits.max_bytes = DEFAULT_BYTES;
	if (!r.limits.max_depth)
		r.limits.max_depth = DEFAULT_DEPTH;
	if (!r.limits.max_nodes)
		r.limits.max_nodes = DEFAULT_NODES;
	if (!check_text(&r))
		return false;
	r.levels = arena_alloc(scratch, sizeof(*r.levels) * r.limits.max_depth);
	if (!parse(&r))
		return false;
	*doc = (struct json_doc){r.nodes, r.count};
	return true;
}

bool json_read(struct arena *arena, struct str text,
	       const struct json_limits *limits, struct json_doc *doc,
	       struct err *err)
{
	return json_read_in(arena, arena, text, limits, doc, err);
}
