/* main.c - fleetctl, the operator's tool: the table of its commands. */
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "commands.h"

extern char **environ;

static const struct option no_options[] = {{NULL, NULL, NULL}};

static const struct command commands[] = {
	{.noun = "migrate",
	 .summary = "bring the database to the schema of this release",
	 .options = migrate_options,
	 .run = cmd_migrate},
	{.noun = "topics",
	 .summary = "make the topics that are missing, compare the others",
	 .options = topics_options,
	 .needs_kafka = true,
	 .run = cmd_topics},
	{.noun = "lane",
	 .verb = "list",
	 .summary = "who works on what, how far, and what became of it",
	 .options = lane_list_options,
	 .needs_kafka = true,
	 .run = cmd_lane_list},
	{.noun = "lane",
	 .verb = "skip",
	 .arguments = "<group>/<topic>/<partition>",
	 .least = 1,
	 .most = 1,
	 .summary = "move a halted lane on; what it passes counts as lost",
	 .options = lane_skip_options,
	 .needs_kafka = true,
	 .run = cmd_lane_skip},
	{.noun = "lane",
	 .verb = "reset",
	 .arguments = "<group>/<topic>/<partition>",
	 .least = 1,
	 .most = 1,
	 .summary = "start a halted lane's ledger anew, archive the old one",
	 .options = lane_reset_options,
	 .needs_kafka = true,
	 .run = cmd_lane_reset},
	{.noun = "replay",
	 .arguments = "[<topic>]",
	 .most = 1,
	 .summary = "a topic again, beside the live work; or --in-place",
	 .options = replay_options,
	 .needs_kafka = true,
	 .run = cmd_replay},
	{.noun = "feed",
	 .arguments = "<layout.json> <file>",
	 .least = 2,
	 .most = 2,
	 .summary = "a legacy system's file into a topic, row by row",
	 .options = feed_options,
	 .run = cmd_feed},
	{.noun = "dlq",
	 .verb = "list",
	 .summary = "messages that could not be used, and why",
	 .options = dlq_list_options,
	 .run = cmd_dlq_list},
	{.noun = "dlq",
	 .verb = "show",
	 .arguments = "<id>",
	 .least = 1,
	 .most = 1,
	 .summary = "all that is known of one, its message masked",
	 .options = dlq_show_options,
	 .run = cmd_dlq_show},
	{.noun = "dlq",
	 .verb = "retry",
	 .arguments = "[<id>...]",
	 .most = ARGS_MAX,
	 .summary = "send them to their topic again",
	 .options = dlq_change_options,
	 .needs_kafka = true,
	 .run = cmd_dlq_retry},
	{.noun = "dlq",
	 .verb = "discard",
	 .arguments = "[<id>...]",
	 .most = ARGS_MAX,
	 .summary = "give them up, with a reason",
	 .options = dlq_change_options,
	 .run = cmd_dlq_discard},
	{.noun = "delivery",
	 .verb = "list",
	 .summary = "what other systems are still to be told, or have "
		    "refused",
	 .options = delivery_list_options,
	 .run = cmd_delivery_list},
	{.noun = "delivery",
	 .verb = "show",
	 .arguments = "[<target>]",
	 .most = 1,
	 .summary = "targets: what waits, the breaker, why",
	 .run = cmd_delivery_show},
	{.noun = "delivery",
	 .verb = "retry",
	 .arguments = "[<target>/<entity>/<id>]",
	 .most = 1,
	 .summary = "try again what was given up",
	 .options = delivery_change_options,
	 .run = cmd_delivery_retry},
	{.noun = "delivery",
	 .verb = "discard",
	 .arguments = "[<target>/<entity>/<id>]",
	 .most = 1,
	 .summary = "give it up until the record changes again",
	 .options = delivery_change_options,
	 .run = cmd_delivery_discard},
	{.noun = "delivery",
	 .verb = "pause",
	 .arguments = "<target>",
	 .least = 1,
	 .most = 1,
	 .summary = "tell a target nothing; deliveries wait",
	 .options = target_change_options,
	 .run = cmd_delivery_pause},
	{.noun = "delivery",
	 .verb = "resume",
	 .arguments = "<target>",
	 .least = 1,
	 .most = 1,
	 .summary = "tell it again, and forget its failures",
	 .options = target_change_options,
	 .run = cmd_delivery_resume},
	{.noun = "prove",
	 .summary = "is every message accounted for? Exit 1 if not",
	 .options = prove_options,
	 .needs_kafka = true,
	 .run = cmd_prove},
	{.noun = "map",
	 .verb = "lint",
	 .arguments = "[<file or folder>]",
	 .most = 1,
	 .summary = "what is wrong with mapping files",
	 .run = cmd_map_lint},
	{.noun = "map",
	 .verb = "test",
	 .arguments = "[<file or folder>]",
	 .most = 1,
	 .summary = "their .example.json against their .expected.json",
	 .options = map_test_options,
	 .run = cmd_map_test},
	{.noun = "map",
	 .verb = "run",
	 .arguments = "<file> [<sample>]",
	 .least = 1,
	 .most = 2,
	 .summary = "field by field, where the value came from",
	 .options = map_run_options,
	 .run = cmd_map_run},
	{.noun = "connector",
	 .verb = "list",
	 .summary = "which systems can be called, and what is not set for it",
	 .run = cmd_connector_list},
	{.noun = "connector",
	 .verb = "lint",
	 .arguments = "[<file or folder>...]",
	 .most = ARGS_MAX,
	 .summary = "what is wrong with connector files",
	 .run = cmd_connector_lint},
	{.noun = "connector",
	 .verb = "call",
	 .arguments = "<system> <operation> [<document>]",
	 .least = 2,
	 .most = 3,
	 .summary = "the request of an operation; with --send, its answer",
	 .options = connector_call_options,
	 .run = cmd_connector_call},
	{.noun = "doctor",
	 .summary = "what is wrong with the set-up, and what to do",
	 .needs_kafka = true,
	 .run = cmd_doctor},
	{.noun = "settings",
	 .summary = "the environment variables that programs read",
	 .options = settings_options,
	 .run = cmd_settings},
	{.noun = NULL},
};

