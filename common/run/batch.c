/* batch.c - messages gathered, decoded and handled; nothing is sent here. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "run/loop_private.h"

enum { ARENA_KEEP_BYTES = 8 << 20, ROW_MAX_BYTES = 64 << 20 };

void batch_init(struct loop *loop, struct batch *batch)
{
	memset(batch, 0, sizeof(*batch));
	arena_init(&batch->arena, ARENA_KEEP_BYTES);
	batch->shares = calloc(KAFKA_PARTITIONS_MAX, sizeof(*batch->shares));
	if (!batch->shares)
		abort();
	for (int i = 0; i < KAFKA_PARTITIONS_MAX; i++)
		buf_init(&batch->shares[i].row, ROW_MAX_BYTES);
	batch->cs = changeset_new(loop->store, &batch->arena);
}

struct batch *batch_other(struct loop *loop, const struct batch *batch)
{
	return batch == &loop->batches[0] ? &loop->batches[1]
					  : &loop->batches[0];
}

void batch_release(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++)
		kafka_message_free(&batch->held[i].message);
	for (int i = 0; i < KAFKA_PARTITIONS_MAX; i++)
		buf_release(&batch->shares[i].row);
	free(batch->shares);
	free(batch->held);
	arena_release(&batch->arena);
}

void batch_reset(struct loop *loop, struct batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++)
		kafka_message_free(&batch->held[i].message);
	if (batch == loop->building)
		for (int i = 0; i < loop->lane_count; i++)
			loop->lanes[i].slot = -1;
	arena_reset(&batch->arena);
	batch->cs = changeset_new(loop->store, &batch->arena);
	batch->count = batch->share_count = 0;
	batch->dead_count = batch->told = batch->told_dead = 0;
	batch->bytes = 0;
	batch->careful = batch->abandoned = false;
	batch->races = 0;
}

bool batch_has_room(const struct loop *loop, const struct batch *batch)
{
	/* whoever dies on a message must not take down the one before it */
	if (loop->alone && loop->committing)
		return false;
	return batch && batch->count < loop->limit &&
	       batch->bytes < (size_t)loop->settings->batch_bytes;
}

struct share *batch_share(struct loop *loop, struct batch *batch,
			  struct lane *lane)
{
	struct share *share;

	(void)loop;
	if (lane->slot >= 0)
		return &batch->shares[lane->slot];
	lane->slot = (int32_t)batch->share_count++;
	share = &batch->shares[lane->slot];
	share->lane = lane;
	share->next = lane->building_next;
	share->outgoing = 0;
	share->pending = NULL;
	memset(share->counts, 0, sizeof(share->counts));
	buf_reset(&share->row);
	return share;
}

void loop_poison(struct loop *loop, const struct lane *lane, int64_t offset,
		 const struct err *err)
{
	struct poison *p;

	if (loop->poison_count == POISON_MAX) {
		memmove(loop->poisons, loop->poisons + 1,
			sizeof(*p) * (POISON_MAX - 1));
		loop->poison_count--;
	}
	p = &loop->poisons[loop->poison_count++];
	p->topic = lane->topic;
	p->partition = lane->partition;
	p->offset = offset;
	p->err = *err;
	p->err.kind = ERR_INVALID;
}

static const struct poison *poison_of(const struct loop *loop,
				      const struct kafka_message *m)
{
	for (int i = 0; i < loop->poison_count; i++)
		if (loop->poisons[i].offset == m->offset &&
		    loop->poisons[i].partition == m->partition &&
		    !strcmp(loop->poisons[i].topic, m->topic))
			return &loop->poisons[i];
	return NULL;
}

static void die(struct batch *batch, struct held *held, const char *stage,
		const struct err *err, const struct mapping *mapping)
{
	held->dead = true;
	batch->dead_count++;
	held->letter.stage = stage;
	held->letter.err = *err;
	held->letter.mapping = mapping ? mapping_name(mapping) : NULL;
	held->letter.mapping_revision = mapping ? mapping_revision(mapping) : 0;
}

/* A retry competes with the rank of the message that it repeats. */
static void take_retry(struct held *held, struct intake_message *info,
		       int32_t *partition)
{
	const struct kafka_message *m = &held->message;
	int64_t number;

	if (!str_to_i64(kafka_header(m, dead_letter_id_header),
			&held->retry_of))
		return;
	if (str_to_i64(kafka_header(m, dead_letter_at_header), &number))
		info->at_us = number;
	if (str_to_i64(kafka_header(m, dead_letter_offset_header), &number))
		info->at_offset = number;
	if (str_to_i64(kafka_header(m, dead_letter_partition_header), &number))
		*partition = (int32_t)number;
	if (str_to_i64(kafka_header(m, dead_letter_attempts_header), &number))
		held->letter.attempts = (int32_t)number + 1;
}

