/* ledger.c - a growing array. */
#include "retail-sim/ledger.h"

#include <stdlib.h>

#include "base/clock.h"

static char *own(struct str s)
{
	char *copy = s.at ? strndup(s.at, s.len) : NULL;

	if (s.at && !copy)
		abort();
	return copy;
}

uint32_t ledger_add(struct ledger *ledger, const char *system,
		    const char *operation, struct str reference, struct str key)
{
	if (ledger->count == ledger->room) {
		ledger->room = ledger->room ? ledger->room * 2 : 256;
		ledger->at =
			realloc(ledger->at, ledger->room * sizeof(*ledger->at));
		if (!ledger->at)
			abort();
	}
	ledger->at[ledger->count++] = (struct entry){
		.time_us = clock_now_us(),
		.system = system,
		.operation = operation,
		.reference = own(reference),
		.key = own(key),
		.asked = 1,
	};
	return ledger->count;
}

struct entry *ledger_at(struct ledger *ledger, uint32_t number)
{
	return number ? &ledger->at[number - 1] : NULL;
}

static bool is(struct str wanted, const char *have)
{
	return !wanted.at || (have && str_is(wanted, have));
}

static bool passes(const struct entry *e, const struct ledger_filter *only)
{
	return is(only->system, e->system) &&
	       is(only->operation, e->operation) &&
	       is(only->reference, e->reference) && is(only->key, e->key);
}

static void put_text(struct json_writer *w, const char *name, const char *text)
{
	if (text)
		json_put_cstr(w, name, text);
}

static void write_entry(struct json_writer *w, uint32_t number,
			const struct entry *e)
{
	json_begin_object(w);
	json_put_int(w, "number", number);
	json_put_time(w, "time", e->time_us);
	json_put_cstr(w, "system", e->system);
	json_put_cstr(w, "operation", e->operation);
	put_text(w, "reference", e->reference);
	put_text(w, "idempotency_key", e->key);
	if (e->has_amount)
		json_put_int(w, "amount", e->amount);
	if (*e->unit)
		json_put_cstr(w, "unit", e->unit);
	json_put_int(w, "asked", e->asked);
	json_end_object(w);
}

void ledger_write(const struct ledger *ledger, const struct ledger_filter *only,
		  struct json_writer *w)
{
	int64_t total = 0, shown = 0, next = 0, last = 0;

	json_begin_object(w);
	json_name(w, STR("entries"));
	json_begin_array(w);
	for (uint32_t i = 0; i < ledger->count; i++) {
		if (!passes(&ledger->at[i], only))
			continue;
		total++;
		if (i + 1 <= only->after)
			continue;
		if (shown == only->limit) {
			next = last;
			continue;
		}
		write_entry(w, i + 1, &ledger->at[i]);
		last = i + 1;
		shown++;
	}
	json_end_array(w);
	json_put_int(w, "total", total);
	if (next)
		json_put_int(w, "next", next);
	json_end_object(w);
}

void ledger_release(struct ledger *ledger)
{
	for (uint32_t i = 0; i < ledger->count; i++) {
		free(ledger->at[i].reference);
		free(ledger->at[i].key);
	}
	free(ledger->at);
	*ledger = (struct ledger){0};
}
