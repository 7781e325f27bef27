/* names.c - building the table of names. */
#include "mapping/names.h"

void names_init(struct names *names, struct arena *arena, uint32_t count)
{
	uint32_t room = 4;

	while (room < count * 2)
		room *= 2;
	names->cells = ARENA_ARRAY(arena, struct name_cell, room);
	names->mask = room - 1;
	names->count = 0;
}

bool names_add(struct names *names, struct str name, uint32_t value)
{
	uint32_t at = names_hash(name) & names->mask;

	while (names->cells[at].name.at) {
		if (str_eq(names->cells[at].name, name))
			return false;
		at = (at + 1) & names->mask;
	}
	names->cells[at] = (struct name_cell){name, value};
	names->count++;
	return true;
}
