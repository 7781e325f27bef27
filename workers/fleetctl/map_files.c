/* map_files.c - finding, reading and running mapping files. */
#include "map_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mapping/example.h"
#include "model/record.h"
#include "json/writer.h"

enum { FILES_MAX = 10000, FILE_BYTES = 128 << 20, DEPTH_MAX = 8 };

static const char example_end[] = ".example.json";
static const char expected_end[] = ".expected.json";

static bool ends(const char *name, const char *end)
{
	size_t a = strlen(name), b = strlen(end);

	return a > b && !strcmp(name + a - b, end);
}

static bool is_mapping(const char *name)
{
	return ends(name, ".json") && !ends(name, example_end) &&
	       !ends(name, expected_end) && name[0] != '.';
}

static void add(struct ctl *ctl, struct map_files *out, const char *path)
{
	if (!out->paths)
		out->paths = ARENA_ARRAY(&ctl->arena, const char *, FILES_MAX);
	if (out->count < FILES_MAX)
		out->paths[out->count++] = path;
}

static void walk(struct ctl *ctl, const char *dir, int depth,
		 struct map_files *out)
{
	struct dirent **entries;
	int n = depth < DEPTH_MAX ? scandir(dir, &entries, NULL, alphasort)
				  : -1;

	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		const char *path =
			arena_printf(&ctl->arena, "%s/%s", dir, name).at;
		struct stat st;

		if (name[0] != '.' && !stat(path, &st)) {
			if (S_ISDIR(st.st_mode))
				walk(ctl, path, depth + 1, out);
			else if (is_mapping(name))
				add(ctl, out, path);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

bool map_files(struct ctl *ctl, const char *path, struct map_files *out)
{
	struct stat st;

	*out = (struct map_files){NULL, 0};
	if (!path)
		path = arena_printf(&ctl->arena, "%s/mappings",
				    ctl->settings.schemas_dir)
			       .at;
	if (stat(path, &st))
		return err_set(&ctl->err, ERR_INVALID, "%s: %s", path,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		walk(ctl, path, 0, out);
	else
		add(ctl, out, path);
	return out->count > 0 ||
	       err_set(&ctl->err, ERR_INVALID,
		       "there are no mapping files below %s", path);
}

bool map_read(struct ctl *ctl, const char *path, struct str *out)
{
	struct buf text;
	bool ok;

	buf_init(&text, FILE_BYTES);
	ok = buf_read_file(&text, path, &ctl->err);
	if (ok)
		*out = arena_str(&ctl->arena, buf_view(&text));
	buf_release(&text);
	return ok;
}

bool map_compile(struct ctl *ctl, const char *path, struct mapping **out)
{
	struct str text;

	return map_read(ctl, path, &text) &&
	       mapping_compile(text, path, out, &ctl->err);
}

static void put_invalid(struct json_writer *w, const struct err *err)
{
	json_name(w, STR("invalid"));
	json_begin_object(w);
	json_put_cstr(w, "code", err->code);
	json_put_cstr(w, "pointer", err->pointer);
	json_put_cstr(w, "text", err->text);
	json_end_object(w);
}

static void put_record(struct json_writer *w, const struct record *r)
{
	json_put_cstr(w, "entity", r->entity->name);
	json_put_str(w, "id", r->id);
	json_put_int(w, "version", r->rank.version);
	if (r->deleted)
		json_put_bool(w, "deleted", true);
	if (r->subject.at)
		json_put_str(w, "subject", r->subject);
	if (r->ref_id.at) {
		json_name(w, STR("ref"));
		json_begin_object(w);
		json_put_str(w, "system", r->ref_system);
		json_put_str(w, "id", r->ref_id);
		json_end_object(w);
	}
	if (r->data)
		json_put_raw(w, "doc", r->doc);
}

void map_result(struct ctl *ctl, const struct mapping *mapping,
		struct str message, const struct mapping_trace *trace,
		struct buf *out)
{
	struct str at =
		arena_printf(&ctl->arena, "raw.%s.%s.v1/0/0",
			     mapping_system(mapping), mapping_noun(mapping));
	struct mapped_list list = {NULL, 0};
	struct json_writer w;
	struct err err;
	bool ok = mapping_run_at(
		mapping, &ctl->arena,
		&(struct mapping_message){message, at, MAPPING_EXAMPLE_AT_US},
		trace, &list, &err);

	json_writer_init(&w, out);
	json_begin_array(&w);
	if (!ok) {
		json_begin_object(&w);
		put_invalid(&w, &err);
		json_end_object(&w);
	}
	for (uint32_t i = 0; ok && i < list.count; i++) {
		json_begin_object(&w);
		if (list.items[i].fate == MAPPED_RECORD)
			put_record(&w, list.items[i].record);
		else if (list.items[i].fate == MAPPED_SKIPPED)
			json_put_bool(&w, "skipped", true);
		else
			put_invalid(&w, list.items[i].err);
		json_end_object(&w);
	}
	json_end_array(&w);
}
