/* compile.c - a mapping file as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "mapping/compiler.h"
#include "mapping/findings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const file_keys[] = {
	"mapping",	"revision",    "source",  "source_epoch", "entity",
	"message_when", "tombstone",   "let",	  "codes",	  "empty",
	"absent",	"description", "within",  "records",	  "when",
	"id",		"version",     "deleted", "order",	  "fields",
	"sections",
};
static const char *const section_keys[] = {
	"entity",  "within",  "records", "when",   "id",
	"version", "deleted", "order",	 "fields",
};

/* "shopify/order" in its two halves. */
static void compile_name(struct compiler *c, struct mapping *m)
{
	uint32_t at = member(c, 0, "mapping");
	struct str name;
	const char *slash;

	if (!at) {
		finding(c, 0, "needs \"mapping\": \"<system>/<noun>\"");
		return;
	}
	if (!want_text(c, at, "\"mapping\"", &name))
		return;
	slash = name.len ? memchr(name.at, '/', name.len) : NULL;
	if (!slash || slash == name.at || slash + 1 == name.at + name.len ||
	    memchr(slash + 1, '/', (size_t)(name.at + name.len - slash - 1))) {
		finding(c, at, "\"mapping\" must be \"<system>/<noun>\"");
		return;
	}
	m->name = arena_cstr(c->arena, name);
	m->system = arena_cstr(
		c->arena, (struct str){name.at, (size_t)(slash - name.at)});
	m->noun = m->name + (slash - name.at) + 1;
	m->source = str_of(m->system);
}

static void compile_numbers(struct compiler *c, struct mapping *m)
{
	uint32_t revision = member(c, 0, "revision");
	uint32_t epoch = member(c, 0, "source_epoch");
	int64_t value = 0;

	if (!revision)
		finding(c, 0,
			"needs \"revision\": an integer that is raised "
			"with each change");
	else if (want_int(c, revision, "\"revision\"", &value) &&
		 (value < 1 || value > INT32_MAX))
		finding(c, revision, "\"revision\" begins at 1");
	m->revision = (int32_t)value;
	value = 0;
	if (epoch && want_int(c, epoch, "\"source_epoch\"", &value) &&
	    (value < 0 || value > INT16_MAX))
		finding(c, epoch, "\"source_epoch\" is 0 to 32767");
	m->source_epoch = (int16_t)value;
}

static void compile_header(struct compiler *c, struct mapping *m)
{
	static const char *const fates[] = {"reject", "skip"};
	static const char *const empties[] = {"absent", "keep"};
	uint32_t at;
	size_t which;

	compile_name(c, m);
	compile_numbers(c, m);
	at = member(c, 0, "source");
	if (at && want_text(c, at, "\"source\"", &m->source) && !m->source.len)
		finding(c, at, "\"source\" is empty");
	at = member(c, 0, "tombstone");
	if (at &&
	    want_word(c, at, "\"tombstone\"", fates, COUNT(fates), &which))
		m->skip_tombstone = which == 1;
	at = member(c, 0, "empty");
	if (at &&
	    want_word(c, at, "\"empty\"", empties, COUNT(empties), &which))
		c->keep_empty = which == 1;
	c->absent = member(c, 0, "absent");
	if (c->absent && c->doc->nodes[c->absent].kind != JSON_ARRAY)
		finding(c, c->absent, "\"absent\" is a list of values");
	c->lets = member(c, 0, "let");
	if (c->lets && c->doc->nodes[c->lets].kind != JSON_OBJECT)
		finding(c, c->lets, "\"let\" is an object of rules");
	c->codes = member(c, 0, "codes");
	if (c->codes && c->doc->nodes[c->codes].kind != JSON_OBJECT)
		finding(c, c->codes, "\"codes\" is an object of tables");
	at = member(c, 0, "message_when");
	if (at)
		m->message_when = compile_test(c, at);
}

static const struct entity *find_entity(struct compiler *c, uint32_t section)
{
	const char *names[64];
	uint32_t at = member(c, section, "entity");
	const struct entity *entity;
	struct str name;
	size_t count = 0;

	if (!at)
		return finding(c, section, "needs \"entity\"");
	if (!want_text(c, at, "\"entity\"", &name))
		return NULL;
	entity = model_entity(name);
	if (entity && entity->shape != SHAPE_DERIVED)
		return entity;
	for (int i = 0; model_entities[i] && count < COUNT(names); i++)
		if (model_entities[i]->shape != SHAPE_DERIVED)
			names[count++] = model_entities[i]->name;
	return finding(c, at, "there is no entity \"%.*s\"%s", STR_ARGS(name),
		       suggest(c, name, names, count));
}

