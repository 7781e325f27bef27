/* feed_rejects.c - the reject file. */
#include "feed_rejects.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "json/writer.h"

enum { WAITING_MAX = 16 * 1024 * 1024, FLUSH_AT = 64 * 1024 };

static bool failed(const struct rejects *r, struct err *err)
{
	return err_set(err, ERR_FATAL, "cannot write rejects to %s: %s",
		       r->path, strerror(errno));
}

bool rejects_init(struct rejects *r, const char *path, int64_t keep_bytes,
		  struct err *err)
{
	struct stat st;

	*r = (struct rejects){.path = path, .fd = -1};
	buf_init(&r->waiting, WAITING_MAX);
	if (!path || (stat(path, &st) && errno == ENOENT))
		return true;
	r->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (r->fd < 0 || fstat(r->fd, &st))
		return failed(r, err);
	if (!S_ISREG(st.st_mode))
		return true;
	/* somebody may have taken it away meanwhile */
	r->bytes = keep_bytes < st.st_size ? keep_bytes : st.st_size;
	return !ftruncate(r->fd, r->bytes) || failed(r, err);
}

void rejects_release(struct rejects *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	buf_release(&r->waiting);
}

static void put_raw(struct json_writer *w, struct str raw)
{
	struct buf coded;

	if (str_is_utf8(raw) && (!raw.len || !memchr(raw.at, 0, raw.len))) {
		json_put_str(w, "raw", raw);
		return;
	}
	buf_init(&coded, WAITING_MAX);
	base64_encode(&coded, raw);
	json_put_str(w, "raw_base64", buf_view(&coded));
	buf_release(&coded);
}

bool rejects_add(struct rejects *r, const struct reject *reject,
		 struct err *err)
{
	size_t before = r->waiting.len;
	struct json_writer w;

	if (!r->path)
		return true;
	json_writer_init(&w, &r->waiting);
	json_begin_object(&w);
	json_put_int(&w, "row", reject->row);
	json_put_int(&w, "line", reject->line);
	json_put_cstr(&w, "code", reject->code);
	json_put_cstr(&w, "reason", reject->reason);
	put_raw(&w, reject->raw);
	json_end_object(&w);
	buf_byte(&r->waiting, '\n');
	r->bytes += (int64_t)(r->waiting.len - before);
	return r->waiting.len < FLUSH_AT || rejects_flush(r, err);
}

bool rejects_flush(struct rejects *r, struct err *err)
{
	struct str left = buf_view(&r->waiting);

	if (!left.len)
		return true;
	if (r->fd < 0)
		r->fd = open(r->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
			     0644);
	if (r->fd < 0)
		return failed(r, err);
	while (left.len) {
		ssize_t n = write(r->fd, left.at, left.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(r, err);
		left.at += n;
		left.len -= (size_t)n;
	}
	buf_reset(&r->waiting);
	return true;
}
