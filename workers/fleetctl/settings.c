/* settings.c - `fleetctl settings`: what the environment can say. */
#include "ctl.h"

const struct option settings_options[] = {
	{"markdown", NULL, "as the README has them"},
	{NULL, NULL, NULL},
};

int cmd_settings(struct ctl *ctl)
{
	if (args_flag(&ctl->args, "markdown"))
		settings_markdown(stdout);
	else
		settings_help(stdout, "flotilla", "what all programs know");
	return CTL_DONE;
}
