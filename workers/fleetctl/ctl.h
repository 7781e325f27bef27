/* ctl.h - what every command of fleetctl works with.
 *
 * A command is a row: noun, verb, arguments, options, function. --help is
 * written from the rows. A command returns CTL_DONE or CTL_FINDINGS, or puts
 * a sentence into ctl->err and returns CTL_FAILED; a line that makes no sense
 * is CTL_USAGE. Results go to standard output; the rest to standard error. */
#ifndef FLEETCTL_CTL_H
#define FLEETCTL_CTL_H

#include "args.h"
#include "io/kafka_admin.h"
#include "io/pg_tools.h"
#include "run/settings.h"
#include "table.h"

/* Exit codes. */
enum { CTL_DONE = 0, CTL_FINDINGS = 1, CTL_FAILED = 1, CTL_USAGE = 2 };

struct ctl;

struct command {
	const char *noun;
	const char *verb;      /* NULL: the noun says it all */
	const char *arguments; /* "<topic>"; NULL: none */
	int least, most;       /* how many words */
	const char *summary;
	const struct option *options; /* may be NULL */
	bool needs_kafka;	      /* the settings must name a broker */
	int (*run)(struct ctl *ctl);
};

struct ctl {
	const struct command *command;
	struct args args;
	struct settings settings;
	struct pg *pg;		   /* NULL until ctl_pg() */
	struct kafka_admin *admin; /* NULL until ctl_admin() */
	struct arena arena;	   /* lives as long as the command */
	struct err err;
};

/* The connection, made when first asked for. NULL: ctl->err says why. */
struct pg *ctl_pg(struct ctl *ctl);
struct kafka_admin *ctl_admin(struct ctl *ctl);

/* CTL_FAILED; for `return ctl_fail(ctl)` when ctl->err is set. */
int ctl_fail(struct ctl *ctl);
/* CTL_USAGE with ctl->err. */
int ctl_usage(struct ctl *ctl);

/* Who is at the keyboard, for the archive and the log of changes. */
const char *ctl_operator(struct ctl *ctl);

bool ctl_dry_run(const struct ctl *ctl);

/* The table as JSON or as text; `empty` is what people read when there are no
 * rows. */
void ctl_show(struct ctl *ctl, const struct table *t, const char *empty);

/* Prints what a writer has written, and a newline. */
void ctl_print(const struct buf *json);

/* A change that was made, or would be: one sentence for people, or
 * {"done": true, "dry_run": false, "what": ...}. */
void ctl_said(struct ctl *ctl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Statements in a transaction. */
bool ctl_begin(struct ctl *ctl) MUST_CHECK;
/* Commits, or rolls back when it is a dry run. */
bool ctl_end(struct ctl *ctl) MUST_CHECK;
/* Rolls back; ctl->err stays. */
void ctl_undo(struct ctl *ctl);

#define OPTION_DRY_RUN                                                         \
	{                                                                      \
		"dry-run", NULL, "say what would be done, change nothing"      \
	}
#define OPTION_LIMIT                                                           \
	{                                                                      \
		"limit", "N", "at most so many rows (100)"                     \
	}
#define OPTION_REASON                                                          \
	{                                                                      \
		"reason", "TEXT", "why; kept with the change"                  \
	}

#endif