/* Only what looks like a W3C trace context goes into the store. */
static struct str traceparent(struct batch *batch,
			      const struct kafka_message *m)
{
	struct str trace = kafka_header(m, "traceparent");

	if (!trace.at || trace.len != 55 || trace.at[2] != '-')
		return (struct str){NULL, 0};
	for (size_t i = 0; i < trace.len; i++)
		if (!memchr("0123456789abcdef-", trace.at[i], 17))
			return (struct str){NULL, 0};
	return arena_str(&batch->arena, trace);
}

/* "<topic>/<partition>/<offset>": what a fact without an id is called; in a
 * retry it has the name that it had. */
static struct str message_name(struct arena *arena,
			       const struct kafka_message *m, int32_t partition,
			       int64_t offset)
{
	size_t room = strlen(m->topic) + 48;
	struct buf name;

	buf_fixed(&name, arena_alloc(arena, room), room);
	buf_cstr(&name, m->topic);
	buf_byte(&name, '/');
	buf_i64(&name, partition);
	buf_byte(&name, '/');
	buf_i64(&name, offset);
	return buf_view(&name);
}

static void decode(struct loop *loop, struct batch *batch, struct held *held,
		   const struct lane *lane)
{
	const struct kafka_message *m = &held->message;
	const struct poison *poison = poison_of(loop, m);
	struct intake_message info = {
		.index = batch->count,
		.at_us = m->timestamp_us,
		.at_offset = m->offset,
		.trace = traceparent(batch, m),
	};
	struct mapped_list mapped;
	int32_t partition = m->partition;
	struct err err;

	held->letter.attempts = 1;
	held->letter.trace = info.trace;
	take_retry(held, &info, &partition);
	if (poison) {
		die(batch, held, "store", &poison->err, lane->mapping);
		return;
	}
	if (m->value.len > (size_t)loop->settings->message_bytes) {
		err_code(&err, ERR_INVALID, "too-large",
			 "%zu bytes; FLOTILLA_MESSAGE_BYTES allows %lld",
			 m->value.len,
			 (long long)loop->settings->message_bytes);
		die(batch, held, "decode", &err, lane->mapping);
		return;
	}
	if (!lane->mapping) {
		err_code(&err, ERR_INVALID, "no-mapping",
			 "there is no mapping for topic %s", m->topic);
		die(batch, held, "map", &err, NULL);
		return;
	}
	crash_on_key(m->key);
	if (!mapping_run_in(lane->mapping, &loop->work, &batch->arena,
			    &(struct mapping_message){
				    m->value,
				    message_name(&batch->arena, m, partition,
						 info.at_offset),
				    info.at_us},
			    NULL, &mapped, &err)) {
		die(batch, held, "decode", &err, lane->mapping);
		return;
	}
	intake_put(batch->cs, &mapped, &info,
		   (struct intake_handler){loop->worker->handle, NULL},
		   &batch->arena, &held->intake);
	if (held->intake.invalid)
		die(batch, held, held->intake.stage, held->intake.invalid,
		    lane->mapping);
}

static struct held *hold(struct batch *batch, struct kafka_message *message)
{
	struct held *held;

	if (batch->count == batch->room) {
		uint32_t room = batch->room ? batch->room * 2 : 256;
		struct held *grown =
			realloc(batch->held, sizeof(*grown) * room);

		if (!grown)
			abort();
		batch->held = grown;
		batch->room = room;
	}
	held = &batch->held[batch->count];
	memset(held, 0, sizeof(*held));
	held->message = *message;
	return held;
}

/* A replay's end may be an offset that has no message. */
static void end_replay(struct loop *loop, struct lane *lane)
{
	struct share *share;

	if (lane->building_next >= lane->until_offset)
		return;
	share = batch_share(loop, loop->building, lane);
	share->counts[FATE_GAP] += lane->until_offset - lane->building_next;
	lane->building_next = share->next = lane->until_offset;
}

void batch_take(struct loop *loop, struct kafka_message *message)
{
	struct batch *batch = loop->building;
	struct lane *lane = lane_find(loop, message->topic, message->partition);
	struct share *share;
	struct held *held;

	if (!lane || !lane->claimed || message->offset < lane->building_next) {
		kafka_message_free(message);
		return;
	}
	if (lane->until_offset >= 0 && message->offset >= lane->until_offset) {
		end_replay(loop, lane);
		kafka_message_free(message);
		return;
	}
	if (!batch->count)
		batch->first_us = clock_mono_us();
	share = batch_share(loop, batch, lane);
	share->counts[FATE_GAP] += message->offset - lane->building_next;
	lane->building_next = message->offset + 1;
	share->next = lane->building_next;
	held = hold(batch, message);
	held->share = (int32_t)(share - batch->shares);
	batch->bytes += message->value.len + message->key.len;
	decode(loop, batch, held, lane);
	batch->count++;
	crash_point("decoded");
}
