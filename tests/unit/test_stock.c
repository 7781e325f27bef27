/* test_stock.c - the same stock whatever the order in which rows came. */
#include <check.h>
#include <stdlib.h>

#include "model/stock.h"
#include "unit/suites.h"

static const char roles_text[] =
	"{\"systems\":{\"wms\":\"wms\",\"erp\":\"erp\",\"web\":\"commerce\"},"
	"\"default_role\":\"commerce\",\"facets\":{"
	"\"confirmation\":{\"speakers\":[]},\"payment\":{\"speakers\":[]},"
	"\"fulfilment\":{\"speakers\":[]},\"returns\":{\"speakers\":[]},"
	"\"exceptions\":{\"speakers\":[]}}}";

static const char rules_text[] =
	"{\"speakers\":[\"wms\",\"erp\",\"commerce\"],"
	"\"locations\":{\"web/1\":\"berlin\",\"erp/B\":\"berlin\"},"
	"\"low_at\":5,\"low_at_sku\":{\"RARE\":1}}";

static struct status_rules *roles;
static struct stock_rules *rules;
static struct arena arena;

static void setup(void)
{
	struct err err;

	arena_init(&arena, 0);
	ck_assert(status_rules_load(str_of(roles_text), &roles, &err));
	ck_assert(stock_rules_load(str_of(rules_text), roles, &rules, &err));
}

static void teardown(void)
{
	stock_rules_free(rules);
	status_rules_free(roles);
	arena_release(&arena);
}

/* A statement: a count (level) or a movement. */
struct row {
	struct str id, source, location;
	int64_t version; /* of a level */
	int64_t as_of, quantity;
	bool level, deleted;
};

enum { ROWS = 24, LEVELS = 6 };

static struct row make_row(int n)
{
	static const char *const sources[] = {"wms", "erp", "web"};
	static const char *const places[] = {"berlin", "B", "1", "paris"};
	struct row row = {
		.source = str_of(sources[rand() % 3]),
		.location = str_of(places[rand() % 4]),
		.version = rand() % 4,
		.as_of = 1000 + rand() % 12,
		.quantity = rand() % 20 - 5,
		.level = rand() % 2,
	};

	row.deleted = row.level && rand() % 8 == 0;
	row.id = row.level ? arena_printf(&arena, "%s/%d", row.source.at,
					  rand() % LEVELS)
			   : arena_printf(&arena, "%s/m%d", row.source.at, n);
	return row;
}

static struct stock_count count_of(const struct row *row)
{
	struct inventory_level *level =
		ARENA_NEW(&arena, struct inventory_level);

	level->location = row->location;
	level->on_hand = row->quantity;
	field_set(level, INVENTORY_LEVEL_F_LOCATION);
	field_set(level, INVENTORY_LEVEL_F_ON_HAND);
	return (struct stock_count){row->id, row->source,
				    row->deleted ? NULL : level, row->as_of};
}

/* What a store keeps: of a level the greatest version. */
struct kept {
	struct row rows[ROWS];
	int count;
};

/* With the movements that are newer than the floor, as a store reads them. */
static void fill(struct stock_book *book, const struct kept *kept,
		 int64_t floor_us)
{
	stock_clear(book);
	for (int i = 0; i < kept->count; i++) {
		struct stock_count count = count_of(&kept->rows[i]);

		if (kept->rows[i].level)
			stock_fill_level(book, &count);
	}
	for (int i = 0; i < kept->count; i++)
		if (!kept->rows[i].level && kept->rows[i].as_of > floor_us)
			stock_put_move(book, kept->rows[i].source,
				       kept->rows[i].location,
				       kept->rows[i].quantity,
				       kept->rows[i].as_of);
}

static bool keep(struct kept *kept, const struct row *row)
{
	for (int i = 0; i < kept->count; i++) {
		struct row *was = &kept->rows[i];

		if (!str_eq(was->id, row->id))
			continue;
		if (!row->level || row->version <= was->version)
			return false;
		*was = *row;
		return true;
	}
	kept->rows[kept->count++] = *row;
	return true;
}

/* Row by row, as batches of one would. */
static void take(struct stock_book *book, struct kept *kept,
		 const struct row *row)
{
	struct stock_count count = count_of(row);
	int64_t floor_us = INT64_MAX;

	if (!keep(kept, row))
		return;
	if (!row->level)
		stock_put_move(book, row->source, row->location, row->quantity,
			       row->as_of);
	else if (!stock_put_level(book, &count, &floor_us))
		fill(book, kept, floor_us);
}

