/* http_client.c - one curl multi behind one epoll set. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/http_client_private.h"

enum { EVENTS = 64, DAY_MS = 86400000 };

void call_link(struct http_call **list, struct http_call *call)
{
	call->next = *list;
	call->link = list;
	if (call->next)
		call->next->link = &call->next;
	*list = call;
}

void call_unlink(struct http_call *call)
{
	*call->link = call->next;
	if (call->next)
		call->next->link = call->link;
}

void call_free(struct http_call *call)
{
	if (call->easy) {
		curl_multi_remove_handle(call->client->multi, call->easy);
		curl_easy_cleanup(call->easy);
	}
	curl_slist_free_all(call->request_headers);
	buf_release(&call->body);
	arena_release(&call->arena);
	call->client->in_flight--;
	free(call);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx,
		     void *socket_ctx)
{
	const struct http_client *client = ctx;
	struct epoll_event event = {.data.fd = fd};

	(void)easy;
	(void)socket_ctx;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(client->epoll_fd, EPOLL_CTL_DEL, fd, &event);
		return 0;
	}
	if (what & CURL_POLL_IN)
		event.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		event.events |= EPOLLOUT;
	if (epoll_ctl(client->epoll_fd, EPOLL_CTL_MOD, fd, &event) < 0 &&
	    epoll_ctl(client->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
		return -1;
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct http_client *client = ctx;

	(void)multi;
	client->due_us =
		timeout_ms < 0 ? -1 : clock_mono_us() + timeout_ms * 1000;
	return 0;
}

void http_client_poll(const struct http_client *client, struct pollfd *fd,
		      int *timeout_ms)
{
	int64_t wait_ms = -1;

	*fd = (struct pollfd){.fd = client->epoll_fd, .events = POLLIN};
	if (client->due_us >= 0)
		wait_ms = (client->due_us - clock_mono_us() + 999) / 1000;
	if (client->stopped || (client->due_us >= 0 && wait_ms < 0))
		wait_ms = 0;
	if (wait_ms >= 0 && (*timeout_ms < 0 || wait_ms < *timeout_ms))
		*timeout_ms = wait_ms > DAY_MS ? DAY_MS : (int)wait_ms;
}

static void serve_sockets(struct http_client *client)
{
	struct epoll_event events[EVENTS];
	int running, n = epoll_wait(client->epoll_fd, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		int what = 0;

		if (events[i].events & (EPOLLIN | EPOLLHUP))
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & EPOLLERR)
			what |= CURL_CSELECT_ERR;
		curl_multi_socket_action(client->multi, events[i].data.fd, what,
					 &running);
	}
	if (client->due_us >= 0 && clock_mono_us() >= client->due_us) {
		client->due_us = -1;
		curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0,
					 &running);
	}
}

void http_client_serve(struct http_client *client)
{
	CURLMsg *message;
	int left, stopped = 0;

	serve_sockets(client);
	while ((message = curl_multi_info_read(client->multi, &left))) {
		struct http_call *call = NULL;
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
				  &call);
		call_finish(call, code);
	}
	/* their callbacks may send what stops as well: that is next time's */
	for (const struct http_call *c = client->stopped; c; c = c->next)
		stopped++;
	while (stopped-- > 0 && client->stopped) {
		struct http_call *call = client->stopped;

		call_unlink(call);
		call_answer(call);
	}
}

struct http_client *http_client_new(const struct http_limits *limits)
{
	static const struct http_limits none;
	struct http_client *client = calloc(1, sizeof(*client));
	const struct http_limits *l = limits ? limits : &none;

	if (!client || curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
	client->limits = (struct http_limits){
		.in_flight = l->in_flight ? l->in_flight : 512,
		.connections = l->connections ? l->connections : 128,
		.per_host = l->per_host ? l->per_host : 32,
		.idle_ms = l->idle_ms ? l->idle_ms : 10000,
	};
	client->due_us = -1;
	client->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	client->multi = curl_multi_init();
	if (client->epoll_fd < 0 || !client->multi)
		abort();
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS,
			  (long)client->limits.connections);
	curl_multi_setopt(client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			  (long)client->limits.connections);
	curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
			  (long)client->limits.per_host);
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	while (client->calls)
		http_client_cancel(client, client->calls);
	while (client->stopped)
		http_client_cancel(client, client->stopped);
	curl_multi_cleanup(client->multi);
	close(client->epoll_fd);
	curl_global_cleanup();
	free(client);
}

int http_client_in_flight(const struct http_client *client)
{
	return client->in_flight;
}

void http_client_cancel(struct http_client *client, struct http_call *call)
{
	(void)client;
	if (!call)
		return;
	call_unlink(call);
	call_free(call);
}

/* For those who may wait ------------------------------------------------- */

void http_client_turn(struct http_client *client, int timeout_ms)
{
	struct pollfd fd;

	http_client_poll(client, &fd, &timeout_ms);
	(void)poll(&fd, 1, timeout_ms);
	http_client_serve(client);
}

struct waiting {
	struct arena *arena;
	struct http_result *out;
	bool done;
};

static void on_done(void *ctx, const struct http_result *result)
{
	struct waiting *w = ctx;
	struct http_header *headers = ARENA_ARRAY(w->arena, struct http_header,
						  result->header_count + 1);

	for (uint32_t i = 0; i < result->header_count; i++)
		headers[i] = (struct http_header){
			arena_str(w->arena, result->headers[i].name),
			arena_str(w->arena, result->headers[i].value)};
	*w->out = *result;
	w->out->headers = headers;
	w->out->body = arena_str(w->arena, result->body);
	w->done = true;
}

void http_client_wait(struct http_client *client,
		      const struct http_request *request, struct arena *arena,
		      struct http_result *out)
{
	struct waiting w = {arena, out, false};

	http_client_send(client, request, (struct http_done){on_done, &w});
	while (!w.done)
		http_client_turn(client, -1);
}
