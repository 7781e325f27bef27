/* dead_letter.c - rows and records of dead letters. */
#include "store/dead_letter.h"

#include "base/base64.h"
#include "json/writer.h"

const char dead_letter_id_header[] = "flotilla.dlq.retry-of";
const char dead_letter_at_header[] = "flotilla.dlq.at-us";
const char dead_letter_offset_header[] = "flotilla.dlq.at-offset";
const char dead_letter_partition_header[] = "flotilla.dlq.at-partition";
const char dead_letter_attempts_header[] = "flotilla.dlq.attempts";

static void put_header(void *ctx, const char *name, struct str value)
{
	struct json_writer *w = ctx;
	struct buf text;

	json_begin_array(w);
	json_string(w, str_of(str_is_utf8(str_of(name)) ? name : "?"));
	if (value.at) {
		buf_init(&text, 1 << 24);
		base64_encode(&text, value);
		json_string(w, buf_view(&text));
		buf_release(&text);
	} else {
		json_null(w);
	}
	json_end_array(w);
}

/* [["name","base64"],..]: names and values as they came */
static struct str headers_json(struct arena *arena,
			       const struct kafka_message *m)
{
	struct json_writer w;
	struct buf text;
	struct str out;

	buf_init(&text, 1 << 25);
	json_writer_init(&w, &text);
	json_begin_array(&w);
	kafka_headers(m, put_header, &w);
	json_end_array(&w);
	out = text.full ? STR("[]") : arena_str(arena, buf_view(&text));
	buf_release(&text);
	return out;
}

/* Text as PostgreSQL can hold it. */
static struct str safe_text(struct arena *arena, const char *text)
{
	struct str s = str_of(text);
	char *copy;

	if (str_is_utf8(s))
		return s;
	copy = arena_cstr(arena, s);
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)copy[i] >= 0x80)
			copy[i] = '?';
	return str_of(copy);
}

#define BIND(type, call, value)                                                \
	do {                                                                   \
		pg_array_begin(params, type);                                  \
		for (const struct dead_letter *d = letters;                    \
		     d < letters + count; d++)                                 \
			call(params, value);                                   \
		pg_array_end(params);                                          \
	} while (0)

void dead_letter_bind(struct pg_params *params, struct arena *arena,
		      const char *group, const struct dead_letter *letters,
		      uint32_t count)
{
	pg_params_reset(params);
	pg_param_str(params, str_of(group));
	BIND(PG_TEXT, pg_array_str, str_of(d->message->topic));
	BIND(PG_INT4, pg_array_i32, d->message->partition);
	BIND(PG_INT8, pg_array_i64, d->message->offset);
	BIND(PG_TEXT, pg_array_str, str_of(d->stage));
	BIND(PG_TEXT, pg_array_str, str_of(err_kind_name(d->err.kind)));
	BIND(PG_TEXT, pg_array_str, str_of(d->err.code));
	BIND(PG_TEXT, pg_array_str, safe_text(arena, d->err.text));
	BIND(PG_TEXT, pg_array_str, safe_text(arena, d->err.pointer));
	BIND(PG_TEXT, pg_array_str, str_of(d->mapping));
	BIND(PG_INT4, pg_array_i32, d->mapping_revision);
	BIND(PG_INT4, pg_array_i32, d->attempts);
	BIND(PG_BOOL, pg_array_bool, true);
	BIND(PG_INT8, pg_array_i64, d->message->timestamp_us);
	BIND(PG_TEXT, pg_array_str, d->trace);
	BIND(PG_BYTEA, pg_array_str, d->message->key);
	BIND(PG_TEXT, pg_array_str, headers_json(arena, d->message));
	BIND(PG_BYTEA, pg_array_str, d->message->value);
}

static void add(struct dead_letter_record *out, const char *name,
		struct str value)
{
	out->headers[out->count++] = (struct kafka_header){name, value};
}

void dead_letter_record(struct dead_letter_record *out, struct arena *arena,
			const char *group, const struct dead_letter *d)
{
	const struct kafka_message *m = d->message;

	out->count = 0;
	add(out, "__connect.errors.topic", str_of(m->topic));
	add(out, "__connect.errors.partition",
	    arena_printf(arena, "%d", m->partition));
	add(out, "__connect.errors.offset",
	    arena_printf(arena, "%lld", (long long)m->offset));
	add(out, "__connect.errors.connector.name", str_of(group));
	add(out, "__connect.errors.task.id", STR("0"));
	add(out, "__connect.errors.stage", str_of(d->stage));
	add(out, "__connect.errors.class.name", str_of(d->err.code));
	add(out, "__connect.errors.exception.class.name",
	    str_of(err_kind_name(d->err.kind)));
	add(out, "__connect.errors.exception.message",
	    d->err.pointer[0] ? arena_printf(arena, "%s (at %s)", d->err.text,
					     d->err.pointer)
			      : str_of(d->err.text));
	add(out, dead_letter_attempts_header,
	    arena_printf(arena, "%d", d->attempts));
	add(out, "flotilla.dlq.class", str_of(d->err.code));
	if (d->mapping) {
		add(out, "flotilla.dlq.mapping", str_of(d->mapping));
		add(out, "flotilla.dlq.mapping.version",
		    arena_printf(arena, "%d", d->mapping_revision));
	}
	if (d->trace.at)
		add(out, "traceparent", d->trace);
	out->value = m->value;
	if (m->value.len <= DEAD_LETTER_BODY_BYTES)
		return;
	out->value.len = DEAD_LETTER_BODY_BYTES;
	add(out, "dataref",
	    arena_printf(arena, "dead_letter/%s/%s/%d/%lld", group, m->topic,
			 m->partition, (long long)m->offset));
}
