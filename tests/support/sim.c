/* sim.c - starts build/retail-sim and speaks HTTP/1.1 to it. */
#include "support/sim.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "json/json.h"

enum { ANSWER_MAX_BYTES = 64 << 20 };

/* The process -------------------------------------------------------------- */

static void become_sim(int out)
{
	const char *program = getenv("RETAIL_SIM");

	if (!program)
		program = "build/retail-sim";
	/* whatever becomes of the test */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	execl(program, program, "--port", "0", "--for", "600", (char *)NULL);
	perror(program);
	_exit(127);
}

void sim_start(struct sim *sim)
{
	int pipes[2];
	FILE *said;

	ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
	sim->pid = fork();
	ck_assert_int_ge(sim->pid, 0);
	if (!sim->pid)
		become_sim(pipes[1]);
	close(pipes[1]);
	said = fdopen(pipes[0], "r");
	ck_assert_ptr_nonnull(said);
	ck_assert_msg(fscanf(said, "listening on %d", &sim->port) == 1,
		      "retail-sim did not start (make build/retail-sim)");
	fclose(said);
}

void sim_stop(struct sim *sim)
{
	int status = -1;

	kill(sim->pid, SIGTERM);
	ck_assert_int_eq(waitpid(sim->pid, &status, 0), sim->pid);
	ck_assert_int_eq(status, 0);
}

/* Calls -------------------------------------------------------------------- */

static void put_header(struct buf *out, const char *name, const char *value)
{
	if (value)
		buf_printf(out, "%s%s\r\n", name, value);
}

static void write_call(struct buf *out, const struct sim_call *call)
{
	const char *method = call->method;

	if (!method)
		method = call->body ? "POST" : "GET";
	buf_printf(out,
		   "%s %s HTTP/1.1\r\nHost: sim\r\nConnection: close\r\n"
		   "Content-Length: %zu\r\n",
		   method, call->path, call->body ? strlen(call->body) : 0);
	put_header(out, "Authorization: Bearer ", call->token);
	put_header(out, "Idempotency-Key: ", call->key);
	buf_cstr(out, "\r\n");
	if (call->body)
		buf_cstr(out, call->body);
}

int sim_send(const struct sim *sim, struct sim_call call)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)sim->port),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	struct timeval deadline = {.tv_sec = SIM_DEADLINE_S};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct buf out;

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline));
	buf_init(&out, ANSWER_MAX_BYTES);
	write_call(&out, &call);
	for (size_t at = 0; at < out.len;) {
		ssize_t n = send(fd, out.at + at, out.len - at, MSG_NOSIGNAL);

		ck_assert_int_gt(n, 0);
		at += (size_t)n;
	}
	buf_release(&out);
	return fd;
}

/* The value of a header; NULL: there is none. */
static const char *header(const char *head, const char *name)
{
	const char *at = strcasestr(head, name);

	return at ? at + strlen(name) : NULL;
}

static void read_answer(struct sim_answer *answer, char *all)
{
	char *body = strstr(all, "\r\n\r\n");
	const char *length, *retry;

	*answer = (struct sim_answer){.retry_after_s = -1};
	if (!body || sscanf(all, "HTTP/1.1 %d", &answer->status) != 1) {
		answer->text = strdup("");
		return;
	}
	*body = 0;
	answer->text = strdup(body + 4);
	length = header(all, "\nContent-Length: ");
	retry = header(all, "\nRetry-After: ");
	answer->whole =
		length && strtoul(length, NULL, 10) == strlen(answer->text);
	answer->replayed = header(all, "\nIdempotent-Replayed: true");
	if (retry)
		answer->retry_after_s = strtol(retry, NULL, 10);
}

void sim_receive(int socket, struct sim_answer *answer)
{
	char piece[16384];
	struct buf all;
	ssize_t n;

	buf_init(&all, ANSWER_MAX_BYTES);
	while ((n = recv(socket, piece, sizeof(piece), 0)) > 0)
		buf_add(&all, piece, (size_t)n);
	ck_assert_msg(n == 0 || errno == ECONNRESET,
		      "no answer, and not closed, in %d s", SIM_DEADLINE_S);
	close(socket);
	buf_byte(&all, 0);
	ck_assert(!all.full);
	read_answer(answer, all.at);
	buf_release(&all);
}

void sim_ask(const struct sim *sim, struct sim_call call,
	     struct sim_answer *answer)
{
	sim_receive(sim_send(sim, call), answer);
}

void sim_answer_release(struct sim_answer *answer)
{
	free(answer->text);
	answer->text = NULL;
}

int sim_status(const struct sim *sim, struct sim_call call)
{
	struct sim_answer answer;

	sim_ask(sim, call, &answer);
	sim_answer_release(&answer);
	return answer.status;
}

/* Answers ------------------------------------------------------------------ */

static bool look_up(const struct sim_answer *answer, const char *pointer,
		    char *text, size_t size)
{
	struct arena arena;
	struct json_doc doc;
	struct err err;
	uint32_t at;

	arena_init(&arena, 0);
	ck_assert_msg(json_read(&arena, str_of(answer->text), NULL, &doc, &err),
		      "%s: %s", err.text, answer->text);
	at = json_find(&doc, 0, str_of(pointer));
	if (at != UINT32_MAX)
		snprintf(text, size, "%.*s", STR_ARGS(doc.nodes[at].text));
	arena_release(&arena);
	return at != UINT32_MAX;
}

