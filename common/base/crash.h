/* crash.h - named points at which a test may kill the process.
 *
 * FLOTILLA_CRASH="name" or "name:3" ends it with SIGKILL at that point, the
 * third time it is reached. Compiled in only with FLOTILLA_CRASH_POINTS: in
 * production the call is nothing. */
#ifndef FLOTILLA_BASE_CRASH_H
#define FLOTILLA_BASE_CRASH_H

#ifdef FLOTILLA_CRASH_POINTS
void crash_point(const char *name);
#else
#define crash_point(name) ((void)0)
#endif

#endif
