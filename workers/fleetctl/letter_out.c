/* letter_out.c - a dead letter's bytes back onto its topic. */
#include <string.h>

#include "base/base64.h"
#include "letters.h"
#include "store/dead_letter.h"

enum {
	HEADERS_MAX = 256,
	OURS = 5,
	BODY_MAX = 160 << 20,
	ANSWER_MS = 30000,
};

/* A letter on its way out; texts live in `arena`. */
struct letter {
	struct arena arena;
	struct kafka_header headers[HEADERS_MAX + OURS];
	int count;
	struct kafka_record record;
};

static void on_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why)
{
	struct ctl *ctl = ctx;
	bool *acked = opaque;

	*acked = ack == KAFKA_ACKED;
	if (!*acked)
		err_set(&ctl->err, ERR_TEMPORARY, "Kafka did not take it: %s",
			why ? why : "no answer");
}

struct kafka_producer_handler letter_handler(struct ctl *ctl)
{
	return (struct kafka_producer_handler){on_ack, ctl};
}

static void add(struct letter *l, const char *name, struct str value)
{
	l->headers[l->count++] = (struct kafka_header){name, value};
}

/* Where it first stood: what an earlier retry says outlives this one. */
static struct str first_stand(const struct letter *l, const char *name,
			      struct str fallback)
{
	for (int i = 0; i < l->count; i++)
		if (!strcmp(l->headers[i].name, name))
			return l->headers[i].value;
	return fallback;
}

static bool is_ours(const char *name)
{
	return !strcmp(name, dead_letter_id_header) ||
	       !strcmp(name, dead_letter_at_header) ||
	       !strcmp(name, dead_letter_offset_header) ||
	       !strcmp(name, dead_letter_partition_header) ||
	       !strcmp(name, dead_letter_attempts_header);
}

/* [["name","base64" or null],...] */
static bool read_headers(struct letter *l, const char *json, struct err *err)
{
	struct json_doc doc;
	struct buf bytes;

	if (!json_read(&l->arena, str_of(json), NULL, &doc, err))
		return false;
	buf_init(&bytes, BODY_MAX);
	for (uint32_t i = 1; i < doc.count && l->count < HEADERS_MAX;
	     i = doc.nodes[i].next) {
		const struct json_node *name = &doc.nodes[i + 1];
		const struct json_node *value = name + 1;
		struct str text = {NULL, 0};

		buf_reset(&bytes);
		if (value->kind == JSON_STRING) {
			if (!base64_decode(&bytes, value->text))
				break;
			text = arena_str(&l->arena, buf_view(&bytes));
		}
		add(l, arena_cstr(&l->arena, name->text), text);
	}
	buf_release(&bytes);
	return true;
}

static struct str bytes_of(struct letter *l, const struct pg_table *t, int col)
{
	struct str out = {NULL, 0};
	struct buf bytes;

	buf_init(&bytes, BODY_MAX);
	if (pg_table_bytes(t, 0, col, &bytes))
		out = arena_str(&l->arena, buf_view(&bytes));
	buf_release(&bytes);
	return out;
}

static bool build(struct letter *l, const char *id, const struct pg_table *t,
		  struct err *err)
{
	struct str at, offset, partition;
	int kept = 0;

	if (!read_headers(l, pg_text(t, 0, 5), err))
		return false;
	at = first_stand(l, dead_letter_at_header, str_of(pg_text(t, 0, 1)));
	offset = first_stand(l, dead_letter_offset_header,
			     str_of(pg_text(t, 0, 2)));
	partition = first_stand(l, dead_letter_partition_header,
				str_of(pg_text(t, 0, 7)));
	for (int i = 0; i < l->count; i++)
		if (!is_ours(l->headers[i].name))
			l->headers[kept++] = l->headers[i];
	l->count = kept;
	add(l, dead_letter_id_header, str_of(id));
	add(l, dead_letter_at_header, at);
	add(l, dead_letter_offset_header, offset);
	add(l, dead_letter_partition_header, partition);
	add(l, dead_letter_attempts_header, str_of(pg_text(t, 0, 3)));
	l->record = (struct kafka_record){
		.topic = pg_text(t, 0, 0),
		.key = bytes_of(l, t, 4),
		.value = bytes_of(l, t, 6),
		.headers = l->headers,
		.header_count = l->count,
	};
	return true;
}

static bool send(struct ctl *ctl, struct kafka_producer *producer,
		 struct letter *l)
{
	bool acked = false;

	l->record.opaque = &acked;
	if (!kafka_produce(producer, &l->record, &ctl->err))
		return false;
	if (!kafka_producer_flush(producer, ANSWER_MS)) {
		/* nobody may answer into this frame any more */
		kafka_producer_purge(producer);
		kafka_producer_flush(producer, ANSWER_MS);
		return err_set(&ctl->err, ERR_TEMPORARY,
			       "Kafka does not answer");
	}
	kafka_producer_serve(producer);
	return acked;
}

bool letter_publish(struct ctl *ctl, struct kafka_producer *producer,
		    const char *id)
{
	const char *params[] = {id};
	struct letter *l = ARENA_NEW(&ctl->arena, struct letter);
	struct pg_table t;
	bool ok;

	if (!pg_query(ctl->pg,
		      "SELECT topic, at_us, log_offset, attempts, key, "
		      "headers, raw, partition FROM dead_letter WHERE "
		      "dead_letter_id = $1::bigint",
		      1, params, &t, &ctl->err))
		return false;
	arena_init(&l->arena, 0);
	ok = pg_table_rows(&t) == 1 && build(l, id, &t, &ctl->err) &&
	     send(ctl, producer, l);
	arena_release(&l->arena);
	pg_table_release(&t);
	return ok;
}
