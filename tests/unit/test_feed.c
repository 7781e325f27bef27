/* test_feed.c - files to records, records to messages: what a legacy system
 * may send, and what nobody should. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleetctl/feed_flight.h"
#include "fleetctl/feed_row.h"
#include "unit/suites.h"
#include "unit/test_feed.h"

#define T(text)                                                                \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}

enum { SMALL_WINDOW = 8192, SMALL_MAX = 4096 };

int feed_file_of(struct str text)
{
	int fd = memfd_create("feed", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text.at, text.len), (ssize_t)text.len);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Records ------------------------------------------------------------------ */

static const struct str comments[] = {T("#")};

/* "1 first|2 !bad|": line and raw of each; "!": its quotes are bad, ">": too
 * long. CR and LF inside a record are shown as "r" and "n" in angles. */
static void show_records(struct reader *r, struct buf *out)
{
	static const char *const marks[] = {
		[RECORD_WHOLE] = "",
		[RECORD_BAD_QUOTES] = "!",
		[RECORD_TOO_LONG] = ">",
	};
	struct record_bytes record;
	struct err err;

	buf_reset(out);
	for (;;) {
		ck_assert_msg(reader_next(r, &record, &err), "%s", err.text);
		if (record.kind == RECORD_END)
			break;
		buf_printf(out, "%lld %s", (long long)record.line,
			   marks[record.kind]);
		for (size_t i = 0; i < record.raw.len && i < 64; i++)
			if (record.raw.at[i] == '\n')
				buf_cstr(out, "<n>");
			else if (record.raw.at[i] == '\r')
				buf_cstr(out, "<r>");
			else
				buf_byte(out, record.raw.at[i]);
		buf_byte(out, '|');
	}
	buf_byte(out, '\0');
}

static const struct {
	const char *name, *text, *records;
} record_cases[] = {
	{"nothing", "", ""},
	{"one line", "a;b\n", "1 a;b|"},
	{"no newline at the end", "a;b\nc;d", "1 a;b|2 c;d|"},
	{"CRLF", "a;b\r\nc;d\r\n", "1 a;b|2 c;d|"},
	{"CRLF cut short", "a;b\r\nc;d\r", "1 a;b|2 c;d|"},
	{"empty lines", "\n\r\na\n", "1 |2 |3 a|"},
	{"a delimiter in quotes", "\"a;b\";c\n", "1 \"a;b\";c|"},
	{"a line break in quotes", "\"a\nb\";c\nd\n", "1 \"a<n>b\";c|3 d|"},
	{"a CRLF in quotes", "\"a\r\nb\"\r\nd", "1 \"a<r><n>b\"|3 d|"},
	{"doubled quotes", "\"a\"\"\nb\";c\nd\n", "1 \"a\"\"<n>b\";c|3 d|"},
	{"a quote inside a plain field", "19\" disk;x\nb\n",
	 "1 19\" disk;x|2 b|"},
	{"an empty quoted field", "\"\";\"\"\n\"\"", "1 \"\";\"\"|2 \"\"|"},
	{"text behind a closing quote", "\"a\"b;c\nd\n", "1 !\"a\"b;c|2 d|"},
	{"a quote that is never closed", "a\n\"b;c\nd\ne\n",
	 "1 a|2 !\"b;c|3 d|4 e|"},
	{"a quote that the next line closes", "\"b;c\nx;\"d\"\n",
	 "1 !\"b;c|2 x;\"d\"|"},
	{"unclosed at the very end", "\"", "1 !\"|"},
	{"closed at the very end", "x;\"a\nb\"", "1 x;\"a<n>b\"|"},
	{"closed, then CR, then nothing", "\"a\nb\"\r", "1 \"a<n>b\"|"},
	{"CR behind a closing quote, then text", "\"a\"\rb\nc\n",
	 "1 !\"a\"<r>b|2 c|"},
	{"a comment with a quote", "#;\"x\nb\n", "1 #;\"x|2 b|"},
};

