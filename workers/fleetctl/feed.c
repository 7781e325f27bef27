/* feed.c - `fleetctl feed`: a legacy system's file into a topic.
 *
 * Whether a file may be fed is settled here, before anything is sent: it is
 * nobody else's at the moment, not fed in part already (or goes on there), has
 * not been cut short, and fits its layout. */
#include "feed.h"
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "io/kafka_producer.h"

enum { FIRST_WORD_US = 2000000, RATE_MAX = 100000000 };

const struct option feed_options[] = {
	{"topic", "NAME", "where to (what the layout says)"},
	{"resume", NULL, "go on where it ended; a new file: at its beginning"},
	{"rate", "N", "at most so many rows a second (as fast as it goes)"},
	{"limit", "N", "at most so many rows now; --resume goes on (all)"},
	{"rejects", "FILE", "for rows that cannot be used (<file>.rejects)"},
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

/* The only thing that a signal may touch. */
static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	stopped = number;
}

static void catch_signals(void)
{
	/* without SA_RESTART: a read that waits shall end */
	struct sigaction action = {.sa_handler = on_signal};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static bool load_layout(struct feed *f)
{
	struct err *err = &f->ctl->err;
	struct buf text;
	bool ok;

	buf_init(&text, 1 << 20);
	ok = buf_read_file(&text, f->layout_path, err);
	if (ok && !layout_read(&f->ctl->arena,
			       arena_str(&f->ctl->arena, buf_view(&text)),
			       &f->layout, err))
		ok = err_wrap(err, "%s at %s", f->layout_path,
			      *err->pointer ? err->pointer : "/");
	buf_release(&text);
	return ok;
}

/* The file itself is locked: its state file is another after each write. */
static bool open_file(struct feed *f)
{
	struct err *err = &f->ctl->err;
	struct stat st;

	f->fd = open(f->path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0 || fstat(f->fd, &st))
		return err_set(err, ERR_INVALID, "%s: %s", f->path,
			       strerror(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INVALID,
			       "%s is no file; what comes out of a pipe is fed "
			       "as \"-\"",
			       f->path);
	if (!f->dry_run && flock(f->fd, LOCK_EX | LOCK_NB) &&
	    errno == EWOULDBLOCK)
		return err_set(err, ERR_INVALID,
			       "another fleetctl is feeding %s", f->path);
	posix_fadvise(f->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return feed_identify(f->fd, &f->state.file, err);
}

static bool open_input(struct feed *f)
{
	struct err *err = &f->ctl->err;
	const char *slash = strrchr(f->path, '/');

	if (strcmp(f->path, "-") != 0) {
		f->name = slash ? slash + 1 : f->path;
		f->state_path =
			arena_printf(&f->ctl->arena, "%s.feed", f->path).at;
		return open_file(f);
	}
	f->path = "standard input";
	f->fd = STDIN_FILENO;
	f->state.file.mtime_us = clock_now_us();
	if (args_flag(&f->ctl->args, "resume"))
		return err_set(err, ERR_INVALID,
			       "standard input cannot be resumed");
	if (f->layout.trailer.starts.at)
		return err_set(err, ERR_INVALID,
			       "a file with a trailer is read twice: save it "
			       "first, then feed the file");
	return f->dry_run || args_value(&f->ctl->args, "rejects") ||
	       err_set(err, ERR_INVALID,
		       "standard input has no place for rejects: give "
		       "--rejects");
}

/* A resume may be made from another folder. */
static const char *absolute(struct feed *f, const char *path)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	const char *out =
		here ? arena_printf(&f->ctl->arena, "%s/%s", here, path).at
		     : path;

	free(here);
	return out;
}

static bool choose_rejects(struct feed *f)
{
	const char *path = args_value(&f->ctl->args, "rejects");
	struct stat input, output;

	if (!path && !f->dry_run)
		path = arena_printf(&f->ctl->arena, "%s.rejects", f->path).at;
	if (path)
		path = absolute(f, path);
	f->state.rejects = path;
	if (path && !fstat(f->fd, &input) && !stat(path, &output) &&
	    input.st_dev == output.st_dev && input.st_ino == output.st_ino)
		return err_set(&f->ctl->err, ERR_INVALID,
			       "--rejects is the file itself");
	return true;
}

/* Goes on after `old`, if it tells of the same thing. */
static bool take_up(struct feed *f, const struct feed_state *old)
{
	struct err *err = &f->ctl->err;
	bool elsewhere =
		args_flag(&f->ctl->args, "rejects") &&
		(!old->rejects || strcmp(f->state.rejects, old->rejects) != 0);

	if (!feed_same_file(&old->file, &f->state.file))
		return err_set(err, ERR_INVALID,
			       "%s was changed after it had been fed up to row "
			       "%lld: put the old file back, or remove %s and "
			       "feed the new one from its beginning",
			       f->path, (long long)old->mark.rows,
			       f->state_path);
	if (old->layout != f->layout.hash)
		return err_set(err, ERR_INVALID,
			       "the layout was changed after row %lld: put the "
			       "old one back, or remove %s and feed the file "
			       "from its beginning",
			       (long long)old->mark.rows, f->state_path);
	if (strcmp(old->topic, f->state.topic) != 0)
		return err_set(err, ERR_INVALID,
			       "it was being fed to %s: add --topic %s",
			       old->topic, old->topic);
	if (elsewhere)
		return err_set(err, ERR_INVALID,
			       "its rejects are in %s: leave out --rejects",
			       old->rejects ? old->rejects : "no file");
	f->state.rejects = f->dry_run ? NULL : old->rejects;
	f->state.mark = old->mark;
	return true;
}

/* `done`: there is nothing to do. */
static bool look_back(struct feed *f, bool *done)
{
	struct err *err = &f->ctl->err;
	bool resume = args_flag(&f->ctl->args, "resume"), found;
	struct feed_state old;

	*done = false;
	if (!f->state_path || (f->dry_run && !resume))
		return true;
	if (!feed_state_read(&f->ctl->arena, f->state_path, &old, &found, err))
		return false;
	if (!found)
		return true;
	if (old.done) {
		*done = resume && feed_same_file(&old.file, &f->state.file) &&
			!strcmp(old.topic, f->state.topic);
		if (*done)
			f->state.mark = f->from = f->now = old.mark;
		return true;
	}
	if (!resume)
		return err_set(err, ERR_INVALID,
			       "%s was fed up to row %lld and no further: "
			       "--resume goes on there; or remove %s to feed "
			       "it from its beginning",
			       f->path, (long long)old.mark.rows,
			       f->state_path);
	return take_up(f, &old);
}

static bool read_from(struct feed *f, int64_t offset, int64_t line)
{
	reader_release(&f->reader);
	reader_init(&f->reader, f->fd, f->maker.form, offset, line);
	return !f->state_path || lseek(f->fd, offset, SEEK_SET) == offset ||
	       err_set(&f->ctl->err, ERR_FATAL, "%s: %s", f->path,
		       strerror(errno));
}

/* The reader stands at the first row that is to be fed. */
static bool find_start(struct feed *f)
{
	const struct feed_mark *mark = &f->state.mark;
	struct row_file file = {f->name, f->state.file.mtime_us};
	bool resumed = mark->line > 0;

	if (!row_maker_init(&f->maker, &f->layout, &file, &f->ctl->err) ||
	    !read_from(f, 0, 1))
		return false;
	if (!resumed && f->layout.trailer.starts.at &&
	    (!feed_check(f) || !read_from(f, 0, 1)))
		return false;
	if (!feed_skip_header(f) ||
	    (resumed && !read_from(f, mark->offset, mark->line)))
		return false;
	f->now = f->state.mark;
	f->now.offset = f->reader.offset;
	f->now.line = f->reader.line;
	f->from = f->now;
	return true;
}

static bool start(struct feed *f)
{
	struct err *err = &f->ctl->err;

	if (!find_start(f))
		return false;
	flight_init(&f->flight, &f->now);
	f->state.layout = f->layout.hash;
	if (!f->dry_run && !feed_connect(f))
		return false;
	if (!rejects_init(&f->rejects, f->state.rejects, f->now.rejects_bytes,
			  err))
		return false;
	f->now.rejects_bytes = f->rejects.bytes;
	f->start_us = clock_mono_us();
	f->say_us = f->start_us + FIRST_WORD_US;
	return feed_save(f, false);
}

static bool unchanged(struct feed *f)
{
	struct feed_identity now;

	if (!f->state_path)
		return true;
	if (!feed_identify(f->fd, &now, &f->ctl->err))
		return false;
	return feed_same_file(&now, &f->state.file) ||
	       err_set(&f->ctl->err, ERR_INVALID,
		       "%s was changed while it was being fed: remove %s and "
		       "feed it again once it is whole",
		       f->path, f->state_path);
}

/* What is through is said to be so; whatever else happened stays open. */
static void settle(struct feed *f)
{
	struct err first = f->ctl->err;
	bool done;

	if (f->end == FEED_THROUGH && !unchanged(f)) {
		f->end = FEED_FAILED;
		first = f->ctl->err;
	}
	done = f->end == FEED_THROUGH && flight_empty(&f->flight);
	if (!feed_save(f, done) && first.kind != ERR_NONE)
		f->ctl->err = first;
}

static int conclude(struct feed *f)
{
	struct err *err = &f->ctl->err;

	feed_summary(f);
	if (f->end == FEED_STOPPED)
		err_set(err, ERR_TEMPORARY, "stopped");
	if (err->kind != ERR_NONE && err->kind != ERR_INVALID &&
	    f->state_path && !f->dry_run)
		err_wrap(err,
			 "fleetctl feed %s %s --resume goes on behind row "
			 "%lld",
			 f->layout_path, f->path,
			 (long long)f->state.mark.rows);
	if (f->end == FEED_STOPPED || f->end == FEED_FAILED)
		return ctl_fail(f->ctl);
	return f->now.rejected ? CTL_FINDINGS : CTL_DONE;
}

static bool read_line(struct feed *f)
{
	struct args *args = &f->ctl->args;

	f->layout_path = args->words[0];
	f->path = args->words[1];
	f->dry_run = ctl_dry_run(f->ctl);
	return args_number(args, "rate", 1, RATE_MAX, 0, &f->rate,
			   &f->ctl->err) &&
	       args_number(args, "limit", 1, INT64_MAX, 0, &f->limit,
			   &f->ctl->err);
}

static bool open_all(struct feed *f)
{
	const char *topic = args_value(&f->ctl->args, "topic");

	if (!load_layout(f))
		return false;
	f->state.topic = topic ? topic : f->layout.topic;
	return open_input(f) && choose_rejects(f);
}

static int run(struct feed *f)
{
	bool done;

	if (!read_line(f))
		return ctl_usage(f->ctl);
	if (!open_all(f) || !look_back(f, &done))
		return ctl_fail(f->ctl);
	if (done) {
		f->end = FEED_THROUGH;
		f->start_us = clock_mono_us();
		feed_summary(f);
		return f->now.rejected ? CTL_FINDINGS : CTL_DONE;
	}
	if (!start(f))
		return ctl_fail(f->ctl);
	feed_work(f);
	settle(f);
	return conclude(f);
}

int cmd_feed(struct ctl *ctl)
{
	struct feed f = {.ctl = ctl, .fd = -1, .stopped = &stopped};
	int code;

	buf_init(&f.samples, FEED_SAMPLES * (MESSAGE_BYTES_MAX * 2));
	f.rejects.fd = -1;
	catch_signals();
	code = run(&f);
	kafka_producer_free(f.producer);
	rejects_release(&f.rejects);
	flight_release(&f.flight);
	row_maker_release(&f.maker);
	reader_release(&f.reader);
	buf_release(&f.samples);
	if (f.fd > STDIN_FILENO)
		close(f.fd);
	return code;
}
