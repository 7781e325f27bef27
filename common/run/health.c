/* health.c - three pages out of one table. Runs on the server's thread and
 * reads atomics only. */
#include "run/health.h"

#include <string.h>

#include "base/clock.h"

enum { STUCK_US = 60 * 1000000 };

static int metrics_page(const struct metrics *m, struct buf *out,
			const char **type)
{
	*type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_write(m, out);
	return 200;
}

static int health_page(const struct metrics *m, struct buf *out,
		       const char **type)
{
	int64_t since = clock_mono_us() - m->turned_us;

	*type = "text/plain; charset=utf-8";
	if (since < STUCK_US) {
		buf_cstr(out, "ok\n");
		return 200;
	}
	buf_printf(out, "the loop has not turned for %lld s\n",
		   (long long)(since / 1000000));
	return 503;
}

static int ready_page(const struct metrics *m, struct buf *out,
		      const char **type)
{
	*type = "text/plain; charset=utf-8";
	buf_cstr(out, m->ready ? "ready\n" : "no lanes claimed\n");
	return m->ready ? 200 : 503;
}

static const struct {
	const char *path;
	int (*page)(const struct metrics *, struct buf *, const char **);
} pages[] = {
	{"/metrics", metrics_page},
	{"/healthz", health_page},
	{"/readyz", ready_page},
};

static int get(void *ctx, const char *path, struct buf *out, const char **type)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++)
		if (!strcmp(path, pages[i].path))
			return pages[i].page(ctx, out, type);
	*type = "text/plain; charset=utf-8";
	buf_cstr(out, "there is /metrics, /healthz and /readyz\n");
	return 404;
}

struct http_handler health_handler(struct metrics *metrics)
{
	return (struct http_handler){get, metrics};
}
