/* err.c - errors as values. */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

static void put_text(char *to, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(to, size, fmt, args);

	if (n < 0)
		to[0] = '\0';
}

bool err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	err->kind = kind;
	err->code[0] = '\0';
	err->pointer[0] = '\0';
	va_start(args, fmt);
	put_text(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return false;
}

bool err_code(struct err *err, enum err_kind kind, const char *code,
	      const char *fmt, ...)
{
	va_list args;

	err->kind = kind;
	snprintf(err->code, sizeof(err->code), "%s", code);
	err->pointer[0] = '\0';
	va_start(args, fmt);
	put_text(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return false;
}

bool err_wrap(struct err *err, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	size_t len;
	va_list args;

	memcpy(old, err->text, sizeof(old));
	va_start(args, fmt);
	put_text(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	len = strlen(err->text);
	snprintf(err->text + len, sizeof(err->text) - len, ": %s", old);
	return false;
}

bool err_at(struct err *err, const char *pointer)
{
	snprintf(err->pointer, sizeof(err->pointer), "%s", pointer);
	return false;
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",
		[ERR_INVALID] = "invalid",
		[ERR_TEMPORARY] = "temporary",
		[ERR_FATAL] = "fatal",
	};

	return names[kind];
}
