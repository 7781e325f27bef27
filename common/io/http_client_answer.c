/* http_client_answer.c - an answer, an error, a redirect. */
#include "base/clock.h"
#include "io/http_client_private.h"
#include "io/http_text.h"

enum { DAY_MS = 86400000 };

static const struct {
	CURLcode code;
	enum err_kind kind;
	const char *name;
} failures[] = {
	{CURLE_OPERATION_TIMEDOUT, ERR_TEMPORARY, "timeout"},
	{CURLE_URL_MALFORMAT, ERR_INVALID, "bad-url"},
	{CURLE_UNSUPPORTED_PROTOCOL, ERR_INVALID, "bad-url"},
	{CURLE_LOGIN_DENIED, ERR_INVALID, "bad-url"},
	{CURLE_FILESIZE_EXCEEDED, ERR_INVALID, "too-large"},
	{CURLE_SSL_CONNECT_ERROR, ERR_TEMPORARY, "tls"},
	{CURLE_PEER_FAILED_VERIFICATION, ERR_TEMPORARY, "tls"},
	{CURLE_SSL_CERTPROBLEM, ERR_TEMPORARY, "tls"},
	{CURLE_SSL_CIPHER, ERR_TEMPORARY, "tls"},
	{CURLE_SSL_CACERT_BADFILE, ERR_TEMPORARY, "tls"},
	{CURLE_COULDNT_RESOLVE_HOST, ERR_TEMPORARY, "unreachable"},
	{CURLE_COULDNT_CONNECT, ERR_TEMPORARY, "unreachable"},
};

static void explain(struct http_call *call, CURLcode code)
{
	const char *said =
		call->said[0] ? call->said : curl_easy_strerror(code);

	if (call->too_large || code == CURLE_FILESIZE_EXCEEDED) {
		err_code(&call->err, ERR_INVALID, "too-large",
			 "the answer is larger than %zu bytes, or its headers "
			 "than %d",
			 call->body_max, HTTP_HEADER_BYTES);
		return;
	}
	if (call->refused) {
		err_code(&call->err, ERR_INVALID, "private-address",
			 "the address is not public: private addresses must "
			 "be allowed for it");
		return;
	}
	for (size_t i = 0; i < sizeof(failures) / sizeof(*failures); i++) {
		if (failures[i].code != code)
			continue;
		err_code(&call->err, failures[i].kind, failures[i].name, "%s",
			 said);
		return;
	}
	err_code(&call->err, ERR_TEMPORARY,
		 call->begun ? "cut-short" : "unreachable", "%s", said);
}

void call_answer(struct http_call *call)
{
	struct http_result result = {
		.headers = call->headers,
		.header_count = call->header_count,
		.body = buf_view(&call->body),
		.err = call->err,
		.maybe_sent = call->begun,
		.took_us = clock_mono_us() - call->started_us,
	};
	long status = 0;

	if (!call->err.kind)
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	result.status = (int)status;
	call->done.call(call->done.ctx, &result);
	call_free(call);
}

static bool same_origin(const char *a, const char *b)
{
	static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST,
					  CURLUPART_PORT};
	CURLU *urls[2] = {curl_url(), curl_url()};
	bool same = urls[0] && urls[1] &&
		    !curl_url_set(urls[0], CURLUPART_URL, a, 0) &&
		    !curl_url_set(urls[1], CURLUPART_URL, b, 0);

	for (size_t i = 0; same && i < 3; i++) {
		char *x = NULL, *y = NULL;

		same = !curl_url_get(urls[0], parts[i], &x,
				     CURLU_DEFAULT_PORT) &&
		       !curl_url_get(urls[1], parts[i], &y,
				     CURLU_DEFAULT_PORT) &&
		       !strcasecmp(x, y);
		curl_free(x);
		curl_free(y);
	}
	curl_url_cleanup(urls[0]);
	curl_url_cleanup(urls[1]);
	return same;
}

/* Whether the call goes on elsewhere. A redirect that would change the method
 * or leave the origin (credentials go along) is the answer. */
static bool redirected(struct http_call *call)
{
	const int64_t spent_ms = (clock_mono_us() - call->started_us) / 1000;
	char *to = NULL, *from = NULL;
	long status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &to);
	curl_easy_getinfo(call->easy, CURLINFO_EFFECTIVE_URL, &from);
	if (call->hops < 0 || call->hops == HTTP_REDIRECTS_MAX || !to ||
	    !from || spent_ms >= call->timeout_ms)
		return false;
	if (!(status == 307 || status == 308 ||
	      (call->plain && status >= 301 && status <= 303)))
		return false;
	if (!same_origin(from, to))
		return false;
	call->hops++;
	call->header_count = 0;
	call->header_bytes = 0;
	buf_reset(&call->body);
	to = arena_cstr(&call->arena, str_of(to));
	curl_multi_remove_handle(call->client->multi, call->easy);
	curl_easy_setopt(call->easy, CURLOPT_URL, to);
	curl_easy_setopt(call->easy, CURLOPT_TIMEOUT_MS,
			 (long)(call->timeout_ms - spent_ms));
	return curl_multi_add_handle(call->client->multi, call->easy) ==
	       CURLM_OK;
}

void call_finish(struct http_call *call, CURLcode code)
{
	if (code == CURLE_OK && redirected(call))
		return;
	if (code != CURLE_OK)
		explain(call, code);
	call_unlink(call);
	call_answer(call);
}

/* Whole seconds; some write decimals ("2.0"): the next whole one. */
static bool read_seconds(struct str text, int64_t *out)
{
	const char *point = text.len ? memchr(text.at, '.', text.len) : NULL;
	struct str whole = {text.at,
			    point ? (size_t)(point - text.at) : text.len};
	struct str rest = {point ? point + 1 : "",
			   point ? text.len - whole.len - 1 : 0};
	int64_t decimals = 0;

	if (!str_to_i64(whole, out) || *out < 0)
		return false;
	if (point && (!str_to_i64(rest, &decimals) || decimals < 0))
		return false;
	if (decimals && *out < INT64_MAX)
		++*out;
	return true;
}

int64_t http_retry_after_ms(const struct http_result *result, int64_t now_us)
{
	struct str text = http_header_find(result, "retry-after");
	int64_t ms = -1, seconds;
	char date[64];
	time_t at;

	if (!text.at || text.len >= sizeof(date))
		return -1;
	memcpy(date, text.at, text.len);
	date[text.len] = '\0';
	if (read_seconds(text, &seconds)) {
		ms = seconds > DAY_MS / 1000 ? DAY_MS : seconds * 1000;
	} else {
		at = strchr(date, ':') ? curl_getdate(date, NULL) : -1;
		if (at == -1)
			return -1;
		ms = (int64_t)at * 1000 - now_us / 1000;
	}
	return ms < 0 ? 0 : ms > DAY_MS ? DAY_MS : ms;
}
