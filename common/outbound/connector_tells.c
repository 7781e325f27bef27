/* connector_tells.c - what is told to a system.
 *
 * What is told is a state: it must be possible to tell it again, whatever
 * became of the first time. So either one operation that may be repeated, or a
 * probe that finds by our reference what is there. */
#include "mapping/findings.h"
#include "model/model.h"
#include "outbound/connector_loading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const tell_keys[] = {"upsert", "probe", "create", "update"};

static bool gives(const struct connector_operation *op, const char *name)
{
	for (uint32_t i = 0; i < op->response.count; i++)
		if (str_is(op->response.items[i].name, name))
			return true;
	return false;
}

static bool needs_external_id(const struct connector_operation *op)
{
	for (uint32_t i = 0; i < op->need_count; i++)
		if (op->needs[i] &&
		    str_is(op->needs[i]->text, "\"/external_id\""))
			return true;
	return false;
}

static void check_upsert(struct loading *l, uint32_t at,
			 const struct connector_operation *op)
{
	if (!op->repeats_safely)
		finding(l->c, at,
			"\"%s\" is not safe to repeat: a state needs an upsert "
			"by our reference, or a \"probe\" with \"create\" and "
			"\"update\"",
			op->name);
	if (!op->need_count)
		finding(l->c, at,
			"\"%s\" does not say by which reference of ours it "
			"goes: add \"needs\" to it",
			op->name);
}

static void check_probe(struct loading *l, uint32_t at,
			const struct connector_operation *op)
{
	if (!op->repeats_safely)
		finding(l->c, at, "\"%s\" is not safe to repeat: no probe",
			op->name);
	if (!gives(op, "external_id"))
		finding(l->c, at,
			"\"%s\" does not give the cross reference: add "
			"\"external_id\" to its \"response\"",
			op->name);
	if (!op->need_count)
		finding(l->c, at,
			"\"%s\" does not say by which reference of ours it "
			"looks: add \"needs\" to it",
			op->name);
}

static void check_update(struct loading *l, uint32_t at,
			 const struct connector_tell *tell)
{
	if (!tell->update->repeats_safely)
		finding(l->c, at,
			"\"%s\" is not safe to repeat: if it sets values "
			"rather than adds, say \"repeats\": \"safe\"",
			tell->update->name);
	if (!needs_external_id(tell->update))
		finding(l->c, at,
			"\"%s\" does not go by the cross reference: add "
			"\"/external_id\" to its \"needs\"",
			tell->update->name);
	if (tell->create && !gives(tell->create, "external_id"))
		finding(l->c, at,
			"\"%s\" does not give the cross reference: add "
			"\"external_id\" to its \"response\"",
			tell->create->name);
}

static void check_tell(struct loading *l, uint32_t at,
		       const struct connector_tell *tell)
{
	if (tell->upsert && (tell->probe || tell->create || tell->update)) {
		finding(l->c, at, "\"upsert\" stands alone");
		return;
	}
	if (!tell->upsert && !(tell->probe && (tell->create || tell->update))) {
		finding(l->c, at,
			"needs \"upsert\", or \"probe\" with \"create\", "
			"\"update\" or both: without, nobody knows whether it "
			"was told");
		return;
	}
	if (tell->upsert)
		check_upsert(l, at, tell->upsert);
	else
		check_probe(l, at, tell->probe);
	if (tell->update)
		check_update(l, at, tell);
}

/* "enrichment" is no entity of the model: case-enricher makes it. */
static void check_entity(struct loading *l, uint32_t at, struct str name)
{
	const char *names[65] = {"enrichment"};
	size_t n = 1;

	if (str_is(name, "enrichment") || model_entity(name))
		return;
	for (int i = 0; model_entities[i] && n < COUNT(names); i++)
		names[n++] = model_entities[i]->name;
	finding(l->c, at, "there is no entity \"%.*s\"%s", STR_ARGS(name),
		suggest(l->c, name, names, n));
}

static void load_tell(struct loading *l, struct connector_tell *tell,
		      uint32_t at)
{
	const unsigned before = l->c->findings->count;

	tell->entity = l->c->doc->nodes[at].name;
	check_entity(l, at, tell->entity);
	if (l->c->doc->nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at,
			"is {\"upsert\": operation}, or {\"probe\": ..., "
			"\"create\": ..., \"update\": ...}");
		return;
	}
	check_keys(l->c, at, "what is told", tell_keys, COUNT(tell_keys));
	tell->upsert = load_operation_ref(l, at, "upsert");
	tell->probe = load_operation_ref(l, at, "probe");
	tell->create = load_operation_ref(l, at, "create");
	tell->update = load_operation_ref(l, at, "update");
	if (l->c->findings->count == before)
		check_tell(l, at, tell);
}

void load_tells(struct loading *l)
{
	const struct json_node *nodes = l->c->doc->nodes;
	struct connector *connector = l->connector;
	uint32_t at = member(l->c, 0, "tells");

	if (!at)
		return;
	if (nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at, "\"tells\" is an object: entity to how");
		return;
	}
	connector->tells = ARENA_ARRAY(l->c->arena, struct connector_tell,
				       nodes[at].count + 1);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next)
		if (!is_comment(nodes[i].name))
			load_tell(l, &connector->tells[connector->tell_count++],
				  i);
}
