/* proxy.c - a few connections, one poll loop. */
#include "support/proxy.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAIRS = 16 };

struct pair {
	int client, server; /* -1: free */
	int breaking;	    /* the server's next words are the last */
};

struct proxy {
	int listener, to;
	const char *marker;
	size_t marker_len;
	int every, times, seen;
	struct pair pairs[PAIRS];
};

static struct sockaddr_in address(int port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
}

static void hang_up(struct pair *pair)
{
	close(pair->client);
	close(pair->server);
	pair->client = pair->server = -1;
	pair->breaking = 0;
}

static void take_client(struct proxy *p)
{
	struct sockaddr_in to = address(p->to);
	int client = accept(p->listener, NULL, NULL);

	for (int i = 0; client >= 0 && i < PAIRS; i++) {
		struct pair *pair = &p->pairs[i];

		if (pair->client >= 0)
			continue;
		pair->client = client;
		pair->server = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(pair->server, (struct sockaddr *)&to, sizeof(to)))
			hang_up(pair);
		return;
	}
	if (client >= 0)
		close(client);
}

static int write_all(int fd, const char *bytes, ssize_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, (size_t)len, MSG_NOSIGNAL);

		if (n <= 0)
			return 0;
		bytes += n;
		len -= n;
	}
	return 1;
}

static void from_client(struct proxy *p, struct pair *pair)
{
	static char bytes[1 << 20];
	ssize_t n = recv(pair->client, bytes, sizeof(bytes), 0);

	if (n <= 0 || !write_all(pair->server, bytes, n)) {
		hang_up(pair);
		return;
	}
	if (!p->times || !memmem(bytes, (size_t)n, p->marker, p->marker_len) ||
	    ++p->seen % p->every)
		return;
	p->times--;
	pair->breaking = 1;
}

static void from_server(struct pair *pair)
{
	static char bytes[1 << 20];
	ssize_t n = recv(pair->server, bytes, sizeof(bytes), 0);

	if (n <= 0 || pair->breaking || !write_all(pair->client, bytes, n))
		hang_up(pair);
}

static void serve(struct proxy *p)
{
	struct pollfd fds[1 + 2 * PAIRS];

	fds[0] = (struct pollfd){.fd = p->listener, .events = POLLIN};
	for (int i = 0; i < PAIRS; i++) {
		fds[1 + 2 * i] = (struct pollfd){.fd = p->pairs[i].client,
						 .events = POLLIN};
		fds[2 + 2 * i] = (struct pollfd){.fd = p->pairs[i].server,
						 .events = POLLIN};
	}
	poll(fds, 1 + 2 * PAIRS, -1);
	for (int i = 0; i < PAIRS; i++) {
		if (fds[1 + 2 * i].revents)
			from_client(p, &p->pairs[i]);
		if (fds[2 + 2 * i].revents && p->pairs[i].server >= 0)
			from_server(&p->pairs[i]);
	}
	if (fds[0].revents)
		take_client(p);
}

pid_t proxy_start(int to, const char *marker, size_t marker_len, int every,
		  int times, int *port)
{
	struct proxy p = {
		.to = to,
		.marker = marker,
		.marker_len = marker_len,
		.every = every,
		.times = times,
	};
	struct sockaddr_in here = address(0);
	socklen_t len = sizeof(here);
	pid_t pid;

	for (int i = 0; i < PAIRS; i++)
		p.pairs[i] = (struct pair){-1, -1, 0};
	p.listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
		bind(p.listener, (struct sockaddr *)&here, sizeof(here)), 0);
	ck_assert_int_eq(listen(p.listener, PAIRS), 0);
	getsockname(p.listener, (struct sockaddr *)&here, &len);
	*port = ntohs(here.sin_port);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	while (!pid)
		serve(&p);
	close(p.listener);
	return pid;
}
