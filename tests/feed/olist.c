/* olist.c - Olist's orders, put together from its tables.
 *
 * Values go as they are written. The data's licence (CC BY-NC-SA 4.0) allows
 * tests and nothing that is shipped. */
#include <stdio.h>
#include <stdlib.h>

#include "feed/csv.h"
#include "feed/feed.h"
#include "json/writer.h"

enum { COLUMNS_MAX = 16, MESSAGE_BYTES_MAX = 16 * 1024 * 1024 };

static const struct option_row options[] = {
	{.name = "--file",
	 .kind = OPTION_TEXT,
	 .at = OPTION_AT(file),
	 .help = "the folder with olist_*_dataset.csv.gz"},
	{.name = "--topic",
	 .kind = OPTION_TEXT,
	 .fallback = "raw.olist.order.v1",
	 .at = OPTION_AT(topic),
	 .help = "where to"},
	{.name = "--limit",
	 .kind = OPTION_NUMBER,
	 .fallback = "0",
	 .at = OPTION_AT(limit),
	 .help = "most orders; 0: all"},
	OPTION_ROWS_OF_ALL,
};

enum table { ORDERS, CUSTOMERS, ITEMS, PAYMENTS, TABLES };

/* A table's first column finds its rows. */
static const char *const table_names[TABLES] = {
	[ORDERS] = "orders",
	[CUSTOMERS] = "customers",
	[ITEMS] = "order_items",
	[PAYMENTS] = "order_payments",
};

struct row {
	struct str value[COLUMNS_MAX];
	int next; /* of the same key; -1 = none */
};

struct rows {
	struct csv csv;
	struct str title[COLUMNS_MAX];
	int columns;
	struct row *at; /* owned */
	int count, room;
	struct csv_index keys;
	int *first, *last; /* rows by key's number; owned */
};

static void grow(struct rows *rows)
{
	size_t room = rows->room ? (size_t)rows->room * 2 : 4096;

	rows->room = (int)room;
	rows->at = realloc(rows->at, room * sizeof(*rows->at));
	rows->first = realloc(rows->first, room * sizeof(*rows->first));
	rows->last = realloc(rows->last, room * sizeof(*rows->last));
	if (!rows->at || !rows->first || !rows->last)
		abort();
}

static void add_row(struct rows *rows, const struct row *row)
{
	int before = rows->keys.count, key;

	if (rows->count == rows->room)
		grow(rows);
	rows->at[rows->count] = *row;
	key = csv_index_of(&rows->keys, row->value[0], true);
	if (key == before)
		rows->first[key] = rows->count;
	else
		rows->at[rows->last[key]].next = rows->count;
	rows->last[key] = rows->count++;
}

static bool load(struct rows *rows, const char *folder, enum table table,
		 struct arena *arena, struct err *err)
{
	struct str fields[COLUMNS_MAX];
	char path[4096];
	int count;

	snprintf(path, sizeof(path), "%s/olist_%s_dataset.csv.gz", folder,
		 table_names[table]);
	if (!csv_open(&rows->csv, path, err))
		return false;
	rows->columns = csv_next(&rows->csv, rows->title, COLUMNS_MAX);
	if (!rows->columns || rows->columns > COLUMNS_MAX)
		return err_set(err, ERR_FATAL, "%s has no titles", path);
	while ((count = csv_next(&rows->csv, fields, COLUMNS_MAX)) > 0) {
		struct row row = {.next = -1};

		for (int i = 0; i < count && i < rows->columns; i++)
			row.value[i] = csv_utf8(arena, fields[i]);
		add_row(rows, &row);
	}
	return true;
}

static void write_members(struct json_writer *w, const struct rows *rows,
			  const struct row *row)
{
	for (int i = 0; i < rows->columns; i++) {
		json_name(w, rows->title[i]);
		if (row->value[i].len)
			json_string(w, row->value[i]);
		else
			json_null(w);
	}
}

static void write_related(struct json_writer *w, struct rows *rows,
			  struct str key, const char *name)
{
	int number = csv_index_of(&rows->keys, key, false);
	int at = number < 0 ? -1 : rows->first[number];

	json_name(w, str_of(name));
	json_begin_array(w);
	for (; at >= 0; at = rows->at[at].next) {
		json_begin_object(w);
		write_members(w, rows, &rows->at[at]);
		json_end_object(w);
	}
	json_end_array(w);
}

static void write_order(struct rows *tables, const struct row *order,
			struct buf *out)
{
	struct json_writer w;

	buf_reset(out);
	json_writer_init(&w, out);
	json_begin_object(&w);
	write_members(&w, &tables[ORDERS], order);
	/* the second column of an order is its customer */
	write_related(&w, &tables[CUSTOMERS], order->value[1], "customers");
	write_related(&w, &tables[ITEMS], order->value[0], "items");
	write_related(&w, &tables[PAYMENTS], order->value[0], "payments");
	json_end_object(&w);
}

static bool send_all(struct sink *sink, struct rows *tables, int64_t limit,
		     struct err *err)
{
	const struct rows *orders = &tables[ORDERS];
	struct buf out;
	bool done = true;

	if (!limit || limit > orders->count)
		limit = orders->count;
	buf_init(&out, MESSAGE_BYTES_MAX);
	for (int i = 0; done && i < limit; i++) {
		write_order(tables, &orders->at[i], &out);
		done = sink_send(sink, orders->at[i].value[0], buf_view(&out),
				 err);
	}
	buf_release(&out);
	return done;
}

static bool run(struct sink *sink, const struct options *o, struct err *err)
{
	struct rows tables[TABLES];
	struct arena arena;
	bool done = true;

	memset(tables, 0, sizeof(tables));
	arena_init(&arena, 0);
	for (enum table t = 0; done && t < TABLES; t++)
		done = load(&tables[t], o->file, t, &arena, err);
	done = done && send_all(sink, tables, o->limit, err);
	for (enum table t = 0; t < TABLES; t++) {
		csv_close(&tables[t].csv);
		csv_index_release(&tables[t].keys);
		free(tables[t].at);
		free(tables[t].first);
		free(tables[t].last);
	}
	arena_release(&arena);
	return done;
}

const struct subcommand feed_olist = {
	.name = "olist",
	.summary = "real orders: a sample of Olist's (tests only)",
	.options = options,
	.run = run,
};
