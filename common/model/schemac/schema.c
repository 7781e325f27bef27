/* schema.c - reading canonical schemas, and refusing what means nothing. */
#include "model/schemac/schema.h"

#include <stdio.h>

enum { FILE_BYTES = 1 << 20 };

struct reader {
	struct schemas *all;
	const char *path;
	struct json_doc doc;
	struct err *err;
};

static bool refuse(const struct reader *r, uint32_t at, const char *what)
{
	char pointer[160];

	json_pointer_of(&r->doc, at, pointer, sizeof(pointer));
	return err_set(r->err, ERR_INVALID, "%s%s%s: %s", r->path,
		       *pointer ? " at " : "", pointer, what);
}

static uint32_t member(const struct reader *r, uint32_t at, const char *name)
{
	return json_member(&r->doc, at, str_of(name));
}

/* Text of a member; absent if there is none. */
static struct str text_of(const struct reader *r, uint32_t at, const char *name)
{
	uint32_t node = member(r, at, name);

	if (!node || r->doc.nodes[node].kind != JSON_STRING)
		return (struct str){NULL, 0};
	return arena_str(&r->all->arena, r->doc.nodes[node].text);
}

/* A flag is true or left out. */
static bool read_flag(const struct reader *r, uint32_t at, const char *name,
		      bool *flag)
{
	uint32_t node = member(r, at, name);

	*flag = node != 0;
	return !node || r->doc.nodes[node].kind == JSON_TRUE ||
	       refuse(r, node, "true, or left out");
}

static bool keys_known(const struct reader *r, uint32_t at,
		       const char *const *keys)
{
	const struct json_node *nodes = r->doc.nodes;

	for (uint32_t i = at + 1; i < nodes[at].next; i = nodes[i].next) {
		const char *const *key = keys;

		while (*key && !str_is(nodes[i].name, *key))
			key++;
		if (!*key)
			return refuse(r, i,
				      "the generator does not know this "
				      "keyword");
	}
	return true;
}

/* "parts.json#/$defs/address" -> "address" */
static struct str part_of(const struct reader *r, uint32_t at)
{
	static const char prefix[] = "parts.json#/$defs/";
	struct str ref = text_of(r, at, "$ref");

	if (!ref.at || !str_starts(ref, str_of(prefix)))
		return (struct str){NULL, 0};
	ref.at += sizeof(prefix) - 1;
	ref.len -= sizeof(prefix) - 1;
	return ref;
}

/* A name of ours: lower case, digits and underscores. */
static bool name_ok(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!((c >= 'a' && c <= 'z') || c == '_' ||
		      (i && c >= '0' && c <= '9')))
			return false;
	}
	return name.len > 0;
}

static bool read_codes(const struct reader *r, uint32_t list, struct prop *p)
{
	const struct json_node *nodes = r->doc.nodes;

	p->codes = ARENA_ARRAY(&r->all->arena, struct str, nodes[list].count);
	for (uint32_t i = list + 1; i < nodes[list].next; i = nodes[i].next) {
		if (nodes[i].kind != JSON_STRING || !name_ok(nodes[i].text))
			return refuse(r, i, "a word is lower case, digits, _");
		p->codes[p->code_count++] =
			arena_str(&r->all->arena, nodes[i].text);
	}
	return p->code_count || refuse(r, list, "no words in it");
}

/* Which kind a property is, from its type and what qualifies it. The first
 * row that fits decides. */
static const struct {
	const char *type, *key, *value; /* key: NULL = any */
	const char *kind, *c_type;
} kinds[] = {
	{"string", "format", "date-time", "FIELD_TIME", "int64_t"},
	{"string", "x-kind", "currency", "FIELD_CURRENCY", "struct str"},
	{"string", "x-kind", "country", "FIELD_COUNTRY", "struct str"},
	{"string", NULL, NULL, "FIELD_STRING", "struct str"},
	{"integer", "x-kind", "money", "FIELD_MONEY", "int64_t"},
	{"integer", NULL, NULL, "FIELD_INT", "int64_t"},
	{"boolean", NULL, NULL, "FIELD_BOOL", "bool"},
};

static bool read_scalar(const struct reader *r, uint32_t at, struct prop *p)
{
	struct str type = text_of(r, at, "type");
	uint32_t list = member(r, at, "enum");

	if (list) {
		p->kind = "FIELD_ENUM";
		p->type = "int32_t";
		return read_codes(r, list, p);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!str_is(type, kinds[i].type) ||
		    (kinds[i].key &&
		     !str_is(text_of(r, at, kinds[i].key), kinds[i].value)))
			continue;
		p->kind = kinds[i].kind;
		p->type = kinds[i].c_type;
		return true;
	}
	return refuse(r, at, "not a type that the generator knows");
}

