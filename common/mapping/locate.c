/* locate.c - where in the source a value that breaks the contract came from. */
#include <stdio.h>

#include "mapping/run.h"
#include "model/document.h"

/* Where model_check's canonical pointer comes from in the source: the record
 * is mapped once more, listening. */
struct locating {
	struct str wanted;
	size_t best; /* bytes of the target that matched so far */
	char pointer[sizeof(((struct err *)0)->pointer)];
	char rule[160];
};

static void locate_line(void *ctx, struct str target, struct str pointer,
			struct str rule, struct str value)
{
	struct locating *l = ctx;

	(void)value;
	if (target.len < l->best || !str_starts(l->wanted, target) ||
	    (target.len < l->wanted.len && l->wanted.at[target.len] != '/'))
		return;
	l->best = target.len;
	snprintf(l->pointer, sizeof(l->pointer), "%.*s", STR_ARGS(pointer));
	snprintf(l->rule, sizeof(l->rule), "%.*s", STR_ARGS(rule));
}

void run_locate(struct run *run, const struct section *section)
{
	char wanted[sizeof(run->err->pointer)];
	struct locating l = {.pointer = "", .rule = ""};
	const struct mapping_trace listening = {locate_line, &l};
	const struct mapping_trace *old = run->trace;
	const struct err found = *run->err;
	void *again = arena_zalloc(run->arena, section->shape->entity->size);
	struct value here = {
		.node = run->here[section->records->scope->id].node};

	memcpy(wanted, run->err->pointer, sizeof(wanted));
	l.wanted = str_of(wanted);
	run->trace = &listening;
	if (!run_shape(run, section->shape, again))
		l.best = 0; /* it went well before */
	run->trace = old;
	*run->err = found;
	if (!l.best)
		run_pointer(run, NULL, &here, l.pointer, sizeof(l.pointer));
	(void)err_at(run->err, l.pointer);
	(void)err_wrap(run->err, "%s%s%s%s", wanted[0] ? wanted + 1 : "record",
		       l.rule[0] ? " (rule " : "", l.rule,
		       l.rule[0] ? ")" : "");
}
