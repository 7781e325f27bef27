/* http_message.h - what is asked over HTTP, and what is answered, as values.
 *
 * Nothing here sends (http_client.h does) and nothing is owned: all strings
 * are borrowed. A result has a status or an error, never both. */
#ifndef FLOTILLA_IO_HTTP_MESSAGE_H
#define FLOTILLA_IO_HTTP_MESSAGE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
	HTTP_HEADERS_MAX = 100,	      /* of a request or an answer */
	HTTP_HEADER_BYTES = 64 << 10, /* all of an answer's together */
	HTTP_URL_BYTES = 8 << 10,
	HTTP_RESPONSE_BYTES = 10 << 20, /* the default */
	HTTP_TIMEOUT_MS = 30000,
	HTTP_CONNECT_TIMEOUT_MS = 5000,
	HTTP_REDIRECTS_MAX = 5,
};

struct http_header {
	struct str name;
	struct str value;
};

/* Borrowed by http_client_send() while it runs. */
struct http_request {
	struct str method; /* "GET", "POST" ...; absent: GET */
	struct str url;
	const struct http_header *headers;
	uint32_t header_count;
	struct str body;	    /* absent: none */
	int64_t timeout_ms;	    /* all in all; 0: HTTP_TIMEOUT_MS */
	int64_t connect_timeout_ms; /* 0: HTTP_CONNECT_TIMEOUT_MS */
	size_t response_bytes;	    /* most of a body; 0: the default */
	bool private_addresses;	    /* allowed */
	bool follow_redirects;
	bool once; /* a repeat does harm: never on a kept connection */
};

struct http_result {
	int status; /* 0: there is no answer, `err` says why */
	const struct http_header *headers;
	uint32_t header_count;
	struct str body; /* without an answer: what of it had come, or none */
	struct err err;	 /* ERR_NONE with a status */
	/* Whether the server may have seen the request: false only when it
	 * certainly has not. */
	bool maybe_sent;
	int64_t took_us;
};

#endif
