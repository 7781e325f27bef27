/* test_mapping.c - the mapping engine from outside: messages, errors, traces,
 * examples. What the language does is in tests/cases/mapping. */
#include "unit/test_mapping.h"

#include <stdio.h>

#include "mapping/example.h"
#include "mapping/mapping.h"
#include "model/document.h"
#include "model/order.h"
#include "model/record.h"
#include "json/json.h"

static const char plain[] =
	"{\"mapping\":\"acme/order\",\"revision\":3,\"source_epoch\":2,"
	"\"entity\":\"order\",\"id\":\"/id\","
	"\"version\":{\"integer\":\"/v\"},\"fields\":{"
	"\"placed_at\":{\"from\":\"/at\",\"time\":\"epoch-s\"},"
	"\"currency\":{\"const\":\"EUR\"},"
	"\"total_minor\":{\"from\":\"/total\",\"money\":\"decimal\"},"
	"\"note\":\"/note\","
	"\"customer\":{\"fields\":{\"name\":\"/name\"}},"
	"\"lines\":{\"each\":\"/l\",\"fields\":{\"quantity\":\"/q\"}}}}";

static struct arena arena;
static struct mapping *mapping;
static struct mapped_list list;
static struct err err;

static struct mapping *compiled(const char *text)
{
	struct mapping *m;

	if (!mapping_compile(str_of(text), "test", &m, &err))
		ck_abort_msg("%s at %s", err.text, err.pointer);
	return m;
}

static void set_up(void)
{
	arena_init(&arena, 0);
	mapping = compiled(plain);
	memset(&err, 0, sizeof(err));
}

static void tear_down(void)
{
	mapping_free(mapping);
	arena_release(&arena);
}

static bool run(const char *payload)
{
	return mapping_run(mapping, &arena, str_of(payload), NULL, &list, &err);
}

static const struct record *record_of(const char *payload)
{
	if (!run(payload))
		ck_abort_msg("%s", err.text);
	ck_assert_uint_eq(list.count, 1);
	if (list.items[0].fate != MAPPED_RECORD)
		ck_abort_msg("%s", list.items[0].err->text);
	return list.items[0].record;
}

static const struct err *refusal_of(const char *payload)
{
	if (!run(payload))
		ck_abort_msg("%s", err.text);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.items[0].fate, MAPPED_INVALID);
	return list.items[0].err;
}

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

START_TEST(says_what_it_is)
{
	ck_assert_str_eq(mapping_name(mapping), "acme/order");
	ck_assert_str_eq(mapping_system(mapping), "acme");
	ck_assert_str_eq(mapping_noun(mapping), "order");
	ck_assert_int_eq(mapping_revision(mapping), 3);
}
END_TEST

START_TEST(has_a_hash_of_its_bytes)
{
	struct mapping *same = compiled(plain);
	struct mapping *other;
	char changed[sizeof(plain) + 1];

	snprintf(changed, sizeof(changed), "%s ", plain);
	other = compiled(changed);
	ck_assert(mapping_hash(mapping) == mapping_hash(same));
	ck_assert(mapping_hash(mapping) != mapping_hash(other));
	mapping_free(same);
	mapping_free(other);
}
END_TEST

START_TEST(makes_a_sealed_record_with_its_rank)
{
	const struct record *r =
		record_of("{\"id\":7,\"v\":41,\"at\":0,\"total\":\"1.50\","
			  "\"l\":[{\"q\":2}]}");
	const struct order *order = r->data;

	ck_assert_ptr_eq(r->entity, &order_entity);
	ck_assert(str_is(r->source, "acme"));
	ck_assert(str_is(r->source_id, "7"));
	ck_assert(str_is(r->id, "acme/7"));
	ck_assert(str_is(r->subject, "acme/7"));
	ck_assert(!r->ref_id.at && !r->ref_system.at);
	ck_assert_int_eq(r->rank.source_epoch, 2);
	ck_assert_int_eq(r->rank.version, 41);
	ck_assert_int_eq(r->rank.mapping_revision, 3);
	ck_assert(!r->deleted);
	ck_assert(r->hash != 0);
	ck_assert_str_eq(r->pointer, "");
	ck_assert_int_eq(order->total_minor, 150);
	ck_assert_uint_eq(order->lines_count, 1);
	ck_assert_int_eq(order->lines[0].quantity, 2);
	ck_assert(str_is(r->doc, "{\"placed_at\":\"1970-01-01T00:00:00Z\","
				 "\"currency\":\"EUR\",\"total_minor\":150,"
				 "\"lines\":[{\"quantity\":2}]}"));
}
END_TEST

