/* feed_row.c - fields to members, members to a message. */
#include "feed_row.h"

#include <stdlib.h>

#include "feed_date.h"
#include "json/writer.h"

enum { TEXT_BYTES_MAX = RECORD_BYTES_MAX * 3, KEY_BYTES_MAX = 1024 };

/* Constants ---------------------------------------------------------------- */

static bool put_constant(struct json_writer *w, const struct layout_constant *c,
			 const struct row_file *file, struct err *err)
{
	char text[CLOCK_TEXT_BYTES];

	json_name(w, c->member);
	switch (c->source) {
	case CONSTANT_TEXT:
		json_string(w, c->text);
		return true;
	case CONSTANT_FILE_TIME:
		json_time(w, file->mtime_us);
		return true;
	case CONSTANT_FILE_NAME:
	case CONSTANT_DATE_IN_NAME:
		break;
	}
	if (!file->name)
		return err_set(err, ERR_INVALID,
			       "\"%.*s\" comes out of the file's name, and "
			       "standard input has none: save it as a file",
			       STR_ARGS(c->member));
	if (c->source == CONSTANT_FILE_NAME) {
		if (!str_is_utf8(str_of(file->name)))
			return err_set(err, ERR_INVALID,
				       "the file's name is no UTF-8: rename "
				       "it");
		json_string(w, str_of(file->name));
		return true;
	}
	if (!date_in_name(c->text, str_of(file->name), c->offset, text))
		return err_set(err, ERR_INVALID,
			       "the name %s has no date as the layout's "
			       "pattern for \"%.*s\" wants it: %.*s",
			       file->name, STR_ARGS(c->member),
			       STR_ARGS(c->text));
	json_string(w, str_of(text));
	return true;
}

static bool put_constants(struct row_maker *m, const struct row_file *file,
			  struct err *err)
{
	struct json_writer w;

	json_writer_init(&w, &m->constants);
	for (int i = 0; i < m->layout->constant_count; i++)
		if (!put_constant(&w, &m->layout->constants[i], file, err))
			return false;
	return !m->constants.full ||
	       err_set(err, ERR_INVALID, "the constants are too long");
}

/* What a maker is ---------------------------------------------------------- */

static void make_form(struct row_maker *m)
{
	const struct layout *layout = m->layout;
	int n = 0;

	if (layout->kind == LAYOUT_CSV)
		m->form = (struct record_form){.delimiter = layout->delimiter,
					       .quote = layout->quote};
	for (int i = 0; i < layout->comment_count; i++)
		m->plain[n++] = layout->comments[i];
	if (layout->trailer.starts.at)
		m->plain[n++] = layout->trailer.starts;
	m->form.plain = m->plain;
	m->form.plain_count = n;
}

bool row_maker_init(struct row_maker *m, const struct layout *layout,
		    const struct row_file *file, struct err *err)
{
	memset(m, 0, sizeof(*m));
	m->layout = layout;
	buf_init(&m->text, TEXT_BYTES_MAX);
	buf_init(&m->constants, MESSAGE_BYTES_MAX);
	buf_init(&m->value, MESSAGE_BYTES_MAX);
	buf_init(&m->key, KEY_BYTES_MAX);
	m->place = calloc((size_t)layout->count, sizeof(*m->place));
	if (!m->place)
		abort();
	for (int i = 0; i < layout->count; i++)
		m->place[i] = layout->columns[i].position - 1;
	m->field_count = layout->column_count;
	make_form(m);
	return text_decoder_init(&m->decoder, layout->encoding, err) &&
	       put_constants(m, file, err);
}

void row_maker_release(struct row_maker *m)
{
	text_decoder_release(&m->decoder);
	buf_release(&m->text);
	buf_release(&m->constants);
	buf_release(&m->value);
	buf_release(&m->key);
	free(m->place);
	m->place = NULL;
}

/* Header ------------------------------------------------------------------- */

/* Blanks around a name are nobody's intention. */
static int find_field(const struct row_maker *m, struct str name, int *times)
{
	int found = -1;

	*times = 0;
	for (int i = 0; i < m->field_count; i++)
		if (str_eq(text_trim(m->fields[i], TRIM_BOTH, ' '), name)) {
			found = i;
			++*times;
		}
	return found;
}

static bool place_column(struct row_maker *m, int n, struct err *err)
{
	const struct layout_column *c = &m->layout->columns[n];
	int times = 1;

	if (c->name.at)
		m->place[n] = find_field(m, c->name, &times);
	if (times == 1 && m->place[n] < m->field_count)
		return true;
	if (!c->name.at)
		return err_set(err, ERR_INVALID,
			       "the header has %d columns, the layout reads "
			       "number %d",
			       m->field_count, c->position);
	return err_set(err, ERR_INVALID,
		       "the header has %s column \"%.*s\": it is not a file of "
		       "this layout, or the delimiter is another",
		       times ? "more than one" : "no", STR_ARGS(c->name));
}

bool row_header(struct row_maker *m, struct str raw, struct err *err)
{
	if (m->layout->kind == LAYOUT_FIXED)
		return true;
	if (!text_decode(&m->decoder, raw, &m->text, err))
		return err_wrap(err, "the header");
	m->field_count =
		csv_split(&m->form, &m->text, m->fields, LAYOUT_COLUMNS_MAX);
	if (m->field_count > LAYOUT_COLUMNS_MAX)
		return err_set(err, ERR_INVALID,
			       "the header has %d columns, more than %d",
			       m->field_count, LAYOUT_COLUMNS_MAX);
	for (int i = 0; i < m->layout->count; i++)
		if (!place_column(m, i, err))
			return false;
	return true;
}