START_TEST(bounds_records)
{
	const struct record_form form = {';', '"', comments, 1};
	struct reader r;
	struct buf shown;
	int fd;

	buf_init(&shown, 1 << 20);
	fd = feed_file_of(str_of(record_cases[_i].text));
	reader_init_sized(&r, fd, form, SMALL_WINDOW, SMALL_MAX);
	show_records(&r, &shown);
	ck_assert_msg(!strcmp(shown.at, record_cases[_i].records),
		      "%s: %s, not %s", record_cases[_i].name, shown.at,
		      record_cases[_i].records);
	ck_assert_int_eq(r.offset, (int64_t)strlen(record_cases[_i].text));
	reader_release(&r);
	buf_release(&shown);
	close(fd);
}
END_TEST

/* The same bytes one by one, as a slow pipe gives them: a read of a packet
 * socket returns one packet. */
START_TEST(bounds_records_that_trickle_in)
{
	const struct record_form form = {';', '"', comments, 1};
	struct reader r;
	struct buf shown;
	int ends[2];

	buf_init(&shown, 1 << 20);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	for (const char *at = record_cases[_i].text; *at; at++)
		ck_assert_int_eq(write(ends[1], at, 1), 1);
	close(ends[1]);
	reader_init_sized(&r, ends[0], form, SMALL_WINDOW, SMALL_MAX);
	show_records(&r, &shown);
	ck_assert_str_eq(shown.at, record_cases[_i].records);
	reader_release(&r);
	buf_release(&shown);
	close(ends[0]);
}
END_TEST

START_TEST(takes_quotes_for_text_where_there_are_none)
{
	struct reader r;
	struct buf shown;
	int fd = feed_file_of(STR("\"a\nb\"\n"));

	buf_init(&shown, 1 << 20);
	reader_init(&r, fd, (struct record_form){.delimiter = ';'}, 0, 1);
	show_records(&r, &shown);
	ck_assert_str_eq(shown.at, "1 \"a|2 b\"|");
	reader_release(&r);
	buf_release(&shown);
	close(fd);
}
END_TEST

/* `head`, `fill` bytes of x, `tail`: what the window must not choke on. */
static const struct {
	const char *head, *tail;
	size_t fill;
	const char *ends; /* of what is shown */
} long_cases[] = {
	{"a\n", "\nb\n", SMALL_MAX, "|3 b|"},
	{"a\n", "\nb\n", SMALL_MAX + 1, "|3 b|"},
	{"a\n", "\nb\n", SMALL_WINDOW - 1, "|3 b|"},
	{"a\n", "\nb\n", SMALL_WINDOW, "|3 b|"},
	{"a\n", "\nb\n", SMALL_WINDOW + 1, "|3 b|"},
	{"a\n", "\nb\n", 1 << 20, "|3 b|"},
	{"a\n", "", 1 << 20, "|"},
	{"a\n\"", "\nx\";c\nb\n", SMALL_MAX, "|4 b|"},
	{"a\n\"q\n", "\nb\n", 1 << 20, "|4 b|"},
	{"a\n\"", "\"\nb\n", 1 << 20, "|3 b|"},
};

START_TEST(passes_over_what_is_too_long)
{
	const struct record_form form = {';', '"', NULL, 0};
	size_t expected = long_cases[_i].fill > SMALL_MAX;
	struct buf text, shown;
	struct reader r;
	size_t len;
	int fd;

	buf_init(&text, 1 << 22);
	buf_init(&shown, 1 << 22);
	buf_cstr(&text, long_cases[_i].head);
	for (size_t i = 0; i < long_cases[_i].fill; i++)
		buf_byte(&text, 'x');
	buf_cstr(&text, long_cases[_i].tail);
	fd = feed_file_of(buf_view(&text));
	reader_init_sized(&r, fd, form, SMALL_WINDOW, SMALL_MAX);
	show_records(&r, &shown);
	len = strlen(long_cases[_i].ends);
	ck_assert_msg(
		!strcmp(shown.at + strlen(shown.at) - len, long_cases[_i].ends),
		"%s", shown.at);
	ck_assert(!strncmp(shown.at, "1 a|", 4));
	if (expected)
		ck_assert_msg(strchr(shown.at, '>') != NULL, "%s", shown.at);
	ck_assert_int_eq(r.offset, (int64_t)text.len);
	reader_release(&r);
	buf_release(&text);
	buf_release(&shown);
	close(fd);
}
END_TEST

