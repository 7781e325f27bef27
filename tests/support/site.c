/* site.c - databases, processes and deadlines for integration tests. */
#include "support/site.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/pg_tools.h"
#include "support/stream.h"

extern char **environ;

static const struct pg_statement none[] = {{NULL, NULL}};

static struct pg *connect_to(const char *database)
{
	char conninfo[128];
	struct pg *pg;
	struct err err;

	snprintf(conninfo, sizeof(conninfo), "dbname=%s", database);
	/* libpq reads it only while it connects */
	pg = pg_new(conninfo, none);
	ck_assert_msg(pg_wait_ready(pg, 30000, &err), "%s: %s", database,
		      err.text);
	return pg;
}

static const char *home(void)
{
	const char *name = getenv("PGDATABASE");

	return name ? name : "postgres";
}

static void at_home(const char *fmt, const char *name)
{
	struct pg *pg = connect_to(home());
	char sql[256];
	struct err err;

	snprintf(sql, sizeof(sql), fmt, name);
	ck_assert_msg(pg_script(pg, sql, &err), "%s: %s", sql, err.text);
	pg_free(pg);
}

static void nap(void)
{
	nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
}

void site_open(struct site *s, const char *name)
{
	memset(s, 0, sizeof(*s));
	snprintf(s->database, sizeof(s->database), "site_%s", name);
	snprintf(s->group, sizeof(s->group), "site-%s", name);
	at_home("DROP DATABASE IF EXISTS %s WITH (FORCE)", s->database);
	at_home("CREATE DATABASE %s", s->database);
	site_run("PGDATABASE=%s build/fleetctl migrate", s->database);
	s->pg = connect_to(s->database);
}

void site_close(struct site *s)
{
	for (int i = 0; i < s->worker_count; i++)
		if (s->workers[i]) {
			kill(s->workers[i], SIGKILL);
			waitpid(s->workers[i], NULL, 0);
		}
	pg_free(s->pg);
	at_home("DROP DATABASE IF EXISTS %s WITH (FORCE)", s->database);
}

void site_set(struct site *s, const char *fmt, ...)
{
	va_list args;

	ck_assert_int_lt(s->setting_count, SITE_SETTINGS);
	va_start(args, fmt);
	vsnprintf(s->settings[s->setting_count++], sizeof(*s->settings), fmt,
		  args);
	va_end(args);
}

void site_begin_at_end(struct site *s, const char *topic)
{
	struct story ends;
	char sql[256];

	site_set(s, "FLOTILLA_TOPICS=%s", topic);
	story_begin(&ends, topic);
	for (int p = 0; p < ends.partitions; p++) {
		snprintf(sql, sizeof(sql),
			 "INSERT INTO lane (consumer_group, topic, partition, "
			 "from_offset, next_offset) VALUES ('%s', '%s', %d, "
			 "%lld, %lld)",
			 s->group, topic, p, (long long)ends.from[p],
			 (long long)ends.from[p]);
		site_do(s, sql);
	}
	story_release(&ends);
}

static void child(struct site *s, const char *crash)
{
	char log[128], path[128];

	setenv("PGDATABASE", s->database, 1);
	setenv("FLOTILLA_GROUP", s->group, 1);
	setenv("FLOTILLA_HTTP_PORT", "0", 1);
	if (crash)
		setenv("FLOTILLA_CRASH", crash, 1);
	for (int i = 0; i < s->setting_count; i++) {
		char *equals = strchr(s->settings[i], '=');

		*equals = '\0';
		setenv(s->settings[i], equals + 1, 1);
	}
	/* beside the servers' own logs, to be read when a test fails */
	snprintf(log, sizeof(log), "build/%s.log", s->group);
	if (!freopen(log, "a", stderr))
		_exit(127);
	if (!s->worker)
		s->worker = "order-sync";
	snprintf(path, sizeof(path), "build/%s%s", crash ? "crash/" : "",
		 s->worker);
	execl(s->binary ? s->binary : path, s->worker, (char *)NULL);
	_exit(127);
}

pid_t site_start(struct site *s, const char *crash)
{
	int slot = 0;
	pid_t pid;

	while (slot < s->worker_count && s->workers[slot])
		slot++;
	ck_assert_int_lt(slot, SITE_WORKERS);
	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (!pid)
		child(s, crash);
	s->workers[slot] = pid;
	if (slot == s->worker_count)
		s->worker_count++;
	return pid;
}

static void forget(struct site *s, pid_t pid)
{
	for (int i = 0; i < s->worker_count; i++)
		if (s->workers[i] == pid)
			s->workers[i] = 0;
}

int site_wait_end(struct site *s, pid_t pid)
{
	int64_t until = clock_mono_us() + SITE_DEADLINE_S * 1000000LL;
	int status = 0;

	while (!waitpid(pid, &status, WNOHANG)) {
		ck_assert_msg(clock_mono_us() < until,
			      "%s: process %d has not ended in %d s", s->group,
			      (int)pid, SITE_DEADLINE_S);
		nap();
	}
	forget(s, pid);
	return status;
}

bool site_ended(struct site *s, pid_t pid)
{
	int status;

	if (!waitpid(pid, &status, WNOHANG))
		return false;
	forget(s, pid);
	return true;
}

