/* web.c - libmicrohttpd with manners: whole answers, half ones, none. */
#include "support/web.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { BODY_BYTES = 64 << 20, HANGING_MAX = 64 };

struct web {
	struct MHD_Daemon *daemon;
	struct web_handler handler;
	pthread_mutex_t lock;
	int count, connections;
	bool stopping;
	struct MHD_Connection *hanging[HANGING_MAX];
	int hanging_count;
	char url[64];
};

/* One request while its body comes. */
struct exchange {
	struct web *web;
	struct MHD_Connection *connection;
	struct buf in;
	struct buf out;
	enum web_manner manner;
};

const char *web_header(const struct web_request *request, const char *name)
{
	return MHD_lookup_connection_value(
		(struct MHD_Connection *)request->connection, MHD_HEADER_KIND,
		name);
}

const char *web_argument(const struct web_request *request, const char *name)
{
	return MHD_lookup_connection_value(
		(struct MHD_Connection *)request->connection,
		MHD_GET_ARGUMENT_KIND, name);
}

/* The connection waits until web_stop(). */
static void hang(struct exchange *x)
{
	struct web *web = x->web;

	web_lock(web);
	if (!web->stopping && web->hanging_count < HANGING_MAX) {
		web->hanging[web->hanging_count++] = x->connection;
		MHD_suspend_connection(x->connection);
	}
	web_unlock(web);
}

static ssize_t on_read(void *ctx, uint64_t at, char *to, size_t room)
{
	struct exchange *x = ctx;
	size_t end = x->manner == WEB_WHOLE ? x->out.len : x->out.len / 2;
	bool stopping;

	if (at < end) {
		size_t n = end - (size_t)at < room ? end - (size_t)at : room;

		memcpy(to, x->out.at + at, n);
		return (ssize_t)n;
	}
	web_lock(x->web);
	stopping = x->web->stopping;
	web_unlock(x->web);
	if (x->manner == WEB_CUT || stopping)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	hang(x);
	return 0;
}

static void on_free(void *ctx)
{
	struct exchange *x = ctx;

	buf_release(&x->in);
	buf_release(&x->out);
	free(x);
}

static enum MHD_Result reply(struct exchange *x, const char *path,
			     const char *method)
{
	struct web_request request = {method, path, buf_view(&x->in),
				      x->connection};
	struct web_answer answer = {.status = 200};
	struct MHD_Response *response;
	enum MHD_Result sent;

	buf_init(&answer.body, BODY_BYTES);
	web_lock(x->web);
	x->web->count++;
	x->web->handler.answer(x->web->handler.ctx, &request, &answer);
	web_unlock(x->web);
	buf_release(&x->out);
	x->out = answer.body;
	x->manner = answer.manner;
	if (answer.manner == WEB_SILENT) {
		hang(x);
		return MHD_YES;
	}
	response = MHD_create_response_from_callback(x->out.len, 32768, on_read,
						     x, on_free);
	for (int i = 0; i < WEB_HEADERS && answer.names[i]; i++)
		MHD_add_response_header(response, answer.names[i],
					answer.values[i]);
	sent = MHD_queue_response(x->connection, (unsigned)answer.status,
				  response);
	MHD_destroy_response(response);
	return sent;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *connection,
				  const char *path, const char *method,
				  const char *version, const char *upload,
				  size_t *upload_size, void **state)
{
	struct exchange *x = *state;

	(void)version;
	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			abort();
		x->web = ctx;
		x->connection = connection;
		buf_init(&x->in, BODY_BYTES);
		*state = x;
		return MHD_YES;
	}
	if (*upload_size) {
		buf_add(&x->in, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	if (x->manner == WEB_SILENT)
		return MHD_NO; /* woken up by web_stop() */
	return reply(x, path, method);
}

/* A silent one has no response that would free it. */
static void on_completed(void *ctx, struct MHD_Connection *connection,
			 void **state, enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *state;

	(void)ctx;
	(void)connection;
	(void)why;
	if (x && x->manner == WEB_SILENT)
		on_free(x);
}

static void on_connection(void *ctx, struct MHD_Connection *connection,
			  void **state,
			  enum MHD_ConnectionNotificationCode what)
{
	struct web *web = ctx;

	(void)connection;
	(void)state;
	web_lock(web);
	web->connections += what == MHD_CONNECTION_NOTIFY_STARTED;
	web_unlock(web);
}

struct web *web_start(struct web_handler handler)
{
	struct web *web = calloc(1, sizeof(*web));
	struct sockaddr_in at = {.sin_family = AF_INET};

	if (!web)
		abort();
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	web->handler = handler;
	pthread_mutex_init(&web->lock, NULL);
	web->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0,
		NULL, NULL, on_request, web, MHD_OPTION_SOCK_ADDR,
		(struct sockaddr *)&at, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		web, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)256 << 10,
		MHD_OPTION_END);
	if (!web->daemon)
		abort();
	snprintf(web->url, sizeof(web->url), "http://127.0.0.1:%d",
		 MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT)
			 ->port);
	return web;
}

void web_stop(struct web *web)
{
	web_lock(web);
	web->stopping = true;
	for (int i = 0; i < web->hanging_count; i++)
		MHD_resume_connection(web->hanging[i]);
	web_unlock(web);
	MHD_stop_daemon(web->daemon);
	pthread_mutex_destroy(&web->lock);
	free(web);
}

const char *web_url(const struct web *web)
{
	return web->url;
}

int web_count(struct web *web)
{
	int count;

	web_lock(web);
	count = web->count;
	web_unlock(web);
	return count;
}

int web_connections(struct web *web)
{
	int count;

	web_lock(web);
	count = web->connections;
	web_unlock(web);
	return count;
}

void web_lock(struct web *web)
{
	pthread_mutex_lock(&web->lock);
}

void web_unlock(struct web *web)
{
	pthread_mutex_unlock(&web->lock);
}