static void compile_id(struct compiler *c, struct section *section, uint32_t at)
{
	uint32_t id = member(c, at, "id");

	if (!id) {
		finding(c, at, "needs \"id\": the source's own id of a record");
		return;
	}
	c->strict = true;
	section->id = compile_rule(c, id);
	c->strict = false;
	if (section->id && section->id->convert)
		finding(c, id, "an id is text");
}

static void compile_version(struct compiler *c, struct section *section,
			    const struct entity *entity, uint32_t at)
{
	static const struct field time = {.name = "version",
					  .kind = FIELD_TIME};
	static const char *const keys[] = {"time", "integer"};
	uint32_t version = member(c, at, "version"), rule;

	if (!version) {
		if (entity && entity->shape == SHAPE_FACT)
			return;
		finding(c, at,
			"needs \"version\": {\"time\": rule}, {\"integer\": "
			"rule} or \"arrival\" (the order of the log decides)");
		return;
	}
	if (c->doc->nodes[version].kind == JSON_STRING &&
	    str_is(c->doc->nodes[version].text, "arrival"))
		return;
	rule = member(c, version, "time");
	section->version_kind = rule ? VERSION_TIME : VERSION_INTEGER;
	if (!rule)
		rule = member(c, version, "integer");
	if (!rule || c->doc->nodes[version].count != 1) {
		finding(c, version,
			"\"version\" is {\"time\": rule}, "
			"{\"integer\": rule} or \"arrival\"");
		return;
	}
	check_keys(c, version, "\"version\"", keys, COUNT(keys));
	section->version = compile_rule(c, rule);
	if (section->version && section->version_kind == VERSION_TIME) {
		compile_default_time(c, section->version);
		check_kind(c, &time, section->version, rule);
	}
}

static void compile_order_ref(struct compiler *c, struct section *section,
			      uint32_t at)
{
	static const char *const keys[] = {"system", "id", "lookup"};
	struct order_ref *ref = &section->orders[section->order_count++];
	uint32_t id = member(c, at, "id"), lookup = member(c, at, "lookup");
	uint32_t system = member(c, at, "system");

	if (c->doc->nodes[at].kind != JSON_OBJECT || !id == !lookup) {
		finding(c, at,
			"\"order\" is {\"system\": ..., \"id\": rule} or "
			"{\"system\": ..., \"lookup\": rule}");
		return;
	}
	check_keys(c, at, "\"order\"", keys, COUNT(keys));
	ref->system = c->mapping->source;
	ref->lookup = lookup != 0;
	if (system && !want_text(c, system, "\"system\"", &ref->system))
		return;
	c->strict = true;
	ref->rule = compile_rule(c, lookup ? lookup : id);
	c->strict = false;
}

static void compile_orders(struct compiler *c, struct section *section,
			   uint32_t at)
{
	const struct json_node *nodes = c->doc->nodes;
	uint32_t order = member(c, at, "order");
	bool many = order && nodes[order].kind == JSON_ARRAY;
	uint32_t end = many ? nodes[order].next : order + 1;

	if (!order)
		return;
	section->orders = ARENA_ARRAY(c->arena, struct order_ref,
				      many ? nodes[order].count + 1 : 1);
	for (uint32_t i = many ? order + 1 : order; i < end; i = nodes[i].next)
		compile_order_ref(c, section, i);
}

struct section_part {
	struct section *section;
	const struct entity *entity;
};

static void section_parts(struct compiler *c, struct loop *loop, uint32_t at,
			  void *ctx)
{
	const struct section_part *part = ctx;
	struct section *section = part->section;
	uint32_t when = member(c, at, "when"), fields = member(c, at, "fields");
	uint32_t deleted = member(c, at, "deleted");

	(void)loop;
	if (when)
		section->when = compile_test(c, when);
	compile_id(c, section, at);
	compile_version(c, section, part->entity, at);
	if (deleted)
		section->deleted = compile_test(c, deleted);
	compile_orders(c, section, at);
	if (!fields)
		finding(c, at, "needs \"fields\"");
	else if (part->entity)
		section->shape = compile_shape(c, part->entity, fields);
}

