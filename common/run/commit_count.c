/* commit_count.c - what became of a batch's messages: ledger, metrics, log. */
#include "base/clock.h"
#include "run/loop_private.h"

static enum fate fate_of(const struct batch *batch, const struct held *held)
{
	enum fate fate = FATE_SKIPPED;

	if (held->dead)
		return FATE_DEAD;
	for (uint32_t i = 0; i < held->intake.change_count; i++) {
		enum fate one = changeset_fate(batch->cs,
					       held->intake.first_change + i);

		if (one < fate)
			fate = one;
	}
	return fate;
}

void commit_count_fates(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->share_count; i++) {
		int64_t gap = batch->shares[i].counts[FATE_GAP];

		memset(batch->shares[i].counts, 0,
		       sizeof(batch->shares[i].counts));
		batch->shares[i].counts[FATE_GAP] = gap;
		batch->shares[i].outgoing = 0;
		buf_reset(&batch->shares[i].row);
	}
	for (uint32_t i = 0; i < batch->count; i++)
		batch->shares[batch->held[i].share]
			.counts[fate_of(batch, &batch->held[i])]++;
}

void commit_measure(struct loop *loop, const struct batch *batch)
{
	struct metrics *m = loop->metrics;

	for (uint32_t i = 0; i < batch->share_count; i++) {
		const struct share *share = &batch->shares[i];
		int64_t backlog = share->lane->high - share->next;

		for (int f = 0; f < FATE_COUNT; f++)
			share->lane->metrics->fates[f] +=
				(uint64_t)share->counts[f];
		share->lane->metrics->backlog = backlog > 0 ? backlog : 0;
	}
	for (uint32_t i = 0; i < batch->count; i++)
		histogram_add(&m->age,
			      batch->now_us -
				      batch->held[i].message.timestamp_us);
	histogram_add(&m->batch, clock_mono_us() - batch->sent_us);
	m->batches++;
	m->conflicts += changeset_conflicts(batch->cs);
	loop->done_messages += batch->count;
}

void commit_log_dead(const struct batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct held *held = &batch->held[i];

		if (held->dead)
			log_warn("dead-letter",
				 LOG_TEXT("topic", held->message.topic),
				 LOG_INT("partition", held->message.partition),
				 LOG_INT("offset", held->message.offset),
				 LOG_TEXT("stage", held->letter.stage),
				 LOG_ERR(&held->letter.err),
				 LOG_TEXT("pointer", held->letter.err.pointer));
	}
}
