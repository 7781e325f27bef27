/* rules.c - rules and conditions for files that are no mapping. */
#include "mapping/rules.h"

#include "base/clock.h"
#include "mapping/findings.h"

void rules_init(struct rules *rules, struct arena *arena,
		const struct json_doc *file, struct mapping_findings *findings)
{
	struct compiler *c = &rules->compiler;

	memset(rules, 0, sizeof(*rules));
	c->mapping = &rules->program;
	c->arena = arena;
	c->doc = file;
	c->findings = findings;
	rules->document.scope = scope_new(c);
	c->place = &rules->document;
}

void rules_share(struct rules *rules)
{
	struct compiler *c = &rules->compiler;

	c->lets = member(c, 0, "let");
	if (c->lets && c->doc->nodes[c->lets].kind != JSON_OBJECT)
		finding(c, c->lets, "\"let\" is an object of rules");
	c->codes = member(c, 0, "codes");
	if (c->codes && c->doc->nodes[c->codes].kind != JSON_OBJECT)
		finding(c, c->codes, "\"codes\" is an object of tables");
}

void rules_end(struct rules *rules)
{
	link_scopes(&rules->compiler);
}

void rules_enter(const struct rules *rules, struct arena *arena,
		 const struct json_doc *document, struct str message,
		 struct run *run, struct err *err)
{
	*run = (struct run){
		.mapping = &rules->program,
		.arena = arena,
		.doc = *document,
		.message = message,
		.err = err,
		.digits = -1,
	};
	run->slots = arena_alloc(arena, rules->program.slot_count *
						sizeof(*run->slots));
	run->here = arena_alloc(arena, rules->program.scope_count *
					       sizeof(*run->here));
	run_enter(run, rules->document.scope, 0, 0);
}

static struct str time_text(struct run *run, int64_t us)
{
	char text[CLOCK_TEXT_BYTES];
	size_t len = clock_format(text, us);

	return arena_str(run->arena, (struct str){text, len});
}

bool rules_text(struct run *run, const struct rule *rule, struct str *out)
{
	struct value value;

	*out = (struct str){NULL, 0};
	if (!run_rule(run, rule, &value))
		return false;
	switch (value.kind) {
	case VALUE_ABSENT:
		return true;
	case VALUE_TIME:
		*out = time_text(run, value.number);
		return true;
	case VALUE_MONEY:
		*out = arena_printf(run->arena, "%lld",
				    (long long)value.number);
		return true;
	default:
		return run_text(run, rule, &value, out);
	}
}