static bool read_array(const struct reader *r, uint32_t at, struct prop *p)
{
	uint32_t items = member(r, at, "items");
	uint32_t most = member(r, at, "maxItems");

	p->list = true;
	if (!most || !str_is(r->doc.nodes[most].text, "10000"))
		return refuse(r, at, "maxItems is 10000, the model's limit");
	if (!items)
		return refuse(r, at, "an array needs \"items\"");
	p->sub = part_of(r, items);
	if (p->sub.at) {
		p->kind = "FIELD_LIST";
		return true;
	}
	p->kind = "FIELD_STRINGS";
	p->type = "struct str";
	return str_is(text_of(r, items, "type"), "string") ||
	       refuse(r, items, "items are strings or a $ref to a part");
}

static bool read_kind(const struct reader *r, uint32_t at, struct prop *p)
{
	struct str type = text_of(r, at, "type");

	p->sub = part_of(r, at);
	if (p->sub.at) {
		p->kind = "FIELD_OBJECT";
		return true;
	}
	if (str_is(type, "array"))
		return read_array(r, at, p);
	if (!str_is(type, "object"))
		return read_scalar(r, at, p);
	p->list = true;
	p->kind = "FIELD_ATTRIBUTES";
	p->type = "struct attribute";
	return str_is(text_of(r, member(r, at, "additionalProperties"), "type"),
		      "string") ||
	       refuse(r, at, "an object is a map of strings, or a $ref");
}

/* A keyword that the kind makes nothing of would be without effect. */
static bool keys_fit(const struct reader *r, uint32_t at, const struct prop *p)
{
	static const char *const fits[][2] = {
		{"format", "FIELD_TIME"},
		{"x-kind", "FIELD_MONEY FIELD_CURRENCY FIELD_COUNTRY"},
		{"pattern", "FIELD_CURRENCY FIELD_COUNTRY"},
		{"maxLength", "FIELD_STRING"},
		{"maxItems", "FIELD_LIST FIELD_STRINGS"},
		{"additionalProperties", "FIELD_ATTRIBUTES"},
	};

	for (size_t i = 0; i < sizeof(fits) / sizeof(*fits); i++) {
		uint32_t key = member(r, at, fits[i][0]);

		if (key && !strstr(fits[i][1], p->kind))
			return refuse(r, key, "means nothing for this type");
	}
	return true;
}

static bool read_prop(const struct reader *r, uint32_t at, struct prop *p)
{
	static const char *const keys[] = {
		"type",	  "format",   "enum",	     "items",
		"x-kind", "pattern",  "description", "x-column",
		"x-pii",  "maxItems", "maxLength",   "additionalProperties",
		"$ref",	  NULL};
	uint32_t most = member(r, at, "maxLength");

	p->name = arena_str(&r->all->arena, r->doc.nodes[at].name);
	p->text = text_of(r, at, "description");
	if (!keys_known(r, at, keys) ||
	    !read_flag(r, at, "x-column", &p->column) ||
	    !read_flag(r, at, "x-pii", &p->pii))
		return false;
	if (!name_ok(p->name))
		return refuse(r, at, "a name is lower case with underscores");
	if (!p->text.at)
		return refuse(r, at, "every field needs a description");
	if (most && !str_to_i64(r->doc.nodes[most].text, &p->max_bytes))
		return refuse(r, most, "not a length");
	return read_kind(r, at, p) && keys_fit(r, at, p);
}

static bool read_required(const struct reader *r, uint32_t at,
			  struct shape *shape)
{
	const struct json_node *nodes = r->doc.nodes;
	uint32_t list = member(r, at, "required");

	for (uint32_t i = list + 1; list && i < nodes[list].next;
	     i = nodes[i].next) {
		uint32_t k = 0;

		while (k < shape->prop_count &&
		       !str_eq(shape->props[k].name, nodes[i].text))
			k++;
		if (k == shape->prop_count)
			return refuse(r, i, "no such property");
		shape->props[k].required = true;
	}
	return true;
}

static bool read_shape(const struct reader *r, uint32_t at, struct shape *shape)
{
	const struct json_node *nodes = r->doc.nodes;
	uint32_t props = member(r, at, "properties");
	uint32_t more = member(r, at, "additionalProperties");

	shape->text = text_of(r, at, "description");
	if (!props)
		return refuse(r, at, "no \"properties\"");
	if (!more || r->doc.nodes[more].kind != JSON_FALSE)
		return refuse(r, at, "additionalProperties is not false");
	for (uint32_t i = props + 1; i < nodes[props].next; i = nodes[i].next) {
		if (shape->prop_count == FIELDS_MAX)
			return refuse(r, i, "more than 64 fields");
		if (!read_prop(r, i, &shape->props[shape->prop_count++]))
			return false;
	}
	return read_required(r, at, shape);
}

