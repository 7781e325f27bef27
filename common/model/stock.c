/* stock.c - the book of one SKU: counts, movements, sums. */
#include "model/stock.h"

#include <stdlib.h>

#include "model/stock_rules.h"

static bool has(const struct stock_position *p, unsigned field)
{
	return field_has(p, field);
}

void stock_open(struct stock_book *book, const struct stock_rules *rules,
		struct arena *arena, struct str sku,
		const struct inventory *known)
{
	*book = (struct stock_book){.rules = rules, .arena = arena, .sku = sku};
	if (!known || !known->locations_count)
		return;
	book->count = book->room = known->locations_count;
	book->positions =
		arena_alloc(arena, sizeof(*book->positions) * book->count);
	memcpy(book->positions, known->locations,
	       sizeof(*book->positions) * book->count);
}

void stock_clear(struct stock_book *book)
{
	book->count = 0;
}

int64_t stock_as_of_us(const struct inventory_level *level, int64_t received_us)
{
	if (field_has(level, INVENTORY_LEVEL_F_AS_OF))
		return level->as_of;
	if (field_has(level, INVENTORY_LEVEL_F_UPDATED_AT))
		return level->updated_at;
	return received_us;
}

static struct stock_position *find(const struct stock_book *book,
				   struct str source, struct str location)
{
	for (uint32_t i = 0; i < book->count; i++)
		if (str_eq(book->positions[i].source, source) &&
		    str_eq(book->positions[i].location, location))
			return &book->positions[i];
	return NULL;
}

static struct stock_position *find_level(const struct stock_book *book,
					 struct str id)
{
	for (uint32_t i = 0; i < book->count; i++)
		if (has(&book->positions[i], STOCK_POSITION_F_LEVEL_ID) &&
		    str_eq(book->positions[i].level_id, id))
			return &book->positions[i];
	return NULL;
}

static struct stock_position *
find_or_add(struct stock_book *book, struct str source, struct str location)
{
	struct stock_position *p = find(book, source, location);

	if (p)
		return p;
	if (book->count == book->room) {
		uint32_t room = book->room ? book->room * 2 : 4;
		struct stock_position *grown =
			arena_alloc(book->arena, sizeof(*grown) * room);

		if (book->count)
			memcpy(grown, book->positions,
			       sizeof(*grown) * book->count);
		book->positions = grown;
		book->room = room;
	}
	p = &book->positions[book->count++];
	*p = (struct stock_position){.source = source, .location = location};
	field_set(p, STOCK_POSITION_F_SOURCE);
	field_set(p, STOCK_POSITION_F_LOCATION);
	return p;
}

static void set_int(struct stock_position *p, unsigned field, int64_t *at,
		    int64_t value)
{
	*at = value;
	field_set(p, field);
}

static void forget(struct stock_position *p, unsigned field)
{
	p->has &= ~((uint64_t)1 << field);
}

/* A source that says what may be sold is taken at its word: it knows what is
 * damaged or held back. */
static int64_t counted_of(const struct inventory_level *l)
{
	if (field_has(l, INVENTORY_LEVEL_F_AVAILABLE))
		return l->available + (field_has(l, INVENTORY_LEVEL_F_RESERVED)
					       ? l->reserved
					       : 0);
	return field_has(l, INVENTORY_LEVEL_F_ON_HAND) ? l->on_hand : 0;
}

static void copy_if(struct stock_position *p, unsigned field, int64_t *at,
		    const struct inventory_level *l, unsigned from,
		    int64_t value)
{
	if (field_has(l, from))
		set_int(p, field, at, value);
	else
		forget(p, field);
}

static void write_level(struct stock_position *p,
			const struct stock_count *count)
{
	const struct inventory_level *l = count->level;

	p->level_id = count->id;
	field_set(p, STOCK_POSITION_F_LEVEL_ID);
	set_int(p, STOCK_POSITION_F_COUNTED, &p->counted, counted_of(l));
	set_int(p, STOCK_POSITION_F_AS_OF, &p->as_of, count->as_of_us);
	copy_if(p, STOCK_POSITION_F_RESERVED, &p->reserved, l,
		INVENTORY_LEVEL_F_RESERVED, l->reserved);
	copy_if(p, STOCK_POSITION_F_INCOMING, &p->incoming, l,
		INVENTORY_LEVEL_F_INCOMING, l->incoming);
	copy_if(p, STOCK_POSITION_F_SAFETY, &p->safety, l,
		INVENTORY_LEVEL_F_SAFETY, l->safety);
	if (has(p, STOCK_POSITION_F_MOVED_AT) && p->moved_at > p->as_of)
		return;
	forget(p, STOCK_POSITION_F_MOVED);
	forget(p, STOCK_POSITION_F_MOVEMENTS);
	p->moved = p->movements = 0;
}

