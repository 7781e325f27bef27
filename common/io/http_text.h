/* http_text.h - the texts of a request and an answer: what fits where. */
#ifndef FLOTILLA_IO_HTTP_TEXT_H
#define FLOTILLA_IO_HTTP_TEXT_H

#include "io/http_message.h"

/* Header names are the same in either case; `lower` is in lower case. */
bool http_same_name(struct str name, const char *lower);

/* The header's value, in whatever case it is written; absent: at == NULL. */
struct str http_header_find(const struct http_result *result, const char *name);

/* "Name: value\r\n"; both point into the line. False for anything else. */
bool http_split_header(struct str line, struct http_header *out) MUST_CHECK;

/* No control characters: nothing that could end the header. */
bool http_value_ok(struct str value);
bool http_name_ok(struct str name);

/* Percent-encodes all but RFC 3986's unreserved characters. */
void http_encode(struct buf *out, struct str text);

/* INVALID "bad-url", "bad-header": before curl sees any of it. */
bool http_check_request(const struct http_request *request,
			struct err *err) MUST_CHECK;

#endif
