/* run_head.c - what a record is besides its fields: id, version, order. */
#include <stdio.h>

#include "mapping/decimal.h"
#include "mapping/run.h"

/* A text that names something: there, not empty, not endless. */
static bool run_name(struct run *run, const struct rule *rule, bool needed,
		     struct str *out)
{
	struct value value;

	if (!run_rule(run, rule, &value))
		return false;
	*out = (struct str){NULL, 0};
	if (value.kind != VALUE_ABSENT && !run_string(run, rule, &value, out))
		return false;
	if (!out->len) {
		out->at = NULL;
		return !needed || run_fail(run, rule, &value, "missing-field",
					   "is absent or empty");
	}
	if (out->len > ID_BYTES_MAX)
		return run_fail(run, rule, &value, "too-long",
				"is longer than %d bytes", ID_BYTES_MAX);
	if (run->trace)
		run_trace_text(run, rule, &value, *out);
	return true;
}

/* system "/" id, without printf: it is on every record's way */
static struct str joined(struct run *run, struct str system, struct str id)
{
	char *to = arena_alloc(run->arena, system.len + id.len + 2);

	memcpy(to, system.at, system.len);
	to[system.len] = '/';
	memcpy(to + system.len + 1, id.at, id.len);
	to[system.len + 1 + id.len] = '\0';
	return (struct str){to, system.len + 1 + id.len};
}

static bool run_id(struct run *run, const struct section *section,
		   struct record *record)
{
	if (!run_name(run, section->id, true, &record->source_id))
		return false;
	record->source = run->mapping->source;
	record->id = joined(run, record->source, record->source_id);
	return true;
}

static bool run_version(struct run *run, const struct section *section,
			struct record *record)
{
	static const struct field field = {.kind = FIELD_INT};
	static const struct field time = {.kind = FIELD_TIME};
	struct {
		uint64_t has;
		int64_t number;
	} box = {0, 0};
	struct field to = section->version_kind == VERSION_TIME ? time : field;
	const struct assign assign = {.field = &to, .rule = section->version};
	struct value value;

	if (!section->version)
		return true;
	to.offset = offsetof(__typeof__(box), number);
	if (!run_rule(run, section->version, &value))
		return false;
	if (value.kind == VALUE_ABSENT)
		return run_fail(run, section->version, &value, "missing-field",
				"is absent");
	if (!run_store(run, &assign, &value, &box))
		return false;
	if (run->trace)
		run_trace_scalar(run, &assign, &value, &box);
	record->rank.version = box.number;
	return true;
}

static bool run_order(struct run *run, const struct section *section,
		      struct record *record)
{
	for (uint32_t i = 0; i < section->order_count; i++) {
		const struct order_ref *ref = &section->orders[i];
		struct str id;

		if (!run_name(run, ref->rule, false, &id))
			return false;
		if (!id.at)
			continue;
		if (ref->lookup) {
			record->ref_system = ref->system;
			record->ref_id = id;
		} else {
			record->subject = joined(run, ref->system, id);
		}
		return true;
	}
	if (!section->order_count &&
	    str_is(str_of(section->shape->entity->name), "order"))
		record->subject = record->id;
	return true;
}

bool run_head(struct run *run, const struct section *section,
	      struct record *record)
{
	static const struct {
		const char *name;
		bool (*run)(struct run *, const struct section *,
			    struct record *);
	} parts[] = {
		{"id", run_id},
		{"version", run_version},
		{"order", run_order},
	};
	bool ok = true;

	run->field = NULL;
	for (size_t i = 0; ok && i < sizeof(parts) / sizeof(parts[0]); i++) {
		run->step_count = 0;
		ok = run_push(run, parts[i].name, 0) &&
		     parts[i].run(run, section, record);
	}
	run->step_count = 0;
	if (ok && section->deleted)
		ok = run_test(run, section->deleted, &record->deleted);
	return ok;
}
