/* entity_sql.c - statements and parameters from the descriptor table. */
#include "store/entity_sql.h"

#include "model/model.h"
#include "model/record.h"

/* The columns that every entity has, in the order of the parameters. */
static const struct {
	const char *name;
	const char *type;
} common_columns[] = {
	{"id", "text"},
	{"subject", "text"},
	{"ref_system", "text"},
	{"ref_id", "text"},
	{"source_epoch", "smallint"},
	{"version", "bigint"},
	{"at_us", "bigint"},
	{"at_offset", "bigint"},
	{"mapping_revision", "int"},
	{"revision", "bigint"},
	{"hash", "bigint"},
	{"deleted", "boolean"},
	{"trace", "text"},
	{"doc", "text"},
};

enum { COMMON = sizeof(common_columns) / sizeof(*common_columns) };

static const struct {
	const char *sql;
	enum pg_type type;
} column_types[] = {
	[FIELD_STRING] = {"text", PG_TEXT},
	[FIELD_INT] = {"bigint", PG_INT8},
	[FIELD_BOOL] = {"boolean", PG_BOOL},
	[FIELD_ENUM] = {"text", PG_TEXT},
	[FIELD_MONEY] = {"bigint", PG_INT8},
	[FIELD_CURRENCY] = {"text", PG_TEXT},
	[FIELD_COUNTRY] = {"text", PG_TEXT},
	[FIELD_TIME] = {"timestamptz", PG_TIMESTAMPTZ},
};

struct column {
	const char *name;
	const char *type;
};

static int columns_of(const struct entity *entity, struct column *out)
{
	int n = 0;

	for (int i = 0; i < COMMON; i++)
		out[n++] = (struct column){common_columns[i].name,
					   common_columns[i].type};
	for (int i = 0; i < entity->field_count; i++)
		if (entity->fields[i].flags & FIELD_COLUMN)
			out[n++] = (struct column){
				entity->fields[i].name,
				column_types[entity->fields[i].kind].sql,
			};
	return n;
}

/* "unnest($1::text[], ...) AS u (id, ...)" */
static void put_unnest(struct buf *b, const struct column *columns, int count)
{
	buf_cstr(b, "unnest(");
	for (int i = 0; i < count; i++)
		buf_printf(b, "%s$%d::%s[]", i ? ", " : "", i + 1,
			   columns[i].type);
	buf_cstr(b, ") AS u (");
	for (int i = 0; i < count; i++)
		buf_printf(b, "%s%s", i ? ", " : "", columns[i].name);
	buf_cstr(b, ")");
}

static struct pg_statement named(struct arena *arena, const char *verb,
				 const struct entity *entity, struct buf *sql)
{
	struct pg_statement s = {
		arena_printf(arena, "%s_%s", verb, entity->table).at,
		arena_str(arena, buf_view(sql)).at,
	};

	buf_reset(sql);
	return s;
}

static void put_read(struct buf *b, const struct entity *entity, bool lock)
{
	buf_printf(b,
		   "SELECT id, subject, source_epoch, version, at_us, "
		   "at_offset, mapping_revision, revision, hash FROM %s "
		   "WHERE id = ANY ($1::text[])%s",
		   entity->table, lock ? " ORDER BY id FOR UPDATE" : "");
}

static void put_insert(struct buf *b, const struct entity *entity,
		       const struct column *columns, int count)
{
	buf_printf(b, "INSERT INTO %s (", entity->table);
	for (int i = 0; i < count; i++)
		buf_printf(b, "%s, ", columns[i].name);
	buf_printf(b, "changed_at) SELECT u.*, $%d::timestamptz FROM ",
		   count + 1);
	put_unnest(b, columns, count);
}

static void put_update(struct buf *b, const struct entity *entity,
		       const struct column *columns, int count)
{
	buf_printf(b, "UPDATE %s t SET ", entity->table);
	for (int i = 1; i < count; i++)
		buf_printf(b, "%s = u.%s, ", columns[i].name, columns[i].name);
	/* a new rank alone is no change */
	buf_printf(b,
		   "changed_at = CASE WHEN t.revision = u.revision THEN "
		   "t.changed_at ELSE $%d::timestamptz END FROM ",
		   count + 1);
	put_unnest(b, columns, count);
	buf_cstr(b, " WHERE t.id = u.id");
}

static void put_tell(struct buf *b, const struct entity *entity)
{
	buf_printf(b,
		   "SELECT id, revision, deleted, changed_at, trace, doc "
		   "FROM %s WHERE id = ANY ($1::text[])",
		   entity->table);
}