static bool read_parts(const struct reader *r, uint32_t defs)
{
	static const char *const keys[] = {"description",	   "type",
					   "properties",	   "required",
					   "additionalProperties", NULL};
	const struct json_node *nodes = r->doc.nodes;

	for (uint32_t i = defs + 1; i < nodes[defs].next; i = nodes[i].next) {
		struct shape *part = ARENA_NEW(&r->all->arena, struct shape);

		if (r->all->part_count == PARTS_MAX)
			return refuse(r, i, "too many parts");
		part->name = arena_str(&r->all->arena, nodes[i].name);
		part->c_name = part->name;
		if (!keys_known(r, i, keys) || !read_shape(r, i, part))
			return false;
		r->all->parts[r->all->part_count++] = part;
	}
	return true;
}

/* "schemas/canonical/order.json" -> "order" */
static struct str base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *from = slash ? slash + 1 : path;
	const char *dot = strchr(from, '.');

	return (struct str){from, dot ? (size_t)(dot - from) : strlen(from)};
}

static bool read_entity(const struct reader *r)
{
	static const char *const keys[] = {
		"$schema", "$id",	 "title",    "description",
		"x-shape", "x-table",	 "x-topic",  "x-c-name",
		"type",	   "properties", "required", "additionalProperties",
		NULL};
	struct shape *entity = ARENA_NEW(&r->all->arena, struct shape);
	bool derived;

	if (r->all->entity_count == ENTITIES_MAX)
		return refuse(r, 0, "too many entities");
	entity->name = arena_str(&r->all->arena, base_name(r->path));
	entity->c_name = text_of(r, 0, "x-c-name");
	if (!entity->c_name.at)
		entity->c_name = entity->name;
	entity->shape = text_of(r, 0, "x-shape");
	entity->table = text_of(r, 0, "x-table");
	entity->topic = text_of(r, 0, "x-topic");
	derived = str_is(entity->shape, "derived");
	if (!str_is(entity->shape, "state") && !str_is(entity->shape, "fact") &&
	    !str_is(entity->shape, "request") && !derived)
		return refuse(r, 0, "x-shape: state, fact, request, derived");
	if (derived ? entity->table.at != NULL : !name_ok(entity->table))
		return refuse(r, 0, "x-table: of all but what is derived");
	if (!keys_known(r, 0, keys) || !read_shape(r, 0, entity))
		return false;
	r->all->entities[r->all->entity_count++] = entity;
	return true;
}

bool schema_read(struct schemas *all, const char *path, struct err *err)
{
	struct reader r = {.all = all, .path = path, .err = err};
	struct buf text;
	bool ok;

	buf_init(&text, FILE_BYTES);
	ok = buf_read_file(&text, path, err) &&
	     json_read(&all->arena, arena_str(&all->arena, buf_view(&text)),
		       NULL, &r.doc, err);
	buf_release(&text);
	if (!ok)
		return err_wrap(err, "%s%s%s", path,
				*err->pointer ? " at " : "", err->pointer);
	/* order-status.json is data of another kind */
	if (!member(&r, 0, "$schema"))
		return true;
	if (member(&r, 0, "$defs"))
		return read_parts(&r, member(&r, 0, "$defs"));
	return read_entity(&r);
}

static bool has_part(const struct schemas *all, struct str name)
{
	for (uint32_t i = 0; i < all->part_count; i++)
		if (str_eq(all->parts[i]->name, name))
			return true;
	return false;
}

static bool check_shape(const struct schemas *all, const struct shape *shape,
			struct err *err)
{
	int columns = 0;

	for (uint32_t i = 0; i < shape->prop_count; i++) {
		const struct prop *p = &shape->props[i];

		columns += p->column;
		if (p->sub.at && !has_part(all, p->sub))
			return err_set(err, ERR_INVALID,
				       "%.*s: %.*s refers to %.*s, which "
				       "parts.json does not have",
				       STR_ARGS(shape->name), STR_ARGS(p->name),
				       STR_ARGS(p->sub));
		if (p->column && (!shape->shape.at || !p->type || p->list))
			return err_set(err, ERR_INVALID,
				       "%.*s: %.*s cannot be a column",
				       STR_ARGS(shape->name),
				       STR_ARGS(p->name));
	}
	return columns <= COLUMNS_MAX ||
	       err_set(err, ERR_INVALID, "%.*s: %d columns: at most %d",
		       STR_ARGS(shape->name), columns, COLUMNS_MAX);
}

bool schema_check(const struct schemas *all, struct err *err)
{
	for (uint32_t i = 0; i < all->entity_count; i++)
		if (!check_shape(all, all->entities[i], err))
			return false;
	for (uint32_t i = 0; i < all->part_count; i++)
		if (!check_shape(all, all->parts[i], err))
			return false;
	return true;
}
