/* test_schema_sql.c - schemas/canonical and schemas/sql say the same.
 *
 * The columns that the program writes come from the descriptors, the columns
 * that there are from the migrations. Both are read here as text: what the
 * statement of an insert names and casts to, and what CREATE TABLE and ALTER
 * TABLE name. No server is needed. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"
#include "model/money.h"
#include "store/entity_sql.h"
#include "unit/suites.h"

enum { COLUMNS_MAX = 64, SQL_BYTES = 4 << 20 };

struct column {
	struct str name;
	struct str type;
	struct str rest; /* NOT NULL and such */
};

struct columns {
	struct column items[COLUMNS_MAX];
	uint32_t count;
};

/* All migrations in order, without comments, white space as one blank. */
static struct buf migrations;
static struct arena arena;

static void add_without_comments(struct str text)
{
	bool comment = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '-' && i + 1 < text.len && text.at[i + 1] == '-')
			comment = true;
		if (c == '\n')
			comment = false;
		if (c == '\t' || c == '\n' || comment)
			c = ' ';
		if (c != ' ' || !migrations.len ||
		    migrations.at[migrations.len - 1] != ' ')
			buf_byte(&migrations, c);
	}
}

static void set_up(void)
{
	const char *dir = getenv("SCHEMAS_DIR");
	char pattern[1024];
	struct buf file;
	struct err err;
	glob_t found;

	arena_init(&arena, 0);
	buf_init(&migrations, SQL_BYTES);
	buf_init(&file, SQL_BYTES);
	snprintf(pattern, sizeof(pattern), "%s/sql/*.sql",
		 dir ? dir : "schemas");
	ck_assert_msg(!glob(pattern, 0, NULL, &found), "no %s", pattern);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		buf_reset(&file);
		ck_assert_msg(buf_read_file(&file, found.gl_pathv[i], &err),
			      "%s", err.text);
		add_without_comments(buf_view(&file));
	}
	buf_byte(&migrations, '\0');
	globfree(&found);
	buf_release(&file);
}

static void tear_down(void)
{
	buf_release(&migrations);
	arena_release(&arena);
}

/* The text up to one of the characters `ends`, which it leaves at *at. */
static struct str take(const char **at, const char *ends)
{
	struct str word = {*at, strcspn(*at, ends)};

	*at += word.len;
	return word;
}

static struct column take_column(const char **at, const char *ends)
{
	struct column column;

	column.name = take(at, " ");
	*at += **at == ' ';
	column.type = take(at, ends);
	if (str_is(column.type, "integer"))
		column.type = STR("int");
	column.rest = (struct str){*at, 0};
	return column;
}

static const struct column *find(const struct columns *columns, struct str name)
{
	for (uint32_t i = 0; i < columns->count; i++)
		if (str_eq(columns->items[i].name, name))
			return &columns->items[i];
	return NULL;
}

static void add(struct columns *columns, struct column column)
{
	ck_assert_uint_lt(columns->count, COLUMNS_MAX);
	columns->items[columns->count++] = column;
}

