/* retell.c - rows of output back into records to publish. */
#include "store/retell.h"

#include "store/changeset_private.h"
#include "store/dead_letter.h"
#include "store/lane_sql.h"

const char dead_letter_topic[] = "dead-letters.v1";

struct retell {
	const struct store *store;
	struct arena *arena;
	const char *group;
	struct outgoing *events;
	uint32_t count, room;
	bool asked_dead;
	bool asked[STORE_ENTITIES_MAX + 1];
};

struct retell *retell_new(const struct store *store, struct arena *arena,
			  const char *group)
{
	struct retell *rt = ARENA_NEW(arena, struct retell);

	rt->store = store;
	rt->arena = arena;
	rt->group = group;
	return rt;
}

struct str dead_letter_reference(struct arena *arena, const char *topic,
				 int32_t partition, int64_t offset)
{
	return arena_printf(arena, "%s %d %lld", topic, partition,
			    (long long)offset);
}

static void add(struct retell *rt, const struct outgoing *out)
{
	if (rt->count == rt->room) {
		uint32_t room = rt->room ? rt->room * 2 : 64;
		struct outgoing *grown =
			arena_alloc(rt->arena, sizeof(*grown) * room);

		if (rt->count)
			memcpy(grown, rt->events, sizeof(*grown) * rt->count);
		rt->events = grown;
		rt->room = room;
	}
	rt->events[rt->count++] = *out;
}

bool retell_add(struct retell *rt, uint32_t tag, struct str body,
		bool references_only, struct err *err)
{
	struct str rest = arena_str(rt->arena, body);
	struct outgoing out;

	while (outgoing_next(&rest, &out, err)) {
		out.message = tag;
		out.topic = arena_str(rt->arena, out.topic);
		if (out.reference || !references_only)
			add(rt, &out);
	}
	return err->kind == ERR_NONE;
}

static bool is_dead_letter(const struct outgoing *out)
{
	return out->reference && str_is(out->entity, "dead-letter");
}

static bool of_entity(const struct outgoing *out, const struct entity *entity)
{
	return out->reference && str_is(out->entity, entity->name);
}

static bool split_reference(struct str key, struct arena *arena,
			    const char **topic, int64_t *partition,
			    int64_t *offset)
{
	char *text = arena_cstr(arena, key);
	char *second = strchr(text, ' ');
	char *third = second ? strchr(second + 1, ' ') : NULL;

	if (!third)
		return false;
	*second++ = *third++ = '\0';
	*topic = text;
	return str_to_i64(str_of(second), partition) &&
	       str_to_i64(str_of(third), offset);
}

static void bind_dead(struct retell *rt, struct pg_params *params, int column)
{
	static const enum pg_type types[] = {PG_TEXT, PG_INT4, PG_INT8};

	pg_array_begin(params, types[column]);
	for (uint32_t i = 0; i < rt->count; i++) {
		const char *topic;
		int64_t partition, offset;

		if (!is_dead_letter(&rt->events[i]) ||
		    !split_reference(rt->events[i].key, rt->arena, &topic,
				     &partition, &offset))
			continue;
		if (column == 0)
			pg_array_str(params, str_of(topic));
		else if (column == 1)
			pg_array_i32(params, (int32_t)partition);
		else
			pg_array_i64(params, offset);
	}
	pg_array_end(params);
}

int retell_send(struct retell *rt, struct pg *pg, struct pg_params *params)
{
	int sent = 0;

	for (uint32_t i = 0; i < rt->count; i++) {
		rt->asked_dead |= is_dead_letter(&rt->events[i]);
		for (int e = 0; e < rt->store->told_count; e++)
			rt->asked[e] |= of_entity(
				&rt->events[i], rt->store->entities[e].entity);
	}
	for (int e = 0; e < rt->store->told_count; e++) {
		const struct entity_sql *sql = &rt->store->entities[e];

		if (!rt->asked[e])
			continue;
		pg_params_reset(params);
		pg_array_begin(params, PG_TEXT);
		for (uint32_t i = 0; i < rt->count; i++)
			if (of_entity(&rt->events[i], sql->entity))
				pg_array_str(params, rt->events[i].key);
		pg_array_end(params);
		pg_send(pg, sql->tell, params);
		sent++;
	}
	if (!rt->asked_dead)
		return sent;
	pg_params_reset(params);
	pg_param_str(params, str_of(rt->group));
	for (int column = 0; column < 3; column++)
		bind_dead(rt, params, column);
	pg_send(pg, lane_statements[DEAD_READ].name, params);
	return sent + 1;
}