START_TEST(says_the_same_of_the_same)
{
	const char *payload = "{\"id\":7,\"v\":1,\"at\":0,\"total\":1}";
	int64_t first = record_of(payload)->hash;

	ck_assert(record_of("{\"total\":1.00,\"at\":\"0\",\"v\":\"1\","
			    "\"id\":\"7\",\"other\":[]}")
			  ->hash == first);
	ck_assert(record_of("{\"id\":7,\"v\":1,\"at\":0,\"total\":2}")->hash !=
		  first);
}
END_TEST

START_TEST(names_the_place_the_field_and_the_rule)
{
	const struct err *e =
		refusal_of("{\"id\":7,\"v\":1,\"at\":0,\"total\":\"1.505\"}");

	ck_assert_int_eq(e->kind, ERR_INVALID);
	ck_assert_str_eq(e->code, "money-scale");
	ck_assert_str_eq(e->pointer, "/total");
	ck_assert_msg(has(e->text, "total_minor: \"1.505\" has more than 2"),
		      "%s", e->text);
	ck_assert_msg(has(e->text, "{\"from\":\"/total\",\"money\":"), "%s",
		      e->text);
}
END_TEST

START_TEST(names_the_element_that_is_wrong)
{
	const struct err *e =
		refusal_of("{\"id\":7,\"v\":1,\"at\":0,\"total\":1,"
			   "\"l\":[{\"q\":1},{\"q\":\"two\"}]}");

	ck_assert_str_eq(e->pointer, "/l/1/q");
	ck_assert_msg(has(e->text, "lines/1/quantity"), "%s", e->text);
}
END_TEST

START_TEST(names_where_it_looked_for_what_is_missing)
{
	const struct err *e =
		refusal_of("{\"id\":7,\"v\":1,\"at\":0,\"total\":null}");

	ck_assert_str_eq(e->code, "missing-field");
	ck_assert_str_eq(e->pointer, "/total");
	ck_assert_msg(has(e->text, "total_minor"), "%s", e->text);
}
END_TEST

START_TEST(hides_what_is_personal)
{
	const struct err *e = refusal_of(
		"{\"id\":7,\"v\":1,\"at\":0,\"total\":1,\"note\":1.5}");

	ck_assert_msg(!has(e->text, "1.5"), "%s", e->text);
	e = refusal_of("{\"id\":7,\"v\":1,\"at\":0,\"total\":1,"
		       "\"name\":77.25}");
	ck_assert_str_eq(e->pointer, "/name");
	ck_assert_msg(!has(e->text, "77.25"), "%s", e->text);
}
END_TEST