/* Whether all that this count needs is in the position. */
static bool knows_enough(const struct stock_position *p,
			 const struct stock_count *count)
{
	bool level = has(p, STOCK_POSITION_F_LEVEL_ID);
	bool moved = has(p, STOCK_POSITION_F_MOVED_AT);

	if (level && !str_eq(p->level_id, count->id))
		return false;
	if (level && count->as_of_us == p->as_of)
		return true;
	if (level && count->as_of_us < p->as_of)
		return false;
	return !moved || p->moved_at <= count->as_of_us;
}

/* When the oldest count was true that still stands. */
static int64_t oldest_count_us(const struct stock_book *book)
{
	int64_t oldest = INT64_MAX;

	for (uint32_t i = 0; i < book->count; i++) {
		const struct stock_position *p = &book->positions[i];

		if (!has(p, STOCK_POSITION_F_AS_OF))
			return INT64_MIN;
		if (p->as_of < oldest)
			oldest = p->as_of;
	}
	return oldest;
}

static bool needs_rows(int64_t *floor_us, int64_t since_us)
{
	if (since_us < *floor_us)
		*floor_us = since_us;
	return false;
}

bool stock_put_level(struct stock_book *book, const struct stock_count *count,
		     int64_t *floor_us)
{
	struct stock_position *was = find_level(book, count->id);
	struct stock_position *p;
	struct str location;
	int64_t oldest;

	if (!count->level)
		return !was || needs_rows(floor_us, INT64_MIN);
	location = stock_rules_location(book->rules, count->source,
					count->level->location);
	p = find(book, count->source, location);
	if (was && was != p)
		return needs_rows(floor_us, INT64_MIN);
	oldest = oldest_count_us(book);
	if (p && !knows_enough(p, count))
		return needs_rows(floor_us, count->as_of_us < oldest
						    ? count->as_of_us
						    : oldest);
	write_level(p ? p : find_or_add(book, count->source, location), count);
	return true;
}

void stock_fill_level(struct stock_book *book, const struct stock_count *count)
{
	struct stock_position *p;

	if (!count->level)
		return;
	p = find_or_add(book, count->source,
			stock_rules_location(book->rules, count->source,
					     count->level->location));
	if (has(p, STOCK_POSITION_F_LEVEL_ID) &&
	    (p->as_of > count->as_of_us ||
	     (p->as_of == count->as_of_us &&
	      str_cmp(p->level_id, count->id) < 0)))
		return;
	write_level(p, count);
}

void stock_put_move(struct stock_book *book, struct str source,
		    struct str location, int64_t quantity, int64_t at_us)
{
	struct stock_position *p = find_or_add(
		book, source,
		stock_rules_location(book->rules, source, location));

	if (!has(p, STOCK_POSITION_F_MOVED_AT) || p->moved_at < at_us)
		set_int(p, STOCK_POSITION_F_MOVED_AT, &p->moved_at, at_us);
	if (has(p, STOCK_POSITION_F_AS_OF) && at_us <= p->as_of)
		return;
	set_int(p, STOCK_POSITION_F_MOVED, &p->moved, p->moved + quantity);
	set_int(p, STOCK_POSITION_F_MOVEMENTS, &p->movements, p->movements + 1);
}

static int by_place(const void *a, const void *b)
{
	const struct stock_position *x = a, *y = b;
	int c = str_cmp(x->location, y->location);

	return c ? c : str_cmp(x->source, y->source);
}

/* Of one place: the first among the believed roles, then who counted last. */
static bool outranks(const struct stock_rules *rules,
		     const struct stock_position *a,
		     const struct stock_position *b)
{
	unsigned rank_a = stock_rules_rank(rules, a->source);
	unsigned rank_b = stock_rules_rank(rules, b->source);

	if (rank_a != rank_b)
		return rank_a < rank_b;
	if (a->as_of != b->as_of)
		return a->as_of > b->as_of;
	return str_cmp(a->source, b->source) < 0;
}

