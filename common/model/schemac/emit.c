/* emit.c - schemas as C: a struct to hold a record, a table to handle it. */
#include <ctype.h>

#include "model/schemac/schema.h"
#include "json/writer.h"

static const char origin[] =
	"/* Made by schemac from schemas/canonical: edit the schema. */\n";

static void upper(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_byte(out, s.at[i] == '-'
				      ? '_'
				      : (char)toupper((unsigned char)s.at[i]));
}

static void member(struct buf *out, const struct prop *p)
{
	struct str name = p->name;

	buf_printf(out, "\t/* %.*s */\n", STR_ARGS(p->text));
	if (p->sub.at)
		buf_printf(out, "\tstruct %.*s *%.*s;\n", STR_ARGS(p->sub),
			   STR_ARGS(name));
	else
		buf_printf(out, "\t%s %s%.*s;\n", p->type, p->list ? "*" : "",
			   STR_ARGS(name));
	if (p->list)
		buf_printf(out, "\tuint32_t %.*s_count;\n", STR_ARGS(name));
}

static void field_numbers(struct buf *out, const struct shape *s)
{
	buf_cstr(out, "enum {\n");
	for (uint32_t i = 0; i < s->prop_count; i++) {
		buf_byte(out, '\t');
		upper(out, s->c_name);
		buf_cstr(out, "_F_");
		upper(out, s->props[i].name);
		buf_cstr(out, ",\n");
	}
	buf_cstr(out, "};\n\n");
}

static void code_numbers(struct buf *out, const struct shape *s)
{
	for (uint32_t i = 0; i < s->prop_count; i++) {
		const struct prop *p = &s->props[i];

		if (!p->code_count)
			continue;
		buf_cstr(out, "enum {\n");
		for (uint32_t k = 0; k < p->code_count; k++) {
			buf_byte(out, '\t');
			upper(out, s->c_name);
			buf_byte(out, '_');
			upper(out, p->name);
			buf_byte(out, '_');
			upper(out, p->codes[k]);
			buf_cstr(out, ",\n");
		}
		buf_cstr(out, "};\n\n");
	}
}

static void shape_header(struct buf *out, const struct shape *s)
{
	field_numbers(out, s);
	code_numbers(out, s);
	buf_printf(out, "/* %.*s */\nstruct %.*s {\n\tuint64_t has;\n",
		   STR_ARGS(s->text), STR_ARGS(s->c_name));
	for (uint32_t i = 0; i < s->prop_count; i++)
		member(out, &s->props[i]);
	buf_printf(out, "};\n\nextern const struct entity %.*s_entity;\n\n",
		   STR_ARGS(s->c_name));
}

static void guard_begin(struct buf *out, struct str name)
{
	buf_cstr(out, origin);
	for (int i = 0; i < 2; i++) {
		buf_cstr(out,
			 i ? "#define FLOTILLA_GEN_" : "#ifndef FLOTILLA_GEN_");
		upper(out, name);
		buf_cstr(out, "_H\n");
	}
	buf_byte(out, '\n');
}

void emit_header(struct buf *out, const struct shape *entity)
{
	guard_begin(out, entity->name);
	buf_cstr(out, "#include \"model/parts.h\"\n\n");
	shape_header(out, entity);
	buf_cstr(out, "#endif\n");
}

void emit_parts_header(struct buf *out, const struct schemas *all)
{
	guard_begin(out, STR("parts"));
	buf_cstr(out, "#include \"model/model.h\"\n\n");
	for (uint32_t i = 0; i < all->part_count; i++)
		shape_header(out, all->parts[i]);
	buf_cstr(out, "#endif\n");
}

static void code_table(struct buf *out, const struct shape *s,
		       const struct prop *p)
{
	buf_printf(out, "static const char *const %.*s_%.*s_codes[] = {\n",
		   STR_ARGS(s->c_name), STR_ARGS(p->name));
	for (uint32_t i = 0; i < p->code_count; i++)
		buf_printf(out, "\t\"%.*s\",\n", STR_ARGS(p->codes[i]));
	buf_cstr(out, "};\n\n");
}

