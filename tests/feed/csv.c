/* csv.c - reading CSV, and finding records by a key. */
#include "feed/csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CSV_BYTES_MAX = 1024 * 1024 * 1024, READ_BYTES = 1024 * 1024 };

static void exec_gzip(const char *path, int to)
{
	dup2(to, STDOUT_FILENO);
	execlp("gzip", "gzip", "-dc", "--", path, (char *)NULL);
	perror("gzip");
	_exit(127);
}

static bool read_all(struct buf *out, int fd)
{
	ssize_t n = 1;

	while (n > 0 && buf_reserve(out, READ_BYTES)) {
		n = read(fd, out->at + out->len, READ_BYTES);
		if (n > 0)
			out->len += (size_t)n;
	}
	return n == 0;
}

static bool unpack(struct buf *out, const char *path, struct err *err)
{
	int ends[2], status = 1;
	bool complete;
	pid_t child;

	if (pipe(ends))
		return err_set(err, ERR_FATAL, "pipe: %s", strerror(errno));
	child = fork();
	if (child == 0)
		exec_gzip(path, ends[1]);
	close(ends[1]);
	complete = child > 0 && read_all(out, ends[0]);
	close(ends[0]);
	if (child > 0)
		waitpid(child, &status, 0);
	if (complete && status == 0)
		return true;
	return err_set(err, ERR_INVALID, "cannot unpack %s", path);
}

bool csv_open(struct csv *csv, const char *path, struct err *err)
{
	size_t len = strlen(path);
	bool packed = len > 3 && !strcmp(path + len - 3, ".gz");

	buf_init(&csv->bytes, CSV_BYTES_MAX);
	csv->at = 0;
	return packed ? unpack(&csv->bytes, path, err)
		      : buf_read_file(&csv->bytes, path, err);
}

void csv_close(struct csv *csv)
{
	buf_release(&csv->bytes);
}

/* From behind the opening quote to behind the closing one; the text moves to
 * the front, without the doubles. */
static struct str quoted(struct csv *csv)
{
	char *start = csv->bytes.at + csv->at;
	char *end = csv->bytes.at + csv->bytes.len;
	char *from = start, *to = start;

	for (; from < end; from++) {
		if (*from == '"') {
			if (from + 1 == end || from[1] != '"')
				break;
			from++;
		}
		*to++ = *from;
	}
	csv->at = (size_t)(from - csv->bytes.at) + (from < end);
	return (struct str){start, (size_t)(to - start)};
}

static bool at_line_end(const struct csv *csv)
{
	const char *p = csv->bytes.at + csv->at;
	size_t left = csv->bytes.len - csv->at;

	return !left || *p == '\n' || (*p == '\r' && left > 1 && p[1] == '\n');
}

static struct str field(struct csv *csv)
{
	const char *start = csv->bytes.at + csv->at;

	if (csv->at < csv->bytes.len && *start == '"') {
		struct str text;

		csv->at++;
		text = quoted(csv);
		/* what follows a closing quote belongs to nothing */
		while (!at_line_end(csv) && csv->bytes.at[csv->at] != ',')
			csv->at++;
		return text;
	}
	while (!at_line_end(csv) && csv->bytes.at[csv->at] != ',')
		csv->at++;
	return (struct str){start, (size_t)(csv->bytes.at + csv->at - start)};
}

static void skip_line_end(struct csv *csv)
{
	if (csv->at < csv->bytes.len && csv->bytes.at[csv->at] == '\r')
		csv->at++;
	if (csv->at < csv->bytes.len)
		csv->at++;
}

int csv_next(struct csv *csv, struct str *fields, int max)
{
	int count = 0;

	while (csv->at < csv->bytes.len && at_line_end(csv))
		skip_line_end(csv);
	if (csv->at >= csv->bytes.len)
		return 0;
	for (;;) {
		struct str text = field(csv);

		if (count < max)
			fields[count] = text;
		count++;
		if (at_line_end(csv))
			break;
		csv->at++; /* the comma */
	}
	skip_line_end(csv);
	return count;
}

struct str csv_utf8(struct arena *arena, struct str field)
{
	char *text, *to;

	if (str_is_utf8(field))
		return field;
	text = to = arena_alloc(arena, field.len * 2);
	for (size_t i = 0; i < field.len; i++) {
		unsigned char c = (unsigned char)field.at[i];

		if (c < 0x80) {
			*to++ = (char)c;
		} else {
			*to++ = (char)(0xc0 | c >> 6);
			*to++ = (char)(0x80 | (c & 0x3f));
		}
	}
	return (struct str){text, (size_t)(to - text)};
}

void csv_index_release(struct csv_index *index)
{
	free(index->keys);
	free(index->cells);
	memset(index, 0, sizeof(*index));
}

static uint32_t hash(struct str key)
{
	uint32_t value = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < key.len; i++)
		value = (value ^ (uint8_t)key.at[i]) * 16777619u;
	return value ^ value >> 15;
}

static int *cell_of(const struct csv_index *index, struct str key)
{
	uint32_t at = hash(key);

	for (;; at++) {
		int *cell = &index->cells[at & (uint32_t)(index->room - 1)];

		if (!*cell || str_eq(index->keys[*cell - 1], key))
			return cell;
	}
}

static void grow(struct csv_index *index)
{
	index->room = index->room ? index->room * 2 : 1024;
	free(index->cells);
	index->cells = calloc((size_t)index->room, sizeof(*index->cells));
	index->keys = realloc(index->keys,
			      (size_t)index->room * sizeof(*index->keys));
	if (!index->cells || !index->keys)
		abort();
	for (int i = 0; i < index->count; i++)
		*cell_of(index, index->keys[i]) = i + 1;
}

int csv_index_of(struct csv_index *index, struct str key, bool add)
{
	int *cell;

	if (index->count * CSV_INDEX_MAX_LOAD >= index->room)
		grow(index);
	cell = cell_of(index, key);
	if (*cell || !add)
		return *cell - 1;
	index->keys[index->count++] = key;
	*cell = index->count;
	return index->count - 1;
}
