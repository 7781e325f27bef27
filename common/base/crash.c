/* crash.c - dies where a test asks for it. */
#include "base/crash.h"

#ifdef FLOTILLA_CRASH_POINTS
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void crash_point(const char *name)
{
	static int reached;
	const char *wanted = getenv("FLOTILLA_CRASH");
	size_t len = strlen(name);
	int nth = 1;

	if (!wanted || strncmp(wanted, name, len) != 0)
		return;
	if (wanted[len] == ':')
		nth = atoi(wanted + len + 1);
	else if (wanted[len])
		return;
	if (++reached == nth)
		kill(getpid(), SIGKILL);
}

void crash_on_key(struct str key)
{
	const char *wanted = getenv("FLOTILLA_CRASH");

	if (wanted && !strncmp(wanted, "key=", 4) && key.at &&
	    str_is(key, wanted + 4))
		kill(getpid(), SIGKILL);
}
#endif
