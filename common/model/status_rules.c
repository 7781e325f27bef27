/* status_rules.c - reads order-status.json. */
#include "model/status_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

enum { SPEAKERS_MAX = 16, NOBODY = 1000 };

struct speaker {
	struct str role;
	int64_t from_us;   /* orders placed since then; 0 = always */
	struct str region; /* absent = everywhere */
};

struct facet_rules {
	struct speaker speakers[SPEAKERS_MAX];
	unsigned count;
	int64_t stale_after_s;
};

struct system_role {
	struct str system;
	struct str role;
};

struct status_rules {
	struct arena arena;
	struct system_role *systems;
	unsigned system_count;
	struct str default_role;
	struct facet_rules facets[FACET_COUNT];
};

static bool at_node(const struct json_doc *doc, uint32_t at, struct err *err)
{
	char pointer[192];

	json_pointer_of(doc, at, pointer, sizeof(pointer));
	return err_at(err, pointer);
}

static bool read_systems(struct status_rules *rules, const struct json_doc *doc,
			 uint32_t at, struct err *err)
{
	if (!at || doc->nodes[at].kind != JSON_OBJECT)
		return err_set(err, ERR_INVALID,
			       "\"systems\" must map each system to its role");
	rules->systems = ARENA_ARRAY(&rules->arena, struct system_role,
				     doc->nodes[at].count);
	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next) {
		if (doc->nodes[i].kind != JSON_STRING) {
			err_set(err, ERR_INVALID, "a role must be a string");
			return at_node(doc, i, err);
		}
		rules->systems[rules->system_count++] = (struct system_role){
			doc->nodes[i].name, doc->nodes[i].text};
	}
	return true;
}

static bool read_speaker(const struct json_doc *doc, uint32_t at,
			 struct speaker *out, struct err *err)
{
	uint32_t role = json_member(doc, at, STR("role"));
	uint32_t from = json_member(doc, at, STR("from"));
	uint32_t region = json_member(doc, at, STR("region"));
	char midnight[32];

	if (!role || doc->nodes[role].kind != JSON_STRING) {
		err_set(err, ERR_INVALID, "a speaker needs a role");
		return at_node(doc, at, err);
	}
	out->role = doc->nodes[role].text;
	if (region)
		out->region = doc->nodes[region].text;
	if (!from)
		return true;
	snprintf(midnight, sizeof(midnight), "%.*sT00:00:00Z",
		 (int)(doc->nodes[from].text.len & 31),
		 doc->nodes[from].text.at ? doc->nodes[from].text.at : "");
	if (!clock_parse(str_of(midnight), &out->from_us)) {
		err_set(err, ERR_INVALID,
			"\"from\" must be a date: 2026-01-31");
		return at_node(doc, from, err);
	}
	return true;
}

static bool read_facet(struct facet_rules *rules, const struct json_doc *doc,
		       uint32_t at, struct err *err)
{
	uint32_t speakers = json_member(doc, at, STR("speakers"));
	uint32_t stale = json_member(doc, at, STR("stale_after_s"));

	if (!speakers || doc->nodes[speakers].kind != JSON_ARRAY ||
	    doc->nodes[speakers].count > SPEAKERS_MAX) {
		err_set(err, ERR_INVALID, "a facet needs a list of speakers");
		return at_node(doc, at, err);
	}
	for (uint32_t i = speakers + 1; i < doc->nodes[speakers].next;
	     i = doc->nodes[i].next)
		if (!read_speaker(doc, i, &rules->speakers[rules->count++],
				  err))
			return false;
	if (stale &&
	    !str_to_i64(doc->nodes[stale].text, &rules->stale_after_s)) {
		err_set(err, ERR_INVALID, "stale_after_s must be seconds");
		return at_node(doc, stale, err);
	}
	return true;
}

static bool read_all(struct status_rules *rules, const struct json_doc *doc,
		     struct err *err)
{
	uint32_t facets = json_member(doc, 0, STR("facets"));
	uint32_t role = json_member(doc, 0, STR("default_role"));

	if (role)
		rules->default_role = doc->nodes[role].text;
	if (!read_systems(rules, doc, json_member(doc, 0, STR("systems")), err))
		return false;
	for (int kind = 0; kind < FACET_COUNT; kind++) {
		const char *name = facet_name((enum facet_kind)kind);
		uint32_t at =
			facets ? json_member(doc, facets, str_of(name)) : 0;

		if (!at)
			return err_set(err, ERR_INVALID,
				       "facet \"%s\" is missing", name);
		if (!read_facet(&rules->facets[kind], doc, at, err))
			return false;
	}
	return true;
}

bool status_rules_load(struct str json, struct status_rules **out,
		       struct err *err)
{
	struct status_rules *rules = calloc(1, sizeof(*rules));
	struct json_doc doc;

	if (!rules)
		abort();
	arena_init(&rules->arena, 0);
	if (json_read(&rules->arena, arena_str(&rules->arena, json), NULL, &doc,
		      err) &&
	    read_all(rules, &doc, err)) {
		*out = rules;
		return true;
	}
	status_rules_free(rules);
	return false;
}

void status_rules_free(struct status_rules *rules)
{
	if (!rules)
		return;
	arena_release(&rules->arena);
	free(rules);
}

struct str status_rules_role(const struct status_rules *rules,
			     struct str source)
{
	for (unsigned i = 0; i < rules->system_count; i++)
		if (str_eq(rules->systems[i].system, source))
			return rules->systems[i].role;
	return rules->default_role;
}

unsigned status_rules_rank(const struct status_rules *rules,
			   enum facet_kind kind, struct str source,
			   int64_t placed_at_us, struct str region)
{
	const struct facet_rules *facet = &rules->facets[kind];
	struct str role = status_rules_role(rules, source);

	for (unsigned i = 0; i < facet->count; i++) {
		const struct speaker *s = &facet->speakers[i];

		if (str_eq(s->role, role) && placed_at_us >= s->from_us &&
		    (!s->region.at || str_eq(s->region, region)))
			return i;
	}
	return NOBODY;
}

int64_t status_rules_stale_after_s(const struct status_rules *rules,
				   enum facet_kind kind)
{
	return rules->facets[kind].stale_after_s;
}
