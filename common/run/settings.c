/* settings.c - the table, and how the environment fills it. */
#include "run/settings.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum setting_type { TEXT, NUMBER, LEVEL };

struct setting {
	const char *name; /* without FLOTILLA_ */
	enum setting_type type;
	const char *fallback;
	size_t offset;
	int64_t low, high; /* NUMBER */
	const char *help;
};

#define AT(member) offsetof(struct settings, member)

static const struct setting table[] = {
	{.name = "GROUP",
	 .type = TEXT,
	 .fallback = "",
	 .offset = AT(group),
	 .help = "consumer group; empty: the name of the program"},
	{.name = "SCHEMAS_DIR",
	 .type = TEXT,
	 .fallback = "schemas",
	 .offset = AT(schemas_dir),
	 .help = "folder with mappings/ and canonical/"},
	{.name = "TOPICS",
	 .type = TEXT,
	 .fallback = "",
	 .offset = AT(topics),
	 .help = "comma-separated topics; empty: raw.<system>.<noun>.v1 of "
		 "the worker's nouns"},
	{.name = "HTTP_LISTEN",
	 .type = TEXT,
	 .fallback = "0.0.0.0",
	 .offset = AT(http_listen),
	 .help = "address for /metrics, /healthz and /readyz"},
	{.name = "HTTP_PORT",
	 .type = NUMBER,
	 .fallback = "9464",
	 .offset = AT(http_port),
	 .low = 0,
	 .high = 65535,
	 .help = "port for the same; 0: none"},
	{.name = "BATCH_MESSAGES",
	 .type = NUMBER,
	 .fallback = "1000",
	 .offset = AT(batch_messages),
	 .low = 1,
	 .high = 100000,
	 .help = "most messages in one transaction"},
	{.name = "BATCH_BYTES",
	 .type = NUMBER,
	 .fallback = "8388608",
	 .offset = AT(batch_bytes),
	 .low = 1024,
	 .high = 268435456,
	 .help = "most bytes of messages in one transaction; a single larger "
		 "message goes alone"},
	{.name = "BATCH_WAIT_MS",
	 .type = NUMBER,
	 .fallback = "0",
	 .offset = AT(batch_wait_ms),
	 .low = 0,
	 .high = 60000,
	 .help = "how long a batch waits for more; 0: a batch is what came "
		 "while the last one was committed"},
	{.name = "MESSAGE_BYTES",
	 .type = NUMBER,
	 .fallback = "10485760",
	 .offset = AT(message_bytes),
	 .low = 1024,
	 .high = 15728640,
	 .help = "a larger message is a dead letter"},
	{.name = "LINK_EVERY_MS",
	 .type = NUMBER,
	 .fallback = "2000",
	 .offset = AT(link_every_ms),
	 .low = 50,
	 .high = 3600000,
	 .help = "how often rows that came before their order are tried again"},
	{.name = "DRAIN_MS",
	 .type = NUMBER,
	 .fallback = "10000",
	 .offset = AT(drain_ms),
	 .low = 100,
	 .high = 600000,
	 .help = "after SIGTERM, the latest end"},
	{.name = "UNTIL_END",
	 .type = NUMBER,
	 .fallback = "0",
	 .offset = AT(until_end),
	 .low = 0,
	 .high = 1,
	 .help = "1: end when every lane has reached its until_offset "
		 "(fleetctl replay sets it)"},
	{.name = "TARGETS",
	 .type = TEXT,
	 .fallback = "",
	 .offset = AT(targets),
	 .help = "comma-separated connectors that are told of changes; empty: "
		 "nobody is"},
	{.name = "PRIVATE_ADDRESSES",
	 .type = NUMBER,
	 .fallback = "0",
	 .offset = AT(private_addresses),
	 .low = 0,
	 .high = 1,
	 .help = "1: connectors that ask for it may call addresses of one's "
		 "own network"},
	{.name = "LOG_LEVEL",
	 .type = LEVEL,
	 .fallback = "info",
	 .offset = AT(log_level),
	 .help = "debug, info, warn or error"},
};

enum { SETTINGS = sizeof(table) / sizeof(*table) };

static const char prefix[] = "FLOTILLA_";
/* read by crash_point() in test builds */
static const char crash_variable[] = "FLOTILLA_CRASH";