START_TEST(shortens_long_values_and_rules)
{
	char payload[4096], digits[2048];
	const struct err *e;

	memset(digits, 'x', sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	snprintf(payload, sizeof(payload),
		 "{\"id\":7,\"v\":1,\"at\":0,\"total\":\"%s\"}", digits);
	e = refusal_of(payload);
	ck_assert_str_eq(e->code, "money-syntax");
	ck_assert_uint_lt(strlen(e->text), 400);
}
END_TEST

START_TEST(refuses_what_is_not_json_as_a_whole)
{
	ck_assert(!run("{\"id\":7"));
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_str_eq(err.code, "not-json");
	ck_assert(!run(""));
	ck_assert_str_eq(err.code, "empty");
	ck_assert(!run("{\"id\":7,\"id\":8}"));
	ck_assert_str_eq(err.code, "duplicate-key");
	ck_assert_str_eq(err.pointer, "/id");
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(refuses_a_tombstone_that_nobody_foresaw)
{
	ck_assert(!mapping_run(mapping, &arena, (struct str){NULL, 0}, NULL,
			       &list, &err));
	ck_assert_str_eq(err.code, "tombstone");
}
END_TEST

START_TEST(skips_a_tombstone_where_told_to)
{
	struct mapping *m = compiled(
		"{\"mapping\":\"a/b\",\"revision\":1,\"tombstone\":\"skip\","
		"\"entity\":\"shipment\",\"id\":\"/i\",\"version\":"
		"\"arrival\",\"fields\":{\"status\":{\"const\":"
		"\"delivered\"}}}");

	ck_assert(mapping_run(m, &arena, (struct str){NULL, 0}, NULL, &list,
			      &err));
	ck_assert_uint_eq(list.count, 1);
	ck_assert_int_eq(list.items[0].fate, MAPPED_SKIPPED);
	mapping_free(m);
}
END_TEST

START_TEST(needs_the_message_to_name_it)
{
	struct mapping *m = compiled(
		"{\"mapping\":\"a/b\",\"revision\":1,\"entity\":\"shipment\","
		"\"id\":\"@message\",\"version\":\"arrival\",\"fields\":{"
		"\"status\":{\"const\":\"delivered\"}}}");

	ck_assert(mapping_run_at(
		m, &arena,
		&(struct mapping_message){STR("{}"), STR("t/0/5"), 0}, NULL,
		&list, &err));
	ck_assert(str_is(list.items[0].record->id, "a/t/0/5"));
	ck_assert(mapping_run(m, &arena, STR("{}"), NULL, &list, &err));
	ck_assert_int_eq(list.items[0].fate, MAPPED_INVALID);
	mapping_free(m);
}
END_TEST

START_TEST(refuses_an_endless_id)
{
	char payload[1024], id[600];

	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	snprintf(payload, sizeof(payload),
		 "{\"id\":\"%s\",\"v\":1,\"at\":0,\"total\":1}", id);
	ck_assert_str_eq(refusal_of(payload)->code, "too-long");
}
END_TEST

START_TEST(refuses_more_records_than_a_message_may_carry)
{
	struct mapping *m = compiled(
		"{\"mapping\":\"a/b\",\"revision\":1,\"records\":\"\","
		"\"entity\":\"shipment\",\"id\":\"\",\"version\":\"arrival\","
		"\"fields\":{\"status\":{\"const\":\"delivered\"}}}");
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_cstr(&text, "[0");
	for (int i = 1; i < MAPPED_MAX; i++)
		buf_printf(&text, ",%d", i);
	buf_byte(&text, ']');
	ck_assert(mapping_run(m, &arena, buf_view(&text), NULL, &list, &err));
	ck_assert_uint_eq(list.count, MAPPED_MAX);
	ck_assert_str_eq(list.items[MAPPED_MAX - 1].record->pointer, "/9999");
	text.len--;
	buf_cstr(&text, ",\"x\"]");
	ck_assert(mapping_run(m, &arena, buf_view(&text), NULL, &list, &err));
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].err->code, "too-many");
	buf_release(&text);
	mapping_free(m);
}
END_TEST

START_TEST(does_not_go_over_lists_without_end)
{
	/* each line looks at all lines: quadratic, and bounded */
	struct mapping *m = compiled(
		"{\"mapping\":\"a/order\",\"revision\":1,\"entity\":\"order\","
		"\"id\":{\"const\":\"1\"},\"version\":\"arrival\",\"fields\":{"
		"\"placed_at\":{\"const\":\"2026-01-01T00:00:00Z\"},"
		"\"currency\":{\"const\":\"EUR\"},\"total_minor\":{\"const\":0"
		"},\"lines\":{\"each\":\"/l\",\"fields\":{\"quantity\":{"
		"\"count\":\"^/l\"}}}}}");
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_cstr(&text, "{\"l\":[0");
	for (int i = 1; i < MODEL_LIST_ITEMS; i++)
		buf_cstr(&text, ",0");
	buf_cstr(&text, "]}");
	ck_assert(mapping_run(m, &arena, buf_view(&text), NULL, &list, &err));
	ck_assert_int_eq(list.items[0].fate, MAPPED_INVALID);
	ck_assert_str_eq(list.items[0].err->code, "too-many");
	ck_assert_uint_lt(arena.used_bytes, 64 << 20);
	buf_release(&text);
	mapping_free(m);
}
END_TEST

/* Traces, findings, examples ------------------------------------------------
 */

static void gather_line(void *ctx, struct str target, struct str pointer,
			struct str rule, struct str value)
{
	buf_printf(ctx, "%.*s %.*s %.*s %.*s\n", STR_ARGS(target),
		   STR_ARGS(pointer), STR_ARGS(rule), STR_ARGS(value));
}

START_TEST(tells_where_each_value_came_from)
{
	struct buf lines;
	const struct mapping_trace trace = {gather_line, &lines};

	buf_init(&lines, 1 << 16);
	ck_assert(mapping_run(mapping, &arena,
			      STR("{\"id\":7,\"v\":1,\"at\":0,\"total\":1,"
				  "\"l\":[{\"q\":5}]}"),
			      &trace, &list, &err));
	ck_assert_str_eq(
		arena_cstr(&arena, buf_view(&lines)),
		"/id /id \"/id\" 7\n"
		"/version /v \"/v\" 1\n"
		"/currency  {\"const\":\"EUR\"} EUR\n"
		"/placed_at /at {\"from\":\"/at\",\"time\":\"epoch-s\"} "
		"1970-01-01T00:00:00Z\n"
		"/total_minor /total {\"from\":\"/total\",\"money\":"
		"\"decimal\"} 1.00 EUR\n"
		"/note /note \"/note\" \n"
		"/customer/name /name \"/name\" \n"
		"/lines /l each /l 1 element\n"
		"/lines/0/quantity /l/0/q \"/q\" 5\n");
	buf_release(&lines);
}
END_TEST

