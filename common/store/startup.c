/* startup.c - the database's version and the mappings' revisions. */
#include "store/startup.h"

#include <stdio.h>

#include "base/version.h"
#include "io/pg_tools.h"
#include "mapping/mapping.h"
#include "store/lane_sql.h"

static bool judge(int64_t version, int64_t oldest, struct err *err)
{
	if (version < FLOTILLA_SCHEMA_OLDEST)
		return err_code(err, ERR_FATAL, "schema-too-old",
				"the database has schema %lld and this binary "
				"needs %d: run `fleetctl migrate`",
				(long long)version, FLOTILLA_SCHEMA_OLDEST);
	if (oldest > FLOTILLA_SCHEMA_NEWEST)
		return err_code(err, ERR_FATAL, "schema-too-new",
				"the database has schema %lld, which no binary "
				"below schema %lld can use, and this one knows "
				"%d: deploy the newer binary",
				(long long)version, (long long)oldest,
				FLOTILLA_SCHEMA_NEWEST);
	return true;
}

bool startup_check_schema(struct pg *pg, struct err *err)
{
	struct pg_table t;
	bool there;

	if (!pg_query(pg, "SELECT to_regclass('schema_version') IS NOT NULL", 0,
		      NULL, &t, err))
		return false;
	there = *pg_text(&t, 0, 0) == 't';
	pg_table_release(&t);
	if (!there)
		return judge(0, 0, err);
	if (!pg_query(pg,
		      "SELECT coalesce(max(version), 0), "
		      "coalesce(max(oldest_binary), 0) FROM schema_version",
		      0, NULL, &t, err))
		return false;
	there = judge(pg_number(&t, 0, 0), pg_number(&t, 0, 1), err);
	pg_table_release(&t);
	return there;
}

bool startup_check_mapping(struct pg *pg, const struct mapping *mapping,
			   struct err *err)
{
	char revision[16], hash[24];
	const char *params[] = {mapping_name(mapping), revision, hash};
	struct pg_table t;
	bool same;

	snprintf(revision, sizeof(revision), "%d", mapping_revision(mapping));
	snprintf(hash, sizeof(hash), "%lld", (long long)mapping_hash(mapping));
	if (!pg_query(pg, lane_statements[MAPPING_SEEN].sql, 3, params, &t,
		      err))
		return false;
	/* no row: it was put down just now */
	same = !pg_table_rows(&t) ||
	       pg_number(&t, 0, 0) == mapping_hash(mapping);
	pg_table_release(&t);
	return same ||
	       err_code(err, ERR_FATAL, "mapping-changed",
			"mapping %s has changed and is still called revision "
			"%d: raise its \"revision\"",
			mapping_name(mapping), mapping_revision(mapping));
}
