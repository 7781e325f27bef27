/* uci.c - the UCI "Online Retail" file: its lines, gathered into invoices.
 *
 * Values go as they are written: they are the worker's to judge. A line
 * without an invoice number is a message of its own. */
#include <stdlib.h>

#include "feed/csv.h"
#include "feed/feed.h"
#include "json/writer.h"

enum { FIELDS_MAX = 16, MESSAGE_BYTES_MAX = 64 * 1024 * 1024 };

static const struct option_row options[] = {
	{.name = "--file",
	 .kind = OPTION_TEXT,
	 .at = OPTION_AT(file),
	 .help = "the CSV file, or its .gz"},
	{.name = "--topic",
	 .kind = OPTION_TEXT,
	 .fallback = "raw.uci.order.v1",
	 .at = OPTION_AT(topic),
	 .help = "where to"},
	{.name = "--limit",
	 .kind = OPTION_NUMBER,
	 .fallback = "0",
	 .at = OPTION_AT(limit),
	 .help = "most invoices; 0: all"},
	OPTION_ROWS_OF_ALL,
};

enum column {
	INVOICE,
	STOCK_CODE,
	DESCRIPTION,
	QUANTITY,
	INVOICE_DATE,
	UNIT_PRICE,
	CUSTOMER_ID,
	COUNTRY,
	COLUMNS,
};

/* The first release's names, and the second's. */
static const char *const titles[COLUMNS][2] = {
	[INVOICE] = {"InvoiceNo", "Invoice"},
	[STOCK_CODE] = {"StockCode", "StockCode"},
	[DESCRIPTION] = {"Description", "Description"},
	[QUANTITY] = {"Quantity", "Quantity"},
	[INVOICE_DATE] = {"InvoiceDate", "InvoiceDate"},
	[UNIT_PRICE] = {"UnitPrice", "Price"},
	[CUSTOMER_ID] = {"CustomerID", "Customer ID"},
	[COUNTRY] = {"Country", "Country"},
};

struct line {
	struct str value[COLUMNS]; /* at == NULL: the record is too short */
	int next;		   /* of the same invoice; -1 = none */
};

struct invoice {
	int first, last; /* lines */
};

struct uci {
	struct csv csv;
	struct arena arena;
	int place[COLUMNS]; /* of a column in the file */
	struct line *lines;
	int line_count, line_room;
	struct invoice *invoices; /* in the order of the file */
	int invoice_count, invoice_room;
	struct csv_index numbers; /* to places in by_number */
	int *by_number;		  /* index into invoices */
	int by_number_room;
};

static void *grown(void *at, int *room, int count, size_t size)
{
	if (count < *room)
		return at;
	*room = *room ? *room * 2 : 4096;
	at = realloc(at, (size_t)*room * size);
	if (!at)
		abort();
	return at;
}

static bool read_titles(struct uci *u, struct err *err)
{
	struct str fields[FIELDS_MAX];
	int count = csv_next(&u->csv, fields, FIELDS_MAX);

	/* what Windows puts first */
	if (count && str_starts(fields[0], STR("\xef\xbb\xbf"))) {
		fields[0].at += 3;
		fields[0].len -= 3;
	}
	for (int c = 0; c < COLUMNS; c++) {
		u->place[c] = -1;
		for (int i = 0; i < count && i < FIELDS_MAX; i++)
			if (str_is(fields[i], titles[c][0]) ||
			    str_is(fields[i], titles[c][1]))
				u->place[c] = i;
		if (u->place[c] < 0)
			return err_set(err, ERR_FATAL,
				       "the file has no column %s",
				       titles[c][0]);
	}
	return true;
}

