/* version.h - which Flotilla this is. */
#ifndef FLOTILLA_BASE_VERSION_H
#define FLOTILLA_BASE_VERSION_H

#define FLOTILLA_VERSION "0.1.0"

/* The newest migration that this binary knows, and the oldest database that
 * it can work on (REVIEW G3: expand first, contract one release later). */
enum { FLOTILLA_SCHEMA_NEWEST = 5, FLOTILLA_SCHEMA_OLDEST = 5 };

#endif
