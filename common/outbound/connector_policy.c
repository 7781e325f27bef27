/* connector_policy.c - limits, retry, breaker, idempotency: numbers. */
#include <stddef.h>

#include "io/http_text.h"
#include "mapping/decimal.h"
#include "mapping/findings.h"
#include "outbound/connector_loading.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Into which a number goes. */
enum number_type { I32, I64, SIZE, RATE };

struct number {
	const char *group, *key;
	enum number_type type;
	size_t offset; /* in struct connector */
	int64_t low, high, fallback;
};

#define AT(member) offsetof(struct connector, member)

static const struct number numbers[] = {
	{"limits", "rate_per_s", RATE, AT(policy.rate), 0, 100000, 0},
	{"limits", "burst", I32, AT(policy.burst), 1, 100000, 1},
	{"limits", "concurrency", I32, AT(policy.concurrency), 1, 512, 4},
	{"limits", "timeout_ms", I64, AT(policy.timeout_ms), 100, 600000,
	 HTTP_TIMEOUT_MS},
	{"limits", "connect_timeout_ms", I64, AT(policy.connect_timeout_ms),
	 100, 60000, HTTP_CONNECT_TIMEOUT_MS},
	{"limits", "response_bytes", SIZE, AT(response_bytes), 256, 64 << 20,
	 1 << 20},
	{"limits", "settle_ms", I64, AT(policy.settle_ms), 0, 3600000, 0},
	{"retry", "first_ms", I64, AT(policy.retry_first_ms), 10, 3600000,
	 1000},
	{"retry", "max_ms", I64, AT(policy.retry_max_ms), 10, 86400000, 300000},
	{"retry", "dead_after", I32, AT(policy.dead_after), 0, 1000000, 0},
	{"breaker", "failures", I32, AT(policy.breaker_failures), 1, 10000, 5},
	{"breaker", "open_ms", I64, AT(policy.breaker_open_ms), 100, 3600000,
	 30000},
};

static const char *const groups[] = {"limits", "retry", "breaker"};

static void put(struct connector *connector, const struct number *row,
		int64_t value, double rate)
{
	char *at = (char *)connector + row->offset;

	switch (row->type) {
	case I32:
		*(int32_t *)(void *)at = (int32_t)value;
		return;
	case I64:
		*(int64_t *)(void *)at = value;
		return;
	case SIZE:
		*(size_t *)(void *)at = (size_t)value;
		return;
	case RATE:
		*(double *)(void *)at = rate;
		return;
	}
}

/* "0.5" too: one call in two seconds */
static bool read_rate(struct loading *l, uint32_t at, double *out)
{
	const struct json_node *node = &l->c->doc->nodes[at];
	struct decimal d;

	if (node->kind == JSON_NUMBER &&
	    decimal_parse(node->text, &d) == DECIMAL_OK && d.scale <= 6) {
		*out = (double)d.number;
		for (int i = 0; i < d.scale; i++)
			*out /= 10;
		return true;
	}
	finding(l->c, at, "\"rate_per_s\" must be a number");
	return false;
}

static void load_number(struct loading *l, const struct number *row,
			uint32_t group)
{
	uint32_t at = group ? member(l->c, group, row->key) : 0;
	int64_t value = row->fallback;
	double rate = (double)row->fallback;
	bool ok = true;

	if (at && row->type == RATE) {
		ok = read_rate(l, at, &rate);
		value = (int64_t)rate;
	} else if (at) {
		ok = want_int(l->c, at, row->key, &value);
	}
	if (ok && (value < row->low || value > row->high || rate < 0))
		finding(l->c, at, "\"%s\" is %lld to %lld", row->key,
			(long long)row->low, (long long)row->high);
	put(l->connector, row, value, rate);
}

static void load_group(struct loading *l, const char *name)
{
	const char *keys[COUNT(numbers)];
	uint32_t at = member(l->c, 0, name);
	size_t n = 0;

	if (at && l->c->doc->nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at, "\"%s\" is an object of numbers", name);
		at = 0;
	}
	for (size_t i = 0; i < COUNT(numbers); i++) {
		if (strcmp(numbers[i].group, name) != 0)
			continue;
		keys[n++] = numbers[i].key;
		load_number(l, &numbers[i], at);
	}
	if (at)
		check_keys(l->c, at, name, keys, n);
}

static void load_idempotency(struct loading *l)
{
	static const char *const keys[] = {"header", "repeats"};
	static const char *const words[] = {"safe", "unsafe"};
	struct connector *connector = l->connector;
	uint32_t at = member(l->c, 0, "idempotency"), header, repeats;
	size_t which = 0;

	if (!at)
		return;
	if (l->c->doc->nodes[at].kind != JSON_OBJECT) {
		finding(l->c, at,
			"\"idempotency\" is {\"header\": ..., \"repeats\": "
			"\"safe\" or \"unsafe\"}");
		return;
	}
	check_keys(l->c, at, "\"idempotency\"", keys, COUNT(keys));
	header = member(l->c, at, "header");
	repeats = member(l->c, at, "repeats");
	if (!header)
		finding(l->c, at, "needs \"header\": which one takes the key");
	else if (want_text(l->c, header, "\"header\"",
			   &connector->key_header) &&
		 !http_name_ok(connector->key_header))
		finding(l->c, header, "is no name of a header");
	if (!repeats)
		finding(l->c, at,
			"needs \"repeats\": \"safe\" if the system does "
			"nothing twice under one key, else \"unsafe\"");
	else if (want_word(l->c, repeats, "\"repeats\"", words, 2, &which))
		connector->key_honoured = which == 0;
}

static void load_flag(struct loading *l, const char *key, bool *out)
{
	uint32_t at = member(l->c, 0, key);

	if (at)
		(void)!want_bool(l->c, at, key, out);
}

void load_policy(struct loading *l)
{
	struct connector_policy *policy = &l->connector->policy;

	for (size_t i = 0; i < COUNT(groups); i++)
		load_group(l, groups[i]);
	if (policy->retry_max_ms < policy->retry_first_ms)
		finding(l->c, member(l->c, 0, "retry"),
			"\"max_ms\" is less than \"first_ms\"");
	load_idempotency(l);
	load_flag(l, "private_addresses", &l->connector->private_addresses);
	load_flag(l, "follow_redirects", &l->connector->follow_redirects);
}
