/* main.c - retail-sim: a retailer's other systems, for tests and the demo.
 *
 * Exit status: 0 told to end or out of time, 1 cannot listen, 2 wrong usage. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "retail-sim/world.h"

struct options {
	int64_t port, for_s, token_s;
	bool help;
};

static const struct {
	const char *name;
	size_t offset;
	int64_t least, most, otherwise;
	const char *help;
} known[] = {
	{"--port", offsetof(struct options, port), 0, 65535, 0,
	 "listens on 127.0.0.1 there; 0: any free one"},
	{"--for", offsetof(struct options, for_s), 1, 7 * 86400, 3600,
	 "ends by itself after so many seconds"},
	{"--token-s", offsetof(struct options, token_s), 0, 86400, 300,
	 "how long a token of the shop lives"},
};

enum { KNOWN = sizeof(known) / sizeof(*known) };

static void help(void)
{
	printf("retail-sim - an ERP, a payment provider, a logistics company, "
	       "a service desk\nand a shop, in memory\n\n");
	for (int i = 0; i < KNOWN; i++)
		printf("  %-10s %s (%lld)\n", known[i].name, known[i].help,
		       (long long)known[i].otherwise);
	printf("\nPrints \"listening on <port>\". tests/retail-sim/README.md "
	       "has the paths.\n");
}

static bool take(struct options *o, const char *name, const char *value)
{
	int64_t *to;

	for (int i = 0; i < KNOWN; i++) {
		if (strcmp(name, known[i].name) != 0)
			continue;
		to = (int64_t *)((char *)o + known[i].offset);
		return value && str_to_i64(str_of(value), to) &&
		       *to >= known[i].least && *to <= known[i].most;
	}
	return false;
}

static bool read_options(struct options *o, char **words)
{
	for (int i = 0; i < KNOWN; i++)
		*(int64_t *)((char *)o + known[i].offset) = known[i].otherwise;
	for (; *words; words += 2) {
		if (!strcmp(*words, "--help")) {
			o->help = true;
			return true;
		}
		if (!take(o, words[0], words[1])) {
			fprintf(stderr,
				"retail-sim: %s is no option, or wants "
				"another value; see --help\n",
				*words);
			return false;
		}
	}
	return true;
}

static int serve(const struct options *o, struct world *world)
{
	struct server_handler handler = {world_turn, world_gone, world};
	struct server *server;
	struct err err;

	server = server_new((uint16_t)o->port, handler, &err);
	if (!server) {
		fprintf(stderr, "retail-sim: %s\n", err.text);
		return 1;
	}
	printf("listening on %u\n", server_port(server));
	fflush(stdout);
	server_run(server, clock_mono_us() + o->for_s * 1000000);
	server_free(server);
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {.help = false};
	struct world *world;
	int status;

	(void)argc;
	if (!read_options(&o, argv + 1))
		return 2;
	if (o.help) {
		help();
		return 0;
	}
	world = malloc(sizeof(*world));
	if (!world)
		abort();
	world_init(world, o.token_s);
	status = serve(&o, world);
	world_release(world);
	free(world);
	return status;
}