static bool is_constraint(struct str word)
{
	static const char *const words[] = {"CONSTRAINT", "PRIMARY", "UNIQUE",
					    "CHECK",	  "FOREIGN", "EXCLUDE"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (str_starts(word, str_of(words[i])))
			return true;
	return false;
}

/* To the comma or parenthesis that ends an item of a list. */
static const char *end_of_item(const char *at)
{
	for (int depth = 0; *at; at++) {
		if (!depth && (*at == ',' || *at == ')'))
			break;
		depth += (*at == '(') - (*at == ')');
	}
	return at;
}

static void read_create(const char *table, struct columns *columns)
{
	struct str head = arena_printf(&arena, "CREATE TABLE %s (", table);
	const char *at = strstr(migrations.at, head.at);

	ck_assert_msg(at != NULL, "no migration creates %s", table);
	for (at += head.len; *at && *at != ')'; at += *at == ',') {
		const char *end;

		at += *at == ' ';
		end = end_of_item(at);
		if (!is_constraint((struct str){at, (size_t)(end - at)})) {
			struct column column = take_column(&at, " ,)");

			column.rest.len = (size_t)(end - at);
			add(columns, column);
		}
		at = end;
	}
}

/* One column a statement; what else would change columns is refused. */
static void read_alter(const char *table, struct columns *columns)
{
	struct str head = arena_printf(&arena, "ALTER TABLE %s ", table);
	const char *at = migrations.at;

	while ((at = strstr(at, head.at))) {
		struct column column;

		at += head.len;
		if (str_starts(str_of(at), STR("ALTER COLUMN ")) ||
		    str_starts(str_of(at), STR("SET (")))
			continue;
		ck_assert_msg(str_starts(str_of(at), STR("ADD COLUMN ")),
			      "this test does not understand: %.60s", at);
		at += sizeof("ADD COLUMN ") - 1;
		column = take_column(&at, " ,;");
		column.rest.len = strcspn(at, ";");
		ck_assert_msg(!memchr(at, ',', column.rest.len),
			      "one column a statement: %.60s", at);
		add(columns, column);
	}
}

/* "INSERT INTO t (a, b, changed_at) ... unnest($1::text[], $2::int[]) ..." */
static void read_insert(const struct entity *entity, struct columns *columns)
{
	struct pg_statement statements[ENTITY_STATEMENTS];
	struct entity_sql sql;
	const char *insert = NULL, *name, *type;

	entity_sql_build(&arena, entity, &sql, statements);
	for (int i = 0; i < ENTITY_STATEMENTS; i++)
		if (!strcmp(statements[i].name, sql.insert))
			insert = statements[i].sql;
	ck_assert_ptr_nonnull(insert);
	name = strchr(insert, '(') + 1;
	type = strstr(insert, "unnest(");
	while (*name != ')') {
		struct column column = {.name = take(&name, ",)")};

		type = type ? strstr(type, "::") : NULL;
		/* what is no array is the time of the change */
		column.type = STR("timestamptz");
		if (type) {
			type += 2;
			column.type = take(&type, "[");
		}
		add(columns, column);
		name += strspn(name, ", ");
	}
}

/* The first from `e` on that has a table. */
static int stored(int e)
{
	while (model_entities[e] && !model_entities[e]->table)
		e++;
	return e;
}

START_TEST(has_a_column_for_each_that_the_program_writes)
{
	for (int e = stored(0); model_entities[e]; e = stored(e + 1)) {
		const struct entity *entity = model_entities[e];
		struct columns is = {.count = 0}, wanted = {.count = 0};

		read_create(entity->table, &is);
		read_alter(entity->table, &is);
		read_insert(entity, &wanted);
		for (uint32_t i = 0; i < wanted.count; i++) {
			const struct column *want = &wanted.items[i];
			const struct column *got = find(&is, want->name);

			ck_assert_msg(got != NULL, "%s has no column %.*s",
				      entity->table, STR_ARGS(want->name));
			ck_assert_msg(str_eq(got->type, want->type),
				      "%s.%.*s is %.*s and should be %.*s",
				      entity->table, STR_ARGS(want->name),
				      STR_ARGS(got->type),
				      STR_ARGS(want->type));
		}
		for (uint32_t i = 0; i < is.count; i++)
			ck_assert_msg(find(&wanted, is.items[i].name) != NULL,
				      "%s.%.*s: no schema has it as a column",
				      entity->table,
				      STR_ARGS(is.items[i].name));
	}
}
END_TEST

static bool rest_has(const struct column *column, const char *what)
{
	return memmem(column->rest.at, column->rest.len, what, strlen(what)) !=
	       NULL;
}

/* A deleted row has no document and none of the columns out of it. */
START_TEST(lets_the_columns_of_a_document_be_null)
{
	for (int e = stored(0); model_entities[e]; e = stored(e + 1)) {
		const struct entity *entity = model_entities[e];
		struct columns is = {.count = 0};

		read_create(entity->table, &is);
		read_alter(entity->table, &is);
		for (unsigned i = 0; i < entity->field_count; i++) {
			const struct field *field = &entity->fields[i];
			const struct column *column =
				find(&is, str_of(field->name));

			if (field->flags & FIELD_COLUMN && column)
				ck_assert_msg(!rest_has(column, "NOT NULL"),
					      "%s.%s is NOT NULL",
					      entity->table, field->name);
		}
		ck_assert(!rest_has(find(&is, STR("doc")), "NOT NULL"));
		ck_assert(rest_has(find(&is, STR("revision")), "NOT NULL"));
	}
}
END_TEST

/* Rows are locked in byte order: str_cmp's order. */
START_TEST(orders_ids_by_their_bytes)
{
	for (int e = stored(0); model_entities[e]; e = stored(e + 1)) {
		struct columns is = {.count = 0};

		read_create(model_entities[e]->table, &is);
		ck_assert_msg(rest_has(find(&is, STR("id")),
				       "COLLATE \"C\" PRIMARY KEY"),
			      "%s.id", model_entities[e]->table);
		ck_assert_msg(
			rest_has(find(&is, STR("subject")), "COLLATE \"C\""),
			"%s.subject", model_entities[e]->table);
	}
}
END_TEST

START_TEST(names_topics_after_tables)
{
	for (int e = stored(0); model_entities[e]; e = stored(e + 1)) {
		char topic[128];

		snprintf(topic, sizeof(topic), "%s.v1",
			 model_entities[e]->table);
		for (char *c = topic; *c; c++)
			if (*c == '_')
				*c = '-';
		if (model_entities[e]->topic)
			ck_assert_str_eq(model_entities[e]->topic, topic);
	}
}
END_TEST

/* Of the SQL function: 2 for what it does not name. */
static int sql_exponent(const char *code)
{
	const char *at = strstr(migrations.at, "FUNCTION currency_exponent");
	const char *end, *found, *then;
	char quoted[8];

	ck_assert_ptr_nonnull(at);
	end = strstr(at, " ELSE 2 END");
	ck_assert_ptr_nonnull(end);
	snprintf(quoted, sizeof(quoted), "'%s'", code);
	found = memmem(at, (size_t)(end - at), quoted, strlen(quoted));
	if (!found)
		return 2;
	then = strstr(found, "THEN ");
	ck_assert_ptr_nonnull(then);
	return atoi(then + 5);
}

START_TEST(counts_decimals_of_a_currency_in_SQL_as_in_C)
{
	char code[4] = "AAA";

	for (code[0] = 'A'; code[0] <= 'Z'; code[0]++)
		for (code[1] = 'A'; code[1] <= 'Z'; code[1]++)
			for (code[2] = 'A'; code[2] <= 'Z'; code[2]++) {
				int exponent = money_exponent(str_of(code));

				/* SQL shows what it does not know with 2 */
				ck_assert_msg(
					sql_exponent(code) ==
						(exponent < 0 ? 2 : exponent),
					"%s", code);
			}
}
END_TEST

Suite *schema_sql_suite(void)
{
	Suite *suite = suite_create("schema_sql");
	TCase *tests = tcase_create("schema_sql");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, has_a_column_for_each_that_the_program_writes);
	tcase_add_test(tests, lets_the_columns_of_a_document_be_null);
	tcase_add_test(tests, orders_ids_by_their_bytes);
	tcase_add_test(tests, names_topics_after_tables);
	tcase_add_test(tests, counts_decimals_of_a_currency_in_SQL_as_in_C);
	suite_add_tcase(suite, tests);
	return suite;
}
