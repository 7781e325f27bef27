/* map_run.c - `fleetctl map run`: where each value came from. */
#include <ctype.h>
#include <string.h>

#include "commands.h"
#include "map_files.h"
#include "mapping/example.h"
#include "mask.h"
#include "model/model.h"
#include "pretty.h"
#include "json/writer.h"

enum { RESULT_BYTES = 256 << 20 };

const struct option map_run_options[] = {
	{"raw", NULL, "show values that are personal data, too"},
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"target", NULL, COLUMN_TEXT},	{"value", NULL, COLUMN_TEXT},
	{"pointer", NULL, COLUMN_TEXT}, {"rule", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

struct explained {
	struct table table;
	bool raw;
};

/* The next step of "/lines/0/sku"; absent at the end. */
static struct str next_step(const char **rest)
{
	struct str step = {NULL, 0};

	if (**rest != '/')
		return step;
	step.at = ++*rest;
	while (**rest && **rest != '/')
		++*rest;
	step.len = (size_t)(*rest - step.at);
	return step;
}

static bool is_pii(const struct entity *entity, const char *target)
{
	struct str step;

	while (entity && (step = next_step(&target)).at) {
		const struct field *field;

		if (step.len && isdigit((unsigned char)step.at[0]))
			continue;
		field = entity_field(entity, step);
		if (field && (field->flags & FIELD_PII))
			return true;
		entity = field ? field->sub : NULL;
	}
	return false;
}

/* A mapping may speak of several entities: personal in one of them is
 * personal. */
static bool personal(struct arena *arena, struct str target)
{
	const char *path = arena_cstr(arena, target);

	for (int i = 0; model_entities[i]; i++)
		if (is_pii(model_entities[i], path))
			return true;
	return false;
}

static void on_line(void *ctx, struct str target, struct str pointer,
		    struct str rule, struct str value)
{
	struct explained *e = ctx;
	struct buf masked;

	buf_init(&masked, value.len + 1);
	if (value.at && !e->raw && personal(&e->table.arena, target)) {
		mask_text(&masked, value);
		value = buf_view(&masked);
	}
	table_text(&e->table, target);
	table_text(&e->table, value);
	table_text(&e->table, pointer);
	table_text(&e->table, rule);
	buf_release(&masked);
}

static void mask_fields(const struct entity *entity, const struct json_doc *doc,
			uint32_t at, struct json_writer *w,
			struct arena *arena);

static void mask_value(const struct field *field, const struct json_doc *doc,
		       uint32_t at, struct json_writer *w, struct arena *arena)
{
	const struct json_node *node = &doc->nodes[at];
	struct buf text, masked;
	struct json_writer inner;

	if (field && (field->flags & FIELD_PII)) {
		buf_init(&text, RESULT_BYTES);
		buf_init(&masked, RESULT_BYTES);
		json_writer_init(&inner, &text);
		json_copy(&inner, doc, at);
		mask_payload(arena, &masked, buf_view(&text));
		json_raw(w, buf_view(&masked));
		buf_release(&masked);
		buf_release(&text);
	} else if (field && field->sub && node->kind == JSON_OBJECT) {
		mask_fields(field->sub, doc, at, w, arena);
	} else if (field && field->sub && node->kind == JSON_ARRAY) {
		json_begin_array(w);
		for (uint32_t i = at + 1; i < node->next;
		     i = doc->nodes[i].next)
			mask_value(field, doc, i, w, arena);
		json_end_array(w);
	} else {
		json_copy(w, doc, at);
	}
}

static void mask_fields(const struct entity *entity, const struct json_doc *doc,
			uint32_t at, struct json_writer *w, struct arena *arena)
{
	json_begin_object(w);
	for (uint32_t i = at + 1; i < doc->nodes[at].next;
	     i = doc->nodes[i].next) {
		json_name(w, doc->nodes[i].name);
		mask_value(entity_field(entity, doc->nodes[i].name), doc, i, w,
			   arena);
	}
	json_end_object(w);
}

/* The result with personal data masked in its records. */
static void mask_result(const struct json_doc *doc, struct json_writer *w,
			struct arena *arena)
{
	json_begin_array(w);
	for (uint32_t i = 1; i < doc->count; i = doc->nodes[i].next) {
		uint32_t name = json_member(doc, i, STR("entity"));
		const struct entity *entity =
			name ? model_entity(doc->nodes[name].text) : NULL;

		json_begin_object(w);
		for (uint32_t k = i + 1; k < doc->nodes[i].next;
		     k = doc->nodes[k].next) {
			json_name(w, doc->nodes[k].name);
			if (entity && str_is(doc->nodes[k].name, "doc"))
				mask_fields(entity, doc, k, w, arena);
			else
				json_copy(w, doc, k);
		}
		json_end_object(w);
	}
	json_end_array(w);
}

static void show(struct ctl *ctl, struct explained *e,
		 const struct json_doc *got)
{
	struct json_writer w;
	struct json_doc doc;
	struct buf text, out;

	buf_init(&text, RESULT_BYTES);
	buf_init(&out, RESULT_BYTES);
	json_writer_init(&w, &text);
	if (e->raw)
		json_copy(&w, got, 0);
	else
		mask_result(got, &w, &ctl->arena);
	json_writer_init(&w, &out);
	if (ctl->args.json) {
		json_begin_object(&w);
		json_put_raw(&w, "result", buf_view(&text));
		json_name(&w, STR("trace"));
		table_write_json(&e->table, &w);
		json_end_object(&w);
		ctl_print(&out);
	} else {
		table_write_text(&e->table, stdout);
		if (json_read(&ctl->arena, buf_view(&text), NULL, &doc,
			      &ctl->err))
			pretty_json(&doc, &out);
		printf("\n%.*s", STR_ARGS(buf_view(&out)));
	}
	buf_release(&out);
	buf_release(&text);
}

static bool choose_sample(struct ctl *ctl, const char **out)
{
	struct example_files examples;

	*out = ctl->args.words[1];
	if (*out)
		return true;
	example_files_find(&examples, ctl->args.words[0]);
	if (examples.count)
		*out = arena_cstr(&ctl->arena,
				  str_of(examples.items[0].example));
	example_files_release(&examples);
	return *out || err_set(&ctl->err, ERR_INVALID,
			       "%s has no .example.json beside it: give a "
			       "sample",
			       ctl->args.words[0]);
}

static bool has_invalid(const struct json_doc *doc)
{
	for (uint32_t i = 1; i < doc->count; i = doc->nodes[i].next)
		if (json_member(doc, i, STR("invalid")))
			return true;
	return false;
}

int cmd_map_run(struct ctl *ctl)
{
	struct explained e = {.raw = args_flag(&ctl->args, "raw")};
	const struct mapping_trace trace = {on_line, &e};
	struct mapping *mapping = NULL;
	struct str message, text;
	struct json_doc got;
	struct buf result;
	const char *sample;

	if (!choose_sample(ctl, &sample) || !map_read(ctl, sample, &message) ||
	    !map_compile(ctl, ctl->args.words[0], &mapping))
		return ctl_fail(ctl);
	table_init(&e.table, columns);
	buf_init(&result, RESULT_BYTES);
	map_result(ctl, mapping, message, &trace, &result);
	text = arena_str(&ctl->arena, buf_view(&result));
	buf_release(&result);
	if (json_read(&ctl->arena, text, NULL, &got, &ctl->err))
		show(ctl, &e, &got);
	table_release(&e.table);
	mapping_free(mapping);
	if (ctl->err.kind != ERR_NONE)
		return ctl_fail(ctl);
	return has_invalid(&got) ? CTL_FINDINGS : CTL_DONE;
}