static const struct {
	struct str text;
	bool ok;
	int64_t offset;
} mark_cases[] = {
	{T("\xef\xbb\xbf"
	   "a"),
	 true, 3},
	{T("a"), true, 0},
	{T(""), true, 0},
	{T("\xef\xbb"), true, 0},
	{T("\xff\xfe"
	   "a\0"),
	 false, 0},
	{T("\xfe\xff\0a"), false, 0},
};

START_TEST(passes_over_a_byte_order_mark)
{
	struct reader r;
	struct err err;
	int fd = feed_file_of(mark_cases[_i].text);

	reader_init(&r, fd, (struct record_form){.delimiter = ';'}, 0, 1);
	ck_assert(reader_skip_mark(&r, &err) == mark_cases[_i].ok);
	ck_assert_int_eq(r.offset, mark_cases[_i].offset);
	reader_release(&r);
	close(fd);
}
END_TEST

/* Rows --------------------------------------------------------------------- */

static const char csv[] =
	"{\"feed\":\"t/csv\",\"kind\":\"csv\",\"topic\":\"t\",\"delimiter\":"
	"\";\",\"header\":true,\"key\":[\"id\",\"site\"],\"columns\":["
	"{\"member\":\"id\",\"name\":\"ID\",\"required\":true},"
	"{\"member\":\"site\",\"position\":3,\"required\":true},"
	"{\"member\":\"a\",\"name\":\"A\"},"
	"{\"member\":\"b\",\"name\":\"B\",\"when_empty\":\"null\","
	"\"trim\":\"both\"},"
	"{\"member\":\"c\",\"name\":\"C\",\"when_empty\":{\"text\":\"0\"}}],"
	"\"constants\":{\"from\":\"t\"}%s}";

static const char fixed[] =
	"{\"feed\":\"t/fixed\",\"kind\":\"fixed\",\"topic\":\"t\","
	"\"line_width\":12,\"key\":[\"id\"],\"columns\":["
	"{\"member\":\"id\",\"start\":1,\"width\":4,\"required\":true},"
	"{\"member\":\"n\",\"start\":5,\"width\":4,\"trim\":\"left\","
	"\"pad\":\"0\"},"
	"{\"member\":\"raw\",\"start\":9,\"width\":4,\"trim\":\"none\"}]%s}";

struct maker {
	struct arena arena;
	struct layout layout;
	struct row_maker rows;
};

static void maker_open(struct maker *m, const char *layout, const char *more)
{
	const struct row_file file = T("stock.csv");
	struct err err = {0};

	arena_init(&m->arena, 0);
	if (!layout_read(&m->arena, arena_printf(&m->arena, layout, more),
			 &m->layout, &err) ||
	    !row_maker_init(&m->rows, &m->layout, &file, &err))
		ck_abort_msg("%s at %s", err.text, err.pointer);
	if (m->layout.header)
		ck_assert_msg(
			row_header(&m->rows, STR("ID;A;SITE;B; C "), &err),
			"%s", err.text);
}

static void maker_close(struct maker *m)
{
	row_maker_release(&m->rows);
	arena_release(&m->arena);
}

static const char latin[] = ",\"encoding\":\"iso-8859-1\"";
static const char windows[] = ",\"encoding\":\"windows-1252\"";
static const char short_lines[] = ",\"short_lines\":true";

