/* main.c - build/bench: what bench.sh measures with. */
#include <stdio.h>
#include <string.h>

#include "bench/bench.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"worker", bench_worker, "order-sync that keeps a tape of its SQL"},
	{"ceiling", bench_ceiling, "<tape>: the same SQL, without Kafka"},
	{"latency", bench_latency, "<orders> <a second>: orders with the time"},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (argc > 1 && !strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(stderr, "  bench %-8s %s\n", commands[i].name,
			commands[i].help);
	return 2;
}
