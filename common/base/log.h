/* log.h - one JSON object a line on standard error.
 *
 * An event has a stable kebab-case name and typed fields; people search by
 * name, so names are never built at run time. Every line carries time, level,
 * service and event. Secrets and personal data are never fields. Thread-safe:
 * a line is one write. */
#ifndef FLOTILLA_BASE_LOG_H
#define FLOTILLA_BASE_LOG_H

#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
	const char *name; /* NULL ends the list */
	struct str text;  /* at == NULL: the number counts */
	int64_t number;
};

#define LOG_STR(name, value)                                                   \
	(struct log_field)                                                     \
	{                                                                      \
		(name), (value), 0                                             \
	}
#define LOG_TEXT(name, value) LOG_STR(name, str_of(value))
#define LOG_INT(name, value)                                                   \
	(struct log_field)                                                     \
	{                                                                      \
		(name), {NULL, 0}, (int64_t)(value)                            \
	}

/* Before the first line: who is speaking, and from which level on. `service`
 * must outlive the process. */
void log_init(const char *service, enum log_level from);

/* "debug", "info", "warn", "error"; false for any other word. */
bool log_level_parse(struct str word, enum log_level *level) MUST_CHECK;

void log_write(enum log_level level, const char *event,
	       const struct log_field *fields);

#define LOG_EVENT(level, event, ...)                                           \
	log_write((level), (event),                                            \
		  (const struct log_field[]){__VA_ARGS__, {0}})
#define log_debug(event, ...) LOG_EVENT(LOG_DEBUG, event, __VA_ARGS__)
#define log_info(event, ...) LOG_EVENT(LOG_INFO, event, __VA_ARGS__)
#define log_warn(event, ...) LOG_EVENT(LOG_WARN, event, __VA_ARGS__)
#define log_error(event, ...) LOG_EVENT(LOG_ERROR, event, __VA_ARGS__)

/* The fields of an err: kind, code, text, pointer. */
#define LOG_ERR(err)                                                           \
	LOG_TEXT("error_kind", err_kind_name((err)->kind)),                    \
		LOG_TEXT("error_code", (err)->code),                           \
		LOG_TEXT("error", (err)->text)

#endif
