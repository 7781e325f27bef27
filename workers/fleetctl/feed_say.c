/* feed_say.c - what people, and machines, are told of a feed. */
#include <stdio.h>

#include "base/clock.h"
#include "feed.h"

enum { SAY_EVERY_US = 2000000, SUMMARY_BYTES_MAX = 8 << 20 };

static double seconds_since(int64_t us)
{
	double s = (double)(clock_mono_us() - us) / 1e6;

	return s > 1e-6 ? s : 1e-6;
}

void feed_progress(struct feed *f)
{
	int64_t rows = f->now.rows - f->from.rows;
	int64_t bytes = f->now.offset - f->from.offset;
	int64_t left = f->state.file.size_bytes - f->now.offset;
	double seconds = seconds_since(f->start_us);

	if (clock_mono_us() < f->say_us)
		return;
	f->say_us = clock_mono_us() + SAY_EVERY_US;
	fprintf(stderr, "feed %s: %lld rows, ", f->path,
		(long long)f->now.rows);
	if (f->state_path && f->state.file.size_bytes)
		fprintf(stderr, "%lld %%, ",
			(long long)(f->now.offset * 100 /
				    f->state.file.size_bytes));
	fprintf(stderr, "%.0f rows/s, %lld rejects", (double)rows / seconds,
		(long long)f->now.rejected);
	if (f->state_path && bytes > 0)
		fprintf(stderr, ", %.0f s left",
			seconds * (double)left / (double)bytes);
	fputc('\n', stderr);
}

static const char *const end_words[] = {
	[FEED_GOING] = "going",	    [FEED_THROUGH] = "through",
	[FEED_LIMITED] = "limited", [FEED_STOPPED] = "stopped",
	[FEED_FAILED] = "failed",
};

/* A dry run sends nothing, so that where it is counts. */
static const struct feed_mark *reached(const struct feed *f)
{
	return f->dry_run ? &f->now : &f->state.mark;
}

static void summary_json(const struct feed *f)
{
	const struct feed_mark *mark = reached(f);
	struct json_writer w;
	struct buf text;

	buf_init(&text, SUMMARY_BYTES_MAX);
	json_writer_init(&w, &text);
	json_begin_object(&w);
	json_put_cstr(&w, "file", f->path);
	json_put_str(&w, "layout", f->layout.name);
	json_put_cstr(&w, "topic", f->state.topic);
	json_put_cstr(&w, "end", end_words[f->end]);
	json_put_bool(&w, "dry_run", f->dry_run);
	json_put_int(&w, "rows", mark->rows);
	json_put_int(&w, "fed", mark->rows - mark->rejected);
	json_put_int(&w, "rejected", mark->rejected);
	json_put_int(&w, "rows_before", f->from.rows);
	json_put_int(&w, "bytes", mark->offset);
	json_put_int(&w, "milliseconds",
		     (clock_mono_us() - f->start_us) / 1000);
	if (f->rejects.path)
		json_put_cstr(&w, "rejects", f->rejects.path);
	if (f->dry_run) {
		json_name(&w, STR("sample"));
		json_begin_array(&w);
		if (f->samples.len)
			json_raw(&w, buf_view(&f->samples));
		json_end_array(&w);
	}
	json_end_object(&w);
	ctl_print(&text);
	buf_release(&text);
}

static void summary_text(const struct feed *f)
{
	const struct feed_mark *mark = reached(f);
	int64_t rows = mark->rows - f->from.rows;

	if (f->samples.len)
		printf("%.*s\n", STR_ARGS(buf_view(&f->samples)));
	printf("%s: %lld rows, %lld %s %s, %lld rejected%s%s", f->path,
	       (long long)mark->rows, (long long)(mark->rows - mark->rejected),
	       f->dry_run ? "would go to" : "fed to", f->state.topic,
	       (long long)mark->rejected,
	       mark->rejected && f->rejects.path ? ", see " : "",
	       mark->rejected && f->rejects.path ? f->rejects.path : "");
	if (f->from.rows)
		printf("; this run from row %lld on",
		       (long long)f->from.rows + 1);
	printf("; %.2f s, %.0f rows/s\n", seconds_since(f->start_us),
	       (double)rows / seconds_since(f->start_us));
	if (f->end == FEED_LIMITED && f->state_path && !f->dry_run)
		printf("stopped by --limit: fleetctl feed %s %s --resume goes "
		       "on\n",
		       f->layout_path, f->path);
}

void feed_summary(struct feed *f)
{
	if (f->ctl->args.json)
		summary_json(f);
	else
		summary_text(f);
}
