/* log.c - JSON lines. Written here and not with json/, which lies above. */
#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_BYTES = 8192 };

/* Set once by log_init before any thread starts, only read afterwards. */
static const char *log_service = "flotilla";
static enum log_level log_from = LOG_INFO;

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARN] = "warn",
	[LOG_ERROR] = "error",
};

void log_init(const char *service, enum log_level from)
{
	log_service = service;
	log_from = from;
}

bool log_level_parse(struct str word, enum log_level *level)
{
	for (int i = LOG_DEBUG; i <= LOG_ERROR; i++) {
		if (str_is(word, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

struct line {
	char at[LINE_MAX_BYTES];
	size_t len;
};

static void put(struct line *line, const char *bytes, size_t len)
{
	/* room stays for the closing quote, brace and newline */
	if (line->len + len > sizeof(line->at) - 4)
		return;
	memcpy(line->at + line->len, bytes, len);
	line->len += len;
}

static void put_cstr(struct line *line, const char *s)
{
	put(line, s, strlen(s));
}

static void put_quoted(struct line *line, struct str s)
{
	bool plain = str_is_utf8(s);

	put_cstr(line, "\"");
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		char escaped[8];

		if (c == '"' || c == '\\') {
			escaped[0] = '\\';
			escaped[1] = (char)c;
			put(line, escaped, 2);
		} else if (c < 0x20 || (c >= 0x80 && !plain)) {
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
			put(line, escaped, 6);
		} else {
			put(line, s.at + i, 1);
		}
	}
	put_cstr(line, "\"");
}

static void put_field(struct line *line, const char *name, struct str value)
{
	put_cstr(line, line->len > 1 ? ",\"" : "\"");
	put_cstr(line, name);
	put_cstr(line, "\":");
	put_quoted(line, value);
}

void log_write(enum log_level level, const char *event,
	       const struct log_field *fields)
{
	struct line line = {.len = 0};
	char text[CLOCK_TEXT_BYTES];

	if (level < log_from)
		return;
	put_cstr(&line, "{");
	clock_format(text, clock_now_us());
	put_field(&line, "time", str_of(text));
	put_field(&line, "level", str_of(level_names[level]));
	put_field(&line, "service", str_of(log_service));
	put_field(&line, "event", str_of(event));
	for (; fields->name; fields++) {
		if (fields->text.at) {
			put_field(&line, fields->name, fields->text);
		} else {
			char number[24];

			snprintf(number, sizeof(number), "%lld",
				 (long long)fields->number);
			put_cstr(&line, ",\"");
			put_cstr(&line, fields->name);
			put_cstr(&line, "\":");
			put_cstr(&line, number);
		}
	}
	memcpy(line.at + line.len, "}\n", 2);
	line.len += 2;
	/* a log that cannot be written must not stop the work */
	if (write(STDERR_FILENO, line.at, line.len) < 0)
		return;
}
