/* letters.c - dead letters chosen and changed. */
#include "letters.h"

#include <string.h>

static const char *const states[] = {"open",	  "retried", "resolved",
				     "discarded", "rewound", "all"};

/* "{17,18}": the words as an array of ids; NULL without words. */
static bool ids_of(struct ctl *ctl, const char **out)
{
	struct buf text;
	int64_t id;
	bool ok = true;

	*out = NULL;
	if (!ctl->args.count)
		return true;
	buf_init(&text, 4096);
	for (int i = 0; ok && i < ctl->args.count; i++) {
		ok = str_to_i64(str_of(ctl->args.words[i]), &id);
		if (!ok)
			err_set(&ctl->err, ERR_INVALID,
				"\"%s\" is no number of a dead letter: dlq "
				"list shows them",
				ctl->args.words[i]);
		buf_printf(&text, "%c%lld", i ? ',' : '{', (long long)id);
	}
	buf_byte(&text, '}');
	*out = arena_cstr(&ctl->arena, buf_view(&text));
	buf_release(&text);
	return ok;
}

static bool state_of(struct ctl *ctl, bool by_id, const char **out)
{
	const char *state = args_value(&ctl->args, "state");

	*out = by_id ? NULL : "open";
	if (!state)
		return true;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (!strcmp(states[i], state)) {
			*out = strcmp(state, "all") ? state : NULL;
			return true;
		}
	return err_set(&ctl->err, ERR_INVALID,
		       "--state %s: give open, retried, resolved, discarded, "
		       "rewound or all",
		       state);
}

bool letters_query(struct ctl *ctl, const char *columns, struct pg_table *out)
{
	const char *params[7] = {args_value(&ctl->args, "topic"),
				 args_value(&ctl->args, "group"),
				 args_value(&ctl->args, "class")};
	int64_t since, limit;
	struct str sql;

	if (!args_time(&ctl->args, "since", 0, &since, &ctl->err) ||
	    !args_number(&ctl->args, "limit", 1, 1000000, 100, &limit,
			 &ctl->err) ||
	    !ids_of(ctl, &params[6]) || !state_of(ctl, params[6], &params[3]))
		return false;
	params[4] = arena_printf(&ctl->arena, "%lld", (long long)since).at;
	params[5] = arena_printf(&ctl->arena, "%lld", (long long)limit).at;
	sql = arena_printf(
		&ctl->arena,
		"SELECT %s FROM dead_letter WHERE "
		"($1::text IS NULL OR topic = $1) AND "
		"($2::text IS NULL OR consumer_group = $2) AND "
		"($3::text IS NULL OR error_class = $3) AND "
		"($4::text IS NULL OR state = $4) AND "
		"created_at >= to_timestamp($5::bigint / 1e6) AND "
		"($7::bigint[] IS NULL OR dead_letter_id = ANY ($7)) "
		"ORDER BY dead_letter_id DESC LIMIT $6::bigint",
		columns);
	return ctl_pg(ctl) &&
	       pg_query(ctl->pg, sql.at, 7, params, out, &ctl->err);
}

bool letters_chosen(struct ctl *ctl)
{
	if ((ctl->args.count > 0) != args_flag(&ctl->args, "all"))
		return true;
	return err_set(&ctl->err, ERR_INVALID,
		       "name dead letters by their numbers, or say --all and "
		       "which (--topic, --class, --since)");
}

bool letter_set(struct ctl *ctl, const char *id, const char *from,
		const char *to, const char *reason, bool *changed)
{
	const char *params[] = {id, from, to, ctl_operator(ctl), reason};
	struct pg_table t;

	if (!pg_query(ctl->pg,
		      "UPDATE dead_letter SET state = $3, operator = $4, "
		      "reason = coalesce($5, reason), changed_at = now() "
		      "WHERE dead_letter_id = $1::bigint AND "
		      "state = ANY ($2::text[])",
		      5, params, &t, &ctl->err))
		return false;
	*changed = pg_table_affected(&t) == 1;
	pg_table_release(&t);
	return true;
}