static void add_to_invoice(struct uci *u, int line)
{
	struct str number = u->lines[line].value[INVOICE];
	int before = u->numbers.count, at;
	struct invoice *invoice;

	if (number.len) {
		at = csv_index_of(&u->numbers, number, true);
		if (at < before) {
			invoice = &u->invoices[u->by_number[at]];
			u->lines[invoice->last].next = line;
			invoice->last = line;
			return;
		}
		u->by_number = grown(u->by_number, &u->by_number_room, at,
				     sizeof(*u->by_number));
		u->by_number[at] = u->invoice_count;
	}
	u->invoices = grown(u->invoices, &u->invoice_room, u->invoice_count,
			    sizeof(*u->invoices));
	u->invoices[u->invoice_count++] = (struct invoice){line, line};
}

static void read_lines(struct uci *u)
{
	struct str fields[FIELDS_MAX];
	int count;

	while ((count = csv_next(&u->csv, fields, FIELDS_MAX)) > 0) {
		struct line line = {.next = -1};

		for (int c = 0; c < COLUMNS; c++)
			if (u->place[c] < count)
				line.value[c] = csv_utf8(&u->arena,
							 fields[u->place[c]]);
		u->lines = grown(u->lines, &u->line_room, u->line_count,
				 sizeof(*u->lines));
		u->lines[u->line_count] = line;
		add_to_invoice(u, u->line_count++);
	}
}

/* Empty is null. */
static void put(struct json_writer *w, const char *name, struct str value)
{
	if (value.len)
		json_put_str(w, name, value);
	else
		json_put_raw(w, name, STR("null"));
}

static void write_invoice(const struct uci *u, const struct invoice *invoice,
			  struct buf *out)
{
	const struct str *head = u->lines[invoice->first].value;
	struct json_writer w;

	buf_reset(out);
	json_writer_init(&w, out);
	json_begin_object(&w);
	put(&w, "invoice", head[INVOICE]);
	put(&w, "invoice_date", head[INVOICE_DATE]);
	put(&w, "customer_id", head[CUSTOMER_ID]);
	put(&w, "country", head[COUNTRY]);
	json_put_bool(&w, "cancelled",
		      head[INVOICE].len && head[INVOICE].at[0] == 'C');
	json_name(&w, STR("lines"));
	json_begin_array(&w);
	for (int i = invoice->first; i >= 0; i = u->lines[i].next) {
		const struct str *value = u->lines[i].value;

		json_begin_object(&w);
		put(&w, "stock_code", value[STOCK_CODE]);
		put(&w, "description", value[DESCRIPTION]);
		put(&w, "quantity", value[QUANTITY]);
		put(&w, "unit_price", value[UNIT_PRICE]);
		json_end_object(&w);
	}
	json_end_array(&w);
	json_end_object(&w);
}

static bool send_all(struct uci *u, struct sink *sink, int64_t limit,
		     struct err *err)
{
	struct str none = {NULL, 0};
	struct buf out;
	bool done = true;

	if (!limit || limit > u->invoice_count)
		limit = u->invoice_count;
	buf_init(&out, MESSAGE_BYTES_MAX);
	for (int i = 0; done && i < limit; i++) {
		struct str key = u->lines[u->invoices[i].first].value[INVOICE];

		write_invoice(u, &u->invoices[i], &out);
		done = sink_send(sink, key.len ? key : none, buf_view(&out),
				 err);
	}
	buf_release(&out);
	return done;
}

static void release(struct uci *u)
{
	csv_close(&u->csv);
	csv_index_release(&u->numbers);
	arena_release(&u->arena);
	free(u->lines);
	free(u->invoices);
	free(u->by_number);
}

static bool run(struct sink *sink, const struct options *o, struct err *err)
{
	struct uci u;
	bool done;

	memset(&u, 0, sizeof(u));
	arena_init(&u.arena, 0);
	done = csv_open(&u.csv, o->file, err) && read_titles(&u, err);
	if (done) {
		read_lines(&u);
		done = send_all(&u, sink, o->limit, err);
	}
	release(&u);
	return done;
}

const struct subcommand feed_uci = {
	.name = "uci",
	.summary = "real orders: the UCI \"Online Retail\" invoices",
	.options = options,
	.run = run,
};
