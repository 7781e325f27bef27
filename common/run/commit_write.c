/* commit_write.c - what a batch writes: outputs, records, dead letters, lanes.
 */
#include "base/clock.h"
#include "run/loop_private.h"

/* What the batch tells, lane by lane, in the order of the messages. */
static void keep_outgoing(struct loop *loop, struct batch *batch)
{
	uint32_t count;
	const struct outgoing *events = changeset_events(batch->cs, &count);

	for (uint32_t i = 0; i < count; i++) {
		struct share *share =
			batch->count
				? &batch->shares[batch->held[events[i].message]
							 .share]
				: &batch->shares[0];

		outgoing_keep(&share->row, &events[i]);
		share->outgoing++;
	}
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct held *held = &batch->held[i];
		const struct kafka_message *m = &held->message;
		struct outgoing out = {
			.topic = str_of(dead_letter_topic),
			.entity = STR("dead-letter"),
			.reference = true,
		};

		if (!held->dead)
			continue;
		out.key = dead_letter_reference(&batch->arena, m->topic,
						m->partition, m->offset);
		outgoing_keep(&batch->shares[held->share].row, &out);
		batch->shares[held->share].outgoing++;
	}
	(void)loop;
}

static void send_outputs(struct loop *loop, struct batch *batch)
{
	struct pg_params *p = &loop->params;
	bool any = false;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (uint32_t i = 0; i < batch->share_count; i++) {
		if (!batch->shares[i].outgoing)
			continue;
		any = true;
		pg_array_i32(p, batch->shares[i].lane->lane_id);
	}
	pg_array_end(p);
	if (!any)
		return;
	pg_array_begin(p, PG_BYTEA);
	for (uint32_t i = 0; i < batch->share_count; i++)
		if (batch->shares[i].outgoing)
			pg_array_str(p, buf_view(&batch->shares[i].row));
	pg_array_end(p);
	commit_send(loop, OUTPUT_INSERT, p);
}

static void send_dead_letters(struct loop *loop, struct batch *batch)
{
	struct dead_letter *letters;
	uint32_t count = 0;

	if (!batch->dead_count)
		return;
	letters = arena_alloc(&batch->arena,
			      sizeof(*letters) * batch->dead_count);
	for (uint32_t i = 0; i < batch->count; i++) {
		struct held *held = &batch->held[i];

		if (!held->dead)
			continue;
		/* not before: the list moves while it grows */
		held->letter.message = &held->message;
		letters[count++] = held->letter;
	}
	dead_letter_bind(&loop->params, &batch->arena, loop->settings->group,
			 letters, count);
	commit_send(loop, DEAD_LETTER, &loop->params);
}

static void send_resolved(struct loop *loop, struct batch *batch)
{
	struct pg_params *p = &loop->params;
	bool any = false;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT8);
	for (uint32_t i = 0; i < batch->count; i++) {
		if (!batch->held[i].retry_of || batch->held[i].dead)
			continue;
		any = true;
		pg_array_i64(p, batch->held[i].retry_of);
	}
	pg_array_end(p);
	if (any)
		commit_send(loop, DEAD_RESOLVED, p);
}

static void send_moves(struct loop *loop, const struct batch *batch)
{
	struct pg_params *p = &loop->params;

	pg_params_reset(p);
	pg_array_begin(p, PG_INT4);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i32(p, batch->shares[i].lane->lane_id);
	pg_array_end(p);
	pg_array_begin(p, PG_INT8);
	for (uint32_t i = 0; i < batch->share_count; i++)
		pg_array_i64(p, batch->shares[i].next);
	pg_array_end(p);
	for (int f = 0; f < FATE_COUNT; f++) {
		pg_array_begin(p, PG_INT8);
		for (uint32_t i = 0; i < batch->share_count; i++)
			pg_array_i64(p, batch->shares[i].counts[f]);
		pg_array_end(p);
	}
	commit_send(loop, LANE_MOVE, p);
}

/* What no topic would take is refused before anything is committed: the batch
 * is halved down to the message that is at fault. */
bool commit_outputs_fit(struct loop *loop, struct err *err)
{
	uint32_t count;
	const struct outgoing *out =
		changeset_events(loop->committing->cs, &count);

	for (; count; count--, out++)
		if (out->value.len > loop->output_bytes)
			return err_code(err, ERR_INVALID, "output-too-large",
					"what topic %s would be told of "
					"%.*s has %zu bytes; "
					"FLOTILLA_MESSAGE_BYTES and "
					"KAFKA_MESSAGE_MAX_BYTES allow %zu",
					out->topic.at, STR_ARGS(out->key),
					out->value.len, loop->output_bytes);
	return true;
}

/* Outputs come first, so that their numbers are the group's first reply. */
void commit_send_writes(struct loop *loop)
{
	struct batch *batch = loop->committing;

	commit_count_fates(batch);
	keep_outgoing(loop, batch);
	send_outputs(loop, batch);
	changeset_send_writes(batch->cs, loop->pg, &loop->params);
	send_dead_letters(loop, batch);
	send_resolved(loop, batch);
	publish_send_acked(loop);
	send_moves(loop, batch);
}
