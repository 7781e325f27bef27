/* test_fleetctl.c - the operator's tool as an operator runs it: the binary, on
 * a database of its own beside the real broker. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "io/pg_tools.h"

static const char database[] = "fleetctl_test";
static const char lane[] = "order-sync/raw.shopify.order.v1/0";

struct ran {
	int code;
	char out[1 << 16]; /* standard output and standard error */
};

static struct ran ran;

/* Runs a line of fleetctl. */
static const struct ran *fleetctl(const char *line)
{
	char command[1024];
	FILE *pipe;
	size_t len;

	snprintf(command, sizeof(command), "build/fleetctl %s 2>&1", line);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	len = fread(ran.out, 1, sizeof(ran.out) - 1, pipe);
	ran.out[len] = '\0';
	ran.code = WEXITSTATUS(pclose(pipe));
	return &ran;
}

static void expect(const char *line, int code, const char *says)
{
	fleetctl(line);
	ck_assert_msg(ran.code == code, "fleetctl %s: exit %d, not %d\n%s",
		      line, ran.code, code, ran.out);
	ck_assert_msg(!says || strstr(ran.out, says),
		      "fleetctl %s does not say \"%s\" but\n%s", line, says,
		      ran.out);
}

static struct pg *connect_to(const char *conninfo)
{
	static const struct pg_statement none[] = {{NULL, NULL}};
	struct pg *pg = pg_new(conninfo, none);
	struct err err;

	ck_assert_msg(pg_wait_ready(pg, 10000, &err), "%s", err.text);
	return pg;
}

static void sql_on(const char *conninfo, const char *sql)
{
	struct pg *pg = connect_to(conninfo);
	struct err err;
	bool ok = pg_script(pg, sql, &err);

	pg_free(pg);
	ck_assert_msg(ok, "%s: %s", sql, err.text);
}

static void sql(const char *text)
{
	sql_on("", text);
}

/* The statement's only value. */
static const char *value(const char *text)
{
	static char out[256];
	struct pg *pg = connect_to("");
	struct pg_table t;
	struct err err;

	ck_assert_msg(pg_query(pg, text, 0, NULL, &t, &err), "%s", err.text);
	snprintf(out, sizeof(out), "%s",
		 pg_table_rows(&t) && pg_text(&t, 0, 0) ? pg_text(&t, 0, 0)
							: "nothing");
	pg_table_release(&t);
	pg_free(pg);
	return out;
}

static void make_database(void)
{
	char home[128], text[256];

	/* which database the tests were given */
	snprintf(home, sizeof(home), "dbname=%s",
		 getenv("PGDATABASE") ? getenv("PGDATABASE") : "postgres");
	snprintf(text, sizeof(text), "DROP DATABASE IF EXISTS %s", database);
	sql_on(home, text);
	snprintf(text, sizeof(text), "CREATE DATABASE %s", database);
	sql_on(home, text);
	setenv("PGDATABASE", database, 1);
	if (getenv("SCHEMAS_DIR"))
		setenv("FLOTILLA_SCHEMAS_DIR", getenv("SCHEMAS_DIR"), 1);
}

static void migrated(void)
{
	make_database();
	expect("migrate", 0, "applied");
	expect("topics --partitions 2", 0, NULL);
}

static const char halted_lane[] =
	"INSERT INTO lane (consumer_group, topic, partition, from_offset, "
	"next_offset, applied, dead, halted, owner) VALUES ('order-sync', "
	"'raw.shopify.order.v1', 0, -8, -5, 2, 1, 'for the test', 'somebody')";

START_TEST(migrates_once)
{
	make_database();
	expect("migrate --print", 0, "CREATE TABLE lane");
	expect("migrate --dry-run", 0, "would be applied");
	ck_assert_str_eq(value("SELECT to_regclass('lane') IS NULL"), "t");
	expect("migrate", 0, "0001_runtime");
	expect("migrate", 0, "nothing to do");
	/* the ages of facets come from order-status.json */
	ck_assert_str_eq(value("SELECT stale_after = interval '259200 s' FROM "
			       "facet_rule WHERE facet = 'fulfilment'"),
			 "t");
	expect("migrate --json", 0, "[]");
}
END_TEST

