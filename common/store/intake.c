/* intake.c - ranks completed, records handled. */
#include "store/intake.h"

#include "model/record.h"

static void refuse(struct intake_result *out, const char *stage,
		   const struct err *err)
{
	if (out->invalid)
		return;
	out->invalid = err;
	out->stage = stage;
}

static void put_record(struct changeset *cs, struct record *record,
		       const struct intake_message *message,
		       struct intake_handler handler, struct arena *arena,
		       struct intake_result *out)
{
	struct err err;

	record->rank.at_us = message->at_us;
	record->rank.at_offset = message->at_offset;
	record->trace = message->trace;
	record->message = message->index;
	if (handler.handle(handler.ctx, cs, record, &err))
		return;
	refuse(out, "handle",
	       memcpy(arena_alloc(arena, sizeof(err)), &err, sizeof(err)));
}

void intake_put(struct changeset *cs, const struct mapped_list *mapped,
		const struct intake_message *message,
		struct intake_handler handler, struct arena *arena,
		struct intake_result *out)
{
	*out = (struct intake_result){.first_change = changeset_count(cs)};
	for (uint32_t i = 0; i < mapped->count; i++) {
		const struct mapped *item = &mapped->items[i];

		switch (item->fate) {
		case MAPPED_RECORD:
			put_record(cs, item->record, message, handler, arena,
				   out);
			break;
		case MAPPED_SKIPPED:
			out->skipped++;
			break;
		case MAPPED_INVALID:
			refuse(out, "map", item->err);
			break;
		}
	}
	out->change_count = changeset_count(cs) - out->first_change;
}
