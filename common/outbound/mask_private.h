/* mask_private.h - secrets found in texts, however they are written there. */
#ifndef FLOTILLA_OUTBOUND_MASK_PRIVATE_H
#define FLOTILLA_OUTBOUND_MASK_PRIVATE_H

#include "base/arena.h"
#include "base/str.h"

struct connector;

/* As it is, and as URLs, JSON and base64 have it. */
enum { NEEDLES_PER_SECRET = 6 };

void mask_prepare(struct connector *connector, struct arena *arena);
/* Appends how `secret` may be written to `needles`. */
uint32_t mask_forms(struct arena *arena, struct str secret,
		    struct str needles[NEEDLES_PER_SECRET]);
struct str mask_with(struct arena *arena, struct str text,
		     const struct str *needles, uint32_t count);

#endif