static void flags(struct buf *out, const struct prop *p)
{
	const struct {
		bool is;
		const char *name;
	} all[] = {
		{p->required, "FIELD_REQUIRED"},
		{p->column, "FIELD_COLUMN"},
		{p->pii, "FIELD_PII"},
	};
	bool any = false;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!all[i].is)
			continue;
		buf_printf(out, "%s%s",
			   any ? " | " : "\t .flags = ", all[i].name);
		any = true;
	}
	if (any)
		buf_cstr(out, ",\n");
}

static void field_row(struct buf *out, const struct shape *s,
		      const struct prop *p)
{
	buf_printf(out,
		   "\t{.name = \"%.*s\",\n"
		   "\t .json_name = {\"\\\"%.*s\\\":\", %zu},\n"
		   "\t .kind = %s,\n",
		   STR_ARGS(p->name), STR_ARGS(p->name), p->name.len + 3,
		   p->kind);
	flags(out, p);
	buf_printf(out, "\t .offset = offsetof(struct %.*s, %.*s),\n",
		   STR_ARGS(s->c_name), STR_ARGS(p->name));
	if (p->list)
		buf_printf(out,
			   "\t .count_offset = offsetof(struct %.*s, "
			   "%.*s_count),\n",
			   STR_ARGS(s->c_name), STR_ARGS(p->name));
	if (p->sub.at)
		buf_printf(out, "\t .sub = &%.*s_entity,\n", STR_ARGS(p->sub));
	if (p->code_count)
		buf_printf(out,
			   "\t .codes = %.*s_%.*s_codes,\n\t .code_count = "
			   "%u,\n",
			   STR_ARGS(s->c_name), STR_ARGS(p->name),
			   p->code_count);
	if (p->max_bytes)
		buf_printf(out, "\t .max_bytes = %lld,\n",
			   (long long)p->max_bytes);
	buf_cstr(out, "\t},\n");
}

static void text_or_null(struct buf *out, const char *name, struct str s)
{
	if (s.at)
		buf_printf(out, "\t.%s = \"%.*s\",\n", name, STR_ARGS(s));
}

static void shape_source(struct buf *out, const struct shape *s)
{
	for (uint32_t i = 0; i < s->prop_count; i++)
		if (s->props[i].code_count)
			code_table(out, s, &s->props[i]);
	buf_printf(out, "static const struct field %.*s_fields[] = {\n",
		   STR_ARGS(s->c_name));
	for (uint32_t i = 0; i < s->prop_count; i++)
		field_row(out, s, &s->props[i]);
	buf_printf(out, "};\n\nconst struct entity %.*s_entity = {\n",
		   STR_ARGS(s->c_name));
	text_or_null(out, "name", s->name);
	text_or_null(out, "table", s->table);
	text_or_null(out, "topic", s->topic);
	buf_cstr(out, "\t.shape = SHAPE_");
	upper(out, s->shape.at ? s->shape : STR("none"));
	buf_printf(out,
		   ",\n\t.fields = %.*s_fields,\n\t.field_count = %u,\n"
		   "\t.size = sizeof(struct %.*s),\n};\n\n",
		   STR_ARGS(s->c_name), s->prop_count, STR_ARGS(s->c_name));
}

static void source_begin(struct buf *out, struct str header)
{
	buf_cstr(out, origin);
	buf_printf(out, "#include \"model/%.*s.h\"\n\n#include <stddef.h>\n\n",
		   STR_ARGS(header));
}

void emit_source(struct buf *out, const struct shape *entity)
{
	source_begin(out, entity->name);
	shape_source(out, entity);
}

void emit_parts_source(struct buf *out, const struct schemas *all)
{
	source_begin(out, STR("parts"));
	for (uint32_t i = 0; i < all->part_count; i++)
		shape_source(out, all->parts[i]);
}

void emit_list(struct buf *out, const struct schemas *all)
{
	buf_cstr(out, origin);
	for (uint32_t i = 0; i < all->entity_count; i++)
		buf_printf(out, "#include \"model/%.*s.h\"\n",
			   STR_ARGS(all->entities[i]->name));
	buf_cstr(out, "\nconst struct entity *const model_entities[] = {\n");
	for (uint32_t i = 0; i < all->entity_count; i++)
		buf_printf(out, "\t&%.*s_entity,\n",
			   STR_ARGS(all->entities[i]->c_name));
	buf_cstr(out, "\tNULL,\n};\n");
}
