/* dlq.c - `fleetctl dlq list|retry|discard`. */
#include "commands.h"
#include "letters.h"

#include <string.h>

const struct option dlq_list_options[] = {
	LETTER_FILTERS,
	OPTION_LIMIT,
	{NULL, NULL, NULL},
};

const struct option dlq_change_options[] = {
	{"all", NULL, "all that the filters choose, up to --limit"},
	LETTER_FILTERS,
	OPTION_LIMIT,
	OPTION_REASON,
	{"force", NULL, "also one that was retried or resolved before"},
	OPTION_DRY_RUN,
	{NULL, NULL, NULL},
};

static const struct column columns[] = {
	{"dead_letter_id", "id", COLUMN_NUMBER},
	{"created_at", NULL, COLUMN_TEXT},
	{"group", NULL, COLUMN_TEXT},
	{"topic", NULL, COLUMN_TEXT},
	{"partition", "part", COLUMN_NUMBER},
	{"offset", NULL, COLUMN_NUMBER},
	{"stage", NULL, COLUMN_TEXT},
	{"class", NULL, COLUMN_TEXT},
	{"state", NULL, COLUMN_TEXT},
	{"attempts", "tries", COLUMN_NUMBER},
	{"pointer", NULL, COLUMN_TEXT},
	{"text", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

static const char list_columns[] =
	"dead_letter_id, to_char(created_at AT TIME ZONE 'UTC', "
	"'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), consumer_group, topic, partition, "
	"log_offset, stage, error_class, state, attempts, pointer, error_text";

/* The line may be at fault, or the world. */
static int failed(struct ctl *ctl)
{
	return ctl->err.kind == ERR_INVALID ? ctl_usage(ctl) : ctl_fail(ctl);
}

int cmd_dlq_list(struct ctl *ctl)
{
	struct pg_table rows;
	struct table t;

	if (!letters_query(ctl, list_columns, &rows))
		return failed(ctl);
	table_init(&t, columns);
	for (int row = 0; row < pg_table_rows(&rows); row++)
		for (int col = 0; col < pg_table_cols(&rows); col++)
			table_cstr(&t, pg_text(&rows, row, col));
	ctl_show(ctl, &t, "no dead letters");
	table_release(&t);
	pg_table_release(&rows);
	return CTL_DONE;
}

static const struct column change_columns[] = {
	{"dead_letter_id", "id", COLUMN_NUMBER},
	{"topic", NULL, COLUMN_TEXT},
	{"result", NULL, COLUMN_TEXT},
	{NULL, NULL, COLUMN_TEXT},
};

struct change {
	struct table table;
	struct kafka_producer *producer; /* retry only */
	const char *from;		 /* states that it may have */
	const char *reason;
	int failures;
};

/* First the state, then the message: a worker that has read it sets 'retried'
 * to 'resolved', and must find it. */
static const char *retry_one(struct ctl *ctl, struct change *c, const char *id)
{
	struct err why;
	bool changed;

	if (!letter_set(ctl, id, c->from, "retried", c->reason, &changed))
		return NULL;
	if (!changed)
		return "left: it is not open any more";
	if (letter_publish(ctl, c->producer, id))
		return "retried";
	why = ctl->err;
	ctl->err.kind = ERR_NONE;
	c->failures++;
	if (!letter_set(ctl, id, "{retried}", "open", NULL, &changed))
		return NULL;
	return arena_printf(&ctl->arena, "failed: %s", why.text).at;
}

static const char *discard_one(struct ctl *ctl, struct change *c,
			       const char *id)
{
	bool changed;

	if (!letter_set(ctl, id, c->from, "discarded", c->reason, &changed))
		return NULL;
	return changed ? "discarded" : "left: it is not open any more";
}

static bool change_all(struct ctl *ctl, struct change *c)
{
	const char *would =
		c->producer ? "would be retried" : "would be discarded";
	struct pg_table rows;
	bool ok = true;

	if (!letters_query(ctl, "dead_letter_id, topic", &rows))
		return false;
	/* oldest first, as they came */
	for (int row = pg_table_rows(&rows) - 1; ok && row >= 0; row--) {
		const char *id = pg_text(&rows, row, 0);
		const char *result = ctl_dry_run(ctl) ? would
				     : c->producer    ? retry_one(ctl, c, id)
						      : discard_one(ctl, c, id);

		ok = result != NULL;
		if (!ok)
			break;
		table_cstr(&c->table, id);
		table_cstr(&c->table, pg_text(&rows, row, 1));
		table_cstr(&c->table, result);
	}
	pg_table_release(&rows);
	return ok;
}

static int change(struct ctl *ctl, struct change *c)
{
	bool ok;

	c->from = args_flag(&ctl->args, "force")
			  ? "{open,retried,resolved,discarded,rewound}"
			  : "{open}";
	table_init(&c->table, change_columns);
	ok = change_all(ctl, c);
	if (ok || table_rows(&c->table))
		ctl_show(ctl, &c->table, "no such dead letters");
	if (ok && ctl->args.count > table_rows(&c->table))
		ok = err_set(&ctl->err, ERR_FATAL,
			     "%d of the numbers are no dead letters",
			     ctl->args.count - table_rows(&c->table));
	table_release(&c->table);
	if (!ok)
		return failed(ctl);
	return c->failures ? CTL_FINDINGS : CTL_DONE;
}

int cmd_dlq_retry(struct ctl *ctl)
{
	struct change c = {.reason = args_value(&ctl->args, "reason")};
	int code;

	if (!letters_chosen(ctl))
		return ctl_usage(ctl);
	c.producer = kafka_producer_new(ctl->settings.kafka,
					letter_handler(ctl), &ctl->err);
	if (!c.producer)
		return ctl_fail(ctl);
	code = change(ctl, &c);
	kafka_producer_free(c.producer);
	return code;
}

int cmd_dlq_discard(struct ctl *ctl)
{
	struct change c = {.reason = args_value(&ctl->args, "reason")};

	if (!letters_chosen(ctl))
		return ctl_usage(ctl);
	if (!c.reason || !*c.reason) {
		err_set(&ctl->err, ERR_INVALID,
			"say why: --reason \"...\" is kept with the letter");
		return ctl_usage(ctl);
	}
	return change(ctl, &c);
}