void site_stop(struct site *s, pid_t pid)
{
	int64_t begin = clock_mono_us();
	int status;

	kill(pid, SIGTERM);
	status = site_wait_end(s, pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		      "%s: status %x after SIGTERM, see build/%s.log", s->group,
		      status, s->group);
	ck_assert_msg(clock_mono_us() - begin < 15 * 1000000LL,
		      "%s: SIGTERM took longer than it may", s->group);
}

/* PostgreSQL may be restarted by the test: ask again. */
static bool ask(struct site *s, const char *sql, struct pg_table *t,
		struct err *err)
{
	if (pg_query(s->pg, sql, 0, NULL, t, err))
		return true;
	if (err->kind != ERR_TEMPORARY)
		ck_abort_msg("%s: %s", sql, err->text);
	pg_free(s->pg);
	s->pg = connect_to(s->database);
	return pg_query(s->pg, sql, 0, NULL, t, err);
}

void site_text(struct site *s, const char *sql, char *text, size_t size)
{
	struct pg_table t;
	struct err err;

	ck_assert_msg(ask(s, sql, &t, &err), "%s: %s", sql, err.text);
	snprintf(text, size, "%s",
		 pg_table_rows(&t) && pg_text(&t, 0, 0) ? pg_text(&t, 0, 0)
							: "");
	pg_table_release(&t);
}

void site_each(struct site *s, const char *sql,
	       void (*row)(void *ctx, const char *text), void *ctx)
{
	struct pg_table t;
	struct err err;

	ck_assert_msg(ask(s, sql, &t, &err), "%s: %s", sql, err.text);
	for (int i = 0; i < pg_table_rows(&t); i++)
		row(ctx, pg_text(&t, i, 0));
	pg_table_release(&t);
}

int64_t site_number(struct site *s, const char *sql)
{
	char text[64];

	site_text(s, sql, text, sizeof(text));
	return strtoll(text, NULL, 10);
}

void site_do(struct site *s, const char *sql)
{
	struct err err;

	ck_assert_msg(pg_script(s->pg, sql, &err), "%s: %s", sql, err.text);
}

/* What it said last, where the test's own failure is read. */
static void show_log(const struct site *s)
{
	char line[128];

	snprintf(line, sizeof(line), "tail -n 20 build/%s.log >&2", s->group);
	if (system(line))
		fprintf(stderr, "build/%s.log cannot be shown\n", s->group);
}

/* Nobody waits for what a dead process was to do. */
static void check_alive(struct site *s)
{
	for (int i = 0; i < s->worker_count; i++) {
		int status;

		if (!s->workers[i] ||
		    waitpid(s->workers[i], &status, WNOHANG) <= 0)
			continue;
		s->workers[i] = 0;
		show_log(s);
		ck_abort_msg("%s: a worker has ended with status %x, see "
			     "build/%s.log",
			     s->group, status, s->group);
	}
}

void site_wait(struct site *s, const char *sql, int64_t least)
{
	int64_t until = clock_mono_us() + SITE_DEADLINE_S * 1000000LL;
	int64_t got;

	while ((got = site_number(s, sql)) < least) {
		ck_assert_msg(clock_mono_us() < until,
			      "%s: %lld of %lld after %d s: %s; see "
			      "build/%s.log",
			      s->group, (long long)got, (long long)least,
			      SITE_DEADLINE_S, sql, s->group);
		check_alive(s);
		nap();
	}
}

void site_wait_through(struct site *s, int64_t offsets)
{
	site_wait(s, "SELECT coalesce(sum(next_offset), 0) FROM lane", offsets);
	/* what a claim has found is kept to be told once more: that is not
	 * waited for */
	site_wait(s,
		  "SELECT (count(*) = 0)::int FROM output WHERE keep_until IS "
		  "NULL",
		  1);
}

void site_run(const char *fmt, ...)
{
	char line[1024];
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line) - 32, fmt, args);
	va_end(args);
	strcat(line, " >>build/site.log 2>&1");
	status = system(line);
	ck_assert_msg(status == 0, "\"%s\": status %x, see build/site.log",
		      line, status);
}

void site_digest(struct site *s, char digest[33])
{
	static const char sql[] =
		"SELECT md5(string_agg(t, E'\\n' ORDER BY t)) FROM ("
		"SELECT row('order', id, subject, ref_system, ref_id, "
		"source_epoch, version, at_us, at_offset, mapping_revision, "
		"hash, deleted, doc, number, status, placed_at, "
		"total_minor)::text AS t FROM orders "
		"UNION ALL SELECT row('shipment', id, subject, version, at_us, "
		"at_offset, hash, doc)::text FROM shipments "
		"UNION ALL SELECT row('payment', id, subject, version, at_us, "
		"at_offset, hash, doc)::text FROM payments "
		"UNION ALL SELECT row('invoice', id, subject, version, at_us, "
		"at_offset, hash, doc)::text FROM invoices "
		"UNION ALL SELECT row('status', order_id, parts, confirmation, "
		"payment, fulfilment, returns, exceptions)::text "
		"FROM order_status "
		"UNION ALL SELECT row('dead', topic, partition, log_offset, "
		"stage, error_class, error_text, pointer, mapping, at_us, key, "
		"headers, raw)::text FROM dead_letter) d";

	site_text(s, sql, digest, 33);
}
