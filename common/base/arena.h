/* arena.h - memory that lives as long as one batch.
 *
 * Allocation cannot fail (the process exits when memory is out) and nothing
 * is freed one by one. Memory is NOT zeroed unless the name says so. Not
 * thread-safe. A reset keeps at most `keep_bytes`, so that one giant message
 * does not stay with the process for ever. */
#ifndef FLOTILLA_BASE_ARENA_H
#define FLOTILLA_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct arena_chunk; /* private */

struct arena {
	struct arena_chunk *first; /* the chain, oldest first; owned */
	struct arena_chunk *last;  /* the one being filled */
	uint8_t *at;		   /* next free byte in last */
	uint8_t *end;
	size_t used_bytes; /* handed out since the last reset */
	size_t keep_bytes; /* how much a reset may keep */
};

void arena_init(struct arena *arena, size_t keep_bytes);
void arena_release(struct arena *arena);

/* Forgets all that was handed out. */
void arena_reset(struct arena *arena);

/* `size` bytes, aligned for any type; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);

/* A copy with a NUL behind it (not counted in len). */
struct str arena_str(struct arena *arena, struct str s);
char *arena_cstr(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, type, n)                                            \
	((type *)arena_zalloc((arena), sizeof(type) * (size_t)(n)))

#endif
