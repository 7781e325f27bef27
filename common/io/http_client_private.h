/* http_client_private.h - what the files of the client share; nobody else
 * includes it.
 *
 *	http_client.c		the client, its epoll set and timer
 *	http_client_send.c	a request on its way into curl
 *	http_client_answer.c	an answer, an error, a redirect */
#ifndef FLOTILLA_IO_HTTP_CLIENT_PRIVATE_H
#define FLOTILLA_IO_HTTP_CLIENT_PRIVATE_H

#include <curl/curl.h>

#include "io/http_client.h"

struct http_client {
	CURLM *multi;
	int epoll_fd;
	int64_t due_us; /* monotonic, when curl wants to be called; -1 */
	struct http_limits limits;
	int in_flight;
	struct http_call *calls;   /* handed to curl */
	struct http_call *stopped; /* failed before that: answered by serve */
};

struct http_call {
	struct http_client *client;
	struct http_call *next, **link;
	struct http_done done;
	CURL *easy;
	struct curl_slist *request_headers;
	struct arena arena; /* of the answer's headers */
	struct http_header headers[HTTP_HEADERS_MAX];
	uint32_t header_count;
	size_t header_bytes;
	struct buf body;
	size_t body_max;
	int64_t started_us, timeout_ms;
	int hops;   /* redirects so far; -1: none are wanted */
	bool plain; /* GET or HEAD */
	bool private_addresses;
	bool opened;		 /* a socket to an allowed address */
	bool refused, too_large; /* why curl was made to stop */
	bool begun;		 /* the server may have seen something */
	struct err err;
	char said[CURL_ERROR_SIZE];
};

/* --- http_client.c --- */
void call_link(struct http_call **list, struct http_call *call);
void call_unlink(struct http_call *call);
void call_free(struct http_call *call);

/* --- http_client_answer.c --- */
/* curl is done with it: goes on elsewhere, or calls back. */
void call_finish(struct http_call *call, CURLcode code);
/* Calls back and frees it. Unlinked before: the callback may do what it likes.
 */
void call_answer(struct http_call *call);

#endif