enum row_kind row_kind_of(const struct layout *layout, struct str raw)
{
	if (!raw.len)
		return ROW_SKIPPED;
	for (int i = 0; i < layout->comment_count; i++)
		if (str_starts(raw, layout->comments[i]))
			return ROW_SKIPPED;
	return layout->trailer.starts.at &&
			       str_starts(raw, layout->trailer.starts)
		       ? ROW_TRAILER
		       : ROW_DATA;
}

/* Rows --------------------------------------------------------------------- */

static bool split_csv(struct row_maker *m, struct err *err)
{
	int count =
		csv_split(&m->form, &m->text, m->fields, LAYOUT_COLUMNS_MAX);

	return count == m->field_count ||
	       err_code(err, ERR_INVALID,
			count < m->field_count ? "too-few-columns"
					       : "too-many-columns",
			"has %d columns, not %d", count, m->field_count);
}

static bool split_fixed(struct row_maker *m, struct err *err)
{
	const struct layout *layout = m->layout;
	struct str text = buf_view(&m->text);
	size_t characters = text_characters(text);
	size_t want = (size_t)layout->line_width;

	if (characters > want || (characters < want && !layout->short_lines))
		return err_code(
			err, ERR_INVALID,
			characters < want ? "line-too-short" : "line-too-long",
			"has %zu characters, not %zu", characters, want);
	for (int i = 0; i < layout->count; i++)
		m->fields[i] =
			text_slice(text, characters, layout->columns[i].start,
				   layout->columns[i].width);
	return true;
}

static bool split(struct row_maker *m, struct str raw, struct err *err)
{
	if (!text_decode(&m->decoder, raw, &m->text, err))
		return false;
	return m->layout->kind == LAYOUT_CSV ? split_csv(m, err)
					     : split_fixed(m, err);
}

static struct str value_of(const struct row_maker *m, int n)
{
	const struct layout_column *c = &m->layout->columns[n];
	int at = m->layout->kind == LAYOUT_CSV ? m->place[n] : n;

	return text_trim(m->fields[at], c->trim, c->pad);
}

static void put_empty(const struct layout_column *c, struct json_writer *w)
{
	if (c->when_empty == EMPTY_OMIT)
		return;
	json_plain_name(w, c->quoted);
	if (c->when_empty == EMPTY_NULL)
		json_null(w);
	else
		json_string(w,
			    c->when_empty == EMPTY_TEXT ? c->instead : STR(""));
}

static bool put_member(struct row_maker *m, int n, struct json_writer *w,
		       struct err *err)
{
	const struct layout_column *c = &m->layout->columns[n];
	struct str value = value_of(m, n);

	if (value.len > FIELD_BYTES_MAX)
		return err_code(err, ERR_INVALID, "field-too-long",
				"has %zu bytes in \"%.*s\", more than %d",
				value.len, STR_ARGS(c->member),
				FIELD_BYTES_MAX);
	if (!value.len && c->required)
		return err_code(err, ERR_INVALID, "missing-value",
				"has nothing in \"%.*s\"", STR_ARGS(c->member));
	if (!value.len) {
		put_empty(c, w);
		return true;
	}
	json_plain_name(w, c->quoted);
	json_string(w, value);
	return true;
}

static void put_key(struct row_maker *m)
{
	buf_reset(&m->key);
	for (int i = 0; i < m->layout->key_count; i++) {
		if (i)
			buf_str(&m->key, m->layout->key_separator);
		buf_str(&m->key, value_of(m, m->layout->key[i]));
	}
}

bool row_make(struct row_maker *m, struct str raw, struct str *key,
	      struct str *value, struct err *err)
{
	struct json_writer w;

	if (!split(m, raw, err))
		return false;
	buf_reset(&m->value);
	json_writer_init(&w, &m->value);
	json_begin_object(&w);
	for (int i = 0; i < m->layout->count; i++)
		if (!put_member(m, i, &w, err))
			return false;
	if (m->constants.len)
		json_raw(&w, buf_view(&m->constants));
	json_end_object(&w);
	put_key(m);
	if (m->value.full || m->key.full)
		return err_code(err, ERR_INVALID, "too-long",
				"makes a message or a key that is too long");
	*key = buf_view(&m->key);
	*value = buf_view(&m->value);
	return true;
}

bool row_trailer(struct row_maker *m, struct str raw, int64_t *rows,
		 struct err *err)
{
	const struct layout_trailer *t = &m->layout->trailer;
	struct str text, count = {"", 0};
	int fields;

	if (!text_decode(&m->decoder, raw, &m->text, err))
		return err_wrap(err, "the trailer");
	text = buf_view(&m->text);
	if (m->layout->kind == LAYOUT_FIXED) {
		count = text_slice(text, text_characters(text), t->start,
				   t->width);
	} else {
		fields = csv_split(&m->form, &m->text, m->fields,
				   LAYOUT_COLUMNS_MAX);
		if (t->position <= fields)
			count = m->fields[t->position - 1];
	}
	count = text_trim(count, TRIM_BOTH, ' ');
	count = text_trim(count, TRIM_LEFT, '0');
	if (!str_to_i64(count, rows) || *rows < t->more)
		return err_set(err, ERR_INVALID,
			       "the trailer has no count of rows, but \"%.*s\"",
			       (int)(count.len < 40 ? count.len : 40),
			       count.at);
	*rows -= t->more;
	return true;
}