static const struct row_case {
	const char *layout, *more;
	struct str row;
	const char *key;   /* NULL: it is rejected */
	const char *value; /* or the code */
} row_cases[] = {
	{csv, "", T("7;x;HAM;y;z"), "7/HAM",
	 "{\"id\":\"7\",\"site\":\"HAM\",\"a\":\"x\",\"b\":\"y\",\"c\":\"z\","
	 "\"from\":\"t\"}"},
	{csv, "", T("7;;HAM;  ;"), "7/HAM",
	 "{\"id\":\"7\",\"site\":\"HAM\",\"b\":null,\"c\":\"0\","
	 "\"from\":\"t\"}"},
	{csv, "", T("\"7\";\"a;\"\"b\"\"\r\nc\";H;;"), "7/H",
	 "{\"id\":\"7\",\"site\":\"H\",\"a\":\"a;\\\"b\\\"\\r\\nc\","
	 "\"b\":null,\"c\":\"0\",\"from\":\"t\"}"},
	{csv, "", T("7;19\" disk;H;;"), "7/H",
	 "{\"id\":\"7\",\"site\":\"H\",\"a\":\"19\\\" disk\",\"b\":null,"
	 "\"c\":\"0\",\"from\":\"t\"}"},
	{csv, "", T("7;\x01\t;H;;"), "7/H",
	 "{\"id\":\"7\",\"site\":\"H\",\"a\":\"\\u0001\\t\",\"b\":null,"
	 "\"c\":\"0\",\"from\":\"t\"}"},
	{csv, latin, T("7;\xe9;H;;"), "7/H",
	 "{\"id\":\"7\",\"site\":\"H\",\"a\":\"\xc3\xa9\",\"b\":null,"
	 "\"c\":\"0\",\"from\":\"t\"}"},
	{csv, windows, T("7;\x80;H;;"), "7/H",
	 "{\"id\":\"7\",\"site\":\"H\",\"a\":\"\xe2\x82\xac\",\"b\":null,"
	 "\"c\":\"0\",\"from\":\"t\"}"},
	{csv, windows, T("7;\x81;H;;"), NULL, "bad-bytes"},
	{csv, "", T("7;\xe9;H;;"), NULL, "bad-bytes"},
	{csv, "", T("7;\0;H;;"), NULL, "nul-byte"},
	{csv, "", T("7;x;HAM;y"), NULL, "too-few-columns"},
	{csv, "", T("7"), NULL, "too-few-columns"},
	{csv, "", T("7;x;HAM;y;z;"), NULL, "too-many-columns"},
	{csv, "", T(";x;HAM;y;z"), NULL, "missing-value"},
	{csv, "", T("\"\";x;HAM;y;z"), NULL, "missing-value"},
	{fixed, "", T("ab  0012 x  "), "ab",
	 "{\"id\":\"ab\",\"n\":\"12\",\"raw\":\" x  \"}"},
	{fixed, "", T("ab  0000    "), "ab",
	 "{\"id\":\"ab\",\"n\":\"0\",\"raw\":\"    \"}"},
	{fixed, "", T("ab      wxyz"), "ab",
	 "{\"id\":\"ab\",\"raw\":\"wxyz\"}"},
	{fixed, "", T("\xc3\xa4\xc3\xb6  0001wxyz"), "\xc3\xa4\xc3\xb6",
	 "{\"id\":\"\xc3\xa4\xc3\xb6\",\"n\":\"1\",\"raw\":\"wxyz\"}"},
	{fixed, latin, T("\xe4\xf6  0001wxyz"), "\xc3\xa4\xc3\xb6",
	 "{\"id\":\"\xc3\xa4\xc3\xb6\",\"n\":\"1\",\"raw\":\"wxyz\"}"},
	{fixed, "", T("ab  0012 x "), NULL, "line-too-short"},
	{fixed, "", T("ab  0012 x   "), NULL, "line-too-long"},
	{fixed, short_lines, T("ab  0012"), "ab",
	 "{\"id\":\"ab\",\"n\":\"12\"}"},
	{fixed, short_lines, T(" "), NULL, "missing-value"},
	{fixed, "", T("    0012 x  "), NULL, "missing-value"},
};

