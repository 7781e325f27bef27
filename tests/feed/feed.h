/* feed.h - what the subcommands of build/feed share.
 *
 * A subcommand makes messages, real or made up, and gives them to the sink,
 * which sends them to Kafka or prints them (--stdout). One table of options a
 * subcommand, from which parsing and --help come. One thread. */
#ifndef FLOTILLA_FEED_H
#define FLOTILLA_FEED_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json.h"

/* What the command line said. A subcommand sees those of its own table. */
struct options {
	const char *topic;
	const char *file;
	const char *kind;
	const char *key_pointer; /* "" = null keys */
	int64_t limit;		 /* most messages; 0 = all */
	int64_t rate;		 /* messages a second; 0 = as fast as it goes */
	int64_t orders;
	int64_t distinct;
	int64_t lines;
	int64_t bytes; /* about, of one message */
	int64_t partitions;
	int64_t from; /* number of the first message */
	int64_t seed;
	bool each;
	bool to_stdout;
	bool help;
	char *const *files; /* what is no option; borrowed from argv */
	int file_count;
};

struct option_row {
	const char *name; /* "--topic"; NULL ends the table */
	enum option_kind { OPTION_TEXT, OPTION_NUMBER, OPTION_FLAG } kind;
	const char *fallback; /* NULL: must be given, or a flag */
	size_t at;	      /* offsetof(struct options, ...) */
	const char *help;
};

#define OPTION_AT(member) offsetof(struct options, member)

/* The rows that every subcommand ends with. */
#define OPTION_ROWS_OF_ALL                                                     \
	{.name = "--rate",                                                     \
	 .kind = OPTION_NUMBER,                                                \
	 .fallback = "0",                                                      \
	 .at = OPTION_AT(rate),                                                \
	 .help = "messages a second; 0: as fast as it goes"},                  \
		{.name = "--stdout",                                           \
		 .kind = OPTION_FLAG,                                          \
		 .at = OPTION_AT(to_stdout),                                   \
		 .help = "print {\"key\",\"value\"} lines, send nothing"},     \
		{.name = "--help",                                             \
		 .kind = OPTION_FLAG,                                          \
		 .at = OPTION_AT(help),                                        \
		 .help = "this list"},                                         \
	{                                                                      \
		.name = NULL                                                   \
	}

/* FATAL with a sentence for whoever typed it. */
bool options_read(struct options *o, const struct option_row *rows,
		  char *const *words, struct err *err) MUST_CHECK;
void options_help(const struct option_row *rows);

struct sink; /* private */

/* FATAL or TEMPORARY: settings, broker or topic. */
struct sink *sink_new(const struct options *o, struct err *err) MUST_CHECK;

/* One message; `key.at` and `value.at` may be NULL. Waits for the rate and for
 * room in the queue. A message that Kafka refuses is counted. */
bool sink_send(struct sink *sink, struct str key, struct str value,
	       struct err *err) MUST_CHECK;

/* Waits for every delivery report and says the counts in one line. TEMPORARY
 * when a message was not acknowledged. */
bool sink_finish(struct sink *sink, struct err *err) MUST_CHECK;
void sink_free(struct sink *sink);

struct subcommand {
	const char *name;
	const char *summary;
	const struct option_row *options;
	bool (*run)(struct sink *sink, const struct options *o,
		    struct err *err);
};

extern const struct subcommand feed_uci, feed_shopify, feed_files, feed_raw,
	feed_olist;

#endif
