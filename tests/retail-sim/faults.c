/* faults.c - which rule fires at which call. */
#include "retail-sim/faults.h"

static const char *const fault_names[] = {
	[FAULT_NONE] = "none",
	[FAULT_LATENCY] = "latency_ms",
	[FAULT_STATUS] = "status",
	[FAULT_HANG] = "hang",
	[FAULT_HALF] = "half-answer",
	[FAULT_DROP_BEFORE] = "drop-before",
	[FAULT_DROP_AFTER] = "drop-after",
	[FAULT_DUPLICATE] = "duplicate",
};

static bool is(const char *wanted, struct str have)
{
	return !*wanted || str_is(have, wanted);
}

static bool matches(const struct fault_rule *rule, const char *system,
		    const char *operation, struct str method, struct str path)
{
	return is(rule->system, str_of(system)) &&
	       is(rule->operation, str_of(operation)) &&
	       is(rule->method, method) && str_starts(path, str_of(rule->path));
}

/* splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", 2014), as a number from 0 to below 1. */
static double next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (double)((z ^ z >> 31) >> 11) / (double)(1ull << 53);
}

static bool fires(struct fault_rule *rule)
{
	rule->seen++;
	if (rule->count && rule->fired == rule->count)
		return false;
	if (rule->nth && rule->seen != rule->nth)
		return false;
	if (rule->every && rule->seen % rule->every)
		return false;
	if (rule->probability > 0 &&
	    next_random(&rule->random) >= rule->probability)
		return false;
	rule->fired++;
	return true;
}

struct fault_plan faults_plan(struct faults *faults, const char *system,
			      const char *operation, struct str method,
			      struct str path)
{
	struct fault_plan plan = {.retry_after_s = -1};
	int64_t latency_ms = 0;

	for (int i = 0; i < faults->count && plan.fault == FAULT_NONE; i++) {
		struct fault_rule *rule = &faults->rules[i];

		if (!matches(rule, system, operation, method, path) ||
		    !fires(rule))
			continue;
		latency_ms += rule->does.latency_ms;
		if (rule->does.fault != FAULT_LATENCY)
			plan = rule->does;
	}
	plan.latency_ms =
		latency_ms < FAULT_WAIT_MAX_MS ? latency_ms : FAULT_WAIT_MAX_MS;
	return plan;
}

static void put_text(struct json_writer *w, const char *name, const char *text)
{
	if (*text)
		json_put_cstr(w, name, text);
}

void faults_write(const struct faults *faults, struct json_writer *w)
{
	json_begin_object(w);
	json_name(w, STR("rules"));
	json_begin_array(w);
	for (int i = 0; i < faults->count; i++) {
		const struct fault_rule *rule = &faults->rules[i];

		json_begin_object(w);
		put_text(w, "system", rule->system);
		put_text(w, "operation", rule->operation);
		put_text(w, "method", rule->method);
		put_text(w, "path", rule->path);
		json_put_cstr(w, "effect", fault_names[rule->does.fault]);
		json_put_int(w, "matched", rule->seen);
		json_put_int(w, "fired", rule->fired);
		json_end_object(w);
	}
	json_end_array(w);
	json_end_object(w);
}