START_TEST(makes_messages)
{
	const struct row_case *c = &row_cases[_i];
	struct str key, value;
	struct maker m;
	struct err err;

	maker_open(&m, c->layout, c->more);
	if (!row_make(&m.rows, c->row, &key, &value, &err)) {
		ck_assert_msg(!c->key, "%s: %s", err.code, err.text);
		ck_assert_str_eq(err.code, c->value);
	} else {
		ck_assert_msg(c->key && str_is(key, c->key) &&
				      str_is(value, c->value),
			      "%.*s: %.*s", STR_ARGS(key), STR_ARGS(value));
	}
	maker_close(&m);
}
END_TEST

START_TEST(refuses_a_field_that_is_too_long)
{
	struct str key, value;
	struct buf row;
	struct maker m;
	struct err err;

	buf_init(&row, 1 << 21);
	maker_open(&m, csv, "");
	buf_cstr(&row, "7;\"");
	while (row.len < 1 << 20)
		buf_byte(&row, 'x');
	buf_cstr(&row, "\";H;;");
	ck_assert(!row_make(&m.rows, buf_view(&row), &key, &value, &err));
	ck_assert_str_eq(err.code, "field-too-long");
	/* and goes on */
	ck_assert(row_make(&m.rows, STR("7;x;H;;"), &key, &value, &err));
	maker_close(&m);
	buf_release(&row);
}
END_TEST

static const struct {
	const char *header, *says;
} header_cases[] = {
	{"ID;A;SITE;B;C", NULL},
	{"\"C\";\"B\";SITE;A;ID", NULL},
	{"ID;A;SITE;B;X", "no column \"C\""},
	{"ID;A;SITE;B;C;C", "more than one column \"C\""},
	{"ID,A,SITE,B,C", "no column \"ID\""},
	{"A;ID", "number 3"},
	{"ID\xff;A;SITE;B;C", "no UTF-8"},
};

START_TEST(finds_columns_by_the_header)
{
	const char *says = header_cases[_i].says;
	struct maker m;
	struct err err;
	bool ok;

	maker_open(&m, csv, "");
	ok = row_header(&m.rows, str_of(header_cases[_i].header), &err);
	ck_assert_msg(ok == !says && (ok || strstr(err.text, says)), "%s",
		      err.text);
	maker_close(&m);
}
END_TEST

static const struct {
	const char *layout, *more, *line;
	int64_t rows; /* -1: refused */
} trailer_cases[] = {
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2}", "T;17", 17},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2}", "T;0017;x",
	 17},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2}", "T;\"000\"",
	 0},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":3}", "T;17", -1},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2}", "T;", -1},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2}", "T;-1", -1},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2,\"more\":2}",
	 "T;17", 15},
	{csv, ",\"trailer\":{\"starts\":\"T;\",\"position\":2,\"more\":2}",
	 "T;1", -1},
	{fixed, ",\"trailer\":{\"starts\":\"T\",\"start\":2,\"width\":4}",
	 "T  17 ", 17},
	{fixed, ",\"trailer\":{\"starts\":\"T\",\"start\":2,\"width\":4}", "T",
	 -1},
};

START_TEST(reads_the_count_of_a_trailer)
{
	int64_t rows = -1;
	struct maker m;
	struct err err;

	maker_open(&m, trailer_cases[_i].layout, trailer_cases[_i].more);
	ck_assert_int_eq(row_kind_of(&m.layout, str_of(trailer_cases[_i].line)),
			 ROW_TRAILER);
	if (!row_trailer(&m.rows, str_of(trailer_cases[_i].line), &rows, &err))
		rows = -1;
	ck_assert_int_eq(rows, trailer_cases[_i].rows);
	maker_close(&m);
}
END_TEST

/* Whatever the bytes: each row becomes JSON of ours or has a reason, and no
 * byte of the file is passed over. */