START_TEST(refuses_a_changed_migration)
{
	migrated();
	sql("UPDATE schema_version SET hash = hash + 1 WHERE version = 1");
	expect("migrate", 1, "was changed after it had been applied");
}
END_TEST

START_TEST(refuses_a_newer_schema)
{
	migrated();
	sql("INSERT INTO schema_version (version, name, hash, oldest_binary) "
	    "VALUES (99, '0099_future', 1, 99)");
	expect("migrate", 1, "use the fleetctl of the newer release");
	expect("doctor", 1, "deploy the newer");
}
END_TEST

START_TEST(makes_topics_once)
{
	migrated();
	expect("topics", 0, "raw.shopify.order.v1");
	ck_assert_ptr_null(strstr(ran.out, "made"));
	expect("topics --json", 0, "\"topic\":\"dead-letters.v1\"");
}
END_TEST

START_TEST(lists_nothing_on_an_empty_database)
{
	migrated();
	expect("lane list", 0, "no lanes");
	expect("lane list --json", 0, "[]");
	expect("dlq list", 0, "no dead letters");
	expect("dlq list --state all --json", 0, "[]");
	expect("dlq show 1", 1, "there is no dead letter 1");
	expect("prove --wait 0", 0, "no lanes");
	expect("prove --wait 0 --group nobody", 1, "NOT PROVEN");
	expect("doctor", 0, "well: 0 bad");
}
END_TEST

START_TEST(skips_a_halted_lane)
{
	char line[256];

	migrated();
	sql(halted_lane);
	expect("prove --wait 0", 1, "halted: for the test");
	snprintf(line, sizeof(line), "lane skip %s", lane);
	expect(line, 2, "say why");
	snprintf(line, sizeof(line),
		 "lane skip %s --reason 'it is gone' "
		 "--dry-run",
		 lane);
	expect(line, 0, "dry run");
	ck_assert_str_eq(value("SELECT lost FROM lane"), "0");
	snprintf(line, sizeof(line), "lane skip %s --reason 'it is gone'",
		 lane);
	expect(line, 0, "count as lost");
	ck_assert_str_eq(value("SELECT lost - 5 = next_offset AND halted IS "
			       "NULL AND epoch > 1 FROM lane"),
			 "t");
	ck_assert_str_eq(value("SELECT reason || ' ' || (was->>'next_offset') "
			       "FROM lane_archive"),
			 "lane skip: it is gone -5");
	expect(line, 2, "not halted");
}
END_TEST

START_TEST(resets_a_halted_lane)
{
	char line[256];

	migrated();
	sql(halted_lane);
	snprintf(line, sizeof(line), "lane reset %s --reason anew --json",
		 lane);
	expect(line, 0, "\"done\":true");
	ck_assert_str_eq(value("SELECT applied + dead + lost FROM lane"), "0");
	ck_assert_str_eq(value("SELECT from_offset = next_offset AND "
			       "from_offset >= 0 AND halted IS NULL FROM lane"),
			 "t");
	ck_assert_str_eq(value("SELECT was->>'applied' FROM lane_archive"),
			 "2");
}
END_TEST

static const char two_letters[] =
	"INSERT INTO dead_letter (consumer_group, topic, partition, "
	"log_offset, stage, error_kind, error_class, error_text, state, "
	"at_us, key, headers, raw) SELECT 'order-sync', "
	"'raw.shopify.order.v1', 0, 1000000000 + n, 'decode', 'invalid', "
	"'not-json', 'not JSON', CASE n WHEN 1 THEN 'open' ELSE 'discarded' "
	"END, 1700000000000000, 'k', '[[\"a\",\"Yg==\"]]', "
	"'{\"name\": \"Jane Doe 7\"}' FROM generate_series(1, 2) AS n";