static const struct option common_options[] = {
	{"json", NULL, "for machines: JSON on standard output"},
	{"help", NULL, "this text"},
	{NULL, NULL, NULL},
};

static void print_option(FILE *to, const struct option *o)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", o->name, o->value ? " " : "",
		 o->value ? o->value : "");
	fprintf(to, "  %-28s %s\n", left, o->help);
}

static void print_line(FILE *to, const struct command *c)
{
	char left[80];

	snprintf(left, sizeof(left), "%s%s%s%s%s", c->noun, c->verb ? " " : "",
		 c->verb ? c->verb : "", c->arguments ? " " : "",
		 c->arguments ? c->arguments : "");
	fprintf(to, "  %-42s %s\n", left, c->summary);
}

static void help_command(FILE *to, const struct command *c)
{
	fprintf(to, "fleetctl %s%s%s%s%s [options]\n\n%s\n\n", c->noun,
		c->verb ? " " : "", c->verb ? c->verb : "",
		c->arguments ? " " : "", c->arguments ? c->arguments : "",
		c->summary);
	for (const struct option *o = c->options; o && o->name; o++)
		print_option(to, o);
	for (const struct option *o = common_options; o->name; o++)
		print_option(to, o);
	fprintf(to, "\nExit code: 0 done, 1 findings or a failure, 2 the line "
		    "makes no sense.\n");
}

static void help_all(FILE *to, const char *noun)
{
	fprintf(to, "fleetctl " FLOTILLA_VERSION
		    " - the operator's tool of Flotilla\n\n");
	for (const struct command *c = commands; c->noun; c++)
		if (!noun || !strcmp(noun, c->noun))
			print_line(to, c);
	fprintf(to,
		"\nEvery command has --help and --json. Settings come from "
		"the environment\n(FLOTILLA_*, KAFKA_*, PG*), as the "
		"workers' do: fleetctl settings lists them.\nExit code: 0 "
		"done, 1 findings or a failure, 2 the line makes no sense.\n");
}

