/* test_case.c - what a case names, and what an order's rows say together. */
#include <check.h>
#include <string.h>

#include "model/case_about.h"
#include "model/order.h"
#include "model/payment.h"
#include "model/refund.h"
#include "model/return.h"
#include "model/shipment.h"
#include "model/status_rules.h"
#include "unit/suites.h"

static struct arena arena;

static void open_arena(void)
{
	arena_init(&arena, 0);
}

static void close_arena(void)
{
	arena_release(&arena);
}

/* Words of a subject, and what is to be found in them: the key, its
 * confidence; NULL: nothing. */
static const struct {
	const char *subject, *key;
	int confidence;
} words[] = {
	{"Where is my order #1001?", "order:1001", 80},
	{"Bestellung 2026-0017 fehlt", "order:2026-0017", 80},
	{"order no. is A-77, thanks", "order:A-77", 80},
	{"#4711 broken", "order:4711", 60},
	{"RMA-17 not paid back", "return:RMA-17", 80},
	{"return: R/0042", "return:R/0042", 80},
	{"my parcel 1Z999AA10123456784!", "tracking:1Z999AA10123456784", 90},
	{"tracking 00340434161094", "tracking:00340434161094", 80},
	{"write to <ada@example.org>.", "email:ada@example.org", 90},
	{"in order to pay", NULL, 0},
	{"call me at 5 pm", NULL, 0},
	{"a@b", NULL, 0},
	{"orders are late since 2025", NULL, 0},
	{"", NULL, 0},
};

START_TEST(finds_what_people_write)
{
	struct service_case c = {.subject = str_of(words[_i].subject)};
	struct case_about about[CASE_ABOUT_MAX];
	uint32_t count;

	field_set(&c, SERVICE_CASE_F_SUBJECT);
	count = case_about_find(&c, about);
	if (!words[_i].key) {
		ck_assert_msg(count == 0, "\"%s\": %.*s", words[_i].subject,
			      STR_ARGS(case_about_key(&about[0], &arena)));
		return;
	}
	ck_assert_msg(count == 1, "\"%s\": %u", words[_i].subject, count);
	ck_assert_str_eq(case_about_key(&about[0], &arena).at, words[_i].key);
	ck_assert_int_eq(about[0].confidence, words[_i].confidence);
}
END_TEST

START_TEST(believes_the_desks_own_field_first)
{
	struct comment note = {.text = STR("order 3333")};
	struct service_case c = {
		.subject = STR("order 2222 and #1111"),
		.order_number = STR("#1111"),
		.latest_comment = &note,
	};
	struct case_about about[CASE_ABOUT_MAX];

	field_set(&c, SERVICE_CASE_F_SUBJECT);
	field_set(&c, SERVICE_CASE_F_ORDER_NUMBER);
	field_set(&c, SERVICE_CASE_F_LATEST_COMMENT);
	field_set(&note, COMMENT_F_TEXT);
	/* a note of our own is nobody's word */
	ck_assert_int_eq(case_about_find(&c, about), 2);
	ck_assert(str_is(about[0].value, "1111"));
	ck_assert_int_eq(about[0].confidence, 100);
	ck_assert(str_is(about[1].value, "2222"));
	note.public = true;
	ck_assert_int_eq(case_about_find(&c, about), 3);
}
END_TEST

START_TEST(takes_no_more_than_fit)
{
	struct service_case c = {.has = 0};
	struct case_about about[CASE_ABOUT_MAX];
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_printf(&text, "#%d ", 1000 + i);
	c.subject = buf_view(&text);
	field_set(&c, SERVICE_CASE_F_SUBJECT);
	ck_assert_int_eq(case_about_find(&c, about), CASE_ABOUT_MAX);
	buf_release(&text);
}
END_TEST

static const char rules_text[] =
	"{\"description\":\"\",\"systems\":{\"shop\":\"commerce\",\"pay\":"
	"\"psp\",\"erp\":\"erp\"},\"default_role\":\"commerce\",\"facets\":{"
	"\"confirmation\":{\"speakers\":[{\"role\":\"commerce\"}]},"
	"\"payment\":{\"speakers\":[{\"role\":\"psp\"},{\"role\":"
	"\"commerce\"}]},\"fulfilment\":{\"speakers\":[{\"role\":"
	"\"commerce\"}]},\"returns\":{\"speakers\":[{\"role\":\"erp\"}]},"
	"\"exceptions\":{\"speakers\":[{\"role\":\"psp\"}]}}}";

