/* options.c - a command line, read by a table. */
#include <stdio.h>

#include "feed/feed.h"

static bool put(struct options *o, const struct option_row *row,
		const char *value, struct err *err)
{
	char *at = (char *)o + row->at;
	int64_t number;

	switch (row->kind) {
	case OPTION_TEXT:
		*(const char **)(void *)at = value;
		break;
	case OPTION_FLAG:
		*(bool *)at = true;
		break;
	case OPTION_NUMBER:
		if (!str_to_i64(str_of(value), &number) || number < 0)
			return err_set(err, ERR_FATAL,
				       "%s %s: use a number from 0 on",
				       row->name, value);
		*(int64_t *)(void *)at = number;
	}
	return true;
}

static const struct option_row *find(const struct option_row *rows,
				     const char *name)
{
	for (; rows->name; rows++)
		if (!strcmp(rows->name, name))
			return rows;
	return NULL;
}

static bool set_fallbacks(struct options *o, const struct option_row *rows,
			  struct err *err)
{
	memset(o, 0, sizeof(*o));
	for (; rows->name; rows++)
		if (rows->fallback && !put(o, rows, rows->fallback, err))
			return false;
	return true;
}

static bool all_given(const struct options *o, const struct option_row *rows,
		      struct err *err)
{
	for (; rows->name; rows++) {
		const char *at = (const char *)o + rows->at;

		if (rows->kind == OPTION_TEXT &&
		    !*(const char *const *)(const void *)at)
			return err_set(err, ERR_FATAL, "%s is missing",
				       rows->name);
	}
	return true;
}

bool options_read(struct options *o, const struct option_row *rows,
		  char *const *words, struct err *err)
{
	if (!set_fallbacks(o, rows, err))
		return false;
	for (; *words && !strncmp(*words, "--", 2); words++) {
		const struct option_row *row = find(rows, *words);
		const char *value = NULL;

		if (!row)
			return err_set(err, ERR_FATAL,
				       "there is no option %s here", *words);
		if (row->kind != OPTION_FLAG) {
			value = *++words;
			if (!value)
				return err_set(err, ERR_FATAL,
					       "%s wants a value", row->name);
		}
		if (!put(o, row, value, err))
			return false;
	}
	o->files = words;
	while (words[o->file_count])
		o->file_count++;
	return o->help || all_given(o, rows, err);
}

void options_help(const struct option_row *rows)
{
	for (; rows->name; rows++) {
		printf("  %-14s %s", rows->name, rows->help);
		if (rows->kind == OPTION_FLAG)
			printf("\n");
		else if (!rows->fallback)
			printf(" (required)\n");
		else
			printf(" (default: %s)\n",
			       *rows->fallback ? rows->fallback : "empty");
	}
}
