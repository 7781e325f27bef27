/* raw.c - inputs that no worker may take: a good order with one thing wrong.
 *
 * Each kind has an order id of its own, so that its dead letter is found. */
#include <stdio.h>

#include "feed/feed.h"

static const struct option_row options[] = {
	{.name = "--kind",
	 .kind = OPTION_TEXT,
	 .at = OPTION_AT(kind),
	 .help = "which, or all; a wrong name lists them"},
	{.name = "--topic",
	 .kind = OPTION_TEXT,
	 .fallback = "raw.shopify.order.v1",
	 .at = OPTION_AT(topic),
	 .help = "where to"},
	OPTION_ROWS_OF_ALL,
};

enum {
	FIRST_ID = 990000001,
	DEEP_LEVELS = 1000,
	LARGE_BYTES = 10000000,
	/* more than FLOTILLA_MESSAGE_BYTES, less than the broker's maximum */
	TOO_LARGE_BYTES = 10 * 1024 * 1024 + 4096,
	MESSAGE_BYTES_MAX = 16 * 1024 * 1024,
};

/* %ID% is the kind's id. */
static const char good[] =
	"{\"id\":%ID%,\"name\":\"#R%ID%\","
	"\"created_at\":\"2024-03-01T10:00:00+01:00\","
	"\"updated_at\":\"2024-03-01T10:05:00+01:00\","
	"\"currency\":\"EUR\",\"financial_status\":\"paid\","
	"\"fulfillment_status\":null,\"confirmed\":true,\"note\":\"ring "
	"twice\",\"line_items\":[{\"id\":1,\"sku\":\"SKU-1\",\"title\":\"Mug\","
	"\"quantity\":2,\"price\":\"6.45\",\"total_discount\":\"0.00\"}],"
	"\"subtotal_price\":\"12.90\",\"total_tax\":\"2.06\","
	"\"total_price\":\"12.90\",\"taxes_included\":true,"
	"\"customer\":{\"id\":7,\"email\":\"c7@example.com\"},"
	"\"shipping_address\":{\"name\":\"Anna Schmidt\",\"address1\":"
	"\"Lindenstr. 12\",\"city\":\"Berlin\",\"zip\":\"10969\","
	"\"country_code\":\"DE\"}}";

/* What a kind has in place of `find`. */
struct kind {
	const char *name;
	const char *find; /* NULL: the whole document stays */
	const char *put;
	void (*make)(struct buf *out, struct str document); /* or this */
	bool null_key;
	bool null_value;
};

static void make_not_json(struct buf *out, struct str document)
{
	(void)document;
	buf_cstr(out, "order 1001 has been paid");
}

static void make_truncated(struct buf *out, struct str document)
{
	buf_add(out, document.at, document.len / 2);
}

static void make_nothing(struct buf *out, struct str document)
{
	(void)out;
	(void)document;
}

/* Puts `count` times the text behind "note":, with the same at the end. */
static void make_note(struct buf *out, struct str document, const char *open,
		      const char *close, size_t count)
{
	static const char note[] = "\"note\":";
	const char *at = strstr(document.at, note) + sizeof(note) - 1;

	buf_add(out, document.at, (size_t)(at - document.at));
	for (size_t i = 0; i < count; i++)
		buf_cstr(out, open);
	for (size_t i = 0; i < count; i++)
		buf_cstr(out, close);
	buf_cstr(out, strchr(at, ','));
}

static void make_deep(struct buf *out, struct str document)
{
	make_note(out, document, "[", "]", DEEP_LEVELS);
}

static void make_of_size(struct buf *out, struct str document, size_t bytes)
{
	static const char quote[] = "\"note\":\"";
	const char *at = strstr(document.at, quote) + sizeof(quote) - 1;

	buf_add(out, document.at, (size_t)(at - document.at));
	while (out->len + strlen(at) < bytes)
		buf_byte(out, 'x');
	buf_cstr(out, at);
}