START_TEST(counts_the_same_in_any_order_and_with_any_duplicates)
{
	srand((unsigned)_i);
	for (int round = 0; round < 200; round++) {
		struct row rows[ROWS];
		struct kept kept = {.count = 0};
		struct stock_book book, fresh;
		struct inventory got, want;

		arena_reset(&arena);
		for (int i = 0; i < ROWS; i++)
			rows[i] = make_row(i);
		/* versions of one level are told apart by more than luck */
		for (int i = 0; i < ROWS; i++)
			rows[i].version = rows[i].version * ROWS + i;
		stock_open(&book, rules, &arena, STR("A"), NULL);
		stock_open(&fresh, rules, &arena, STR("A"), NULL);
		for (int i = 0; i < ROWS * 3; i++)
			take(&book, &kept, &rows[rand() % ROWS]);
		for (int i = 0; i < ROWS; i++)
			take(&book, &kept, &rows[i]);
		fill(&fresh, &kept, INT64_MIN);
		stock_derive(&book, &got);
		stock_derive(&fresh, &want);
		/* a place of which nothing is left may be remembered as 0 */
		ck_assert_int_eq(got.available, want.available);
		ck_assert_int_eq(got.state, want.state);
	}
}
END_TEST

static void put_count(struct stock_book *book, const char *source,
		      const char *location, int64_t on_hand, int64_t as_of)
{
	struct row row = {
		.source = str_of(source),
		.location = str_of(location),
		.as_of = as_of,
		.quantity = on_hand,
	};
	int64_t floor_us = INT64_MAX;
	struct stock_count count;

	row.id = arena_printf(&arena, "%s/%s", source, location);
	count = count_of(&row);
	ck_assert(stock_put_level(book, &count, &floor_us));
}

START_TEST(believes_one_source_for_a_place_and_adds_up_places)
{
	struct stock_book book;
	struct inventory out;

	stock_open(&book, rules, &arena, STR("A"), NULL);
	put_count(&book, "web", "1", 100, 10);
	put_count(&book, "erp", "B", 50, 10);
	put_count(&book, "wms", "berlin", 7, 5);
	put_count(&book, "erp", "paris", 3, 10);
	stock_derive(&book, &out);
	ck_assert_int_eq(out.locations_count, 4);
	ck_assert_int_eq(out.available, 10);
	ck_assert_int_eq(out.state, INVENTORY_STATE_OK);
	ck_assert_int_eq(out.as_of, 5);
	/* a sale since the count */
	stock_put_move(&book, STR("wms"), STR("berlin"), -6, 6);
	stock_put_move(&book, STR("wms"), STR("berlin"), -1, 5);
	stock_derive(&book, &out);
	ck_assert_int_eq(out.available, 4);
	ck_assert_int_eq(out.state, INVENTORY_STATE_LOW);
}
END_TEST

START_TEST(has_thresholds_of_a_sku_of_its_sources_and_by_default)
{
	struct stock_book book;
	struct inventory out;

	stock_open(&book, rules, &arena, STR("RARE"), NULL);
	put_count(&book, "wms", "berlin", 2, 10);
	stock_derive(&book, &out);
	ck_assert_int_eq(out.low_at, 1);
	ck_assert_int_eq(out.state, INVENTORY_STATE_OK);
	stock_open(&book, rules, &arena, STR("A"), NULL);
	put_count(&book, "wms", "berlin", 0, 10);
	stock_derive(&book, &out);
	ck_assert_int_eq(out.low_at, 5);
	ck_assert_int_eq(out.state, INVENTORY_STATE_OUT);
}
END_TEST

static const struct {
	const char *text;
	const char *pointer;
} bad_rules[] = {
	{"{}", ""},
	{"{\"speakers\":3}", "/speakers"},
	{"{\"speakers\":[],\"low_at\":\"x\"}", "/low_at"},
	{"{\"speakers\":[],\"locations\":[]}", "/locations"},
	{"{\"speakers\":[],\"locations\":{\"a/b\":1}}", "/locations/a~1b"},
	{"{\"speakers\":[],\"low_at_sku\":{\"A\":1.5}}", "/low_at_sku/A"},
};

START_TEST(refuses_rules_that_are_not_right)
{
	struct stock_rules *none;
	struct err err;

	ck_assert(!stock_rules_load(str_of(bad_rules[_i].text), roles, &none,
				    &err));
	ck_assert_str_eq(err.pointer, bad_rules[_i].pointer);
}
END_TEST

Suite *stock_suite(void)
{
	Suite *suite = suite_create("stock");
	TCase *tc = tcase_create("stock");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, counts_the_same_in_any_order_and_with_any_duplicates, 0, 4);
	tcase_add_test(tc, believes_one_source_for_a_place_and_adds_up_places);
	tcase_add_test(tc,
		       has_thresholds_of_a_sku_of_its_sources_and_by_default);
	tcase_add_loop_test(tc, refuses_rules_that_are_not_right, 0,
			    sizeof(bad_rules) / sizeof(*bad_rules));
	suite_add_tcase(suite, tc);
	return suite;
}