static bool put(struct settings *s, const struct setting *row,
		const char *value, struct err *err)
{
	char *at = (char *)s + row->offset;
	int64_t number;

	switch (row->type) {
	case TEXT:
		*(const char **)(void *)at = value;
		return true;
	case LEVEL:
		if (log_level_parse(str_of(value),
				    (enum log_level *)(void *)at))
			return true;
		return err_set(err, ERR_FATAL,
			       "FLOTILLA_%s=%s: use debug, info, warn or error",
			       row->name, value);
	case NUMBER:
		if (str_to_i64(str_of(value), &number) && number >= row->low &&
		    number <= row->high) {
			*(int64_t *)(void *)at = number;
			return true;
		}
	}
	return err_set(err, ERR_FATAL,
		       "FLOTILLA_%s=%s: use a number from %lld to %lld",
		       row->name, value, (long long)row->low,
		       (long long)row->high);
}

/* How many single-letter edits apart (Levenshtein), for suggestions. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], la = strlen(a), lb = strlen(b);

	if (lb >= 64)
		return lb;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

static bool unknown(const char *name, size_t len, struct err *err)
{
	char wanted[64];
	int best = 0;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)len, name);
	for (int i = 1; i < SETTINGS; i++)
		if (distance(wanted, table[i].name) <
		    distance(wanted, table[best].name))
			best = i;
	return err_set(err, ERR_FATAL,
		       "there is no setting FLOTILLA_%s; did you mean "
		       "FLOTILLA_%s? --help lists all",
		       wanted, table[best].name);
}

static bool take_ours(struct settings *s, const char *entry, struct err *err)
{
	const char *name = entry + sizeof(prefix) - 1;
	const char *equals = strchr(name, '=');
	size_t len = equals ? (size_t)(equals - name) : 0;

	if (!equals ||
	    !strncmp(entry, crash_variable, sizeof(crash_variable) - 1))
		return true;
	for (int i = 0; i < SETTINGS; i++)
		if (strlen(table[i].name) == len &&
		    !strncmp(name, table[i].name, len))
			return put(s, &table[i], equals + 1, err);
	return unknown(name, len, err);
}

static bool take_kafka(struct settings *s, const char *entry, struct err *err)
{
	const char *name = entry + strlen("KAFKA_");
	const char *equals = strchr(name, '=');
	char *property;

	if (!equals)
		return true;
	if (s->kafka_count == SETTINGS_KAFKA_MAX)
		return err_set(err, ERR_FATAL, "more than %d KAFKA_ variables",
			       SETTINGS_KAFKA_MAX);
	property = strndup(name, (size_t)(equals - name));
	for (char *p = property; *p; p++)
		*p = *p == '_' ? '.' : (char)tolower((unsigned char)*p);
	s->kafka[s->kafka_count++] =
		(struct kafka_property){property, equals + 1};
	return true;
}

static bool check(struct settings *s, const char *name, struct err *err)
{
	if (!*s->group)
		s->group = name;
	for (int i = 0; i < s->kafka_count; i++)
		if (!strcmp(s->kafka[i].name, "bootstrap.servers"))
			return true;
	return err_set(err, ERR_FATAL,
		       "KAFKA_BOOTSTRAP_SERVERS is not set: give the broker's "
		       "address, for example 127.0.0.1:9092");
}

bool settings_load(struct settings *s, const char *name, char **environment,
		   struct err *err)
{
	memset(s, 0, sizeof(*s));
	for (int i = 0; i < SETTINGS; i++)
		if (!put(s, &table[i], table[i].fallback, err))
			return false;
	for (; *environment; environment++) {
		if (!strncmp(*environment, prefix, sizeof(prefix) - 1)) {
			if (!take_ours(s, *environment, err))
				return false;
		} else if (!strncmp(*environment, "KAFKA_", 6)) {
			if (!take_kafka(s, *environment, err))
				return false;
		}
	}
	return check(s, name, err);
}

void settings_help(FILE *to, const char *name, const char *summary)
{
	fprintf(to, "%s - %s\n\nSettings are environment variables:\n\n", name,
		summary);
	for (int i = 0; i < SETTINGS; i++)
		fprintf(to, "  FLOTILLA_%-16s %s (default: %s)\n",
			table[i].name, table[i].help,
			*table[i].fallback ? table[i].fallback : "empty");
	fprintf(to, "\n  KAFKA_BOOTSTRAP_SERVERS   the broker, required\n"
		    "  KAFKA_<PROPERTY>          any librdkafka property, "
		    "KAFKA_SESSION_TIMEOUT_MS=20000\n"
		    "  PGHOST, PGPORT, ...       libpq's own\n");
}

void settings_markdown(FILE *to)
{
	fprintf(to, "| variable | default | what it does |\n"
		    "| --- | --- | --- |\n");
	for (int i = 0; i < SETTINGS; i++)
		fprintf(to, "| `FLOTILLA_%s` | %s%s%s | %s |\n", table[i].name,
			*table[i].fallback ? "`" : "",
			*table[i].fallback ? table[i].fallback : "",
			*table[i].fallback ? "`" : "", table[i].help);
}
