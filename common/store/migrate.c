/* migrate.c - schema_version, and the files that fill it. */
#include "store/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/version.h"
#include "io/pg_tools.h"

enum {
	FILES_MAX = 1000,
	FILE_MAX_BYTES = 4 << 20,
	NAME_DIGITS = 4,
};

/* "flot" in ASCII: whoever migrates holds it */
#define ADVISORY_LOCK "1718382452"

/* "0001_runtime.sql" */
static int is_migration(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > NAME_DIGITS + 5 &&
	       strspn(entry->d_name, "0123456789") == NAME_DIGITS &&
	       entry->d_name[NAME_DIGITS] == '_' &&
	       !strcmp(entry->d_name + len - 4, ".sql");
}

static int32_t oldest_binary_of(const char *sql)
{
	static const char mark[] = "-- oldest-binary:";
	const char *at = strstr(sql, mark);

	return at ? atoi(at + sizeof(mark) - 1) : 0;
}

static bool load_one(const char *dir, const char *file, struct arena *arena,
		     struct migration *m, struct err *err)
{
	struct str path = arena_printf(arena, "%s/%s", dir, file);
	struct buf text;

	buf_init(&text, FILE_MAX_BYTES);
	if (!buf_read_file(&text, path.at, err)) {
		err->kind = ERR_FATAL;
		buf_release(&text);
		return false;
	}
	m->version = atoi(file);
	m->name = arena_cstr(arena, (struct str){file, strlen(file) - 4});
	m->sql = arena_str(arena, buf_view(&text));
	m->hash = (int64_t)XXH3_64bits(m->sql.at, m->sql.len);
	m->oldest_binary = oldest_binary_of(m->sql.at);
	buf_release(&text);
	return true;
}

/* 1, 2, 3, ...: a gap is a file that somebody forgot. */
static bool in_order(const struct migration *all, int count, struct err *err)
{
	for (int i = 0; i < count; i++)
		if (all[i].version != i + 1)
			return err_set(err, ERR_FATAL,
				       "migration %s stands where number %d is "
				       "wanted: numbers have no gaps and no "
				       "doubles",
				       all[i].name, i + 1);
	return true;
}

bool migrations_load(const char *schemas_dir, struct arena *arena,
		     struct migration **out, int *count, struct err *err)
{
	struct str dir = arena_printf(arena, "%s/sql", schemas_dir);
	struct dirent **files = NULL;
	int n = scandir(dir.at, &files, is_migration, alphasort);
	bool ok = n >= 0 && n <= FILES_MAX;

	if (n < 0)
		return err_set(err, ERR_FATAL,
			       "%s: %s; FLOTILLA_SCHEMAS_DIR names the folder "
			       "above it",
			       dir.at, strerror(errno));
	if (!ok)
		err_set(err, ERR_FATAL, "%s: more than %d migrations", dir.at,
			FILES_MAX);
	*out = ARENA_ARRAY(arena, struct migration, n + 1);
	*count = n;
	for (int i = 0; i < n; i++) {
		ok = ok &&
		     load_one(dir.at, files[i]->d_name, arena, &(*out)[i], err);
		free(files[i]);
	}
	free(files);
	return ok && in_order(*out, n, err);
}

static bool version_table(struct pg *pg, bool *there, struct err *err)
{
	struct pg_table t;

	if (!pg_query(pg,
		      "SELECT (to_regclass('schema_version') IS NOT NULL)::int",
		      0, NULL, &t, err))
		return false;
	*there = pg_number(&t, 0, 0) == 1;
	pg_table_release(&t);
	return true;
}

bool schema_state(struct pg *pg, struct schema_state *out, struct err *err)
{
	struct pg_table t;
	bool there;

	*out = (struct schema_state){0, 0};
	if (!version_table(pg, &there, err))
		return false;
	if (!there)
		return true;
	if (!pg_query(pg,
		      "SELECT coalesce(max(version), 0), "
		      "coalesce(max(oldest_binary), 0) FROM schema_version",
		      0, NULL, &t, err))
		return false;
	out->version = (int32_t)pg_number(&t, 0, 0);
	out->oldest_binary = (int32_t)pg_number(&t, 0, 1);
	pg_table_release(&t);
	return true;
}