/* "records" is a loop over the document, or over each element of "within";
 * without it, the document (the element) is one. */
static void section_records(struct compiler *c, struct loop *loop, uint32_t at,
			    void *ctx)
{
	struct section_part *part = ctx;
	uint32_t records = member(c, at, "records");

	(void)loop;
	part->section->records = compile_loop(c, at, records ? records : NONE,
					      section_parts, part);
}

static void compile_section(struct compiler *c, struct section *section,
			    uint32_t at)
{
	struct section_part part = {section, find_entity(c, at)};
	uint32_t within = member(c, at, "within");

	if (within)
		section->within =
			compile_loop(c, at, within, section_records, &part);
	else
		section_records(c, NULL, at, &part);
}

static void compile_sections(struct compiler *c, struct mapping *m)
{
	const struct json_node *nodes = c->doc->nodes;
	uint32_t at = member(c, 0, "sections");

	if (!at) {
		m->sections = ARENA_NEW(c->arena, struct section);
		m->section_count = 1;
		compile_section(c, m->sections, 0);
		return;
	}
	if (nodes[at].kind != JSON_ARRAY || !nodes[at].count) {
		finding(c, at, "\"sections\" is a list of sections");
		return;
	}
	for (size_t i = 0; i < COUNT(section_keys); i++)
		if (member(c, 0, section_keys[i]))
			finding(c, member(c, 0, section_keys[i]),
				"\"%s\" stands in each section",
				section_keys[i]);
	m->sections = ARENA_ARRAY(c->arena, struct section, nodes[at].count);
	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		check_keys(c, i, "a section", section_keys,
			   COUNT(section_keys));
		compile_section(c, &m->sections[m->section_count++], i);
	}
}

static void compile_file(struct compiler *c, struct mapping *m)
{
	const struct place document = {.scope = scope_new(c)};

	if (c->doc->nodes[0].kind != JSON_OBJECT) {
		finding(c, 0, "a mapping is a JSON object");
		return;
	}
	/* cppcheck-suppress autoVariables ; put back before it goes */
	c->place = &document;
	check_keys(c, 0, "a mapping", file_keys, COUNT(file_keys));
	compile_header(c, m);
	compile_sections(c, m);
	link_scopes(c);
	c->place = NULL;
}

static struct mapping *load(struct str text, struct mapping_findings *findings)
{
	struct mapping *m = calloc(1, sizeof(*m));
	struct compiler c = {.mapping = m, .findings = findings};

	if (!m)
		abort();
	arena_init(&m->arena, 0);
	m->hash = (int64_t)XXH3_64bits(text.at, text.len);
	c.arena = &m->arena;
	c.doc = &m->doc;
	if (json_read(&m->arena, arena_str(&m->arena, text), NULL, &m->doc,
		      &findings->first)) {
		compile_file(&c, m);
	} else {
		findings->count = 1;
		if (findings->found)
			findings->found(findings->ctx, findings->first.pointer,
					findings->first.text);
	}
	return m;
}

void mapping_lint(struct str text, struct mapping_findings *findings)
{
	mapping_free(load(text, findings));
}

bool mapping_compile(struct str text, const char *file, struct mapping **out,
		     struct err *err)
{
	struct mapping_findings findings = {.count = 0};
	struct mapping *m = load(text, &findings);

	*out = NULL;
	if (!findings.count) {
		*out = m;
		return true;
	}
	mapping_free(m);
	*err = findings.first;
	if (findings.count > 1)
		(void)err_wrap(err, "%s: %u findings, the first", file,
			       findings.count);
	else
		(void)err_wrap(err, "%s", file);
	return false;
}

void mapping_free(struct mapping *mapping)
{
	if (!mapping)
		return;
	arena_release(&mapping->arena);
	free(mapping);
}

const char *mapping_name(const struct mapping *mapping)
{
	return mapping->name;
}

const char *mapping_system(const struct mapping *mapping)
{
	return mapping->system;
}

const char *mapping_noun(const struct mapping *mapping)
{
	return mapping->noun;
}

int32_t mapping_revision(const struct mapping *mapping)
{
	return mapping->revision;
}

int64_t mapping_hash(const struct mapping *mapping)
{
	return mapping->hash;
}
