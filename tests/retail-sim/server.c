/* server.c - libmicrohttpd driven by one ppoll loop, with its timers. */
#include "retail-sim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"

enum {
	IDLE_S = 60,
	HEADER_BYTES = 32 << 10,
	UPLOAD_MAX_BYTES = 16 << 20, /* read, to answer 413 in peace */
	LOOK_US = 1000 * 1000,	     /* how often hung sockets are looked at */
};

struct session {
	struct server *server;
	struct MHD_Connection *connection;
	struct call call;
	size_t uploaded;
	int64_t due_us; /* while suspended */
	bool hangs;
	struct session *next; /* of those suspended */
};

struct server {
	struct MHD_Daemon *daemon;
	struct server_handler handler;
	struct session *suspended;
	bool closing;
};

/* the one thing that outlives a call of the signal handler */
static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

/* Requests ---------------------------------------------------------------- */

static enum MHD_Result take_query(void *ctx, enum MHD_ValueKind kind,
				  const char *name, const char *value)
{
	struct call *call = ctx;

	(void)kind;
	if (call->query_count == CALL_QUERY)
		return MHD_NO;
	call->query[call->query_count].name = str_of(name);
	call->query[call->query_count++].value = str_of(value ? value : "");
	return MHD_YES;
}

static struct str header(struct MHD_Connection *connection, const char *name)
{
	return str_of(
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

static struct session *open_session(struct server *server,
				    struct MHD_Connection *connection,
				    const char *path, const char *method)
{
	struct session *session = calloc(1, sizeof(*session));
	struct call *call;

	if (!session)
		abort();
	session->server = server;
	session->connection = connection;
	call = &session->call;
	call_init(call);
	/* libmicrohttpd keeps these as long as the request */
	call->method = str_of(method);
	call->path = str_of(path);
	call->key = header(connection, "Idempotency-Key");
	call->authorization = header(connection, "Authorization");
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query,
				  call);
	return session;
}

/* Escapes are taken out by who knows where a path is to be split. */
static size_t leave_escapes(void *ctx, struct MHD_Connection *connection,
			    char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

/* Answers ----------------------------------------------------------------- */

static ssize_t send_half(void *ctx, uint64_t at, char *to, size_t room)
{
	const struct session *session = ctx;
	size_t half = session->call.out.len / 2;
	size_t n = half - (size_t)at < room ? half - (size_t)at : room;

	if (!n)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	memcpy(to, session->call.out.at + at, n);
	return (ssize_t)n;
}

static void add_headers(struct MHD_Response *response, const struct call *call)
{
	char seconds[24];
	struct buf text;

	MHD_add_response_header(response, "Content-Type", call->type);
	if (call->replayed)
		MHD_add_response_header(response, "Idempotent-Replayed",
					"true");
	if (call->unauthorized)
		MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
	if (call->retry_after_s < 0)
		return;
	buf_fixed(&text, seconds, sizeof(seconds) - 1);
	buf_i64(&text, call->retry_after_s);
	seconds[text.len] = 0;
	MHD_add_response_header(response, "Retry-After", seconds);
}

static enum MHD_Result answer(struct session *session, bool half)
{
	struct call *call = &session->call;
	struct MHD_Response *response;
	enum MHD_Result sent;

	/* the session outlives the response: it ends with the request */
	if (half)
		response = MHD_create_response_from_callback(
			call->out.len, 4096, send_half, session, NULL);
	else
		response = MHD_create_response_from_buffer(
			call->out.len, call->out.at, MHD_RESPMEM_PERSISTENT);
	if (!response)
		abort();
	add_headers(response, call);
	sent = MHD_queue_response(session->connection, (unsigned)call->status,
				  response);
	MHD_destroy_response(response);
	return sent;
}

static enum MHD_Result suspend(struct session *session, struct verdict verdict)
{
	struct server *server = session->server;

	session->due_us = clock_mono_us() + verdict.wait_ms * 1000;
	session->hangs = verdict.act == ACT_HANG;
	session->next = server->suspended;
	server->suspended = session;
	MHD_suspend_connection(session->connection);
	return MHD_YES;
}

static enum MHD_Result take_turn(struct session *session)
{
	struct server *server = session->server;
	struct verdict verdict;

	if (server->closing)
		return MHD_NO;
	verdict = server->handler.turn(server->handler.ctx, &session->call);
	switch (verdict.act) {
	case ACT_ANSWER:
		return answer(session, false);
	case ACT_HALF:
		return answer(session, true);
	case ACT_DROP:
		return MHD_NO;
	case ACT_WAIT:
	case ACT_HANG:
		return suspend(session, verdict);
	}
	return MHD_NO;
}

static enum MHD_Result serve(void *ctx, struct MHD_Connection *connection,
			     const char *path, const char *method,
			     const char *version, const char *upload,
			     size_t *upload_size, void **state)
{
	struct session *session = *state;

	(void)version;
	if (!session) {
		*state = open_session(ctx, connection, path, method);
		return MHD_YES;
	}
	if (!*upload_size)
		return take_turn(session);
	session->uploaded += *upload_size;
	buf_add(&session->call.body, upload, *upload_size);
	*upload_size = 0;
	return session->uploaded <= UPLOAD_MAX_BYTES ? MHD_YES : MHD_NO;
}

static void completed(void *ctx, struct MHD_Connection *connection,
		      void **state, enum MHD_RequestTerminationCode how)
{
	struct server *server = ctx;
	struct session *session = *state;

	(void)connection;
	(void)how;
	if (!session)
		return;
	server->handler.gone(server->handler.ctx, &session->call);
	call_release(&session->call);
	free(session);
	*state = NULL;
}

/* Time -------------------------------------------------------------------- */

static bool other_side_gone(const struct session *session)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		session->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	char byte;

	return info &&
	       recv(info->connect_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void wake_due(struct server *server)
{
	struct session **at = &server->suspended;
	int64_t now_us = clock_mono_us();

	while (*at) {
		struct session *session = *at;

		if (!server->closing && session->due_us > now_us &&
		    !(session->hangs && other_side_gone(session))) {
			at = &session->next;
			continue;
		}
		*at = session->next;
		MHD_resume_connection(session->connection);
	}
}

/* How long the loop may sleep. */
static int64_t sleep_us(struct server *server, int64_t until_us)
{
	int64_t next_us = until_us, now_us = clock_mono_us();
	MHD_UNSIGNED_LONG_LONG mhd_ms;

	for (struct session *s = server->suspended; s; s = s->next) {
		if (s->due_us < next_us)
			next_us = s->due_us;
		if (s->hangs && now_us + LOOK_US < next_us)
			next_us = now_us + LOOK_US;
	}
	if (MHD_get_timeout(server->daemon, &mhd_ms) == MHD_YES &&
	    now_us + (int64_t)mhd_ms * 1000 < next_us)
		next_us = now_us + (int64_t)mhd_ms * 1000;
	return next_us > now_us ? next_us - now_us : 0;
}

/* SIGTERM comes only while the loop sleeps: none is missed. */
static void sleep_or_work(struct server *server, int64_t until_us,
			  const sigset_t *open)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd wait = {.fd = info->epoll_fd, .events = POLLIN};
	int64_t us = sleep_us(server, until_us);

	ppoll(&wait, 1, &(struct timespec){us / 1000000, us % 1000000 * 1000},
	      open);
	wake_due(server);
	MHD_run(server->daemon);
}

void server_run(struct server *server, int64_t until_us)
{
	struct sigaction act = {.sa_handler = on_signal};
	sigset_t held, open;

	sigemptyset(&held);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGINT);
	sigprocmask(SIG_BLOCK, &held, &open);
	sigdelset(&open, SIGTERM);
	sigdelset(&open, SIGINT);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	while (!stop && clock_mono_us() < until_us)
		sleep_or_work(server, until_us, &open);
}

/* Life -------------------------------------------------------------------- */

struct server *server_new(uint16_t port, struct server_handler handler,
			  struct err *err)
{
	struct server *server = calloc(1, sizeof(*server));
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};

	if (!server)
		abort();
	server->handler = handler;
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL,
		serve, server, MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)SERVER_CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_BYTES,
		MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, completed, server, MHD_OPTION_END);
	if (server->daemon)
		return server;
	err_set(err, ERR_FATAL, "cannot listen on port %u: %s", port,
		strerror(errno));
	free(server);
	return NULL;
}

uint16_t server_port(const struct server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void server_free(struct server *server)
{
	if (!server)
		return;
	/* a daemon may not stop over suspended connections */
	server->closing = true;
	wake_due(server);
	MHD_run(server->daemon);
	MHD_stop_daemon(server->daemon);
	free(server);
}