void entity_sql_build(struct arena *arena, const struct entity *entity,
		      struct entity_sql *sql, struct pg_statement *out)
{
	struct column columns[PG_PARAMS_MAX];
	int count = columns_of(entity, columns);
	struct buf b;

	buf_init(&b, 65536);
	put_read(&b, entity, false);
	out[0] = named(arena, "read", entity, &b);
	put_read(&b, entity, true);
	out[1] = named(arena, "lock", entity, &b);
	put_insert(&b, entity, columns, count);
	out[2] = named(arena, "insert", entity, &b);
	put_update(&b, entity, columns, count);
	out[3] = named(arena, "update", entity, &b);
	put_tell(&b, entity);
	out[4] = named(arena, "tell", entity, &b);
	buf_release(&b);
	entity_sql_name(arena, entity, sql);
	sql->read = out[0].name;
	sql->lock = out[1].name;
	sql->insert = out[2].name;
	sql->update = out[3].name;
	sql->tell = out[4].name;
}

void entity_sql_name(struct arena *arena, const struct entity *entity,
		     struct entity_sql *sql)
{
	*sql = (struct entity_sql){
		.entity = entity,
		.changed_type = arena_printf(arena, "flotilla.%s.changed.v1",
					     entity->name),
		.deleted_type = arena_printf(arena, "flotilla.%s.deleted.v1",
					     entity->name),
		.schema = arena_printf(arena, "/schemas/canonical/%s.json",
				       entity->name),
	};
}

#define BIND_COLUMN(type, call, value)                                         \
	do {                                                                   \
		pg_array_begin(params, type);                                  \
		for (uint32_t i = 0; i < count; i++)                           \
			call(params, rows[i].value);                           \
		pg_array_end(params);                                          \
	} while (0)

static void bind_common(struct pg_params *params, const struct entity_row *rows,
			uint32_t count)
{
	BIND_COLUMN(PG_TEXT, pg_array_str, record->id);
	BIND_COLUMN(PG_TEXT, pg_array_str, subject);
	BIND_COLUMN(PG_TEXT, pg_array_str, record->ref_system);
	BIND_COLUMN(PG_TEXT, pg_array_str, record->ref_id);
	BIND_COLUMN(PG_INT2, pg_array_i16, record->rank.source_epoch);
	BIND_COLUMN(PG_INT8, pg_array_i64, record->rank.version);
	BIND_COLUMN(PG_INT8, pg_array_i64, record->rank.at_us);
	BIND_COLUMN(PG_INT8, pg_array_i64, record->rank.at_offset);
	BIND_COLUMN(PG_INT4, pg_array_i32, record->rank.mapping_revision);
	BIND_COLUMN(PG_INT8, pg_array_i64, revision);
	BIND_COLUMN(PG_INT8, pg_array_i64, record->hash);
	BIND_COLUMN(PG_BOOL, pg_array_bool, record->deleted);
	BIND_COLUMN(PG_TEXT, pg_array_str, record->trace);
	BIND_COLUMN(PG_TEXT, pg_array_str, record->doc);
}

static void bind_field(struct pg_params *params, const struct field *field,
		       const void *data)
{
	const char *at = (const char *)data + field->offset;

	switch (field->kind) {
	case FIELD_INT:
	case FIELD_MONEY:
		pg_array_i64(params, *(const int64_t *)(const void *)at);
		break;
	case FIELD_TIME:
		pg_array_time(params, *(const int64_t *)(const void *)at);
		break;
	case FIELD_BOOL:
		pg_array_bool(params, *(const bool *)at);
		break;
	case FIELD_ENUM:
		pg_array_str(params,
			     str_of(field->codes[*(
				     const int32_t *)(const void *)at]));
		break;
	default:
		pg_array_str(params, *(const struct str *)(const void *)at);
	}
}

void entity_bind_rows(struct pg_params *params, const struct entity *entity,
		      const struct entity_row *rows, uint32_t count,
		      int64_t changed_at_us)
{
	pg_params_reset(params);
	bind_common(params, rows, count);
	for (unsigned f = 0; f < entity->field_count; f++) {
		const struct field *field = &entity->fields[f];

		if (!(field->flags & FIELD_COLUMN))
			continue;
		pg_array_begin(params, column_types[field->kind].type);
		for (uint32_t i = 0; i < count; i++) {
			const void *data = rows[i].record->data;

			if (data && field_has(data, f))
				bind_field(params, field, data);
			else
				pg_array_null(params);
		}
		pg_array_end(params);
	}
	pg_param_time(params, changed_at_us);
}
