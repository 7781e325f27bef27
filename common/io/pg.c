/* pg.c - the pipeline: connecting, groups, results. */
#include "io/pg.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/pg_private.h"

static void group_finish(struct pg *pg, const struct err *err)
{
	struct pg_group *g = &pg->groups[pg->group_first];
	struct pg_done done = g->done;
	const struct err *why = g->failed ? &g->err : err;
	int count = why ? 0 : g->reply_count;

	/* the slot may be used again by what the callback sends */
	struct pg_reply replies[PG_GROUP_MAX];

	memcpy(replies, g->replies, sizeof(replies));
	for (int i = count; i < g->reply_count; i++)
		PQclear((PGresult *)(uintptr_t)replies[i].result);
	pg->group_first = (pg->group_first + 1) % PG_GROUPS;
	pg->group_count--;
	if (done.call)
		done.call(done.ctx, replies, count, why);
	for (int i = 0; i < count; i++)
		PQclear((PGresult *)(uintptr_t)replies[i].result);
}

static void lost(struct pg *pg, struct err *err)
{
	struct err why;

	err_code(&why, ERR_TEMPORARY, "connection-lost", "PostgreSQL: %s",
		 pg->conn ? PQerrorMessage(pg->conn) : "not connected");
	for (char *p = why.text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	if (err)
		*err = why;
	PQfinish(pg->conn);
	pg->conn = NULL;
	pg->status = PG_DOWN;
	pg->gathering = 0;
	while (pg->group_count)
		group_finish(pg, &why);
}

struct pg *pg_new(const char *conninfo, const struct pg_statement *statements)
{
	struct pg *pg = calloc(1, sizeof(*pg));

	if (!pg)
		abort();
	pg->conninfo = conninfo;
	pg->statements = statements;
	return pg;
}

void pg_free(struct pg *pg)
{
	if (!pg)
		return;
	pg_disconnect(pg);
	free(pg);
}

enum pg_status pg_status(const struct pg *pg)
{
	return pg->status;
}

static void ignore_notice(void *ctx, const PGresult *result)
{
	(void)ctx;
	(void)result;
}

void pg_connect(struct pg *pg)
{
	pg_disconnect(pg);
	pg->conn = PQconnectStart(pg->conninfo);
	pg->status = PG_CONNECTING;
	pg->polling = PGRES_POLLING_WRITING;
	if (pg->conn)
		PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
}

void pg_disconnect(struct pg *pg)
{
	if (pg->conn || pg->group_count)
		lost(pg, NULL);
	pg->status = PG_DOWN;
}

int pg_fd(const struct pg *pg)
{
	return pg->conn ? PQsocket(pg->conn) : -1;
}

short pg_events(const struct pg *pg)
{
	if (pg->status == PG_CONNECTING && pg->polling != PGRES_POLLING_OK)
		return pg->polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
	return pg->flushing ? POLLIN | POLLOUT : POLLIN;
}

static void flush_out(struct pg *pg)
{
	pg->flushing = PQflush(pg->conn) == 1;
}

static void prepared(void *ctx, const struct pg_reply *replies, int count,
		     const struct err *err)
{
	struct pg *pg = ctx;

	(void)replies;
	(void)count;
	if (!err) {
		pg->status = PG_READY;
		return;
	}
	pg->broken = true;
	pg->why = *err;
}

static struct pg_group *group_open(struct pg *pg)
{
	int at = (pg->group_first + pg->group_count) % PG_GROUPS;

	if (pg->group_count == PG_GROUPS) {
		fprintf(stderr, "pg: more than %d groups\n", PG_GROUPS);
		abort();
	}
	return &pg->groups[at];
}

/* Whatever the plans' statistics say, a batch is an index look-up per key
 * (TRAPS: generic plans over unnest). A statement that waits for more than
 * 30 s is given up, so that a lock elsewhere cannot hold the lanes. */
static const char *const session_sql[] = {
	"SET enable_hashjoin = off",
	"SET enable_mergejoin = off",
	"SET enable_seqscan = off",
	"SET statement_timeout = '30s'",
	"SET idle_in_transaction_session_timeout = '60s'",
	"SET client_min_messages = 'error'",
	"SET jit = off",
};

static bool session_start(struct pg *pg)
{
	struct pg_group *g;

	if (PQsetnonblocking(pg->conn, 1) || !PQenterPipelineMode(pg->conn))
		return false;
	pg->polling = PGRES_POLLING_OK;
	g = group_open(pg);
	memset(g, 0, sizeof(*g));
	for (size_t i = 0; i < sizeof(session_sql) / sizeof(*session_sql);
	     i++) {
		if (!PQsendQueryParams(pg->conn, session_sql[i], 0, NULL, NULL,
				       NULL, NULL, 1))
			return false;
		g->sent++;
	}
	for (const struct pg_statement *s = pg->statements; s && s->name; s++) {
		if (!PQsendPrepare(pg->conn, s->name, s->sql, 0, NULL))
			return false;
		g->sent++;
	}
	g->drop_replies = true;
	pg_group_end(pg, (struct pg_done){prepared, pg});
	return true;
}

static bool connect_step(struct pg *pg, struct err *err)
{
	if (!pg->conn || PQstatus(pg->conn) == CONNECTION_BAD) {
		lost(pg, err);
		return false;
	}
	pg->polling = PQconnectPoll(pg->conn);
	if (pg->polling == PGRES_POLLING_FAILED ||
	    (pg->polling == PGRES_POLLING_OK && !session_start(pg))) {
		lost(pg, err);
		return false;
	}
	return true;
}

static void take_result(struct pg *pg, PGresult *result)
{
	struct pg_group *g = &pg->groups[pg->group_first];
	ExecStatusType status = PQresultStatus(result);

	switch (status) {
	case PGRES_PIPELINE_SYNC:
		PQclear(result);
		group_finish(pg, NULL);
		return;
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
		if (g->drop_replies || g->reply_count == PG_GROUP_MAX)
			break;
		g->replies[g->reply_count++].result = result;
		return;
	case PGRES_PIPELINE_ABORTED:
		break;
	default:
		if (!g->failed)
			pg_error_from_result(result, &g->err);
		g->failed = true;
	}
	PQclear(result);
}

static bool read_results(struct pg *pg)
{
	int nothing = 0;

	if (!PQconsumeInput(pg->conn))
		return false;
	/* NULL ends one statement's results, not the pipeline; twice in a row
	 * there is nothing more, as on a connection that is gone */
	while (pg->conn && pg->group_count && nothing < 2 &&
	       !PQisBusy(pg->conn)) {
		PGresult *result = PQgetResult(pg->conn);

		nothing = result ? 0 : nothing + 1;
		if (result)
			take_result(pg, result);
	}
	return true;
}

bool pg_serve(struct pg *pg, struct err *err)
{
	if (pg->status == PG_DOWN)
		return true;
	if (pg->status == PG_CONNECTING && pg->polling != PGRES_POLLING_OK)
		return connect_step(pg, err);
	if (!read_results(pg)) {
		lost(pg, err);
		return false;
	}
	if (pg->broken) {
		*err = pg->why;
		pg->broken = false;
		pg_disconnect(pg);
		return false;
	}
	if (!pg->conn || PQstatus(pg->conn) == CONNECTION_BAD) {
		lost(pg, err);
		return false;
	}
	if (pg->flushing)
		flush_out(pg);
	return true;
}

void pg_send(struct pg *pg, const char *statement,
	     const struct pg_params *params)
{
	const char *values[PG_PARAMS_MAX];
	int lengths[PG_PARAMS_MAX], formats[PG_PARAMS_MAX];
	int count = params ? params->count : 0;
	struct pg_group *g = group_open(pg);

	if (!pg->gathering) {
		memset(g, 0, sizeof(*g));
		pg->gathering = 1;
	}
	if (++g->sent > PG_GROUP_MAX || (params && params->bytes.full)) {
		fprintf(stderr, "pg: %s: more than fits\n", statement);
		abort();
	}
	for (int i = 0; i < count; i++) {
		values[i] = params->null[i]
				    ? NULL
				    : params->bytes.at + params->begin[i];
		lengths[i] = (int)(params->end[i] - params->begin[i]);
		formats[i] = 1;
	}
	/* a failure shows as a bad connection in the next pg_serve() */
	if (pg->conn)
		PQsendQueryPrepared(pg->conn, statement, count, values, lengths,
				    formats, 1);
}

void pg_group_end(struct pg *pg, struct pg_done done)
{
	group_open(pg)->done = done;
	pg->group_count++;
	pg->gathering = 0;
	if (!pg->conn)
		return; /* answered by lost() in the next disconnect */
	PQpipelineSync(pg->conn);
	flush_out(pg);
}

bool pg_busy(const struct pg *pg)
{
	return pg->group_count || pg->gathering;
}

int pg_rows(const struct pg_reply *r)
{
	return PQntuples(r->result);
}

int64_t pg_affected(const struct pg_reply *r)
{
	return atoll(PQcmdTuples((PGresult *)(uintptr_t)r->result));
}

bool pg_null(const struct pg_reply *r, int row, int col)
{
	return PQgetisnull(r->result, row, col);
}

static int64_t big_endian(const char *at, int len)
{
	int64_t value = (signed char)at[0];

	for (int i = 1; i < len; i++)
		value = (int64_t)((uint64_t)value << 8 | (unsigned char)at[i]);
	return value;
}

int64_t pg_i64(const struct pg_reply *r, int row, int col)
{
	if (pg_null(r, row, col))
		return 0;
	return big_endian(PQgetvalue(r->result, row, col),
			  PQgetlength(r->result, row, col));
}

bool pg_bool(const struct pg_reply *r, int row, int col)
{
	return !pg_null(r, row, col) && *PQgetvalue(r->result, row, col);
}

struct str pg_str(const struct pg_reply *r, int row, int col)
{
	if (pg_null(r, row, col))
		return (struct str){NULL, 0};
	return (struct str){PQgetvalue(r->result, row, col),
			    (size_t)PQgetlength(r->result, row, col)};
}

int64_t pg_time(const struct pg_reply *r, int row, int col)
{
	return pg_i64(r, row, col) + PG_EPOCH_US;
}