START_TEST(refuses_a_mapping_with_the_place_of_its_fault)
{
	struct mapping *m;

	ck_assert(!mapping_compile(STR("{\"mapping\":\"a/b\"}"), "a/b.json", &m,
				   &err));
	ck_assert_ptr_null(m);
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_msg(has(err.text, "a/b.json: 5 findings, the first: needs "
				    "\"revision\""),
		      "%s", err.text);
	ck_assert(!mapping_compile(STR("{"), "a/b.json", &m, &err));
	ck_assert_str_eq(err.code, "not-json");
}
END_TEST

static void count_difference(void *ctx, const char *pointer,
			     struct str expected, struct str got)
{
	gather_line(ctx, str_of(pointer), expected, STR("is"), got);
}

START_TEST(tells_how_an_example_differs)
{
	static const char example[] =
		"{\"id\":7,\"v\":1,\"at\":0,\"total\":1,\"l\":[{\"q\":5}]}";
	struct buf lines;
	const struct mapping_example_report report = {count_difference, &lines};
	bool same;

	buf_init(&lines, 1 << 16);
	ck_assert(mapping_example_check(
		mapping, str_of(example),
		STR("[{\"doc\":{\"currency\":\"EUR\",\"total_minor\":101,"
		    "\"lines\":[{\"quantity\":5},{}],\"note\":\"x\"},"
		    "\"id\":\"acme/7\",\"entity\":\"order\",\"version\":1}]"),
		&report, &same, &err));
	ck_assert(!same);
	ck_assert_str_eq(
		arena_cstr(&arena, buf_view(&lines)),
		"/0/doc/total_minor 101 is 100\n"
		"/0/doc/lines/1 {} is nothing\n"
		"/0/doc/note \"x\" is nothing\n"
		"/0/doc/placed_at nothing is \"1970-01-01T00:00:00Z\"\n"
		"/0/subject nothing is \"acme/7\"\n");
	ck_assert(mapping_example_check(
		mapping, STR("{}"),
		STR("[{\"invalid\":{\"pointer\":\"/id\",\"code\":"
		    "\"missing-field\"}}]"),
		NULL, &same, &err));
	ck_assert(same);
	ck_assert(!mapping_example_check(mapping, STR("{}"), STR("["), NULL,
					 &same, &err));
	ck_assert(has(err.text, "what is expected"));
	buf_release(&lines);
}
END_TEST

static TCase *message_tests(void)
{
	TCase *tc = tcase_create("messages");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, says_what_it_is);
	tcase_add_test(tc, has_a_hash_of_its_bytes);
	tcase_add_test(tc, makes_a_sealed_record_with_its_rank);
	tcase_add_test(tc, says_the_same_of_the_same);
	tcase_add_test(tc, refuses_what_is_not_json_as_a_whole);
	tcase_add_test(tc, refuses_a_tombstone_that_nobody_foresaw);
	tcase_add_test(tc, skips_a_tombstone_where_told_to);
	tcase_add_test(tc, needs_the_message_to_name_it);
	tcase_add_test(tc, refuses_an_endless_id);
	tcase_add_test(tc, refuses_more_records_than_a_message_may_carry);
	tcase_add_test(tc, does_not_go_over_lists_without_end);
	return tc;
}

static TCase *telling_tests(void)
{
	TCase *tc = tcase_create("telling");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, names_the_place_the_field_and_the_rule);
	tcase_add_test(tc, names_the_element_that_is_wrong);
	tcase_add_test(tc, names_where_it_looked_for_what_is_missing);
	tcase_add_test(tc, hides_what_is_personal);
	tcase_add_test(tc, shortens_long_values_and_rules);
	tcase_add_test(tc, tells_where_each_value_came_from);
	tcase_add_test(tc, refuses_a_mapping_with_the_place_of_its_fault);
	tcase_add_test(tc, tells_how_an_example_differs);
	return tc;
}

Suite *mapping_suite(void)
{
	Suite *suite = suite_create("mapping");

	suite_add_tcase(suite, message_tests());
	suite_add_tcase(suite, telling_tests());
	suite_add_tcase(suite, mapping_case_tests());
	suite_add_tcase(suite, mapping_shipped_tests());
	suite_add_tcase(suite, mapping_hostile_tests());
	return suite;
}
