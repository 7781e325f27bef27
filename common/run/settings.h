/* settings.h - what a process can be told from outside, as one table.
 *
 * Settings are environment variables: FLOTILLA_<NAME> are ours and stand in
 * one table, from which --help and the README's table come; KAFKA_<PROPERTY>
 * are librdkafka's properties with underscores for dots; PG* are libpq's. An
 * unknown or rejected FLOTILLA_ variable stops the start with a sentence; an
 * unknown KAFKA_ one does so when librdkafka refuses it. */
#ifndef FLOTILLA_RUN_SETTINGS_H
#define FLOTILLA_RUN_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "io/kafka.h"

enum {
	SETTINGS_KAFKA_MAX = 64,
	/* what a topic takes beyond the largest message: headers, a record
	 * that became larger than its source's */
	SETTINGS_SLACK_BYTES = 1 << 20,
};

struct settings {
	const char *group; /* consumer group; default: the binary's name */
	const char *schemas_dir; /* where mappings and schemas are */
	const char *topics;
	const char *targets;
	/* connectors; may be empty */ /* comma-separated; "": by the
					  worker's nouns */
	const char *http_listen; /* address of /metrics, /healthz, /readyz */
	int64_t http_port;	 /* 0 = none */
	int64_t batch_messages;
	int64_t batch_bytes;
	int64_t batch_wait_ms; /* 0: whatever is there goes at once */
	int64_t message_bytes; /* a larger one is a dead letter */
	int64_t link_every_ms; /* how often rows without an order are tried */
	int64_t drain_ms;      /* SIGTERM: the latest end */
	int64_t private_addresses; /* 1: connectors may call them */
	int64_t until_end;	   /* replay: stop when all lanes are through */
	enum log_level log_level;
	/* KAFKA_* as librdkafka properties; NULL-terminated */
	struct kafka_property kafka[SETTINGS_KAFKA_MAX + 1];
	int kafka_count;
};

/* Reads the environment. FATAL. Texts live as long as the process. */
bool settings_load(struct settings *s, const char *name, char **environment,
		   struct err *err) MUST_CHECK;

/* The table for people: --help, and README's. */
void settings_help(FILE *to, const char *name, const char *summary);
void settings_markdown(FILE *to);

#endif