static void make_large(struct buf *out, struct str document)
{
	make_of_size(out, document, LARGE_BYTES);
}

static void make_too_large(struct buf *out, struct str document)
{
	make_of_size(out, document, TOO_LARGE_BYTES);
}

static const struct kind kinds[] = {
	{.name = "not-json", .make = make_not_json},
	{.name = "truncated", .make = make_truncated},
	{.name = "deep", .make = make_deep},
	{.name = "large", .make = make_large}, /* this one is good */
	{.name = "too-large", .make = make_too_large},
	{.name = "bad-utf8", .find = "ring twice", .put = "caf\xe9 \xc3("},
	{.name = "nul", .find = "ring twice", .put = "ring\\u0000twice"},
	{.name = "duplicate-keys",
	 .find = "\"total_price\":\"12.90\"",
	 .put = "\"total_price\":\"12.90\",\"total\\u005fprice\":\"1.29\""},
	{.name = "number-range",
	 .find = "\"quantity\":2",
	 .put = "\"quantity\":99999999999999999999"},
	{.name = "money-decimals",
	 .find = "\"total_price\":\"12.90\"",
	 .put = "\"total_price\":\"12.905\""},
	{.name = "unknown-currency", .find = "\"EUR\"", .put = "\"ZZZ\""},
	{.name = "missing-field", .find = "\"currency\":\"EUR\",", .put = ""},
	{.name = "empty", .make = make_nothing},
	{.name = "null-key", .null_key = true}, /* nothing else is wrong */
	{.name = "tombstone", .null_value = true},
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

/* Appends `text` with `put` for each `find`; NUL-terminated. */
static void replace(struct buf *out, const char *text, const char *find,
		    const char *put)
{
	const char *at;

	while ((at = strstr(text, find))) {
		buf_add(out, text, (size_t)(at - text));
		buf_cstr(out, put);
		text = at + strlen(find);
	}
	buf_cstr(out, text);
	buf_byte(out, '\0');
	out->len--;
}

static bool send_kind(struct sink *sink, int at, struct err *err)
{
	const struct kind *kind = &kinds[at];
	struct str none = {NULL, 0}, key, value;
	struct buf document, out;
	char id[16];
	bool done;

	buf_init(&document, MESSAGE_BYTES_MAX);
	buf_init(&out, MESSAGE_BYTES_MAX);
	snprintf(id, sizeof(id), "%d", FIRST_ID + at);
	replace(&document, good, "%ID%", id);
	if (kind->make)
		kind->make(&out, buf_view(&document));
	else if (kind->find)
		replace(&out, document.at, kind->find, kind->put);
	else
		buf_str(&out, buf_view(&document));
	key = kind->null_key ? none : str_of(id);
	value = kind->null_value ? none : buf_view(&out);
	done = sink_send(sink, key, value, err);
	buf_release(&out);
	buf_release(&document);
	return done;
}

static bool no_such_kind(const char *name, struct err *err)
{
	struct buf names;

	buf_init(&names, 1000);
	for (int i = 0; i < KINDS; i++)
		buf_printf(&names, " %s", kinds[i].name);
	err_set(err, ERR_FATAL, "there is no kind '%s'; there are: all%.*s",
		name, (int)names.len, names.at);
	buf_release(&names);
	return false;
}

static bool run(struct sink *sink, const struct options *o, struct err *err)
{
	bool all = !strcmp(o->kind, "all"), found = false;

	for (int i = 0; i < KINDS; i++) {
		if (!all && strcmp(o->kind, kinds[i].name) != 0)
			continue;
		found = true;
		if (!send_kind(sink, i, err))
			return false;
	}
	return found || no_such_kind(o->kind, err);
}

const struct subcommand feed_raw = {
	.name = "raw",
	.summary = "bad inputs, one of each kind",
	.options = options,
	.run = run,
};
