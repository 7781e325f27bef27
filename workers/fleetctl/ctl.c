/* ctl.c - connections, transactions and output that commands share. */
#include "ctl.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json/writer.h"

enum { PG_WAIT_MS = 10000, KAFKA_WAIT_MS = 10000, OUTPUT_MAX = 256 << 20 };

static const struct pg_statement no_statements[] = {{NULL, NULL}};

struct pg *ctl_pg(struct ctl *ctl)
{
	if (ctl->pg)
		return ctl->pg;
	ctl->pg = pg_new("", no_statements);
	if (pg_wait_ready(ctl->pg, PG_WAIT_MS, &ctl->err))
		return ctl->pg;
	err_wrap(&ctl->err, "check PGHOST, PGPORT, PGUSER and PGDATABASE");
	pg_free(ctl->pg);
	ctl->pg = NULL;
	return NULL;
}

struct kafka_admin *ctl_admin(struct ctl *ctl)
{
	if (!ctl->admin)
		ctl->admin = kafka_admin_new(ctl->settings.kafka, KAFKA_WAIT_MS,
					     &ctl->err);
	return ctl->admin;
}

int ctl_fail(struct ctl *ctl)
{
	if (ctl->err.kind == ERR_NONE)
		err_set(&ctl->err, ERR_FATAL, "it did not work");
	return CTL_FAILED;
}

int ctl_usage(struct ctl *ctl)
{
	if (ctl->err.kind == ERR_NONE)
		err_set(&ctl->err, ERR_INVALID, "the line makes no sense");
	return CTL_USAGE;
}

const char *ctl_operator(struct ctl *ctl)
{
	const struct passwd *who = getpwuid(geteuid());
	const char *sudo = getenv("SUDO_USER");
	char host[64] = "";

	gethostname(host, sizeof(host) - 1);
	if (sudo)
		return arena_printf(&ctl->arena, "%s@%s", sudo, host).at;
	if (who)
		return arena_printf(&ctl->arena, "%s@%s", who->pw_name, host)
			.at;
	return arena_printf(&ctl->arena, "uid-%d@%s", (int)geteuid(), host).at;
}

bool ctl_dry_run(const struct ctl *ctl)
{
	return args_flag(&ctl->args, "dry-run");
}

void ctl_print(const struct buf *json)
{
	fwrite(json->at, 1, json->len, stdout);
	putchar('\n');
}

void ctl_show(struct ctl *ctl, const struct table *t, const char *empty)
{
	struct json_writer w;
	struct buf text;

	if (!ctl->args.json) {
		if (table_rows(t))
			table_write_text(t, stdout);
		else
			printf("%s\n", empty);
		return;
	}
	buf_init(&text, OUTPUT_MAX);
	json_writer_init(&w, &text);
	table_write_json(t, &w);
	ctl_print(&text);
	buf_release(&text);
}

void ctl_said(struct ctl *ctl, const char *fmt, ...)
{
	bool dry = ctl_dry_run(ctl);
	struct json_writer w;
	struct buf what, text;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!ctl->args.json) {
		printf("%s%s\n", dry ? "dry run: " : "", line);
		return;
	}
	buf_init(&what, sizeof(line));
	buf_cstr(&what, line);
	buf_init(&text, OUTPUT_MAX);
	json_writer_init(&w, &text);
	json_begin_object(&w);
	json_put_bool(&w, "done", !dry);
	json_put_bool(&w, "dry_run", dry);
	json_put_str(&w, "what", buf_view(&what));
	json_end_object(&w);
	ctl_print(&text);
	buf_release(&what);
	buf_release(&text);
}

bool ctl_begin(struct ctl *ctl)
{
	return ctl_pg(ctl) && pg_script(ctl->pg, "BEGIN", &ctl->err);
}

bool ctl_end(struct ctl *ctl)
{
	return pg_script(ctl->pg, ctl_dry_run(ctl) ? "ROLLBACK" : "COMMIT",
			 &ctl->err);
}

void ctl_undo(struct ctl *ctl)
{
	struct err ignored;

	if (ctl->pg && !pg_script(ctl->pg, "ROLLBACK", &ignored))
		pg_disconnect(ctl->pg);
}
