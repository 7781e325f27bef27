/* worker.c - a process from its command line to its exit code. */
#include "run/worker.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "io/pg_tools.h"
#include "run/health.h"
#include "run/loop.h"
#include "run/mappings.h"
#include "store/startup.h"

enum { TOPICS_MAX = 64, PATTERN_BYTES = 512, DATABASE_WAIT_MS = 5000 };

extern char **environ;

/* All that a process holds for life. */
struct process {
	const struct worker *worker;
	struct settings settings;
	struct metrics metrics;
	struct mappings mappings;
	struct store *store;
	struct service service; /* zeroed: none */
	struct http_server *http;
	char owner[96];
	char pattern[PATTERN_BYTES];
	char *topic_text;
	const char *topics[TOPICS_MAX + 1];
	int signal_fd;
};

/* ^raw\.[^.]+\.(order|shipment)\.v1$ */
static void subscribe_nouns(struct process *p)
{
	size_t at = 0;
	const char *const *noun = p->worker->nouns;

	at += (size_t)snprintf(p->pattern, sizeof(p->pattern),
			       "^raw\\.[^.]+\\.(");
	for (; *noun && at < sizeof(p->pattern); noun++)
		at += (size_t)snprintf(p->pattern + at, sizeof(p->pattern) - at,
				       "%s%s", *noun,
				       noun[1] ? "|" : ")\\.v1$");
	p->topics[0] = p->pattern;
}

static bool subscribe_named(struct process *p, struct err *err)
{
	int count = 0;
	char *rest = p->topic_text = strdup(p->settings.topics);

	for (char *name; (name = strtok_r(rest, ", ", &rest));) {
		if (count == TOPICS_MAX)
			return err_set(err, ERR_FATAL,
				       "FLOTILLA_TOPICS names more than %d",
				       TOPICS_MAX);
		p->topics[count++] = name;
	}
	return count ||
	       err_set(err, ERR_FATAL, "FLOTILLA_TOPICS names no topic");
}

static bool choose_topics(struct process *p, struct err *err)
{
	if (*p->settings.topics)
		return subscribe_named(p, err);
	subscribe_nouns(p);
	return true;
}

/* Unique among all processes that there ever are: a lane's strikes tell
 * owners apart by it. */
static void name_owner(struct process *p)
{
	char host[48] = "";

	gethostname(host, sizeof(host) - 1);
	snprintf(p->owner, sizeof(p->owner), "%s/%d/%llx", host, (int)getpid(),
		 (unsigned long long)clock_now_us());
}

/* Signals are read like everything else: in the loop. */
static bool take_signals(struct process *p, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	p->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signal_fd >= 0 || err_set(err, ERR_FATAL, "no signalfd");
}

static bool serve_health(struct process *p, struct err *err)
{
	if (!p->settings.http_port)
		return true;
	p->http = http_server_start(p->settings.http_listen,
				    (uint16_t)p->settings.http_port,
				    health_handler(&p->metrics), err);
	return p->http != NULL;
}

/* A database that is away is waited for, in the loop; one that does not fit
 * stops the start. */
static bool check_database(struct process *p, struct err *err)
{
	struct pg *pg = pg_new("", NULL);
	bool ok = pg_wait_ready(pg, DATABASE_WAIT_MS, err) &&
		  startup_check_schema(pg, err);

	for (int i = 0; ok && i < p->mappings.count; i++)
		ok = startup_check_mapping(pg, p->mappings.items[i], err);
	pg_free(pg);
	if (ok || err->kind != ERR_TEMPORARY)
		return ok;
	log_warn("database-away", LOG_ERR(err));
	return true;
}

static bool open_service(struct process *p, struct err *err)
{
	const struct service_parts parts = {
		.settings = &p->settings,
		.store = p->store,
		.owner = p->owner,
	};

	if (!p->worker->open_service)
		return true;
	if (!p->worker->open_service(&parts, &p->service, err))
		return false;
	p->metrics.service = &p->service;
	return true;
}

static bool open_all(struct process *p, struct err *err)
{
	const char *dir = p->settings.schemas_dir;

	p->metrics.worker = p->worker->name;
	p->metrics.turned_us = clock_mono_us();
	name_owner(p);
	return take_signals(p, err) && choose_topics(p, err) &&
	       mappings_load(&p->mappings, dir, p->worker->nouns, err) &&
	       p->worker->open_store(dir, &p->store, err) &&
	       check_database(p, err) && open_service(p, err) &&
	       serve_health(p, err);
}

static int run(struct process *p)
{
	struct err err;
	int64_t begin = clock_mono_us();
	bool ok;

	if (!open_all(p, &err)) {
		log_error("cannot-start", LOG_ERR(&err));
		return 1;
	}
	log_info("started", LOG_TEXT("version", FLOTILLA_VERSION),
		 LOG_TEXT("group", p->settings.group),
		 LOG_INT("mappings", p->mappings.count),
		 LOG_INT("http_port", p->http ? http_server_port(p->http) : 0),
		 LOG_INT("start_ms", (clock_mono_us() - begin) / 1000));
	ok = loop_run(
		&(struct loop_parts){
			.worker = p->worker,
			.settings = &p->settings,
			.metrics = &p->metrics,
			.store = p->store,
			.service = p->service.turn ? &p->service : NULL,
			.mappings = p->mappings.items,
			.mapping_count = p->mappings.count,
			.topics = p->topics,
			.owner = p->owner,
			.signal_fd = p->signal_fd,
		},
		&err);
	if (!ok)
		log_error("stopped", LOG_ERR(&err));
	else
		log_info("stopped", LOG_INT("cpu_ms", clock_cpu_us() / 1000));
	return ok ? 0 : 1;
}

static int usage(const struct worker *worker, const char *word)
{
	fprintf(stderr,
		"%s: there is no option %s; settings are environment "
		"variables, see %s --help\n",
		worker->name, word, worker->name);
	return 2;
}

int worker_main(const struct worker *worker, int argc, char **argv)
{
	static struct process process;
	struct err err;
	int rc;

	if (argc > 1 && !strcmp(argv[1], "--version")) {
		printf("%s %s\n", worker->name, FLOTILLA_VERSION);
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "--help")) {
		settings_help(stdout, worker->name, worker->summary);
		return 0;
	}
	if (argc > 1)
		return usage(worker, argv[1]);
	log_init(worker->name, LOG_INFO);
	/* one heap for all threads: librdkafka's hand buffers to ours, and what
	 * one heap frees another cannot use (60 MB instead of 130) */
	mallopt(M_ARENA_MAX, 1);
	process.worker = worker;
	if (!settings_load(&process.settings, worker->name, environ, &err)) {
		log_error("cannot-start", LOG_ERR(&err));
		return 1;
	}
	log_init(worker->name, process.settings.log_level);
	rc = run(&process);
	http_server_stop(process.http);
	if (process.service.close)
		process.service.close(process.service.ctx);
	mappings_release(&process.mappings);
	free(process.topic_text);
	return rc;
}
