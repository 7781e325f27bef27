/* migrate.h - the database's schema: numbered files, applied in order.
 *
 * schemas/sql/NNNN_name.sql. Each is applied in one transaction, together with
 * its row in schema_version and under an advisory lock, so that two that
 * migrate at once do so one after the other. A file that was applied never
 * changes. A comment line "-- oldest-binary: N" in a file says that from it on
 * only binaries that know schema N or a newer one may work on the database
 * (REVIEW G3: expand first, contract one release later); without it, the
 * database's word stays what it was.
 *
 * For tools: these calls wait. What a worker asks at its start is in
 * store/startup.h. */
#ifndef FLOTILLA_STORE_MIGRATE_H
#define FLOTILLA_STORE_MIGRATE_H

#include "base/arena.h"
#include "io/pg.h"

struct migration {
	int32_t version;
	const char *name;      /* "0001_runtime" */
	struct str sql;	       /* the whole file */
	int64_t hash;	       /* of its bytes */
	int32_t oldest_binary; /* 0: the file does not say */
};

/* All files of <schemas_dir>/sql, in order, in the arena. FATAL: a file cannot
 * be read, two have one number, a number is missing. */
bool migrations_load(const char *schemas_dir, struct arena *arena,
		     struct migration **out, int *count,
		     struct err *err) MUST_CHECK;

/* Where a database stands. */
struct schema_state {
	int32_t version;       /* 0: nothing was applied yet */
	int32_t oldest_binary; /* which binaries it still serves */
};

bool schema_state(struct pg *pg, struct schema_state *out,
		  struct err *err) MUST_CHECK;

/* Applies what is missing. `each` is called for each file when it is through.
 * `dry_run` applies all in one transaction and rolls it back. FATAL: the
 * database is newer than this binary or than the files, an applied file was
 * changed, a statement failed (nothing of that file stays). */
struct migrate_each {
	void (*call)(void *ctx, const struct migration *m);
	void *ctx;
};

bool migrate_apply(struct pg *pg, const struct migration *all, int count,
		   bool dry_run, struct migrate_each each,
		   struct err *err) MUST_CHECK;

#endif
