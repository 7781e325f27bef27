/* stock_rules.c - reads stock-rules.json. */
#include "model/stock_rules.h"

#include <stdlib.h>

#include "model/status_rules.h"

enum { SPEAKERS_MAX = 16 };

/* One member of an object, kept sorted by name. */
struct named {
	struct str name;
	struct str text;
	int64_t number;
};

struct table {
	struct named *rows;
	uint32_t count;
};

struct stock_rules {
	struct arena arena;
	const struct status_rules *roles;
	struct str speakers[SPEAKERS_MAX];
	unsigned speaker_count;
	struct table locations; /* "system/its name" -> ours */
	struct table low_at_sku;
	int64_t low_at;
};

static bool refuse(const struct json_doc *doc, uint32_t at, const char *what,
		   struct err *err)
{
	char pointer[192];

	json_pointer_of(doc, at, pointer, sizeof(pointer));
	err_set(err, ERR_INVALID, "%s", what);
	return err_at(err, pointer);
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct named *)a)->name,
		       ((const struct named *)b)->name);
}

static bool read_table(struct stock_rules *rules, const struct json_doc *doc,
		       const char *name, bool numbers, struct table *out,
		       struct err *err)
{
	uint32_t at = json_member(doc, 0, str_of(name));
	enum json_kind want = numbers ? JSON_NUMBER : JSON_STRING;

	if (!at)
		return true;
	if (doc->nodes[at].kind != JSON_OBJECT)
		return refuse(doc, at, "must be an object", err);
	out->rows =
		ARENA_ARRAY(&rules->arena, struct named, doc->nodes[at].count);
	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next) {
		struct named *row = &out->rows[out->count++];

		row->name = doc->nodes[i].name;
		row->text = doc->nodes[i].text;
		if (doc->nodes[i].kind != want ||
		    (numbers && !str_to_i64(row->text, &row->number)))
			return refuse(doc, i,
				      numbers ? "must be a whole number"
					      : "must be the name of a place",
				      err);
	}
	if (out->count)
		qsort(out->rows, out->count, sizeof(*out->rows), by_name);
	return true;
}

static const struct named *look_up(const struct table *table, struct str name)
{
	struct named key = {.name = name};

	return table->count ? bsearch(&key, table->rows, table->count,
				      sizeof(*table->rows), by_name)
			    : NULL;
}

static bool read_all(struct stock_rules *rules, const struct json_doc *doc,
		     struct err *err)
{
	uint32_t at = json_member(doc, 0, STR("speakers"));
	uint32_t low = json_member(doc, 0, STR("low_at"));

	if (!at || doc->nodes[at].kind != JSON_ARRAY ||
	    doc->nodes[at].count > SPEAKERS_MAX)
		return refuse(doc, at,
			      "\"speakers\" must list roles in order of belief",
			      err);
	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next)
		rules->speakers[rules->speaker_count++] = doc->nodes[i].text;
	if (low && !str_to_i64(doc->nodes[low].text, &rules->low_at))
		return refuse(doc, low, "low_at must be a whole number", err);
	return read_table(rules, doc, "locations", false, &rules->locations,
			  err) &&
	       read_table(rules, doc, "low_at_sku", true, &rules->low_at_sku,
			  err);
}

bool stock_rules_load(struct str json, const struct status_rules *roles,
		      struct stock_rules **out, struct err *err)
{
	struct stock_rules *rules = calloc(1, sizeof(*rules));
	struct json_doc doc;

	if (!rules)
		abort();
	arena_init(&rules->arena, 0);
	rules->roles = roles;
	if (json_read(&rules->arena, arena_str(&rules->arena, json), NULL, &doc,
		      err) &&
	    read_all(rules, &doc, err)) {
		*out = rules;
		return true;
	}
	stock_rules_free(rules);
	return false;
}

void stock_rules_free(struct stock_rules *rules)
{
	if (!rules)
		return;
	arena_release(&rules->arena);
	free(rules);
}

struct str stock_rules_location(const struct stock_rules *rules,
				struct str source, struct str location)
{
	const struct named *row;
	char key[640];
	struct buf text;

	if (!rules->locations.count)
		return location;
	buf_fixed(&text, key, sizeof(key));
	buf_str(&text, source);
	buf_byte(&text, '/');
	buf_str(&text, location);
	row = text.full ? NULL : look_up(&rules->locations, buf_view(&text));
	return row ? row->text : location;
}

unsigned stock_rules_rank(const struct stock_rules *rules, struct str source)
{
	struct str role = status_rules_role(rules->roles, source);
	unsigned i = 0;

	while (i < rules->speaker_count && !str_eq(rules->speakers[i], role))
		i++;
	return i;
}

int64_t stock_rules_low_at(const struct stock_rules *rules, struct str sku,
			   bool safe, int64_t safety)
{
	const struct named *row = look_up(&rules->low_at_sku, sku);

	if (row)
		return row->number;
	return safe ? safety : rules->low_at;
}
