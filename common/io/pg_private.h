/* pg_private.h - what the files of io/pg share; nobody else includes it. */
#ifndef FLOTILLA_IO_PG_PRIVATE_H
#define FLOTILLA_IO_PG_PRIVATE_H

#include <libpq-fe.h>

#include "io/pg.h"

enum {
	PG_GROUPS = 16,	   /* in flight at once */
	PG_GROUP_MAX = 32, /* statements in one */
};

/* 2000-01-01, PostgreSQL's epoch, in microseconds since 1970. */
#define PG_EPOCH_US ((int64_t)946684800 * 1000000)

struct pg_group {
	struct pg_done done;
	int sent;
	int reply_count;
	bool failed;
	bool drop_replies;
	struct err err;
	struct pg_reply replies[PG_GROUP_MAX];
};

struct pg {
	PGconn *conn; /* owned; NULL while down */
	const char *conninfo;
	const struct pg_statement *statements;
	enum pg_status status;
	PostgresPollingStatusType polling;
	bool flushing; /* libpq holds bytes that the socket did not take */
	bool broken;   /* preparing failed; `why` says how */
	struct err why;
	int gathering;
	int group_first, group_count;
	struct pg_group groups[PG_GROUPS];
};

/* Fills err from a failed result. */
void pg_error_from_result(const PGresult *result, struct err *err);

#endif
