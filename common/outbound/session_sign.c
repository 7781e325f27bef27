/* session_sign.c - what proves who we are, put into a request. */
#include <strings.h>

#include "base/base64.h"
#include "base/clock.h"
#include "io/digest.h"
#include "io/http_text.h"
#include "outbound/session_private.h"

enum { SIGNED_BYTES = REQUEST_BODY_BYTES + (128 << 10), HEADERS_MORE = 2 };

static void add_header(struct http_request *request, struct str name,
		       struct str value)
{
	struct http_header *headers = (struct http_header *)request->headers;

	headers[request->header_count++] = (struct http_header){name, value};
}

static struct str with_prefix(struct arena *arena, const struct auth *auth,
			      struct str value)
{
	return arena_printf(arena, "%.*s%.*s", STR_ARGS(auth->prefix),
			    STR_ARGS(value));
}

static struct str in_base64(struct arena *arena, struct str bytes)
{
	struct buf out;
	struct str text;

	buf_init(&out, 4 * SECRET_BYTES_MAX);
	base64_encode(&out, bytes);
	text = arena_str(arena, buf_view(&out));
	buf_release(&out);
	return text;
}

static void sign_query(const struct auth *auth, struct arena *arena,
		       struct http_request *request)
{
	struct str url = request->url;
	struct buf out;

	buf_init(&out, HTTP_URL_BYTES);
	buf_str(&out, url);
	buf_byte(&out, memchr(url.at, '?', url.len) ? '&' : '?');
	http_encode(&out, auth->query);
	buf_byte(&out, '=');
	http_encode(&out, with_prefix(arena, auth, auth->secret->value));
	request->url = out.full ? STR("") : arena_str(arena, buf_view(&out));
	buf_release(&out);
}

static void sign_basic(const struct auth *auth, struct arena *arena,
		       struct http_request *request)
{
	struct str pair = arena_printf(arena, "%.*s:%.*s", STR_ARGS(auth->user),
				       STR_ARGS(auth->secret->value));

	add_header(request, STR("Authorization"),
		   arena_printf(arena, "Basic %.*s",
				STR_ARGS(in_base64(arena, pair))));
}

/* From the path on. */
static struct str path_of(struct str url)
{
	const char *host = memmem(url.at, url.len, "://", 3);
	const char *end = url.at + url.len, *path;

	if (!host)
		return url;
	path = memchr(host + 3, '/', (size_t)(end - host - 3));
	return path ? (struct str){path, (size_t)(end - path)} : STR("/");
}

static struct str header_of(const struct http_request *request, struct str name)
{
	for (uint32_t i = 0; i < request->header_count; i++)
		if (request->headers[i].name.len == name.len &&
		    !strncasecmp(request->headers[i].name.at, name.at,
				 name.len))
			return request->headers[i].value;
	return STR("");
}

static struct str part_of(const struct signed_part *part,
			  const struct http_request *request, struct str stamp)
{
	switch (part->kind) {
	case SIGNED_METHOD:
		return request->method;
	case SIGNED_URL:
		return request->url;
	case SIGNED_PATH:
		return path_of(request->url);
	case SIGNED_BODY:
		return request->body;
	case SIGNED_TIMESTAMP:
		return stamp;
	case SIGNED_HEADER:
		return header_of(request, part->text);
	case SIGNED_TEXT:
		return part->text;
	}
	return STR("");
}

static void sign_hmac(const struct auth *auth, struct arena *arena,
		      struct http_request *request)
{
	struct str stamp = arena_printf(arena, "%lld",
					(long long)(clock_now_us() / 1000000));
	uint8_t digest[DIGEST_BYTES];
	struct buf text;

	buf_init(&text, SIGNED_BYTES);
	for (uint32_t i = 0; i < auth->part_count; i++) {
		if (i)
			buf_str(&text, auth->separator);
		buf_str(&text, part_of(&auth->parts[i], request, stamp));
	}
	digest_hmac_sha256(auth->secret->value, buf_view(&text), digest);
	buf_reset(&text);
	if (auth->base64)
		base64_encode(&text, (struct str){(const char *)digest,
						  sizeof(digest)});
	else
		digest_hex(&text, digest);
	if (auth->timestamp_header.at)
		add_header(request, auth->timestamp_header, stamp);
	add_header(request, auth->header,
		   with_prefix(arena, auth, arena_str(arena, buf_view(&text))));
	buf_release(&text);
}

void session_sign(const struct connector_session *session, struct arena *arena,
		  struct http_request *request)
{
	const struct auth *auth = &session->connector->auth;
	struct http_header *headers =
		ARENA_ARRAY(arena, struct http_header,
			    request->header_count + HEADERS_MORE);

	if (request->header_count)
		memcpy(headers, request->headers,
		       request->header_count * sizeof(*headers));
	request->headers = headers;
	switch (auth->kind) {
	case AUTH_NONE:
		return;
	case AUTH_API_KEY:
		if (auth->query.at)
			sign_query(auth, arena, request);
		else
			add_header(
				request, auth->header,
				with_prefix(arena, auth, auth->secret->value));
		return;
	case AUTH_BASIC:
		sign_basic(auth, arena, request);
		return;
	case AUTH_BEARER:
		add_header(request, auth->header,
			   with_prefix(arena, auth, auth->secret->value));
		return;
	case AUTH_HMAC:
		sign_hmac(auth, arena, request);
		return;
	case AUTH_OAUTH2:
	case AUTH_LOGIN:
		add_header(request, auth->header,
			   with_prefix(arena, auth, session->token.value));
		return;
	}
}
