/* names.h - a table from names to small numbers, built once, read often. */
#ifndef FLOTILLA_MAPPING_NAMES_H
#define FLOTILLA_MAPPING_NAMES_H

#include "mapping/mapping_private.h"

/* Room for `count` names; cells live in the arena. */
void names_init(struct names *names, struct arena *arena, uint32_t count);

/* False if the name is there already. The name is borrowed. */
bool names_add(struct names *names, struct str name, uint32_t value);

static inline uint32_t names_hash(struct str s)
{
	uint64_t head = 0, tail = 0;

	if (s.len >= 8) {
		memcpy(&head, s.at, 8);
		memcpy(&tail, s.at + s.len - 8, 8);
	} else if (s.len >= 4) {
		memcpy(&head, s.at, 4);
		memcpy(&tail, s.at + s.len - 4, 4);
	} else if (s.len) {
		head = (uint8_t)s.at[0];
		tail = (uint64_t)(uint8_t)s.at[s.len / 2] << 8 |
		       (uint8_t)s.at[s.len - 1];
	}
	head = (head ^ s.len) * 0x9e3779b97f4a7c15u;
	return (uint32_t)((head ^ tail * 0xc2b2ae3d27d4eb4fu) >> 32);
}

/* NONE if it is not there. */
static inline uint32_t names_find(const struct names *names, struct str name)
{
	uint32_t at;

	if (!names->count)
		return NONE;
	for (at = names_hash(name) & names->mask; names->cells[at].name.at;
	     at = (at + 1) & names->mask)
		if (str_eq(names->cells[at].name, name))
			return names->cells[at].value;
	return NONE;
}

#endif
