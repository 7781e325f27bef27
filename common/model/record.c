/* record.c - which of two records stays, and whether they say the same. */
#include "model/record.h"

#include <xxhash.h>

#include "model/document.h"

int rank_compare(const struct rank *a, const struct rank *b)
{
	const int64_t left[] = {a->source_epoch, a->version, a->at_us,
				a->at_offset, a->mapping_revision};
	const int64_t right[] = {b->source_epoch, b->version, b->at_us,
				 b->at_offset, b->mapping_revision};

	for (size_t i = 0; i < sizeof(left) / sizeof(*left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

void record_seal(struct record *record, struct arena *arena,
		 struct buf *scratch)
{
	struct json_writer w;

	record->doc = (struct str){NULL, 0};
	if (record->data) {
		buf_reset(scratch);
		json_writer_init(&w, scratch);
		model_write(record->entity, record->data, &w);
		record->doc = arena_str(arena, buf_view(scratch));
	}
	record->hash = (int64_t)XXH3_64bits_withSeed(
		record->doc.at, record->doc.len, record->deleted);
}
