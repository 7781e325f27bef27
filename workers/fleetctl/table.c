/* table.c - aligned text or JSON from the same rows. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "json/writer.h"

enum { KEEP_BYTES = 1 << 20, WIDEST = 200 };

void table_init(struct table *t, const struct column *columns)
{
	memset(t, 0, sizeof(*t));
	arena_init(&t->arena, KEEP_BYTES);
	t->columns = columns;
	while (columns[t->column_count].name)
		t->column_count++;
}

void table_release(struct table *t)
{
	arena_release(&t->arena);
	free(t->cells);
	t->cells = NULL;
}

void table_text(struct table *t, struct str value)
{
	if (t->cell_count == t->cell_room) {
		t->cell_room = t->cell_room ? t->cell_room * 2 : 256;
		t->cells = realloc(t->cells, sizeof(*t->cells) * t->cell_room);
		if (!t->cells)
			abort();
	}
	t->cells[t->cell_count++] =
		value.at ? arena_str(&t->arena, value) : value;
}

void table_cstr(struct table *t, const char *value)
{
	table_text(t, str_of(value));
}

void table_number(struct table *t, int64_t value)
{
	table_text(t, arena_printf(&t->arena, "%lld", (long long)value));
}

void table_bool(struct table *t, bool value)
{
	table_cstr(t, value ? "yes" : "no");
}

void table_null(struct table *t)
{
	table_text(t, (struct str){NULL, 0});
}

int table_rows(const struct table *t)
{
	return (int)(t->cell_count / (size_t)t->column_count);
}

static const char *title_of(const struct column *column)
{
	return column->title ? column->title : column->name;
}

/* Characters, not bytes: UTF-8 continuation bytes take no place. */
static size_t width_of(struct str s)
{
	size_t width = 0;

	for (size_t i = 0; i < s.len; i++)
		width += ((unsigned char)s.at[i] & 0xc0) != 0x80;
	return width;
}

static size_t column_width(const struct table *t, int col)
{
	size_t width = strlen(title_of(&t->columns[col]));

	for (size_t i = (size_t)col; i < t->cell_count;
	     i += (size_t)t->column_count) {
		size_t cell = width_of(t->cells[i]);

		if (cell > width)
			width = cell;
	}
	return width < WIDEST ? width : WIDEST;
}

static void put_cell(struct str cell, size_t width, bool right, bool last,
		     FILE *to)
{
	size_t used = width_of(cell);
	int pad = used < width ? (int)(width - used) : 0;

	if (right)
		fprintf(to, "%*s", pad, "");
	for (size_t i = 0; i < cell.len; i++)
		putc((unsigned char)cell.at[i] < 0x20 || cell.at[i] == 0x7f
			     ? '?'
			     : cell.at[i],
		     to);
	if (!right && !last)
		fprintf(to, "%*s", pad, "");
	fputs(last ? "\n" : "  ", to);
}

void table_write_text(const struct table *t, FILE *to)
{
	size_t *widths = calloc((size_t)t->column_count, sizeof(*widths));
	int last = t->column_count - 1;

	if (!widths)
		abort();
	for (int col = 0; col <= last; col++) {
		const struct column *column = &t->columns[col];

		widths[col] = column_width(t, col);
		put_cell(str_of(title_of(column)), widths[col],
			 column->kind == COLUMN_NUMBER, col == last, to);
	}
	for (size_t i = 0; i < t->cell_count; i++) {
		int col = (int)(i % (size_t)t->column_count);
		struct str cell = t->cells[i].len ? t->cells[i] : STR("-");

		put_cell(cell, widths[col],
			 t->columns[col].kind == COLUMN_NUMBER, col == last,
			 to);
	}
	free(widths);
}

static void json_cell(const struct column *column, struct str cell,
		      struct json_writer *w)
{
	json_name(w, str_of(column->name));
	if (!cell.at)
		json_null(w);
	else if (column->kind == COLUMN_NUMBER)
		json_raw(w, cell);
	else if (column->kind == COLUMN_BOOL)
		json_bool(w, str_is(cell, "yes"));
	else
		json_string(w, cell);
}

void table_write_json(const struct table *t, struct json_writer *w)
{
	json_begin_array(w);
	for (size_t i = 0; i < t->cell_count; i += (size_t)t->column_count) {
		json_begin_object(w);
		for (int col = 0; col < t->column_count; col++)
			json_cell(&t->columns[col], t->cells[i + (size_t)col],
				  w);
		json_end_object(w);
	}
	json_end_array(w);
}
