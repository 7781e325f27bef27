/* crash.h - named points at which a test may kill the process.
 *
 * FLOTILLA_CRASH="name" or "name:3" ends it with SIGKILL at that point, the
 * third time it is reached; "key=X" on a message of that key. Compiled in only
 * with FLOTILLA_CRASH_POINTS: in production the calls are nothing. */
#ifndef FLOTILLA_BASE_CRASH_H
#define FLOTILLA_BASE_CRASH_H

#include "base/str.h"

#ifdef FLOTILLA_CRASH_POINTS
void crash_point(const char *name);
void crash_on_key(struct str key);
#else
#define crash_point(name) ((void)0)
#define crash_on_key(key) ((void)0)
#endif

#endif
