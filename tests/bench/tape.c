/* tape.c - every statement of a worker, written down and sent again.
 *
 * A tape is a sequence of entries: 'S', the statement's name, the number of
 * parameters, and each with its length (UINT32_MAX: NULL) and bytes; 'E' ends
 * a group. The linker lets our pg_send() stand before the real one. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "io/pg_tools.h"
#include "order-sync/store.h"
#include "run/worker.h"

enum { NAME_MAX_BYTES = 64, GROUPS_AHEAD = 6 };

void __real_pg_send(struct pg *pg, const char *statement,
		    const struct pg_params *params);
void __real_pg_group_end(struct pg *pg, struct pg_done done);
void __wrap_pg_send(struct pg *pg, const char *statement,
		    const struct pg_params *params);
void __wrap_pg_group_end(struct pg *pg, struct pg_done done);

static FILE *tape;

static void put(const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, tape) != len)
		abort();
}

static void put_u32(uint32_t value)
{
	put(&value, sizeof(value));
}

void __wrap_pg_send(struct pg *pg, const char *statement,
		    const struct pg_params *params)
{
	__real_pg_send(pg, statement, params);
	if (!tape)
		return;
	put("S", 1);
	put_u32((uint32_t)strlen(statement));
	put(statement, strlen(statement));
	put_u32(params ? (uint32_t)params->count : 0);
	for (int i = 0; params && i < params->count; i++) {
		size_t len = params->end[i] - params->begin[i];

		put_u32(params->null[i] ? UINT32_MAX : (uint32_t)len);
		if (!params->null[i])
			put(params->bytes.at + params->begin[i], len);
	}
}

void __wrap_pg_group_end(struct pg *pg, struct pg_done done)
{
	__real_pg_group_end(pg, done);
	if (tape)
		put("E", 1);
}

static bool handle(void *ctx, struct changeset *cs, struct record *record,
		   struct err *err)
{
	(void)ctx;
	(void)err;
	changeset_put(cs, record);
	return true;
}

int bench_worker(int argc, char **argv)
{
	static const char *const nouns[] = {"order", NULL};
	static const struct worker worker = {
		.name = "order-sync",
		.summary = "order-sync, with a tape of its SQL",
		.nouns = nouns,
		.open_store = order_store_open,
		.handle = handle,
	};
	const char *path = getenv("BENCH_TAPE");
	int rc;

	if (path)
		tape = fopen(path, "w");
	rc = worker_main(&worker, argc, argv);
	if (tape && fclose(tape))
		rc = 1;
	return rc;
}

/* A tape being read. */
struct reel {
	const char *at, *end;
	struct pg *pg;
	struct pg_params params;
	int ahead; /* groups sent and not answered */
	long groups;
	bool failed;
};

static uint32_t take_u32(struct reel *r)
{
	uint32_t value;

	memcpy(&value, r->at, sizeof(value));
	r->at += sizeof(value);
	return value;
}

static void send_one(struct reel *r)
{
	uint32_t len = take_u32(r);
	char name[NAME_MAX_BYTES];

	snprintf(name, sizeof(name), "%.*s", (int)len, r->at);
	r->at += len;
	pg_params_reset(&r->params);
	for (uint32_t left = take_u32(r); left; left--) {
		int i = r->params.count++;

		len = take_u32(r);
		r->params.null[i] = len == UINT32_MAX;
		r->params.begin[i] = r->params.bytes.len;
		if (len != UINT32_MAX) {
			buf_add(&r->params.bytes, r->at, len);
			r->at += len;
		}
		r->params.end[i] = r->params.bytes.len;
	}
	pg_send(r->pg, name, &r->params);
}

static void on_answer(void *ctx, const struct pg_reply *replies, int count,
		      const struct err *err)
{
	struct reel *r = ctx;

	(void)replies;
	(void)count;
	r->ahead--;
	r->groups++;
	if (!err)
		return;
	fprintf(stderr, "ceiling: %s\n", err->text);
	r->failed = true;
}

static void send_group(struct reel *r)
{
	while (*r->at++ == 'S')
		send_one(r);
	pg_group_end(r->pg, (struct pg_done){on_answer, r});
	r->ahead++;
}

static bool serve(struct reel *r)
{
	struct pollfd fd = {.fd = pg_fd(r->pg), .events = pg_events(r->pg)};
	struct err err;

	poll(&fd, 1, 1000);
	if (pg_serve(r->pg, &err))
		return true;
	fprintf(stderr, "ceiling: %s\n", err.text);
	return false;
}

int bench_ceiling(int argc, char **argv)
{
	struct reel r = {.groups = 0};
	struct store *store;
	struct buf text;
	struct err err;
	int64_t begin;

	buf_init(&text, (size_t)4 << 30);
	if (argc < 2 || !buf_read_file(&text, argv[1], &err) ||
	    !order_store_open("schemas", &store, &err)) {
		fprintf(stderr, "ceiling: %s\n",
			argc < 2 ? "which tape?" : err.text);
		return 2;
	}
	r.at = text.at;
	r.end = text.at + text.len;
	pg_params_init(&r.params, (size_t)1 << 30);
	r.pg = pg_new("", store_statements(store));
	if (!pg_wait_ready(r.pg, 10000, &err)) {
		fprintf(stderr, "ceiling: %s\n", err.text);
		return 1;
	}
	begin = clock_mono_us();
	while ((r.at < r.end || r.ahead) && !r.failed) {
		while (r.at < r.end && r.ahead < GROUPS_AHEAD)
			send_group(&r);
		if (!serve(&r))
			return 1;
	}
	printf("%.6f\n", (double)(clock_mono_us() - begin) / 1e6);
	pg_free(r.pg);
	return r.failed;
}