static void survive(struct maker *m, struct str bytes)
{
	int fd = feed_file_of(bytes);
	struct record_bytes record;
	struct str key, value;
	struct reader r;
	struct err err;
	int64_t at = 0;

	reader_init_sized(&r, fd, m->rows.form, SMALL_WINDOW, SMALL_MAX);
	do {
		ck_assert(reader_next(&r, &record, &err));
		ck_assert_int_eq(record.offset, at);
		at = r.offset;
		if (record.kind == RECORD_WHOLE &&
		    row_make(&m->rows, record.raw, &key, &value, &err))
			ck_assert(str_is_utf8(value));
	} while (record.kind != RECORD_END);
	ck_assert_int_eq(at, (int64_t)bytes.len);
	reader_release(&r);
	close(fd);
}

START_TEST(survives_any_bytes)
{
	static const char alphabet[] = "\";;;\n\r\"ab0 \xc3\xa4\xff#\0T";
	char bytes[2048];
	struct maker m;

	maker_open(&m, _i ? fixed : csv, _i ? latin : "");
	srand(17);
	for (int n = 0; n < 3000; n++) {
		size_t len = (size_t)rand() % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = alphabet[(size_t)rand() %
					    (sizeof(alphabet) - 1)];
		survive(&m, (struct str){bytes, len});
	}
	maker_close(&m);
}
END_TEST

/* Acknowledgements ----------------------------------------------------------
 */

START_TEST(moves_the_mark_over_what_is_acknowledged_without_a_gap)
{
	struct feed_mark now = {.offset = 0, .line = 1};
	struct flight_row *rows[3];
	struct flight f;

	flight_init(&f, &now);
	for (int i = 0; i < 3; i++) {
		now.rows++;
		now.offset += 10;
		rows[i] = flight_add(&f, &now);
	}
	flight_acked(&f, rows[1]);
	ck_assert_int_eq(flight_mark(&f, &now)->rows, 0);
	flight_acked(&f, rows[0]);
	ck_assert_int_eq(flight_mark(&f, &now)->rows, 2);
	/* rejects behind the last row: only once it is in */
	now.rows++;
	now.offset += 10;
	ck_assert_int_eq(flight_mark(&f, &now)->rows, 2);
	flight_acked(&f, rows[2]);
	ck_assert_int_eq(flight_mark(&f, &now)->rows, 4);
	for (int i = 0; i < FLIGHT_ROWS; i++)
		(void)flight_add(&f, &now);
	ck_assert(flight_full(&f));
	flight_release(&f);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

Suite *feed_suite(void)
{
	Suite *suite = suite_create("feed");
	TCase *tc = tcase_create("feed");

	tcase_add_loop_test(tc, bounds_records, 0, COUNT(record_cases));
	tcase_add_loop_test(tc, bounds_records_that_trickle_in, 0,
			    COUNT(record_cases));
	tcase_add_test(tc, takes_quotes_for_text_where_there_are_none);
	tcase_add_loop_test(tc, passes_over_what_is_too_long, 0,
			    COUNT(long_cases));
	tcase_add_loop_test(tc, passes_over_a_byte_order_mark, 0,
			    COUNT(mark_cases));
	tcase_add_loop_test(tc, makes_messages, 0, COUNT(row_cases));
	tcase_add_test(tc, refuses_a_field_that_is_too_long);
	tcase_add_loop_test(tc, finds_columns_by_the_header, 0,
			    COUNT(header_cases));
	tcase_add_loop_test(tc, reads_the_count_of_a_trailer, 0,
			    COUNT(trailer_cases));
	tcase_add_loop_test(tc, survives_any_bytes, 0, 2);
	tcase_add_test(tc,
		       moves_the_mark_over_what_is_acknowledged_without_a_gap);
	suite_add_tcase(suite, tc);
	suite_add_tcase(suite, feed_layout_tests());
	suite_add_tcase(suite, feed_shipped_tests());
	return suite;
}
