/* writer.c - JSON text, one call for each token. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "json/json.h"
#include "json/writer.h"

void json_writer_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

static void separate(struct json_writer *w)
{
	if (w->comma)
		buf_byte(w->out, ',');
	w->comma = true;
}

static void begin(struct json_writer *w, char bracket)
{
	separate(w);
	buf_byte(w->out, bracket);
	w->comma = false;
	w->depth++;
}

static void end(struct json_writer *w, char bracket)
{
	if (w->depth-- == 0) {
		fprintf(stderr, "json writer: nothing is open\n");
		abort();
	}
	buf_byte(w->out, bracket);
	w->comma = true;
}

void json_begin_object(struct json_writer *w)
{
	begin(w, '{');
}

void json_end_object(struct json_writer *w)
{
	end(w, '}');
}

void json_begin_array(struct json_writer *w)
{
	begin(w, '[');
}

void json_end_array(struct json_writer *w)
{
	end(w, ']');
}

/* What RFC 8259 section 7 wants escaped. */
static bool plain(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\';
}

static void escape(struct buf *out, unsigned char c)
{
	static const char short_form[0x20] = {
		['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',
		['\r'] = 'r', ['\t'] = 't',
	};

	buf_byte(out, '\\');
	if (c == '"' || c == '\\')
		buf_byte(out, (char)c);
	else if (short_form[c])
		buf_byte(out, short_form[c]);
	else
		buf_printf(out, "u%04x", c);
}

static void quoted(struct buf *out, struct str s)
{
	size_t from = 0;

	if (!buf_reserve(out, s.len + 2))
		return;
	buf_byte(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (plain(c))
			continue;
		buf_add(out, s.at + from, i - from);
		escape(out, c);
		from = i + 1;
	}
	buf_add(out, s.at + from, s.len - from);
	buf_byte(out, '"');
}

void json_name(struct json_writer *w, struct str name)
{
	separate(w);
	quoted(w->out, name);
	buf_byte(w->out, ':');
	w->comma = false;
}

void json_plain_name(struct json_writer *w, struct str quoted_name)
{
	separate(w);
	buf_str(w->out, quoted_name);
	w->comma = false;
}

void json_string(struct json_writer *w, struct str value)
{
	separate(w);
	quoted(w->out, value);
}

void json_int(struct json_writer *w, int64_t value)
{
	separate(w);
	buf_i64(w->out, value);
}

void json_bool(struct json_writer *w, bool value)
{
	separate(w);
	buf_str(w->out, value ? STR("true") : STR("false"));
}

void json_null(struct json_writer *w)
{
	separate(w);
	buf_str(w->out, STR("null"));
}

void json_raw(struct json_writer *w, struct str json)
{
	separate(w);
	buf_str(w->out, json);
}

void json_time(struct json_writer *w, int64_t us)
{
	char text[CLOCK_TEXT_BYTES];
	size_t len = clock_format(text, us);

	json_string(w, (struct str){text, len});
}

void json_put_str(struct json_writer *w, const char *name, struct str value)
{
	json_name(w, str_of(name));
	json_string(w, value);
}

void json_put_cstr(struct json_writer *w, const char *name, const char *value)
{
	json_put_str(w, name, str_of(value));
}

void json_put_int(struct json_writer *w, const char *name, int64_t value)
{
	json_name(w, str_of(name));
	json_int(w, value);
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
	json_name(w, str_of(name));
	json_bool(w, value);
}

void json_put_time(struct json_writer *w, const char *name, int64_t us)
{
	json_name(w, str_of(name));
	json_time(w, us);
}

void json_put_raw(struct json_writer *w, const char *name, struct str json)
{
	json_name(w, str_of(name));
	json_raw(w, json);
}

static void copy_leaf(struct json_writer *w, const struct json_node *node)
{
	switch (node->kind) {
	case JSON_NULL:
		json_null(w);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(w, node->kind == JSON_TRUE);
		break;
	case JSON_NUMBER:
		json_raw(w, node->text);
		break;
	default:
		json_string(w, node->text);
		break;
	}
}

void json_copy(struct json_writer *w, const struct json_doc *doc, uint32_t at)
{
	const struct json_node *node = &doc->nodes[at];
	bool object = node->kind == JSON_OBJECT;

	if (!object && node->kind != JSON_ARRAY) {
		copy_leaf(w, node);
		return;
	}
	begin(w, object ? '{' : '[');
	for (uint32_t i = at + 1; i < node->next; i = doc->nodes[i].next) {
		if (object)
			json_name(w, doc->nodes[i].name);
		json_copy(w, doc, i);
	}
	end(w, object ? '}' : ']');
}
