/* args.h - a command line, read by the command's own table of options.
 *
 * "--name value", "--name=value" and "--flag"; "--" ends the options. What
 * the table does not have is refused with a sentence. Values are borrowed from
 * argv. Every command has --help and --json besides its own options. */
#ifndef FLEETCTL_ARGS_H
#define FLEETCTL_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct option {
	const char *name;  /* without dashes; NULL ends a table */
	const char *value; /* "N", "OFFSET|TIME"; NULL: a flag */
	const char *help;
};

enum { ARGS_OPTIONS_MAX = 16, ARGS_MAX = 8 };

struct args {
	const struct option *options;	      /* the command's */
	const char *values[ARGS_OPTIONS_MAX]; /* NULL: not given; "": a flag */
	const char *words[ARGS_MAX];
	int count;
	bool json;
	bool help;
};

/* INVALID: what is wrong with the line. `argv` begins behind the verb. */
bool args_read(struct args *args, const struct option *options, int argc,
	       char **argv, struct err *err) MUST_CHECK;

/* NULL when it was not given. The option must be in the table. */
const char *args_value(const struct args *args, const char *name);
bool args_flag(const struct args *args, const char *name);

/* The option as a number, or `fallback`. INVALID outside low..high. */
bool args_number(const struct args *args, const char *name, int64_t low,
		 int64_t high, int64_t fallback, int64_t *out,
		 struct err *err) MUST_CHECK;

/* RFC 3339, a date, or an age ("90s", "15m", "2h", "7d"); microseconds UTC.
 * `fallback` when it was not given. */
bool args_time(const struct args *args, const char *name, int64_t fallback,
	       int64_t *us, struct err *err) MUST_CHECK;

/* The same for text that comes from elsewhere. */
bool args_time_of(const char *text, int64_t *us, struct err *err) MUST_CHECK;

#endif
