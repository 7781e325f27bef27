/* ranks.c - of all that is said of one thing, what stays. */
#include <stdlib.h>

#include "store/changeset_private.h"

/* <0, 0, >0: which of two statements about the same thing stays. The earliest
 * statement of a fact is the fact; a corrected mapping alone replaces it. */
static int precedence(const struct entity *entity, const struct rank *a,
		      const struct rank *b)
{
	struct rank fact_a, fact_b;

	if (entity->shape != SHAPE_FACT)
		return rank_compare(a, b);
	fact_a = (struct rank){.at_us = -a->at_us, .at_offset = -a->at_offset};
	fact_b = (struct rank){.at_us = -b->at_us, .at_offset = -b->at_offset};
	if (a->mapping_revision != b->mapping_revision)
		return a->mapping_revision < b->mapping_revision ? -1 : 1;
	return rank_compare(&fact_a, &fact_b);
}

static int by_id_then_rank(const void *a, const void *b)
{
	const struct change *x = *(struct change *const *)a;
	const struct change *y = *(struct change *const *)b;
	int c = str_cmp(x->record->id, y->record->id);

	if (c)
		return c;
	c = precedence(x->record->entity, &y->record->rank, &x->record->rank);
	if (c)
		return c;
	return (x->number > y->number) - (x->number < y->number);
}

/* Sorts one entity's changes and keeps of each id the greatest. */
static void collapse(struct group *group)
{
	uint32_t kept = 0;

	qsort(group->items, group->count, sizeof(*group->items),
	      by_id_then_rank);
	for (uint32_t i = 0; i < group->count; i++) {
		struct change *change = group->items[i];
		struct change *last = kept ? group->items[kept - 1] : NULL;

		if (last && str_eq(last->record->id, change->record->id))
			change->winner = last;
		else
			group->items[kept++] = change;
	}
	group->count = kept;
}

void ranks_collapse(struct changeset *cs)
{
	uint32_t counts[STORE_ENTITIES_MAX] = {0};

	for (uint32_t i = 0; i < cs->count; i++)
		counts[store_entity_index(cs->store,
					  cs->changes[i]->record->entity)]++;
	for (int e = 0; e < cs->store->entity_count; e++) {
		cs->groups[e].items = arena_alloc(
			cs->arena, sizeof(struct change *) * counts[e]);
		cs->groups[e].count = 0;
	}
	for (uint32_t i = 0; i < cs->count; i++) {
		struct change *change = cs->changes[i];
		struct group *group = &cs->groups[store_entity_index(
			cs->store, change->record->entity)];

		change->winner = NULL;
		group->items[group->count++] = change;
	}
	for (int e = 0; e < cs->store->entity_count; e++)
		collapse(&cs->groups[e]);
}

/* What the rank and the hash say about one winner. */
static void judge(struct changeset *cs, struct change *change)
{
	const struct record *record = change->record;
	int c;

	change->write = false;
	if (!change->stored) {
		change->fate = FATE_APPLIED;
		change->revision = 1;
		change->write = true;
		return;
	}
	c = precedence(record->entity, &record->rank, &change->stored_rank);
	if (record->hash == change->stored_hash)
		change->fate = FATE_DUPLICATE;
	else
		change->fate = c > 0 ? FATE_APPLIED : FATE_SUPERSEDED;
	if (record->entity->shape == SHAPE_FACT && c < 0)
		change->fate = FATE_DUPLICATE;
	if (record->rank.version == change->stored_rank.version &&
	    record->hash != change->stored_hash &&
	    record->rank.mapping_revision ==
		    change->stored_rank.mapping_revision)
		cs->conflicts++;
	/* a greater rank with the same content moves the rank alone; the same
	 * statement may have found its order by now */
	change->write = c > 0 || (!c && change->subject.at &&
				  !change->stored_subject.at);
	if (change->fate == FATE_APPLIED)
		change->revision++;
}

static void count_part(struct change *change)
{
	struct head *head = change->head;
	bool same = change->stored && change->stored_subject.at &&
		    !change->old_head;

	if (same && head)
		head->covered++;
	if (change->old_head && change->write) {
		change->old_head->added--;
		change->old_head->touched = true;
		change->old_head->lost = true;
	}
	if (!head || !change->write)
		return;
	head->touched = true;
	if (!same)
		head->added++;
}

void ranks_judge(struct changeset *cs)
{
	for (uint32_t i = 0; i < cs->head_count; i++) {
		cs->heads[i]->covered = 0;
		cs->heads[i]->added = 0;
		cs->heads[i]->lost = false;
		cs->heads[i]->touched = cs->heads[i]->asked;
	}
	cs->conflicts = 0;
	for (int e = 0; e < cs->store->entity_count; e++)
		for (uint32_t i = 0; i < cs->groups[e].count; i++) {
			judge(cs, cs->groups[e].items[i]);
			count_part(cs->groups[e].items[i]);
		}
}
