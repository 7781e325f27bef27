/* writer.h - JSON text, value by value, into a buffer.
 *
 * Comma and nesting are kept by the writer; misuse aborts. No white space.
 * Strings must be UTF-8 (the reader saw to that). The buffer keeps its first
 * error and is checked once, at the end. */
#ifndef FLOTILLA_JSON_WRITER_H
#define FLOTILLA_JSON_WRITER_H

#include "json/json.h"

struct json_writer {
	struct buf *out; /* borrowed */
	bool comma;	 /* the next value or name needs one */
	int depth;
};

void json_writer_init(struct json_writer *w, struct buf *out);
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_name(struct json_writer *w, struct str name);
/* The same where it is known to need no escapes: with quotes and colon. */
void json_plain_name(struct json_writer *w, struct str quoted);
void json_string(struct json_writer *w, struct str value);
void json_int(struct json_writer *w, int64_t value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
/* Text that is JSON already. */
void json_raw(struct json_writer *w, struct str json);
/* Microseconds UTC as an RFC 3339 string. */
void json_time(struct json_writer *w, int64_t us);

/* name + value, for objects */
void json_put_str(struct json_writer *w, const char *name, struct str value);
void json_put_cstr(struct json_writer *w, const char *name, const char *value);
void json_put_int(struct json_writer *w, const char *name, int64_t value);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_time(struct json_writer *w, const char *name, int64_t us);
void json_put_raw(struct json_writer *w, const char *name, struct str json);

/* Writes the value at `at` of a document that was read (compact form). */
void json_copy(struct json_writer *w, const struct json_doc *doc, uint32_t at);

#endif