static struct stock_position *choose_speaker(const struct stock_book *book,
					     uint32_t from, uint32_t end)
{
	struct stock_position *best = &book->positions[from];

	for (uint32_t i = from + 1; i < end; i++)
		if (outranks(book->rules, &book->positions[i], best))
			best = &book->positions[i];
	return best;
}

struct sums {
	int64_t available, incoming, safety, as_of_us;
	bool safe, counted, coming;
};

static void add_speaker(struct sums *sums, const struct stock_position *p)
{
	sums->available += p->available;
	if (has(p, STOCK_POSITION_F_INCOMING)) {
		sums->incoming += p->incoming;
		sums->coming = true;
	}
	if (has(p, STOCK_POSITION_F_SAFETY)) {
		sums->safety += p->safety;
		sums->safe = true;
	}
	if (!has(p, STOCK_POSITION_F_AS_OF))
		return;
	if (!sums->counted || p->as_of < sums->as_of_us)
		sums->as_of_us = p->as_of;
	sums->counted = true;
}

static void add_places(struct stock_book *book, struct sums *sums)
{
	uint32_t end;

	for (uint32_t i = 0; i < book->count; i++) {
		struct stock_position *p = &book->positions[i];

		set_int(p, STOCK_POSITION_F_AVAILABLE, &p->available,
			p->counted + p->moved - p->reserved);
		forget(p, STOCK_POSITION_F_SPEAKS);
		p->speaks = false;
		/* what a count has taken in tells nothing any more */
		if (has(p, STOCK_POSITION_F_AS_OF) && p->moved_at <= p->as_of) {
			forget(p, STOCK_POSITION_F_MOVED_AT);
			p->moved_at = 0;
		}
	}
	for (uint32_t i = 0; i < book->count; i = end) {
		struct stock_position *speaker;

		for (end = i + 1; end < book->count; end++)
			if (!str_eq(book->positions[i].location,
				    book->positions[end].location))
				break;
		speaker = choose_speaker(book, i, end);
		speaker->speaks = true;
		field_set(speaker, STOCK_POSITION_F_SPEAKS);
		add_speaker(sums, speaker);
	}
}

void stock_derive(struct stock_book *book, struct inventory *out)
{
	struct sums sums = {0};

	if (book->count)
		qsort(book->positions, book->count, sizeof(*book->positions),
		      by_place);
	add_places(book, &sums);
	*out = (struct inventory){
		.sku = book->sku,
		.available = sums.available,
		.incoming = sums.incoming,
		.as_of = sums.as_of_us,
		.low_at = stock_rules_low_at(book->rules, book->sku, sums.safe,
					     sums.safety),
		.locations = book->positions,
		.locations_count = book->count,
	};
	out->state = out->available <= 0	     ? INVENTORY_STATE_OUT
		     : out->available <= out->low_at ? INVENTORY_STATE_LOW
						     : INVENTORY_STATE_OK;
	field_set(out, INVENTORY_F_SKU);
	field_set(out, INVENTORY_F_AVAILABLE);
	field_set(out, INVENTORY_F_STATE);
	field_set(out, INVENTORY_F_LOW_AT);
	if (sums.coming)
		field_set(out, INVENTORY_F_INCOMING);
	if (sums.counted)
		field_set(out, INVENTORY_F_AS_OF);
	if (book->count)
		field_set(out, INVENTORY_F_LOCATIONS);
}

static bool same_position(const struct stock_position *a,
			  const struct stock_position *b)
{
	return str_eq(a->location, b->location) &&
	       str_eq(a->source, b->source) && a->speaks == b->speaks &&
	       a->available == b->available && a->reserved == b->reserved &&
	       a->incoming == b->incoming && a->safety == b->safety;
}

bool stock_same(const struct inventory *a, const struct inventory *b)
{
	if (a->available != b->available || a->state != b->state ||
	    a->incoming != b->incoming || a->low_at != b->low_at ||
	    a->locations_count != b->locations_count)
		return false;
	for (uint32_t i = 0; i < a->locations_count; i++)
		if (!same_position(&a->locations[i], &b->locations[i]))
			return false;
	return true;
}
