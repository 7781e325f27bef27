/* pg_tools.c - for tools: waiting calls, rows as text; and what SQLSTATEs
 * mean. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/pg_private.h"
#include "io/pg_tools.h"

/* The first row whose prefix fits decides. */
static const struct {
	const char *prefix;
	enum err_kind kind;
	const char *code;
} sqlstates[] = {

	{"23505", ERR_TEMPORARY, "raced"},
	{"40", ERR_TEMPORARY, "raced"},
	{"22", ERR_INVALID, "refused-by-database"},
	{"23", ERR_INVALID, "refused-by-database"},
	{"54", ERR_INVALID, "refused-by-database"},
	{"08", ERR_TEMPORARY, "connection-lost"},
	{"53", ERR_TEMPORARY, "database-full"},
	{"55", ERR_TEMPORARY, "database-busy"},
	{"57", ERR_TEMPORARY, "database-stopping"},
	{"25P03", ERR_TEMPORARY, "database-busy"},
	{"58", ERR_TEMPORARY, "database-broken"},
	{"", ERR_FATAL, "database"},
};

void pg_error_from_result(const PGresult *result, struct err *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	size_t i = 0;

	if (!state)
		state = "08000";
	while (strncmp(state, sqlstates[i].prefix,
		       strlen(sqlstates[i].prefix)) != 0)
		i++;
	err_code(err, sqlstates[i].kind, sqlstates[i].code,
		 "PostgreSQL: %s%s%s (SQLSTATE %s)",
		 text ? text : PQresultErrorMessage(result), detail ? ": " : "",
		 detail ? detail : "", state);
}

bool pg_wait_ready(struct pg *pg, int64_t timeout_ms, struct err *err)
{
	int64_t until = clock_mono_us() + timeout_ms * 1000;

	if (pg->status == PG_DOWN)
		pg_connect(pg);
	while (pg->status != PG_READY) {
		struct pollfd fd = {.fd = pg_fd(pg), .events = pg_events(pg)};

		if (clock_mono_us() > until)
			return err_set(err, ERR_TEMPORARY,
				       "PostgreSQL does not answer");
		poll(&fd, 1, 100);
		if (!pg_serve(pg, err))
			return false;
	}
	return true;
}

/* Tools leave pipeline mode for as long as they wait. */
static bool plain_mode(struct pg *pg, struct err *err)
{
	if (!pg->conn)
		return err_code(err, ERR_TEMPORARY, "connection-lost",
				"not connected to PostgreSQL");
	if (PQpipelineStatus(pg->conn) != PQ_PIPELINE_OFF &&
	    !PQexitPipelineMode(pg->conn))
		return err_set(err, ERR_FATAL, "PostgreSQL: %s",
			       PQerrorMessage(pg->conn));
	PQsetnonblocking(pg->conn, 0);
	return true;
}

static bool result_ok(struct pg *pg, PGresult *result, struct err *err)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
	    status == PGRES_EMPTY_QUERY)
		return true;
	if (PQstatus(pg->conn) == CONNECTION_BAD)
		err_code(err, ERR_TEMPORARY, "connection-lost",
			 "PostgreSQL: %s", PQerrorMessage(pg->conn));
	else
		pg_error_from_result(result, err);
	PQclear(result);
	return false;
}

bool pg_script(struct pg *pg, const char *sql, struct err *err)
{
	PGresult *result;

	if (!plain_mode(pg, err))
		return false;
	result = PQexec(pg->conn, sql);
	if (!result_ok(pg, result, err))
		return false;
	PQclear(result);
	return true;
}

bool pg_query(struct pg *pg, const char *sql, int count,
	      const char *const *params, struct pg_table *out, struct err *err)
{
	PGresult *result;

	out->result = NULL;
	if (!plain_mode(pg, err))
		return false;
	result =
		PQexecParams(pg->conn, sql, count, NULL, params, NULL, NULL, 0);
	if (!result_ok(pg, result, err))
		return false;
	out->result = result;
	return true;
}

int pg_table_rows(const struct pg_table *t)
{
	return PQntuples(t->result);
}

int pg_table_cols(const struct pg_table *t)
{
	return PQnfields(t->result);
}

const char *pg_table_name(const struct pg_table *t, int col)
{
	return PQfname(t->result, col);
}

const char *pg_text(const struct pg_table *t, int row, int col)
{
	if (PQgetisnull(t->result, row, col))
		return NULL;
	return PQgetvalue(t->result, row, col);
}

int64_t pg_number(const struct pg_table *t, int row, int col)
{
	const char *text = pg_text(t, row, col);

	return text ? atoll(text) : 0;
}

bool pg_table_bytes(const struct pg_table *t, int row, int col, struct buf *out)
{
	size_t len = 0;
	unsigned char *bytes;

	if (PQgetisnull(t->result, row, col))
		return false;
	bytes = PQunescapeBytea(
		(const unsigned char *)PQgetvalue(t->result, row, col), &len);
	if (!bytes)
		return false;
	buf_add(out, bytes, len);
	PQfreemem(bytes);
	return !out->full;
}

int64_t pg_table_affected(const struct pg_table *t)
{
	return atoll(PQcmdTuples(t->result));
}

void pg_table_release(struct pg_table *t)
{
	PQclear(t->result);
	t->result = NULL;
}