/* What a facet says of these rows. */
static const char *facet_of(enum facet_kind kind,
			    const struct order_part *parts, uint32_t count)
{
	struct status_rules *rules;
	struct order_status status;
	struct err err;

	ck_assert_msg(status_rules_load(str_of(rules_text), &rules, &err),
		      "%s at %s", err.text, err.pointer);
	order_status_derive(rules, parts, count, &arena, &status);
	status_rules_free(rules);
	return status.facets[kind].value ? status.facets[kind].value : "-";
}

START_TEST(a_refund_counts_once_however_it_is_told)
{
	struct payment sale = {.kind = PAYMENT_KIND_SALE,
			       .status = PAYMENT_STATUS_SUCCESS,
			       .amount_minor = 1000};
	struct payment back = {.kind = PAYMENT_KIND_REFUND,
			       .status = PAYMENT_STATUS_SUCCESS,
			       .amount_minor = 400};
	struct refund refund = {.amount_minor = 400};
	struct order_part parts[] = {
		{&payment_entity, &sale, STR("shop"), STR("shop/1"), 1},
		{&payment_entity, &back, STR("shop"), STR("shop/2"), 2},
		{&refund_entity, &refund, STR("shop"), STR("shop/r"), 3},
	};

	ck_assert_str_eq(facet_of(FACET_PAYMENT, parts, 1), "paid");
	ck_assert_str_eq(facet_of(FACET_PAYMENT, parts, 3),
			 "partially_refunded");
	refund.amount_minor = 1000;
	ck_assert_str_eq(facet_of(FACET_PAYMENT, parts, 3), "refunded");
	refund.status = REFUND_STATUS_PENDING;
	field_set(&refund, REFUND_F_STATUS);
	back.amount_minor = 0;
	ck_assert_str_eq(facet_of(FACET_PAYMENT, parts, 3), "paid");
}
END_TEST

START_TEST(the_latest_return_speaks_and_a_failed_refund_is_an_exception)
{
	struct return_order old = {.status = RETURN_ORDER_STATUS_CLOSED,
				   .updated_at = 10};
	struct return_order new = {.status = RETURN_ORDER_STATUS_RECEIVED,
				   .updated_at = 20};
	struct refund refund = {.status = REFUND_STATUS_FAILURE};
	struct order_part parts[] = {
		{&return_order_entity, &new, STR("erp"), STR("erp/2"), 1},
		{&return_order_entity, &old, STR("erp"), STR("erp/1"), 5},
		{&refund_entity, &refund, STR("pay"), STR("pay/r"), 3},
	};

	field_set(&old, RETURN_ORDER_F_STATUS);
	field_set(&old, RETURN_ORDER_F_UPDATED_AT);
	field_set(&new, RETURN_ORDER_F_STATUS);
	field_set(&new, RETURN_ORDER_F_UPDATED_AT);
	field_set(&refund, REFUND_F_STATUS);
	ck_assert_str_eq(facet_of(FACET_RETURNS, parts, 3), "received");
	ck_assert_str_eq(facet_of(FACET_EXCEPTIONS, parts, 3), "refund_failed");
	ck_assert_str_eq(facet_of(FACET_EXCEPTIONS, parts, 2), "-");
}
END_TEST

Suite *case_suite(void)
{
	Suite *suite = suite_create("case");
	TCase *tc = tcase_create("case");

	tcase_add_checked_fixture(tc, open_arena, close_arena);
	tcase_add_loop_test(tc, finds_what_people_write, 0,
			    sizeof(words) / sizeof(*words));
	tcase_add_test(tc, believes_the_desks_own_field_first);
	tcase_add_test(tc, takes_no_more_than_fit);
	tcase_add_test(tc, a_refund_counts_once_however_it_is_told);
	tcase_add_test(
		tc,
		the_latest_return_speaks_and_a_failed_refund_is_an_exception);
	suite_add_tcase(suite, tc);
	return suite;
}
