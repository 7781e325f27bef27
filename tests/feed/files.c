/* files.c - files as they are, or the elements of an array in each. */
#include "feed/feed.h"
#include "json/writer.h"

enum { FILE_BYTES_MAX = 256 * 1024 * 1024 };

static const struct json_limits limits = {
	.max_bytes = FILE_BYTES_MAX,
	.max_nodes = 50 * 1000 * 1000,
};

static const struct option_row options[] = {
	{.name = "--topic",
	 .kind = OPTION_TEXT,
	 .at = OPTION_AT(topic),
	 .help = "where to"},
	{.name = "--key-pointer",
	 .kind = OPTION_TEXT,
	 .fallback = "",
	 .at = OPTION_AT(key_pointer),
	 .help = "JSON Pointer of the key; empty: null keys"},
	{.name = "--each",
	 .kind = OPTION_FLAG,
	 .at = OPTION_AT(each),
	 .help = "a file is an array: each element is a message"},
	OPTION_ROWS_OF_ALL,
};

/* A string or number is a key; anything else is none. */
static struct str key_of(const struct json_doc *doc, uint32_t at,
			 const char *pointer)
{
	uint32_t found =
		*pointer ? json_find(doc, at, str_of(pointer)) : UINT32_MAX;

	if (found != UINT32_MAX && (doc->nodes[found].kind == JSON_STRING ||
				    doc->nodes[found].kind == JSON_NUMBER))
		return doc->nodes[found].text;
	return (struct str){NULL, 0};
}

static bool send_elements(struct sink *sink, const struct options *o,
			  const struct json_doc *doc, struct err *err)
{
	struct json_writer w;
	struct buf out;
	bool done = true;

	if (doc->nodes[0].kind != JSON_ARRAY)
		return err_set(err, ERR_INVALID, "--each wants an array");
	buf_init(&out, FILE_BYTES_MAX);
	for (uint32_t i = 1; done && i < doc->count; i = doc->nodes[i].next) {
		buf_reset(&out);
		json_writer_init(&w, &out);
		json_copy(&w, doc, i);
		done = sink_send(sink, key_of(doc, i, o->key_pointer),
				 buf_view(&out), err);
	}
	buf_release(&out);
	return done;
}

static bool send_file(struct sink *sink, const struct options *o,
		      struct arena *arena, struct str text, struct err *err)
{
	struct str none = {NULL, 0};
	struct json_doc doc;
	struct err why;

	if (json_read(arena, text, &limits, &doc, &why)) {
		if (o->each)
			return send_elements(sink, o, &doc, err);
		return sink_send(sink, key_of(&doc, 0, o->key_pointer), text,
				 err);
	}
	if (o->each) {
		*err = why;
		return false;
	}
	/* what is not JSON goes as it is */
	return sink_send(sink, none, text, err);
}

static bool run(struct sink *sink, const struct options *o, struct err *err)
{
	struct arena arena;
	struct buf text;
	bool done = true;

	if (!o->file_count)
		return err_set(err, ERR_FATAL, "name at least one file");
	if (!json_pointer_ok(str_of(o->key_pointer)))
		return err_set(err, ERR_FATAL, "%s is no JSON Pointer",
			       o->key_pointer);
	arena_init(&arena, 0);
	buf_init(&text, FILE_BYTES_MAX);
	for (int i = 0; done && i < o->file_count; i++) {
		arena_reset(&arena);
		buf_reset(&text);
		done = buf_read_file(&text, o->files[i], err) &&
		       (send_file(sink, o, &arena, buf_view(&text), err) ||
			err_wrap(err, "%s", o->files[i]));
	}
	buf_release(&text);
	arena_release(&arena);
	return done;
}

const struct subcommand feed_files = {
	.name = "files",
	.summary = "files, or the elements of arrays in them",
	.options = options,
	.run = run,
};
