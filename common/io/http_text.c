/* http_text.c - the texts of a request and an answer. */
#include "io/http_text.h"

#include <ctype.h>
#include <strings.h>

bool http_same_name(struct str name, const char *lower)
{
	return name.len == strlen(lower) &&
	       !strncasecmp(name.at, lower, name.len);
}

struct str http_header_find(const struct http_result *result, const char *name)
{
	for (uint32_t i = 0; i < result->header_count; i++)
		if (http_same_name(result->headers[i].name, name))
			return result->headers[i].value;
	return (struct str){NULL, 0};
}

static struct str trimmed(struct str s)
{
	while (s.len && strchr(" \t", s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len && strchr(" \t\r\n", s.at[s.len - 1]))
		s.len--;
	return s;
}

bool http_split_header(struct str line, struct http_header *out)
{
	const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
	size_t at = colon ? (size_t)(colon - line.at) : 0;

	if (!at)
		return false;
	out->name = (struct str){line.at, at};
	out->value = trimmed((struct str){line.at + at + 1, line.len - at - 1});
	return http_name_ok(out->name);
}

bool http_name_ok(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!isalnum((unsigned char)name.at[i]) &&
		    !strchr("!#$%&'*+-.^_`|~", name.at[i]))
			return false;
	return name.len > 0 && !memchr(name.at, 0, name.len);
}

bool http_value_ok(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

void http_encode(struct buf *out, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (isalnum(c) || (c && strchr("-._~", c))) {
			buf_byte(out, (char)c);
			continue;
		}
		buf_byte(out, '%');
		buf_byte(out, digits[c >> 4]);
		buf_byte(out, digits[c & 15]);
	}
}

static bool url_ok(struct str url)
{
	for (size_t i = 0; i < url.len; i++)
		if (url.at[i] <= 0x20 || url.at[i] == 0x7f)
			return false;
	return url.len > 0 && url.len < HTTP_URL_BYTES;
}

static bool method_ok(struct str method)
{
	for (size_t i = 0; i < method.len; i++)
		if (!isupper((unsigned char)method.at[i]))
			return false;
	return method.len < 16;
}

bool http_check_request(const struct http_request *request, struct err *err)
{
	if (!url_ok(request->url))
		return err_code(err, ERR_INVALID, "bad-url",
				"the URL is empty, too long, or holds a "
				"character that must be encoded");
	if (!method_ok(request->method))
		return err_code(err, ERR_INVALID, "bad-url",
				"a method is capital letters");
	if (request->header_count > HTTP_HEADERS_MAX)
		return err_code(err, ERR_INVALID, "bad-header",
				"more than %d headers", HTTP_HEADERS_MAX);
	for (uint32_t i = 0; i < request->header_count; i++) {
		const struct http_header *h = &request->headers[i];

		if (!http_name_ok(h->name) || !http_value_ok(h->value) ||
		    http_same_name(h->name, "content-length") ||
		    http_same_name(h->name, "transfer-encoding"))
			return err_code(err, ERR_INVALID, "bad-header",
					"the header \"%.*s\" cannot be sent",
					STR_ARGS(h->name));
	}
	return true;
}
