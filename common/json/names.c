/* names.c - member names that stand twice in a large object. */
#include "json/json_private.h"

/* FNV-1a, for objects of any size: nothing may make it quadratic. */
static uint32_t full_hash(struct str name)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (uint8_t)name.at[i]) * 16777619u;
	return hash ^ hash >> 15;
}

uint32_t json_name_twice(const struct json_node *nodes, uint32_t end,
			 uint32_t object, struct arena *scratch)
{
	uint32_t room = 256, at;
	uint32_t *cells;

	while (room < nodes[object].count * 2)
		room *= 2;
	cells = ARENA_ARRAY(scratch, uint32_t, room);
	for (uint32_t i = object + 1; i < end; i = nodes[i].next) {
		struct str name = nodes[i].name;

		at = full_hash(name) & (room - 1);
		for (; cells[at]; at = (at + 1) & (room - 1))
			if (str_eq(nodes[cells[at]].name, name))
				return i;
		cells[at] = i;
	}
	return 0;
}
