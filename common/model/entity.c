/* entity.c - looking things up in the generated tables. */
#include "model/model.h"

const struct entity *model_entity(struct str name)
{
	for (const struct entity *const *e = model_entities; *e; e++)
		if (str_is(name, (*e)->name))
			return *e;
	return NULL;
}

const struct field *entity_field(const struct entity *entity, struct str name)
{
	for (unsigned i = 0; i < entity->field_count; i++)
		if (str_is(name, entity->fields[i].name))
			return &entity->fields[i];
	return NULL;
}