/* NULL and a message when there is none. `used`: words of the name. */
static const struct command *find(int argc, char **argv, int *used)
{
	const char *noun = argv[1], *verb = argc > 2 ? argv[2] : "";
	bool known = false;

	for (const struct command *c = commands; c->noun; c++) {
		if (strcmp(noun, c->noun) != 0)
			continue;
		known = true;
		if (c->verb && strcmp(verb, c->verb) != 0)
			continue;
		*used = c->verb ? 2 : 1;
		return c;
	}
	if (known && (!strcmp(verb, "--help") || !strcmp(verb, "-h"))) {
		help_all(stdout, noun);
		exit(CTL_DONE);
	}
	if (known)
		fprintf(stderr, "fleetctl: %s what? One of these:\n\n", noun);
	else
		fprintf(stderr, "fleetctl: there is no command \"%s\"\n\n",
			noun);
	help_all(stderr, known ? noun : NULL);
	return NULL;
}

/* A command that never speaks to Kafka does not ask for a broker's name. */
static bool load_settings(struct ctl *ctl)
{
	static char no_broker[] = "KAFKA_BOOTSTRAP_SERVERS=none";
	char **with = environ;
	size_t count = 0;

	if (!ctl->command->needs_kafka && !getenv("KAFKA_BOOTSTRAP_SERVERS")) {
		while (environ[count])
			count++;
		with = arena_alloc(&ctl->arena, sizeof(*with) * (count + 2));
		memcpy(with, environ, sizeof(*with) * count);
		with[count] = no_broker;
		with[count + 1] = NULL;
	}
	return settings_load(&ctl->settings, "fleetctl", with, &ctl->err);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	const struct command *c = ctl->command;

	if (!args_read(&ctl->args, c->options ? c->options : no_options, argc,
		       argv, &ctl->err))
		return CTL_USAGE;
	if (ctl->args.help) {
		help_command(stdout, c);
		return CTL_DONE;
	}
	if (ctl->args.count < c->least || ctl->args.count > c->most) {
		err_set(&ctl->err, ERR_INVALID, "it wants %s, not %d of them",
			c->arguments ? c->arguments : "no arguments",
			ctl->args.count);
		return CTL_USAGE;
	}
	if (!load_settings(ctl))
		return CTL_FAILED;
	return c->run(ctl);
}

static void tell_error(const struct ctl *ctl, int code)
{
	const struct command *c = ctl->command;

	if (ctl->err.kind == ERR_NONE)
		return;
	fprintf(stderr, "fleetctl %s%s%s: %s\n", c->noun, c->verb ? " " : "",
		c->verb ? c->verb : "", ctl->err.text);
	if (code == CTL_USAGE)
		fprintf(stderr, "see fleetctl %s%s%s --help\n", c->noun,
			c->verb ? " " : "", c->verb ? c->verb : "");
}

int main(int argc, char **argv)
{
	struct ctl ctl = {0};
	int used = 0, code;

	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		help_all(argc < 2 ? stderr : stdout, NULL);
		return argc < 2 ? CTL_USAGE : CTL_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("fleetctl %s\n", FLOTILLA_VERSION);
		return CTL_DONE;
	}
	ctl.command = find(argc, argv, &used);
	if (!ctl.command)
		return CTL_USAGE;
	log_init("fleetctl", LOG_WARN);
	arena_init(&ctl.arena, 0);
	code = run(&ctl, argc - 1 - used, argv + 1 + used);
	fflush(stdout);
	tell_error(&ctl, code);
	pg_free(ctl.pg);
	kafka_admin_free(ctl.admin);
	arena_release(&ctl.arena);
	return code;
}
