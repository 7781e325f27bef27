/* arena.c - bump allocation in a chain of chunks. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 256 * 1024 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	alignas(max_align_t) uint8_t bytes[];
};

static void fill_from(struct arena *arena, struct arena_chunk *chunk)
{
	arena->last = chunk;
	arena->at = chunk->bytes;
	arena->end = chunk->bytes + chunk->size;
}

static struct arena_chunk *chunk_new(size_t size)
{
	struct arena_chunk *chunk = malloc(sizeof(*chunk) + size);

	if (!chunk) {
		fprintf(stderr, "out of memory: %zu bytes wanted\n", size);
		abort();
	}
	chunk->next = NULL;
	chunk->size = size;
	return chunk;
}

void arena_init(struct arena *arena, size_t keep_bytes)
{
	memset(arena, 0, sizeof(*arena));
	arena->keep_bytes = keep_bytes;
}

static void free_chain(struct arena_chunk *chunk)
{
	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
}

void arena_release(struct arena *arena)
{
	free_chain(arena->first);
	arena_init(arena, arena->keep_bytes);
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *chunk = arena->first;
	size_t kept = 0;

	arena->used_bytes = 0;
	if (!chunk)
		return;
	if (chunk->size > arena->keep_bytes && chunk->size > CHUNK_BYTES) {
		arena_release(arena);
		return;
	}
	kept = chunk->size;
	while (chunk->next && kept + chunk->next->size <= arena->keep_bytes) {
		chunk = chunk->next;
		kept += chunk->size;
	}
	free_chain(chunk->next);
	chunk->next = NULL;
	fill_from(arena, arena->first);
}

static void grow(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->last ? arena->last->next : NULL;

	if (!chunk || chunk->size < size) {
		struct arena_chunk *fresh =
			chunk_new(size > CHUNK_BYTES ? size : CHUNK_BYTES);

		fresh->next = chunk;
		if (arena->last)
			arena->last->next = fresh;
		else
			arena->first = fresh;
		chunk = fresh;
	}
	fill_from(arena, chunk);
}

void *arena_alloc(struct arena *arena, size_t size)
{
	const size_t mask = alignof(max_align_t) - 1;
	void *p;

	size = (size + mask) & ~mask;
	if ((size_t)(arena->end - arena->at) < size || !arena->at)
		grow(arena, size);
	p = arena->at;
	arena->at += size;
	arena->used_bytes += size;
	return p;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_cstr(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.len + 1);

	if (s.len)
		memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	return copy;
}

struct str arena_str(struct arena *arena, struct str s)
{
	return (struct str){arena_cstr(arena, s), s.len};
}

struct str arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		abort();
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return (struct str){text, (size_t)len};
}