static void fill(struct retell *rt, const struct entity_sql *sql,
		 const struct pg_reply *r, int row)
{
	struct str id = pg_str(r, row, ENTITY_TELL_ID);
	bool deleted = pg_bool(r, row, ENTITY_TELL_DELETED);
	struct str trace = pg_str(r, row, ENTITY_TELL_TRACE);

	for (uint32_t i = 0; i < rt->count; i++) {
		struct outgoing *out = &rt->events[i];

		if (!of_entity(out, sql->entity) || !str_eq(out->key, id) ||
		    out->type.at)
			continue;
		if (!deleted)
			out->value = arena_str(rt->arena,
					       pg_str(r, row, ENTITY_TELL_DOC));
		out->revision = pg_i64(r, row, ENTITY_TELL_REVISION);
		out->time_us = pg_time(r, row, ENTITY_TELL_TIME);
		out->trace = trace.at ? arena_str(rt->arena, trace) : trace;
		event_describe(out, sql, deleted);
	}
}

static void fill_dead(struct retell *rt, struct outgoing *out,
		      const struct pg_reply *r, int row)
{
	struct kafka_message *m = ARENA_NEW(rt->arena, struct kafka_message);
	struct dead_letter *d = ARENA_NEW(rt->arena, struct dead_letter);
	struct dead_letter_record *record =
		ARENA_NEW(rt->arena, struct dead_letter_record);
	int64_t partition;

	if (!split_reference(out->key, rt->arena, &m->topic, &partition,
			     &m->offset))
		return;
	m->partition = (int32_t)partition;
	m->key = pg_str(r, row, DEAD_READ_KEY);
	m->value = pg_str(r, row, DEAD_READ_RAW);
	if (m->key.at)
		m->key = arena_str(rt->arena, m->key);
	if (m->value.at)
		m->value = arena_str(rt->arena, m->value);
	d->message = m;
	d->stage = arena_cstr(rt->arena, pg_str(r, row, DEAD_READ_STAGE));
	err_code(&d->err, ERR_INVALID,
		 arena_cstr(rt->arena, pg_str(r, row, DEAD_READ_CLASS)), "%s",
		 arena_cstr(rt->arena, pg_str(r, row, DEAD_READ_TEXT)));
	err_at(&d->err,
	       arena_cstr(rt->arena, pg_str(r, row, DEAD_READ_POINTER)));
	if (!pg_null(r, row, DEAD_READ_MAPPING))
		d->mapping = arena_cstr(rt->arena,
					pg_str(r, row, DEAD_READ_MAPPING));
	d->mapping_revision =
		(int32_t)pg_i64(r, row, DEAD_READ_MAPPING_REVISION);
	d->attempts = (int32_t)pg_i64(r, row, DEAD_READ_ATTEMPTS);
	dead_letter_record(record, rt->arena, rt->group, d);
	out->headers = record->headers;
	out->header_count = record->count;
	out->value = record->value;
	out->key = m->key;
}

/* The n-th dead letter among the references, from 1. */
static struct outgoing *nth_dead(struct retell *rt, int64_t n)
{
	for (uint32_t i = 0; i < rt->count; i++)
		if (is_dead_letter(&rt->events[i]) && !--n)
			return &rt->events[i];
	return NULL;
}

void retell_take(struct retell *rt, const struct pg_reply *replies)
{
	for (int e = 0; e < rt->store->told_count; e++) {
		if (!rt->asked[e])
			continue;
		for (int row = 0; row < pg_rows(replies); row++)
			fill(rt, &rt->store->entities[e], replies, row);
		replies++;
	}
	for (int row = 0; rt->asked_dead && row < pg_rows(replies); row++) {
		struct outgoing *out =
			nth_dead(rt, pg_i64(replies, row, DEAD_READ_N));

		if (out && !out->headers)
			fill_dead(rt, out, replies, row);
	}
}

const struct outgoing *retell_events(const struct retell *rt, uint32_t *count)
{
	*count = rt->count;
	return rt->events;
}
