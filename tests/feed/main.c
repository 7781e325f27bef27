/* main.c - feed: source messages into Kafka, for tests, demos and benches.
 *
 * Exit status: 0 all was acknowledged, 1 it was not, 2 wrong usage. */
#include <stdio.h>

#include "feed/feed.h"

static const struct subcommand *const subcommands[] = {
	&feed_uci, &feed_shopify, &feed_files, &feed_raw, &feed_olist,
};

enum { SUBCOMMANDS = sizeof(subcommands) / sizeof(*subcommands) };

static void help(void)
{
	printf("feed - puts source messages into Kafka\n\n"
	       "  feed <what> [options]    feed <what> --help\n\n");
	for (int i = 0; i < SUBCOMMANDS; i++)
		printf("  %-10s %s\n", subcommands[i]->name,
		       subcommands[i]->summary);
	printf("\nThe broker is KAFKA_BOOTSTRAP_SERVERS; any KAFKA_<PROPERTY> "
	       "is librdkafka's.\nWith --stdout no broker is needed.\n");
}

static int complain(const char *who, const struct err *err, int status)
{
	fprintf(stderr, "feed %s: %s\n", who, err->text);
	return status;
}

static int run(const struct subcommand *sub, char *const *words)
{
	struct sink *sink;
	struct options o;
	struct err err;
	bool done;

	if (!options_read(&o, sub->options, words, &err))
		return complain(sub->name, &err, 2);
	if (o.help) {
		printf("feed %s - %s\n\n", sub->name, sub->summary);
		options_help(sub->options);
		return 0;
	}
	sink = sink_new(&o, &err);
	if (!sink)
		return complain(sub->name, &err, 1);
	done = sub->run(sink, &o, &err) && sink_finish(sink, &err);
	sink_free(sink);
	return done ? 0 : complain(sub->name, &err, 1);
}

int main(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "--help")) {
		help();
		return argc < 2 ? 2 : 0;
	}
	for (int i = 0; i < SUBCOMMANDS; i++)
		if (!strcmp(argv[1], subcommands[i]->name))
			return run(subcommands[i], argv + 2);
	fprintf(stderr, "feed: there is no '%s'; feed --help lists all\n",
		argv[1]);
	return 2;
}
