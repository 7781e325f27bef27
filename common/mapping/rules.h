/* rules.h - rules and conditions for files that are no mapping.
 *
 * Whoever reads such a file (a connector) compiles what stands in it with the
 * functions of compiler.h, and runs it over documents with those of run.h:
 *
 *	rules_init(&rules, arena, &file, findings);
 *	rule = compile_rule(&rules.compiler, at);	any number of them
 *	rules_end(&rules);
 *	...
 *	rules_enter(&rules, arena, &document, name, &run, err);
 *	run_rule(&run, rule, &value)
 *
 * Compiled rules never change. They live in the arena, as does what a run
 * makes. */
#ifndef FLOTILLA_MAPPING_RULES_H
#define FLOTILLA_MAPPING_RULES_H

#include "mapping/compiler.h"
#include "mapping/run.h"

struct rules {
	struct compiler compiler;
	struct mapping program;
	struct place document;
};

/* `rules` must not move; arena, file and findings outlive the compiling. */
void rules_init(struct rules *rules, struct arena *arena,
		const struct json_doc *file, struct mapping_findings *findings);

/* "let" and "codes" of the file, if it has them. */
void rules_share(struct rules *rules);

/* After the last rule: no more can be compiled. */
void rules_end(struct rules *rules);

/* Makes the document what all rules speak of. `message` is what "@message"
 * says. A rule that fails sets `err`. */
void rules_enter(const struct rules *rules, struct arena *arena,
		 const struct json_doc *document, struct str message,
		 struct run *run, struct err *err);

/* A scalar as text; absent: out->at == NULL. */
bool rules_text(struct run *run, const struct rule *rule,
		struct str *out) MUST_CHECK;

#endif
