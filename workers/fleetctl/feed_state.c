/* feed_state.c - one small JSON file, replaced as a whole. */
#include "feed_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "json/writer.h"

enum { STATE_BYTES_MAX = 64 * 1024, STATE_VERSION = 1 };

static bool hash_at(int fd, int64_t offset, uint64_t *out, struct err *err)
{
	char bytes[IDENTITY_BYTES];
	size_t len = 0;

	while (len < sizeof(bytes)) {
		ssize_t got = pread(fd, bytes + len, sizeof(bytes) - len,
				    offset + (int64_t)len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_FATAL, "cannot read: %s",
				       strerror(errno));
		if (!got)
			break;
		len += (size_t)got;
	}
	*out = XXH3_64bits(bytes, len);
	return true;
}

bool feed_identify(int fd, struct feed_identity *out, struct err *err)
{
	struct stat st;
	int64_t tail;

	if (fstat(fd, &st))
		return err_set(err, ERR_FATAL, "%s", strerror(errno));
	tail = st.st_size > IDENTITY_BYTES ? st.st_size - IDENTITY_BYTES : 0;
	out->size_bytes = st.st_size;
	out->mtime_us = st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	return hash_at(fd, 0, &out->head, err) &&
	       hash_at(fd, tail, &out->tail, err);
}

bool feed_same_file(const struct feed_identity *a,
		    const struct feed_identity *b)
{
	return a->size_bytes == b->size_bytes && a->mtime_us == b->mtime_us &&
	       a->head == b->head && a->tail == b->tail;
}

/* As JSON ------------------------------------------------------------------ */

#define NUMBER(name, field)                                                    \
	{                                                                      \
		name, offsetof(struct feed_state, field)                       \
	}

static const struct number_row {
	const char *name;
	size_t at; /* of an int64_t in struct feed_state */
} numbers[] = {
	NUMBER("size_bytes", file.size_bytes),
	NUMBER("mtime_us", file.mtime_us),
	NUMBER("offset", mark.offset),
	NUMBER("line", mark.line),
	NUMBER("rows", mark.rows),
	NUMBER("rejected", mark.rejected),
	NUMBER("rejects_bytes", mark.rejects_bytes),
};

/* As hexadecimal text: JSON's numbers are not made for them. */
static const struct number_row hashes[] = {
	NUMBER("head", file.head),
	NUMBER("tail", file.tail),
	NUMBER("layout", layout),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void write_json(const struct feed_state *state, struct buf *out)
{
	const char *base = (const char *)state;
	struct json_writer w;

	json_writer_init(&w, out);
	json_begin_object(&w);
	json_put_int(&w, "version", STATE_VERSION);
	json_put_bool(&w, "done", state->done);
	json_put_cstr(&w, "topic", state->topic);
	if (state->rejects)
		json_put_cstr(&w, "rejects", state->rejects);
	for (size_t i = 0; i < COUNT(numbers); i++)
		json_put_int(&w, numbers[i].name,
			     *(const int64_t *)(base + numbers[i].at));
	for (size_t i = 0; i < COUNT(hashes); i++) {
		char text[17];

		snprintf(text, sizeof(text), "%016" PRIx64,
			 *(const uint64_t *)(base + hashes[i].at));
		json_put_cstr(&w, hashes[i].name, text);
	}
	json_end_object(&w);
	buf_byte(out, '\n');
}

static bool read_number(const struct json_doc *doc, const char *name,
			int64_t *out)
{
	uint32_t at = json_member(doc, 0, str_of(name));

	return at && doc->nodes[at].kind == JSON_NUMBER &&
	       str_to_i64(doc->nodes[at].text, out) && *out >= 0;
}

static bool read_hash(struct arena *arena, const struct json_doc *doc,
		      const char *name, uint64_t *out)
{
	uint32_t at = json_member(doc, 0, str_of(name));
	char *end;

	if (!at || doc->nodes[at].kind != JSON_STRING ||
	    doc->nodes[at].text.len != 16)
		return false;
	*out = strtoull(arena_cstr(arena, doc->nodes[at].text), &end, 16);
	return !*end;
}

static const char *read_text(struct arena *arena, const struct json_doc *doc,
			     const char *name)
{
	uint32_t at = json_member(doc, 0, str_of(name));

	return at && doc->nodes[at].kind == JSON_STRING
		       ? arena_cstr(arena, doc->nodes[at].text)
		       : NULL;
}

static bool read_json(struct arena *arena, struct str text,
		      struct feed_state *out)
{
	struct json_doc doc;
	struct err ignored;
	char *base = (char *)out;
	uint32_t done;
	int64_t version;

	if (!json_read(arena, text, NULL, &doc, &ignored) ||
	    !read_number(&doc, "version", &version) || version != STATE_VERSION)
		return false;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (!read_number(&doc, numbers[i].name,
				 (int64_t *)(base + numbers[i].at)))
			return false;
	for (size_t i = 0; i < COUNT(hashes); i++)
		if (!read_hash(arena, &doc, hashes[i].name,
			       (uint64_t *)(base + hashes[i].at)))
			return false;
	done = json_member(&doc, 0, STR("done"));
	out->done = done && doc.nodes[done].kind == JSON_TRUE;
	out->topic = read_text(arena, &doc, "topic");
	out->rejects = read_text(arena, &doc, "rejects");
	return out->topic && done && out->mark.line > 0 &&
	       out->mark.offset <= out->file.size_bytes &&
	       out->mark.rejected <= out->mark.rows;
}

bool feed_state_read(struct arena *arena, const char *path,
		     struct feed_state *out, bool *found, struct err *err)
{
	struct buf text;
	bool ok;

	memset(out, 0, sizeof(*out));
	*found = access(path, F_OK) == 0;
	if (!*found)
		return true;
	buf_init(&text, STATE_BYTES_MAX);
	ok = buf_read_file(&text, path, err);
	if (ok && !read_json(arena, buf_view(&text), out))
		ok = err_set(err, ERR_INVALID,
			     "%s is not what fleetctl feed writes: if it is "
			     "broken, remove it, and the file is fed from its "
			     "beginning",
			     path);
	buf_release(&text);
	return ok;
}

/* To the disk ------------------------------------------------------------- */

static bool write_all(int fd, struct str text)
{
	while (text.len) {
		ssize_t n = write(fd, text.at, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text.at += n;
		text.len -= (size_t)n;
	}
	return true;
}

/* A new name is safe once its folder is. */
static void sync_folder(const char *path)
{
	char copy[4096];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

bool feed_state_write(const char *path, const struct feed_state *state,
		      struct err *err)
{
	char memory[8192], new_path[4096];
	struct buf text;
	bool ok;
	int fd;

	buf_fixed(&text, memory, sizeof(memory));
	write_json(state, &text);
	snprintf(new_path, sizeof(new_path), "%s.new", path);
	fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ok = fd >= 0 && !text.full && write_all(fd, buf_view(&text)) &&
	     !fdatasync(fd);
	if (!ok)
		err_set(err, ERR_FATAL,
			"cannot write %s, which keeps how far the file is: %s",
			new_path, text.full ? "too long" : strerror(errno));
	if (fd >= 0 && close(fd) && ok)
		ok = err_set(err, ERR_FATAL, "%s: %s", new_path,
			     strerror(errno));
	if (!ok)
		return false;
	if (rename(new_path, path))
		return err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
	sync_folder(path);
	return true;
}