int64_t sim_number(const struct sim_answer *answer, const char *pointer)
{
	int64_t number = 0;
	char text[64] = "";

	ck_assert_msg(look_up(answer, pointer, text, sizeof(text)) &&
			      str_to_i64(str_of(text), &number),
		      "no number at %s of %s", pointer, answer->text);
	return number;
}

void sim_text(const struct sim_answer *answer, const char *pointer, char *text,
	      int size)
{
	*text = 0;
	look_up(answer, pointer, text, (size_t)size);
}

void sim_expect(const struct sim *sim, struct sim_call call, int status,
		const char *pointer, const char *text)
{
	struct sim_answer answer;
	char found[256];

	sim_ask(sim, call, &answer);
	ck_assert_msg(answer.status == status, "%s: %d %s", call.path,
		      answer.status, answer.text);
	if (text) {
		sim_text(&answer, pointer, found, sizeof(found));
		ck_assert_msg(!strcmp(found, text), "%s%s: \"%s\" in %s",
			      call.path, pointer, found, answer.text);
	}
	sim_answer_release(&answer);
}

/* Administration ------------------------------------------------------------
 */

static void order(const struct sim *sim, struct sim_call call)
{
	struct sim_answer answer;

	sim_ask(sim, call, &answer);
	ck_assert_msg(answer.status == 200, "%s: %d %s", call.path,
		      answer.status, answer.text);
	sim_answer_release(&answer);
}

void sim_faults(const struct sim *sim, const char *json)
{
	order(sim, (struct sim_call){.method = "PUT",
				     .path = "/admin/faults",
				     .body = json});
}

void sim_seed(const struct sim *sim, const char *json)
{
	order(sim, (struct sim_call){.method = "PUT",
				     .path = "/admin/seed",
				     .body = json});
}

void sim_reset(const struct sim *sim)
{
	order(sim, (struct sim_call){.method = "POST", .path = "/admin/reset"});
}

static void put_filter(struct buf *path, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(path, "&%s=", name);
	for (; *value; value++)
		buf_printf(path, "%%%02x", (unsigned char)*value);
}

/* The page of the ledger behind `after`. */
static void ledger(const struct sim *sim, const char *const filter[3],
		   int64_t after, struct sim_answer *answer)
{
	struct buf path;

	buf_init(&path, 4096);
	buf_printf(&path, "/admin/ledger?after=%lld", (long long)after);
	put_filter(&path, "system", filter[0]);
	put_filter(&path, "operation", filter[1]);
	put_filter(&path, "reference", filter[2]);
	buf_byte(&path, 0);
	ck_assert(!path.full);
	sim_ask(sim, (struct sim_call){.path = path.at}, answer);
	ck_assert_msg(answer->status == 200, "%s", answer->text);
	buf_release(&path);
}

int64_t sim_effects(const struct sim *sim, const char *system,
		    const char *operation, const char *reference)
{
	const char *const filter[3] = {system, operation, reference};
	struct sim_answer answer;
	int64_t total;

	ledger(sim, filter, 0, &answer);
	total = sim_number(&answer, "/total");
	sim_answer_release(&answer);
	return total;
}

/* The sum over one page; *next is 0 after the last. */
static int64_t asked_of(const struct sim_answer *answer, int64_t *next)
{
	struct arena arena;
	struct json_doc doc;
	struct err err;
	int64_t sum = 0, n;
	uint32_t list;

	arena_init(&arena, 0);
	ck_assert(json_read(&arena, str_of(answer->text), NULL, &doc, &err));
	list = json_member(&doc, 0, STR("entries"));
	for (uint32_t i = list + 1; i < doc.nodes[list].next;
	     i = doc.nodes[i].next) {
		ck_assert(str_to_i64(
			doc.nodes[json_member(&doc, i, STR("asked"))].text,
			&n));
		sum += n;
	}
	list = json_member(&doc, 0, STR("next"));
	*next = 0;
	ck_assert(!list || str_to_i64(doc.nodes[list].text, next));
	arena_release(&arena);
	return sum;
}

int64_t sim_asked(const struct sim *sim, const char *system,
		  const char *operation, const char *reference)
{
	const char *const filter[3] = {system, operation, reference};
	struct sim_answer answer;
	int64_t sum = 0, next = 0;

	do {
		ledger(sim, filter, next, &answer);
		sum += asked_of(&answer, &next);
		sim_answer_release(&answer);
	} while (next);
	return sum;
}

int64_t sim_stat(const struct sim *sim, const char *pointer)
{
	struct sim_answer answer;
	int64_t number = 0;
	char text[64] = "0";

	sim_ask(sim, (struct sim_call){.path = "/admin/stats"}, &answer);
	look_up(&answer, pointer, text, sizeof(text));
	ck_assert(str_to_i64(str_of(text), &number));
	sim_answer_release(&answer);
	return number;
}

void sim_wait(const struct sim *sim, const char *pointer, int64_t least)
{
	int64_t deadline_us = clock_mono_us() + SIM_DEADLINE_S * 1000000LL;

	while (sim_stat(sim, pointer) < least) {
		ck_assert_msg(clock_mono_us() < deadline_us,
			      "%s does not reach %lld", pointer,
			      (long long)least);
		nanosleep(&(struct timespec){0, 5 * 1000 * 1000}, NULL);
	}
}