/* What was applied must be what the files say. */
static bool unchanged(struct pg *pg, const struct migration *all, int count,
		      struct err *err)
{
	struct pg_table t;
	bool ok = true;

	if (!pg_query(pg,
		      "SELECT version, name, hash FROM schema_version "
		      "ORDER BY version",
		      0, NULL, &t, err))
		return false;
	for (int row = 0; ok && row < pg_table_rows(&t); row++) {
		int64_t version = pg_number(&t, row, 0);
		const char *name = pg_text(&t, row, 1);

		if (version < 1 || version > count)
			ok = err_set(err, ERR_FATAL,
				     "%s was applied to this database but is "
				     "not in the folder: use the files of the "
				     "release that runs here",
				     name);
		else if (pg_number(&t, row, 2) != all[version - 1].hash)
			ok = err_set(err, ERR_FATAL,
				     "%s was changed after it had been "
				     "applied: restore the file, and put the "
				     "change into a new one",
				     all[version - 1].name);
	}
	pg_table_release(&t);
	return ok;
}

static bool apply(struct pg *pg, const struct migration *m, int32_t oldest,
		  struct err *err)
{
	char version[16], hash[24], binary[16];
	const char *params[] = {version, m->name, hash, binary};
	struct pg_table t;

	if (m->oldest_binary > oldest)
		oldest = m->oldest_binary;
	snprintf(version, sizeof(version), "%d", m->version);
	snprintf(hash, sizeof(hash), "%lld", (long long)m->hash);
	snprintf(binary, sizeof(binary), "%d", oldest > 0 ? oldest : 1);
	if (!pg_script(pg, m->sql.at, err) ||
	    !pg_query(pg,
		      "INSERT INTO schema_version (version, name, hash, "
		      "oldest_binary) VALUES ($1::int, $2, $3::bigint, "
		      "$4::int)",
		      4, params, &t, err)) {
		err->kind = ERR_FATAL;
		return err_wrap(err, "%s", m->name);
	}
	pg_table_release(&t);
	return true;
}

/* Begins, takes the lock, and finds out what comes next. */
static bool begin(struct pg *pg, const struct migration *all, int count,
		  struct schema_state *state, struct err *err)
{
	if (!pg_script(pg,
		       "BEGIN; SET LOCAL statement_timeout = 0; "
		       "SET LOCAL lock_timeout = '60s'; "
		       "SELECT pg_advisory_xact_lock(" ADVISORY_LOCK ")",
		       err) ||
	    !schema_state(pg, state, err))
		return false;
	if (state->version > FLOTILLA_SCHEMA_NEWEST)
		return err_set(err, ERR_FATAL,
			       "the database has schema %d and this program "
			       "knows up to %d: use the fleetctl of the newer "
			       "release",
			       state->version, FLOTILLA_SCHEMA_NEWEST);
	return !state->version || unchanged(pg, all, count, err);
}

bool migrate_apply(struct pg *pg, const struct migration *all, int count,
		   bool dry_run, struct migrate_each each, struct err *err)
{
	struct schema_state state = {0, 0};
	struct err ignored;
	bool ok;

	if (count > FLOTILLA_SCHEMA_NEWEST)
		return err_set(err, ERR_FATAL,
			       "%s is newer than this program, which knows up "
			       "to schema %d: use the fleetctl that came with "
			       "the files",
			       all[count - 1].name, FLOTILLA_SCHEMA_NEWEST);
	ok = begin(pg, all, count, &state, err);
	while (ok && state.version < count) {
		const struct migration *m = &all[state.version];

		ok = apply(pg, m, state.oldest_binary, err) &&
		     (dry_run || pg_script(pg, "COMMIT", err));
		if (ok)
			each.call(each.ctx, m);
		if (ok && dry_run)
			ok = schema_state(pg, &state, err);
		else if (ok)
			ok = begin(pg, all, count, &state, err);
	}
	/* nothing is left, or nothing is to stay */
	if (!pg_script(pg, "ROLLBACK", &ignored) && ok)
		return *err = ignored, false;
	return ok;
}
