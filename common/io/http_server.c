/* http_server.c - libmicrohttpd behind one handler. */
#include "io/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>

enum { BODY_MAX_BYTES = 1 << 20, CONNECTIONS_MAX = 64, TIMEOUT_S = 10 };

struct http_server {
	struct MHD_Daemon *daemon;
	struct http_handler handler;
};

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection,
			      const char *path, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	struct http_server *server = ctx;
	const char *type = "text/plain; charset=utf-8";
	struct MHD_Response *response;
	struct buf body;
	enum MHD_Result sent;
	int status = MHD_HTTP_METHOD_NOT_ALLOWED;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	buf_init(&body, BODY_MAX_BYTES);
	if (!strcmp(method, "GET") || !strcmp(method, "HEAD"))
		status = server->handler.get(server->handler.ctx, path, &body,
					     &type);
	response = MHD_create_response_from_buffer(body.len, body.at,
						   MHD_RESPMEM_MUST_COPY);
	MHD_add_response_header(response, "Content-Type", type);
	sent = MHD_queue_response(connection, (unsigned)status, response);
	MHD_destroy_response(response);
	buf_release(&body);
	return sent;
}

struct http_server *http_server_start(const char *address, uint16_t port,
				      struct http_handler handler,
				      struct err *err)
{
	struct http_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	if (!server)
		abort();
	server->handler = handler;
	if (inet_pton(AF_INET, address, &at.sin_addr) != 1) {
		free(server);
		err_set(err, ERR_FATAL,
			"%s is not an IPv4 address to listen on", address);
		return NULL;
	}
	server->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD, port, NULL, NULL, answer, server,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
		MHD_OPTION_END);
	if (server->daemon)
		return server;
	err_set(err, ERR_FATAL, "cannot listen on %s:%u: %s", address, port,
		strerror(errno));
	free(server);
	return NULL;
}

uint16_t http_server_port(const struct http_server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

	return info ? info->port : 0;
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon);
	free(server);
}
