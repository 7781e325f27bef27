/* http_client_send.c - a request on its way into curl. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/version.h"
#include "io/http_address.h"
#include "io/http_client_private.h"
#include "io/http_text.h"

/* Before the first byte to an address: what the name has resolved to. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose,
			     struct curl_sockaddr *address)
{
	struct http_call *call = ctx;

	(void)purpose;
	if (!call->private_addresses && !address_is_public(&address->addr)) {
		call->refused = !call->opened;
		return CURL_SOCKET_BAD;
	}
	call->opened = true; /* one address of the name will do */
	call->refused = false;
	return socket(address->family, address->socktype | SOCK_CLOEXEC,
		      address->protocol);
}

/* Right before the request: a kept connection was opened by another call. */
static int on_ready(void *ctx, char *address, char *local, int port,
		    int local_port)
{
	struct http_call *call = ctx;

	(void)local;
	(void)port;
	(void)local_port;
	if (!call->private_addresses && !address_text_is_public(address)) {
		call->refused = true;
		return CURL_PREREQFUNC_ABORT;
	}
	call->begun = true;
	return CURL_PREREQFUNC_OK;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_call *call = ctx;

	buf_add(&call->body, bytes, size * n);
	if (!call->body.full)
		return size * n;
	call->too_large = true;
	return 0;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_call *call = ctx;
	struct str line = {bytes, size * n};
	struct http_header header;

	call->header_bytes += line.len;
	if (call->header_bytes > HTTP_HEADER_BYTES ||
	    call->header_count == HTTP_HEADERS_MAX) {
		call->too_large = true;
		return 0;
	}
	if (str_starts(line, STR("HTTP/")))
		call->header_count = 0; /* what came before was only a 100 */
	else if (http_split_header(line, &header))
		call->headers[call->header_count++] = (struct http_header){
			arena_str(&call->arena, header.name),
			arena_str(&call->arena, header.value)};
	return line.len;
}

static void add_header(struct http_call *call, const char *line)
{
	struct curl_slist *more =
		curl_slist_append(call->request_headers, line);

	if (!more)
		abort();
	call->request_headers = more;
}

static void set_headers(struct http_call *call, const struct http_request *r)
{
	bool typed = false;

	for (uint32_t i = 0; i < r->header_count; i++) {
		const struct http_header *h = &r->headers[i];
		/* curl takes "Name:" for "leave it out" */
		const char *format = h->value.len ? "%.*s: %.*s" : "%.*s;%.*s";

		add_header(call,
			   arena_printf(&call->arena, format, STR_ARGS(h->name),
					STR_ARGS(h->value))
				   .at);
		typed |= http_same_name(h->name, "content-type");
	}
	add_header(call, "Expect:"); /* it would cost a second */
	if (!typed)
		add_header(call, "Content-Type:");
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->request_headers);
}

static void set_method(struct http_call *call, const struct http_request *r)
{
	struct str method = r->method.len ? r->method : STR("GET");
	bool wants_body = str_is(method, "POST") || str_is(method, "PUT") ||
			  str_is(method, "PATCH");

	call->plain = str_is(method, "GET") || str_is(method, "HEAD");
	if (r->body.at || wants_body) {
		curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)r->body.len);
		curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS,
				 r->body.len ? r->body.at : "");
	}
	if (str_is(method, "HEAD"))
		curl_easy_setopt(call->easy, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(call->easy, CURLOPT_CUSTOMREQUEST,
				 arena_cstr(&call->arena, method));
}

static void set_hooks(struct http_call *call)
{
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->said);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, call);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
}

static void set_laws(struct http_call *call, const struct http_request *r)
{
	const int64_t idle_ms = call->client->limits.idle_ms;
	CURL *easy = call->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "flotilla/" FLOTILLA_VERSION);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	/* else giving up waits for a resolver that hangs */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(r->connect_timeout_ms
					? r->connect_timeout_ms
					: HTTP_CONNECT_TIMEOUT_MS));
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
			 (curl_off_t)call->body_max);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN,
			 (long)((idle_ms + 999) / 1000));
	if (r->once)
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
}

static void begin(struct http_call *call, const struct http_request *r)
{
	struct http_client *client = call->client;
	CURLMcode code;

	call->easy = curl_easy_init();
	if (!call->easy)
		abort();
	set_hooks(call);
	set_laws(call, r);
	set_method(call, r);
	set_headers(call, r);
	curl_easy_setopt(call->easy, CURLOPT_URL,
			 arena_cstr(&call->arena, r->url));
	code = curl_multi_add_handle(client->multi, call->easy);
	if (code == CURLM_OK)
		call_link(&client->calls, call);
	else
		err_code(&call->err, ERR_TEMPORARY, "busy", "curl: %s",
			 curl_multi_strerror(code));
}

struct http_call *http_client_send(struct http_client *client,
				   const struct http_request *r,
				   struct http_done done)
{
	struct http_call *call = calloc(1, sizeof(*call));

	if (!call)
		abort();
	call->client = client;
	call->done = done;
	call->body_max =
		r->response_bytes ? r->response_bytes : HTTP_RESPONSE_BYTES;
	call->timeout_ms = r->timeout_ms ? r->timeout_ms : HTTP_TIMEOUT_MS;
	call->hops = r->follow_redirects ? 0 : -1;
	call->private_addresses = r->private_addresses;
	call->started_us = clock_mono_us();
	arena_init(&call->arena, 0);
	buf_init(&call->body, call->body_max);
	if (client->in_flight++ >= client->limits.in_flight)
		err_code(&call->err, ERR_TEMPORARY, "busy",
			 "%d requests are in flight", client->limits.in_flight);
	else if (http_check_request(r, &call->err))
		begin(call, r);
	if (call->err.kind)
		call_link(&client->stopped, call);
	return call;
}
