/* replay_work.c - the worker as a child, its lanes as progress. */
#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "lanes.h"
#include "replay.h"

enum { LOOK_MS = 100, SHOW_EVERY_US = 1000000 };

/* The only thing that a signal may touch. */
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

/* Beside our own binary. */
static bool worker_path(struct ctl *ctl, const struct replay *r,
			const char **out)
{
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		return err_set(&ctl->err, ERR_FATAL, "/proc/self/exe: %s",
			       strerror(errno));
	self[len] = '\0';
	*out = arena_printf(&ctl->arena, "%s/%s", dirname(self), r->worker).at;
	if (!access(*out, X_OK))
		return true;
	return err_set(&ctl->err, ERR_FATAL,
		       "there is no program %s: --group names a worker that "
		       "lies beside fleetctl",
		       *out);
}

static void be_worker(const struct replay *r, const char *path)
{
	/* when fleetctl dies, so does the replay; it can go on later */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	setenv("FLOTILLA_GROUP", r->group, 1);
	setenv("FLOTILLA_TOPICS", r->topic, 1);
	setenv("FLOTILLA_UNTIL_END", "1", 1);
	/* the port is the live worker's */
	setenv("FLOTILLA_HTTP_PORT", "0", 1);
	setenv("FLOTILLA_LOG_LEVEL", "warn", 0);
	/* neither may it take a live member's place in a group */
	unsetenv("KAFKA_GROUP_INSTANCE_ID");
	execl(path, path, (char *)NULL);
	fprintf(stderr, "fleetctl: %s: %s\n", path, strerror(errno));
	_exit(127);
}

static void show_progress(struct ctl *ctl, const struct replay *r,
			  int64_t *done)
{
	struct lane_list lanes;
	int64_t left = 0;

	if (!lanes_read(ctl, r->group, r->topic, &lanes)) {
		fprintf(stderr, "fleetctl: %s\n", ctl->err.text);
		ctl->err.kind = ERR_NONE;
		return;
	}
	for (int i = 0; i < lanes.count; i++)
		if (lanes.rows[i].until > lanes.rows[i].next)
			left += lanes.rows[i].until - lanes.rows[i].next;
	*done = r->offsets - left;
	if (r->offsets)
		fprintf(stderr, "replay %s: %lld of %lld offsets, %lld %%\n",
			r->group, (long long)*done, (long long)r->offsets,
			(long long)(*done * 100 / r->offsets));
}

/* The child's exit status. */
static int wait_for(struct ctl *ctl, const struct replay *r, pid_t child)
{
	int64_t show_at = clock_mono_us() + SHOW_EVERY_US, done;
	bool told = false;
	int status;

	while (waitpid(child, &status, WNOHANG) == 0) {
		if (stopped && !told)
			kill(child, SIGTERM);
		told = told || stopped;
		if (clock_mono_us() >= show_at) {
			show_progress(ctl, r, &done);
			show_at += SHOW_EVERY_US;
		}
		poll(NULL, 0, LOOK_MS);
	}
	show_progress(ctl, r, &done);
	return status;
}

static int sum_up(struct ctl *ctl, const struct replay *r, int status)
{
	struct lane_list lanes;
	int64_t counts[FATE_COUNT] = {0}, left = 0;
	struct column columns[FATE_COUNT + 3] = {{"group", NULL, COLUMN_TEXT}};
	struct table t;

	if (!lanes_read(ctl, r->group, r->topic, &lanes))
		return ctl_fail(ctl);
	for (int i = 0; i < lanes.count; i++) {
		for (int f = 0; f < FATE_COUNT; f++)
			counts[f] += lanes.rows[i].counts[f];
		if (lanes.rows[i].until > lanes.rows[i].next)
			left += lanes.rows[i].until - lanes.rows[i].next;
	}
	for (int f = 0; f < FATE_COUNT; f++)
		columns[f + 1] = (struct column){fate_name((enum fate)f), NULL,
						 COLUMN_NUMBER};
	columns[FATE_COUNT + 1] = (struct column){"left", NULL, COLUMN_NUMBER};
	table_init(&t, columns);
	table_cstr(&t, r->group);
	for (int f = 0; f < FATE_COUNT; f++)
		table_number(&t, counts[f]);
	table_number(&t, left);
	ctl_show(ctl, &t, "");
	table_release(&t);
	if (left || status) {
		err_set(&ctl->err, ERR_FATAL,
			"the worker ended with %lld offsets left: see its log "
			"above; the same line without --from and --until goes "
			"on",
			(long long)left);
		return CTL_FAILED;
	}
	if (!ctl->args.json)
		printf("\nthrough: %lld applied, which the live path had "
		       "missed or a new mapping has corrected\n",
		       (long long)counts[FATE_APPLIED]);
	return CTL_DONE;
}

/* The offsets that it committed for lag tools would look like a backlog that
 * nobody works on. If Kafka keeps them, it forgets them by itself. */
static void forget_group(struct ctl *ctl, const struct replay *r)
{
	struct err ignored;

	if (ctl_admin(ctl) &&
	    !kafka_admin_delete_group(ctl->admin, r->group, &ignored))
		log_debug("group-stays", LOG_TEXT("group", r->group));
}

int replay_work(struct ctl *ctl, const struct replay *r)
{
	struct sigaction action = {.sa_handler = on_signal};
	const char *path;
	pid_t child;
	int code;

	if (!worker_path(ctl, r, &path))
		return ctl_fail(ctl);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	fflush(stdout);
	child = fork();
	if (child < 0) {
		err_set(&ctl->err, ERR_TEMPORARY, "fork: %s", strerror(errno));
		return ctl_fail(ctl);
	}
	if (!child)
		be_worker(r, path);
	code = sum_up(ctl, r, wait_for(ctl, r, child));
	if (code == CTL_DONE)
		forget_group(ctl, r);
	return code;
}
