/* doctor.h - checks, each a line: ok, warn or bad, and what to do. */
#ifndef FLEETCTL_DOCTOR_H
#define FLEETCTL_DOCTOR_H

#include "ctl.h"

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_BAD };

struct doctor {
	struct ctl *ctl;
	struct table table;
	int warn, bad;
	bool broker, database; /* they answer */
};

/* Adds a line; `advice` may be NULL. */
void doctor_say(struct doctor *d, enum verdict verdict, const char *check,
		const char *advice, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* A check that could not be made: ctl->err says why. */
void doctor_failed(struct doctor *d, const char *check, const char *advice);

void doctor_broker(struct doctor *d);
void doctor_database(struct doctor *d);
void doctor_files(struct doctor *d);

#endif
