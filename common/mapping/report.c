/* report.c - what a run says: errors with the source's pointer, traces. */
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "mapping/decimal.h"
#include "mapping/run.h"
#include "model/money.h"

enum { QUOTE_BYTES = 60, RULE_BYTES = 140 };

/* At most `max` bytes, not in the middle of a character. */
static struct str shortened(struct str s, size_t max)
{
	if (s.len <= max)
		return s;
	s.len = max;
	while (s.len && ((unsigned char)s.at[s.len] & 0xc0) == 0x80)
		s.len--;
	return s;
}

struct str run_quote(const struct run *run, const struct value *value)
{
	struct str text = shortened(value->text, QUOTE_BYTES);
	const char *more = text.len < value->text.len ? "..." : "";
	char plain[DECIMAL_TEXT_BYTES];
	size_t len;

	if (value->kind == VALUE_NODE)
		return run->doc.nodes[value->node].kind == JSON_ARRAY
			       ? STR("an array")
			       : STR("an object");
	if (run->field && (run->field->flags & FIELD_PII))
		return STR("the value (hidden)");
	switch (value->kind) {
	case VALUE_TEXT:
		return arena_printf(run->arena, "\"%.*s%s\"", STR_ARGS(text),
				    more);
	case VALUE_NUMBER:
	case VALUE_BOOL:
		return arena_printf(run->arena, "%.*s%s", STR_ARGS(text), more);
	case VALUE_DECIMAL:
		len = decimal_format(
			(struct decimal){value->number, value->scale}, plain);
		return arena_str(run->arena, (struct str){plain, len});
	case VALUE_MONEY:
		return STR("an amount");
	case VALUE_TIME:
		return STR("a time");
	default:
		return STR("nothing");
	}
}

void run_target(const struct run *run, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < run->step_count && n < size; i++) {
		const struct target_step *step = &run->steps[i];

		if (step->name)
			n += (size_t)snprintf(text + n, size - n, "/%s",
					      step->name);
		else
			n += (size_t)snprintf(text + n, size - n, "/%u",
					      step->index);
	}
}

/* The first pointer of a rule, as good as any for "it looked here". */
static const struct path *path_of(const struct rule *rule)
{
	const struct path *path = rule->path;

	if (!path && rule->loop)
		path = rule->loop->paths[0];
	for (uint32_t i = 0; !path && i < rule->arg_count; i++)
		path = path_of(rule->args[i]);
	return path;
}

void run_path_pointer(const struct run *run, const struct path *path,
		      char *text, size_t size)
{
	size_t len;

	json_pointer_of(&run->doc, run->here[path->scope->id].node, text, size);
	len = strlen(text);
	snprintf(text + len, size - len, "%.*s", STR_ARGS(path->looked_at));
}

void run_pointer(const struct run *run, const struct rule *rule,
		 const struct value *value, char *text, size_t size)
{
	const struct path *path;

	text[0] = '\0';
	if (value && value->node != NONE) {
		json_pointer_of(&run->doc, value->node, text, size);
		return;
	}
	path = rule ? path_of(rule) : NULL;
	if (path)
		run_path_pointer(run, path, text, size);
}

bool run_fail(struct run *run, const struct rule *rule,
	      const struct value *value, const char *code, const char *fmt, ...)
{
	char text[sizeof(run->err->text)], target[TARGET_TEXT_BYTES];
	struct str shown = {NULL, 0};
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n < 0)
		text[0] = '\0';
	run_target(run, target, sizeof(target));
	if (rule)
		shown = shortened(rule->text, RULE_BYTES);
	(void)err_code(run->err, ERR_INVALID, code, "%s%s%s%s%.*s%s%s",
		       target[0] ? target + 1 : "", target[0] ? ": " : "", text,
		       shown.len ? " (rule " : "", STR_ARGS(shown),
		       rule && shown.len < rule->text.len ? "..." : "",
		       shown.len ? ")" : "");
	run_pointer(run, rule, value, run->err->pointer,
		    sizeof(run->err->pointer));
	return false;
}

/* Traces --------------------------------------------------------------- */

static void trace_line(struct run *run, const char *pointer, struct str rule,
		       struct str value)
{
	char target[TARGET_TEXT_BYTES];

	run_target(run, target, sizeof(target));
	run->trace->line(run->trace->ctx, str_of(target), str_of(pointer), rule,
			 value);
}

void run_trace_text(struct run *run, const struct rule *rule,
		    const struct value *value, struct str text)
{
	char pointer[sizeof(run->err->pointer)];

	run_pointer(run, rule, value, pointer, sizeof(pointer));
	trace_line(run, pointer, rule ? rule->text : STR("members"), text);
}

/* What a field has become, for people. */
static struct str shown(struct run *run, const struct assign *assign,
			const void *record)
{
	const void *at = (const char *)record + assign->field->offset;
	char text[(int)CLOCK_TEXT_BYTES > (int)MONEY_TEXT_BYTES
			  ? CLOCK_TEXT_BYTES
			  : MONEY_TEXT_BYTES];
	size_t len;

	switch (assign->field->kind) {
	case FIELD_INT:
		return arena_printf(run->arena, "%lld",
				    (long long)*(const int64_t *)at);
	case FIELD_BOOL:
		return *(const bool *)at ? STR("true") : STR("false");
	case FIELD_ENUM:
		return str_of(assign->field->codes[*(const int32_t *)at]);
	case FIELD_TIME:
		len = clock_format(text, *(const int64_t *)at);
		return arena_str(run->arena, (struct str){text, len});
	case FIELD_MONEY:
		if (run->digits < 0)
			return STR("0");
		len = money_format(text, *(const int64_t *)at, run->currency);
		return arena_printf(run->arena, "%.*s %.*s", (int)len, text,
				    STR_ARGS(run->currency));
	default:
		return *(const struct str *)at;
	}
}

void run_trace_scalar(struct run *run, const struct assign *assign,
		      const struct value *value, const void *record)
{
	struct str text = {NULL, 0};

	if (value->kind != VALUE_ABSENT)
		text = shown(run, assign, record);
	run_trace_text(run, assign->rule, value, text);
}

void run_trace_list(struct run *run, const struct path *path, const char *what,
		    uint32_t count)
{
	char pointer[sizeof(run->err->pointer)];

	run_path_pointer(run, path, pointer, sizeof(pointer));
	trace_line(
		run, pointer,
		arena_printf(run->arena, "%s %.*s", what, STR_ARGS(path->text)),
		arena_printf(run->arena, "%u element%s", count,
			     count == 1 ? "" : "s"));
}
