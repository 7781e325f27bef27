/* dlq_show.c - `fleetctl dlq show`: all that is known of one message. */
#include <string.h>

#include "base/base64.h"
#include "commands.h"
#include "letters.h"
#include "mask.h"
#include "json/writer.h"

enum { BODY_MAX = 256 << 20 };

const struct option dlq_show_options[] = {
	{"raw", NULL,
	 "the message as it came, not masked: it may hold "
	 "personal data"},
	{NULL, NULL, NULL},
};

/* In this order; the last three are not plain text. */
static const char show_columns[] =
	"dead_letter_id, consumer_group AS \"group\", topic, partition, "
	"log_offset AS \"offset\", at_us, stage, error_kind AS kind, "
	"error_class AS class, error_text AS text, pointer, mapping, "
	"mapping_revision, attempts, state, counted, trace, created_at, "
	"changed_at, operator, reason, octet_length(raw) AS raw_bytes, "
	"headers, key, raw";

enum { NOT_PLAIN = 3 };

/* Text where it can be shown as such. */
static void put_bytes(struct json_writer *w, const char *name, struct str bytes)
{
	struct buf text;

	if (!bytes.at || str_is_utf8(bytes)) {
		json_put_str(w, name, bytes);
		return;
	}
	buf_init(&text, BODY_MAX);
	base64_encode(&text, bytes);
	json_name(w, str_of(name));
	json_begin_object(w);
	json_put_str(w, "base64", buf_view(&text));
	json_end_object(w);
	buf_release(&text);
}

/* {"name": "value"} of [["name","base64"],...] */
static void put_headers(struct ctl *ctl, struct json_writer *w,
			const char *json)
{
	struct json_doc doc;
	struct buf bytes;
	struct err err;

	json_name(w, STR("headers"));
	json_begin_object(w);
	if (json_read(&ctl->arena, str_of(json), NULL, &doc, &err))
		for (uint32_t i = 1; i < doc.count; i = doc.nodes[i].next) {
			const struct json_node *name = &doc.nodes[i + 1];
			struct str value = {NULL, 0};

			buf_init(&bytes, BODY_MAX);
			if (name[1].kind == JSON_STRING &&
			    base64_decode(&bytes, name[1].text))
				value = buf_view(&bytes);
			put_bytes(w, arena_cstr(&ctl->arena, name->text),
				  value);
			buf_release(&bytes);
		}
	json_end_object(w);
}

static void put_plain(struct json_writer *w, const struct pg_table *t)
{
	static const char *const numbers[] = {
		"dead_letter_id", "partition", "offset",	  "at_us",
		"attempts",	  "raw_bytes", "mapping_revision"};

	for (int col = 0; col < pg_table_cols(t) - NOT_PLAIN; col++) {
		const char *name = pg_table_name(t, col);
		const char *text = pg_text(t, 0, col);
		bool number = false;

		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
			number = number || !strcmp(numbers[i], name);
		if (!text) {
			json_name(w, str_of(name));
			json_null(w);
		} else if (!strcmp(name, "counted")) {
			json_put_bool(w, name, *text == 't');
		} else if (number) {
			json_put_raw(w, name, str_of(text));
		} else {
			json_put_cstr(w, name, text);
		}
	}
}

/* The body as it is to be shown; absent for a tombstone. */
static struct str body_of(struct ctl *ctl, const struct pg_table *t,
			  struct buf *bytes, struct buf *masked)
{
	if (!pg_table_bytes(t, 0, pg_table_cols(t) - 1, bytes))
		return (struct str){NULL, 0};
	if (args_flag(&ctl->args, "raw"))
		return buf_view(bytes);
	mask_payload(&ctl->arena, masked, buf_view(bytes));
	return buf_view(masked);
}

static void show_json(struct ctl *ctl, const struct pg_table *t,
		      struct str body)
{
	struct json_writer w;
	struct buf out, key;
	int last = pg_table_cols(t) - 1;
	struct str key_text = {NULL, 0};

	buf_init(&out, BODY_MAX);
	buf_init(&key, BODY_MAX);
	if (pg_table_bytes(t, 0, last - 1, &key))
		key_text = buf_view(&key);
	json_writer_init(&w, &out);
	json_begin_object(&w);
	put_plain(&w, t);
	put_headers(ctl, &w, pg_text(t, 0, last - 2));
	put_bytes(&w, "key", key_text);
	json_put_bool(&w, "masked", !args_flag(&ctl->args, "raw"));
	put_bytes(&w, "raw", body);
	json_end_object(&w);
	ctl_print(&out);
	buf_release(&key);
	buf_release(&out);
}

static void show_headers(struct ctl *ctl, const char *json)
{
	struct json_writer w;
	struct json_doc doc;
	struct buf text;
	struct err err;

	buf_init(&text, BODY_MAX);
	json_writer_init(&w, &text);
	json_begin_object(&w);
	put_headers(ctl, &w, json);
	json_end_object(&w);
	if (!json_read(&ctl->arena, buf_view(&text), NULL, &doc, &err))
		doc.count = 0;
	for (uint32_t i = 2; i < doc.count; i = doc.nodes[i].next)
		printf("%-18s %.*s: %.*s\n", i == 2 ? "headers" : "",
		       STR_ARGS(doc.nodes[i].name),
		       STR_ARGS(doc.nodes[i].text));
	buf_release(&text);
}

static void show_text(struct ctl *ctl, const struct pg_table *t,
		      struct str body)
{
	int last = pg_table_cols(t) - 1;
	struct buf key;

	for (int col = 0; col <= last - NOT_PLAIN; col++)
		if (pg_text(t, 0, col))
			printf("%-18s %s\n", pg_table_name(t, col),
			       pg_text(t, 0, col));
	buf_init(&key, BODY_MAX);
	if (pg_table_bytes(t, 0, last - 1, &key))
		printf("%-18s %.*s\n", "key", STR_ARGS(buf_view(&key)));
	buf_release(&key);
	show_headers(ctl, pg_text(t, 0, last - 2));
	printf("\n%s:\n", !body.at ? "a tombstone: no body"
			  : args_flag(&ctl->args, "raw")
				  ? "raw"
				  : "raw, masked (--raw shows it)");
	if (body.at) {
		fwrite(body.at, 1, body.len, stdout);
		putchar('\n');
	}
}

int cmd_dlq_show(struct ctl *ctl)
{
	struct buf bytes, masked;
	struct pg_table t;
	struct str body;

	if (!letters_query(ctl, show_columns, &t))
		return ctl->err.kind == ERR_INVALID ? ctl_usage(ctl)
						    : ctl_fail(ctl);
	if (!pg_table_rows(&t)) {
		pg_table_release(&t);
		err_set(&ctl->err, ERR_FATAL,
			"there is no dead letter %s: dlq list --state all "
			"shows them",
			ctl->args.words[0]);
		return ctl_fail(ctl);
	}
	buf_init(&bytes, BODY_MAX);
	buf_init(&masked, BODY_MAX);
	body = body_of(ctl, &t, &bytes, &masked);
	if (ctl->args.json)
		show_json(ctl, &t, body);
	else
		show_text(ctl, &t, body);
	buf_release(&masked);
	buf_release(&bytes);
	pg_table_release(&t);
	return CTL_DONE;
}