START_TEST(rewinds_in_place)
{
	char line[256];

	migrated();
	sql(halted_lane);
	sql(two_letters);
	snprintf(line, sizeof(line),
		 "replay --in-place --lane %s --from begin --reason oops",
		 lane);
	expect(line, 0, "2 dead letters left its ledger");
	ck_assert_str_eq(value("SELECT string_agg(state, ' ' ORDER BY "
			       "dead_letter_id) FROM dead_letter "
			       "WHERE NOT counted"),
			 "rewound discarded");
	ck_assert_str_eq(value("SELECT reason FROM lane_archive"),
			 "rewind: oops");
}
END_TEST

START_TEST(shows_and_retries_a_dead_letter)
{
	migrated();
	sql(two_letters);
	expect("dlq list", 0, "not-json");
	expect("dlq show 1", 0, "xxxx xxx 9");
	expect("dlq show 1 --raw --json", 0, "Jane Doe 7");
	expect("dlq retry", 2, "--all");
	expect("dlq retry 1 --dry-run", 0, "would be retried");
	expect("dlq retry 1", 0, "retried");
	expect("dlq retry 1", 0, "not open any more");
	expect("dlq retry 77", 1, "are no dead letters");
	expect("dlq discard 1 --force", 2, "say why");
	expect("dlq discard 1 --force --reason 'of no use'", 0, "discarded");
	ck_assert_str_eq(value("SELECT state || ' ' || reason FROM dead_letter "
			       "WHERE dead_letter_id = 1"),
			 "discarded of no use");
}
END_TEST

START_TEST(prepares_a_replay)
{
	migrated();
	expect("replay no.such.topic --group order-sync --name a", 1,
	       "Kafka has no topic");
	expect("replay raw.shopify.order.v1 --group order-sync", 2, "--name");
	sql("INSERT INTO lane (consumer_group, topic, partition, from_offset, "
	    "next_offset, until_offset) VALUES ('order-sync.replay-b', "
	    "'raw.shopify.order.v1', 0, 3, 3, 9)");
	expect("replay raw.shopify.order.v1 --group order-sync --name b "
	       "--from begin",
	       2, "there is a replay");
	expect("replay raw.shopify.order.v1 --group order-sync --name b "
	       "--prepare",
	       0, "6 offsets");
}
END_TEST

START_TEST(explains_itself)
{
	static const char *const lines[] = {
		"--help",
		"migrate --help",
		"topics --help",
		"lane --help",
		"lane list -h",
		"lane skip --help",
		"lane reset --help",
		"replay --help",
		"feed --help",
		"dlq list --help",
		"dlq show --help",
		"dlq retry --help",
		"dlq discard --help",
		"prove --help",
		"map lint --help",
		"map test --help",
		"map run --help",
		"doctor --help",
		"settings --help",
		"settings",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		expect(lines[i], 0, NULL);
	expect("", 2, "operator's tool");
	expect("lanes", 2, "there is no command");
	expect("lane", 2, "what? One of these");
	expect("prove --wat", 2, "there is no option --wat");
	expect("map lint", 0, "no findings");
}
END_TEST

Suite *fleetctl_suite(void);

Suite *fleetctl_suite(void)
{
	Suite *suite = suite_create("fleetctl");
	TCase *tc = tcase_create("fleetctl");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, migrates_once);
	tcase_add_test(tc, refuses_a_changed_migration);
	tcase_add_test(tc, refuses_a_newer_schema);
	tcase_add_test(tc, makes_topics_once);
	tcase_add_test(tc, lists_nothing_on_an_empty_database);
	tcase_add_test(tc, skips_a_halted_lane);
	tcase_add_test(tc, resets_a_halted_lane);
	tcase_add_test(tc, rewinds_in_place);
	tcase_add_test(tc, shows_and_retries_a_dead_letter);
	tcase_add_test(tc, prepares_a_replay);
	tcase_add_test(tc, explains_itself);
	suite_add_tcase(suite, tc);
	return suite;
}
