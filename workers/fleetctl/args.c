/* args.c - the option parser. */
#include "args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static int option_at(const struct option *options, const char *name, size_t len)
{
	for (int i = 0; options && options[i].name; i++)
		if (strlen(options[i].name) == len &&
		    !strncmp(options[i].name, name, len))
			return i;
	return -1;
}

/* Takes the option at argv[*at] and its value. */
static bool take_option(struct args *args, int argc, char **argv, int *at,
			struct err *err)
{
	const char *name = argv[*at] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : strlen(name);
	int i;

	if (!equals && !strcmp(name, "json"))
		return args->json = true;
	if (!equals && !strcmp(name, "help"))
		return args->help = true;
	i = option_at(args->options, name, len);
	if (i < 0)
		return err_set(err, ERR_INVALID,
			       "there is no option --%.*s; --help lists all",
			       (int)len, name);
	if (!args->options[i].value) {
		if (equals)
			return err_set(err, ERR_INVALID,
				       "--%s takes no value: leave out \"%s\"",
				       args->options[i].name, equals);
		args->values[i] = "";
		return true;
	}
	if (!equals && *at + 1 == argc)
		return err_set(err, ERR_INVALID, "--%s wants a value: %s",
			       args->options[i].name, args->options[i].value);
	args->values[i] = equals ? equals + 1 : argv[++*at];
	return true;
}

bool args_read(struct args *args, const struct option *options, int argc,
	       char **argv, struct err *err)
{
	bool words_only = false;

	memset(args, 0, sizeof(*args));
	args->options = options;
	for (int i = 0; i < argc; i++) {
		if (!words_only && !strcmp(argv[i], "--")) {
			words_only = true;
		} else if (!words_only && !strcmp(argv[i], "-h")) {
			args->help = true;
		} else if (!words_only && !strncmp(argv[i], "--", 2)) {
			if (!take_option(args, argc, argv, &i, err))
				return false;
		} else if (args->count == ARGS_MAX) {
			return err_set(err, ERR_INVALID,
				       "too many arguments, from \"%s\" on",
				       argv[i]);
		} else {
			args->words[args->count++] = argv[i];
		}
	}
	return true;
}

const char *args_value(const struct args *args, const char *name)
{
	int i = option_at(args->options, name, strlen(name));

	return i < 0 ? NULL : args->values[i];
}

bool args_flag(const struct args *args, const char *name)
{
	return args_value(args, name) != NULL;
}

bool args_number(const struct args *args, const char *name, int64_t low,
		 int64_t high, int64_t fallback, int64_t *out, struct err *err)
{
	const char *text = args_value(args, name);

	*out = fallback;
	if (!text ||
	    (str_to_i64(str_of(text), out) && *out >= low && *out <= high))
		return true;
	return err_set(err, ERR_INVALID,
		       "--%s %s: give a number from %lld to %lld", name, text,
		       (long long)low, (long long)high);
}

/* "15m": so long ago. */
static bool age_of(const char *text, int64_t *us)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t len = strlen(text);
	int64_t number;

	if (len < 2 || !str_to_i64((struct str){text, len - 1}, &number) ||
	    number < 0 || number > 100000000)
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (text[len - 1] == units[i].letter) {
			*us = clock_now_us() -
			      number * units[i].seconds * 1000000;
			return true;
		}
	return false;
}

bool args_time_of(const char *text, int64_t *us, struct err *err)
{
	char day[32];

	snprintf(day, sizeof(day), "%.10sT00:00:00Z", text);
	if (clock_parse(str_of(text), us) || age_of(text, us) ||
	    (strlen(text) == 10 && clock_parse(str_of(day), us)))
		return true;
	return err_set(err, ERR_INVALID,
		       "\"%s\" is no time: give RFC 3339 "
		       "(2026-01-31T18:00:00Z), a date, or an age like 15m, "
		       "2h, 7d",
		       text);
}

bool args_time(const struct args *args, const char *name, int64_t fallback,
	       int64_t *us, struct err *err)
{
	const char *text = args_value(args, name);

	*us = fallback;
	if (!text || args_time_of(text, us, err))
		return true;
	return err_wrap(err, "--%s", name);
}
