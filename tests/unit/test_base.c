/* test_base.c - memory, text, time, base64 and errors. */
#include <sanitizer/asan_interface.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "unit/suites.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static struct arena arena;
static struct buf buf;
static struct err err;

static void set_up(void)
{
	arena_init(&arena, 1 << 20);
	buf_init(&buf, 1 << 20);
	memset(&err, 0, sizeof(err));
}

static void tear_down(void)
{
	arena_release(&arena);
	buf_release(&buf);
}

static void holds(const char *text)
{
	ck_assert_msg(str_is(buf_view(&buf), text), "%.*s, not %s",
		      STR_ARGS(buf_view(&buf)), text);
}

/* arena ------------------------------------------------------------------- */

START_TEST(aligns_what_it_hands_out)
{
	for (size_t size = 0; size < 100; size++) {
		char *p = arena_alloc(&arena, size);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0xff, size);
	}
}
END_TEST

START_TEST(hands_out_no_byte_twice)
{
	enum { PIECES = 3000 };
	static unsigned char *pieces[PIECES];

	for (int i = 0; i < PIECES; i++) {
		size_t size = (size_t)i % 700 + 1;

		pieces[i] = arena_alloc(&arena, size);
		memset(pieces[i], i % 251, size);
	}
	for (int i = 0; i < PIECES; i++)
		for (int at = 0; at <= i % 700; at++)
			ck_assert_int_eq(pieces[i][at], i % 251);
}
END_TEST

START_TEST(hands_out_more_than_a_chunk)
{
	size_t size = 3 * 1000 * 1000;
	char *small = arena_alloc(&arena, 10);
	char *large = arena_alloc(&arena, size);

	memset(small, 1, 10);
	memset(large, 2, size);
	ck_assert_int_eq(small[9], 1);
	ck_assert_uint_ge(arena.used_bytes, size);
}
END_TEST

START_TEST(zeroes_when_it_says_so)
{
	char *p = arena_alloc(&arena, 4096);

	memset(p, 0xff, 4096);
	arena_reset(&arena);
	p = arena_zalloc(&arena, 4096);
	for (int i = 0; i < 4096; i++)
		ck_assert_int_eq(p[i], 0);
}
END_TEST

START_TEST(forgets_a_giant_message)
{
	char *giant;

	arena_alloc(&arena, 100);
	giant = arena_alloc(&arena, 20 << 20);
	giant[0] = 1;
	arena_reset(&arena);
	ck_assert_uint_eq(arena.used_bytes, 0);
	ck_assert(__asan_address_is_poisoned(giant));
}
END_TEST

START_TEST(forgets_a_giant_first_message)
{
	arena_alloc(&arena, 20 << 20);
	arena_reset(&arena);
	ck_assert_ptr_null(arena.first);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 1));
}
END_TEST

START_TEST(hands_out_the_same_memory_after_a_reset)
{
	char *first = arena_alloc(&arena, 1000);

	arena_alloc(&arena, 300000);
	arena_reset(&arena);
	ck_assert_ptr_eq(arena_alloc(&arena, 1000), first);
	memset(arena_alloc(&arena, 300000), 1, 300000);
	memset(arena_alloc(&arena, 300000), 1, 300000);
}
END_TEST

START_TEST(ends_copies_in_nul)
{
	struct str copy = arena_str(&arena, (struct str){"abcdef", 3});
	struct str none = arena_str(&arena, (struct str){NULL, 0});

	ck_assert_uint_eq(copy.len, 3);
	ck_assert_str_eq(copy.at, "abc");
	ck_assert_uint_eq(none.len, 0);
	ck_assert_str_eq(none.at, "");
	ck_assert_str_eq(arena_printf(&arena, "%d-%s", 42, "x").at, "42-x");
}
END_TEST

START_TEST(is_released_twice_without_harm)
{
	arena_alloc(&arena, 10);
	arena_release(&arena);
	arena_release(&arena);
	arena_reset(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 10));
}
END_TEST

/* str --------------------------------------------------------------------- */

START_TEST(compares_bytes_and_shorter_first)
{
	ck_assert_int_eq(str_cmp(STR("abc"), STR("abc")), 0);
	ck_assert_int_lt(str_cmp(STR("ab"), STR("abc")), 0);
	ck_assert_int_gt(str_cmp(STR("b"), STR("abc")), 0);
	ck_assert_int_lt(str_cmp(STR(""), STR("a")), 0);
	ck_assert_int_lt(str_cmp(STR("Z"), STR("a")), 0);
	/* as unsigned bytes */
	ck_assert_int_lt(str_cmp(STR("z"), STR("\xc3\xa9")), 0);
	ck_assert_int_lt(str_cmp(STR("a\0a"), STR("a\0b")), 0);
	ck_assert_int_eq(str_cmp((struct str){NULL, 0}, STR("")), 0);
}
END_TEST

START_TEST(knows_what_it_starts_with)
{
	ck_assert(str_starts(STR("abc"), STR("ab")));
	ck_assert(str_starts(STR("abc"), STR("")));
	ck_assert(str_starts(STR("abc"), STR("abc")));
	ck_assert(!str_starts(STR("abc"), STR("abcd")));
	ck_assert(!str_starts(STR("abc"), STR("b")));
	ck_assert(!str_starts((struct str){NULL, 0}, STR("a")));
}
END_TEST

START_TEST(reads_whole_numbers)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{"0", 0},
		{"-0", 0},
		{"7", 7},
		{"-7", -7},
		{"007", 7},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN},
	};
	static const char *const bad[] = {
		"",    "-",	   "+1",
		" 1",  "1 ",	   "1.0",
		"1e3", "0x1",	   "9223372036854775808",
		"--1", "1-",	   "-9223372036854775809",
		"abc", "\xd9\xa1", "99999999999999999999999",
	};
	int64_t value;

	for (size_t i = 0; i < COUNT(good); i++) {
		ck_assert(str_to_i64(str_of(good[i].text), &value));
		ck_assert_int_eq(value, good[i].value);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!str_to_i64(str_of(bad[i]), &value), "%s",
			      bad[i]);
	ck_assert(!str_to_i64((struct str){NULL, 0}, &value));
}
END_TEST

/* Wherever it stands: some text is looked at eight bytes at a time. */
static bool utf8_behind(size_t ascii, const char *bytes)
{
	char text[64], *alone;
	size_t len = strlen(bytes);
	bool valid;

	memset(text, 'x', ascii);
	memcpy(text + ascii, bytes, len);
	alone = malloc(ascii + len);
	memcpy(alone, text, ascii + len);
	valid = str_is_utf8((struct str){alone, ascii + len});
	free(alone);
	return valid;
}

START_TEST(knows_utf8)
{
	static const char *const good[] = {
		"a",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xc3\xa9tude",
		"\xf4\x8f\xbf\xbf",
		"\xef\xbb\xbf",
	};
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc2",
		"\xc2\x41",
		"\xe0\x9f\xbf",
		"\xe2\x82",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80",
		"\xf0\x9f\x98",
		"\xff",
		"\xfe",
		"\xf8\x88\x80\x80",
		"\xe9tude",
	};

	for (size_t ascii = 0; ascii < 20; ascii++) {
		for (size_t i = 0; i < COUNT(good); i++)
			ck_assert(utf8_behind(ascii, good[i]));
		for (size_t i = 0; i < COUNT(bad); i++)
			ck_assert_msg(!utf8_behind(ascii, bad[i]),
				      "%zu behind %zu", i, ascii);
	}
	ck_assert(str_is_utf8(STR("")));
}
END_TEST

/* buf --------------------------------------------------------------------- */

START_TEST(gathers_text)
{
	buf_cstr(&buf, "a");
	buf_str(&buf, STR("bc"));
	buf_byte(&buf, '-');
	buf_i64(&buf, INT64_MIN);
	buf_byte(&buf, ' ');
	buf_i64(&buf, 0);
	buf_printf(&buf, "%c%03d", '=', 7);
	buf_str(&buf, (struct str){NULL, 0});
	holds("abc--9223372036854775808 0=007");
	ck_assert(!buf.full);
}
END_TEST

START_TEST(is_empty_and_not_absent_at_first)
{
	ck_assert_uint_eq(buf_view(&buf).len, 0);
	ck_assert_ptr_nonnull(buf_view(&buf).at);
}
END_TEST

START_TEST(takes_its_maximum_and_no_byte_more)
{
	static const size_t maxima[] = {1, 8, 255, 256, 257, 1000, 5000};

	for (size_t i = 0; i < COUNT(maxima); i++) {
		struct buf small;

		buf_init(&small, maxima[i]);
		for (size_t n = 0; n < maxima[i]; n++)
			buf_byte(&small, 'x');
		ck_assert(!small.full);
		ck_assert_uint_eq(small.len, maxima[i]);
		buf_byte(&small, 'y');
		ck_assert_msg(small.full, "maximum %zu", maxima[i]);
		ck_assert_uint_eq(small.len, maxima[i]);
		buf_release(&small);
	}
}
END_TEST

START_TEST(keeps_its_first_failure)
{
	struct buf small;

	buf_init(&small, 4);
	buf_cstr(&small, "abc");
	buf_cstr(&small, "de");
	buf_cstr(&small, "f");
	ck_assert(small.full);
	ck_assert(str_is(buf_view(&small), "abc"));
	buf_reset(&small);
	ck_assert(!small.full);
	buf_cstr(&small, "abcd");
	ck_assert(!small.full);
	ck_assert(str_is(buf_view(&small), "abcd"));
	buf_release(&small);
}
END_TEST

START_TEST(refuses_what_overflows)
{
	buf_byte(&buf, 'x');
	ck_assert(!buf_reserve(&buf, SIZE_MAX));
	ck_assert(buf.full);
}
END_TEST

START_TEST(works_over_memory_of_the_callers)
{
	char memory[4];
	struct buf fixed;

	buf_fixed(&fixed, memory, sizeof(memory));
	buf_cstr(&fixed, "abcd");
	ck_assert(!fixed.full);
	buf_byte(&fixed, 'e');
	ck_assert(fixed.full);
	ck_assert(str_is(buf_view(&fixed), "abcd"));
}
END_TEST

static const char *file_with(const char *text)
{
	static char path[] = "/tmp/flotilla-base-XXXXXX";
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	return path;
}

START_TEST(reads_a_file)
{
	const char *path = file_with("hello\n");

	ck_assert_msg(buf_read_file(&buf, path, &err), "%s", err.text);
	holds("hello\n");
	unlink(path);
}
END_TEST

START_TEST(reads_a_file_as_large_as_its_maximum)
{
	const char *path = file_with("hello\n");
	struct buf small;

	buf_init(&small, 6);
	ck_assert_msg(buf_read_file(&small, path, &err), "%s", err.text);
	buf_release(&small);
	buf_init(&small, 5);
	ck_assert(!buf_read_file(&small, path, &err));
	ck_assert_str_eq(err.code, "too-large");
	buf_release(&small);
	unlink(path);
}
END_TEST

START_TEST(says_which_file_it_cannot_read)
{
	ck_assert(!buf_read_file(&buf, "/nowhere/at-all", &err));
	ck_assert_int_eq(err.kind, ERR_INVALID);
	ck_assert_ptr_nonnull(strstr(err.text, "/nowhere/at-all"));
	ck_assert(!buf_read_file(&buf, "/tmp", &err));
	ck_assert_int_eq(err.kind, ERR_INVALID);
}
END_TEST

/* clock ------------------------------------------------------------------- */

START_TEST(formats_times)
{
	static const struct {
		int64_t us;
		const char *text;
	} times[] = {
		{0, "1970-01-01T00:00:00Z"},
		{1, "1970-01-01T00:00:00.000001Z"},
		{1000, "1970-01-01T00:00:00.001Z"},
		{500000, "1970-01-01T00:00:00.500Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
		{-86400000000, "1969-12-31T00:00:00Z"},
		{951782400000000, "2000-02-29T00:00:00Z"},
		{1709251199000000, "2024-02-29T23:59:59Z"},
		{1704067200000000, "2024-01-01T00:00:00Z"},
		{253402300799999999, "9999-12-31T23:59:59.999999Z"},
		{-62167219200000000, "0000-01-01T00:00:00Z"},
	};
	char text[CLOCK_TEXT_BYTES];
	int64_t us;

	for (size_t i = 0; i < COUNT(times); i++) {
		size_t len = clock_format(text, times[i].us);

		ck_assert_str_eq(text, times[i].text);
		ck_assert_uint_eq(len, strlen(text));
		ck_assert(clock_parse(str_of(text), &us));
		ck_assert_int_eq(us, times[i].us);
	}
}
END_TEST

START_TEST(parses_offsets_and_decimals)
{
	static const struct {
		const char *text;
		int64_t us;
	} times[] = {
		{"1970-01-01T00:00:00+00:00", 0},
		{"1970-01-01T00:00:00-00:00", 0},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1969-12-31T19:00:00-05:00", 0},
		{"1970-01-01T05:45:00+05:45", 0},
		{"1970-01-01T00:00:00-23:59", 86340000000},
		{"1970-01-01t00:00:00z", 0},
		{"1970-01-01T00:00:00.1Z", 100000},
		{"1970-01-01T00:00:00.123456789Z", 123456},
		{"1970-01-01T00:00:00.000000999Z", 0},
		{"2008-01-10T11:00:00-05:00", 1199980800000000},
		{"2024-02-29T00:00:00+01:00", 1709161200000000},
		/* a leap second */
		{"2016-12-31T23:59:60Z", 1483228800000000},
	};
	int64_t us;

	for (size_t i = 0; i < COUNT(times); i++) {
		ck_assert_msg(clock_parse(str_of(times[i].text), &us), "%s",
			      times[i].text);
		ck_assert_int_eq(us, times[i].us);
	}
}
END_TEST

START_TEST(refuses_what_is_no_time)
{
	static const char *const bad[] = {
		"",
		"2024",
		"2024-01-01",
		"2024-01-01T00:00:00",
		"2024-01-01T00:00Z",
		"2024-13-01T00:00:00Z",
		"2024-00-01T00:00:00Z",
		"2024-01-00T00:00:00Z",
		"2024-01-32T00:00:00Z",
		"2024-04-31T00:00:00Z",
		"2023-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"2024-02-30T00:00:00Z",
		"2024-01-01T24:00:00Z",
		"2024-01-01T00:60:00Z",
		"2024-01-01T00:00:61Z",
		"2024-01-01T00:00:00.Z",
		"2024-01-01T00:00:00,5Z",
		"2024-01-01T00:00:00+1:00",
		"2024-01-01T00:00:00+0100",
		"2024-01-01T00:00:00+24:00",
		"2024-01-01T00:00:00+01:60",
		"2024-01-01T00:00:00Z ",
		" 2024-01-01T00:00:00Z",
		"2024-1-1T00:00:00Z",
		"24-01-01T00:00:00Z",
		"-2024-01-01T00:00:00Z",
		"2024/01/01T00:00:00Z",
		"2024-01-01T00:00:00ZZ",
		"2024-01-01T00:00:00+01:00Z",
		"12345-01-01T00:00:00Z",
	};
	int64_t us;

	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(!clock_parse(str_of(bad[i]), &us), "%s", bad[i]);
	ck_assert(!clock_parse((struct str){NULL, 0}, &us));
}
END_TEST

START_TEST(takes_a_nul_for_no_separator)
{
	int64_t us;

	ck_assert(!clock_parse(STR("2024\00001-01T00:00:00Z"), &us));
	ck_assert(!clock_parse(STR("2024-01-01\00000:00:00Z"), &us));
	ck_assert(!clock_parse(STR("2024-01-01T00:00:00\0"), &us));
}
END_TEST

START_TEST(knows_every_leap_year)
{
	char text[32];
	int64_t us;

	for (int year = 1600; year <= 2400; year++) {
		bool leap =
			year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);

		snprintf(text, sizeof(text), "%d-02-29T12:00:00Z", year);
		ck_assert_int_eq(clock_parse(str_of(text), &us), leap);
		ck_assert_int_eq(clock_days(year + 1, 1, 1) -
					 clock_days(year, 1, 1),
				 leap ? 366 : 365);
	}
}
END_TEST

START_TEST(counts_days_without_a_gap)
{
	char text[CLOCK_TEXT_BYTES];
	int64_t us;

	ck_assert_int_eq(clock_days(1970, 1, 1), 0);
	ck_assert_int_eq(clock_days(2000, 3, 1), 11017);
	ck_assert_int_eq(clock_days(1969, 12, 31), -1);
	for (int64_t day = -800000; day < 2000000; day += 97) {
		if (day < clock_days(0, 1, 1))
			continue;
		clock_format(text, day * 86400 * 1000000);
		ck_assert(clock_parse(str_of(text), &us));
		ck_assert_int_eq(us, day * 86400 * 1000000);
	}
}
END_TEST

START_TEST(goes_forward)
{
	int64_t mono = clock_mono_us(), cpu = clock_cpu_us();

	ck_assert_int_ge(clock_mono_us(), mono);
	ck_assert_int_ge(clock_cpu_us(), cpu);
	/* 2024-01-01 */
	ck_assert_int_gt(clock_now_us(), 1704067200000000);
}
END_TEST

/* base64 ------------------------------------------------------------------ */

/* RFC 4648, section 10, and bytes that are no text. */
static const struct {
	struct str bytes;
	const char *text;
} base64[] = {
	{{"", 0}, ""},
	{{"f", 1}, "Zg=="},
	{{"fo", 2}, "Zm8="},
	{{"foo", 3}, "Zm9v"},
	{{"foob", 4}, "Zm9vYg=="},
	{{"fooba", 5}, "Zm9vYmE="},
	{{"foobar", 6}, "Zm9vYmFy"},
	{{"\0\0\0", 3}, "AAAA"},
	{{"\xff\xff\xff", 3}, "////"},
	{{"\xfb\xef\xbe", 3}, "++++"},
	{{"\0", 1}, "AA=="},
};

START_TEST(encodes_base64)
{
	for (size_t i = 0; i < COUNT(base64); i++) {
		buf_reset(&buf);
		base64_encode(&buf, base64[i].bytes);
		holds(base64[i].text);
	}
}
END_TEST

START_TEST(decodes_base64)
{
	for (size_t i = 0; i < COUNT(base64); i++) {
		buf_reset(&buf);
		ck_assert(base64_decode(&buf, str_of(base64[i].text)));
		ck_assert(str_eq(buf_view(&buf), base64[i].bytes));
	}
}
END_TEST

START_TEST(refuses_what_is_not_base64)
{
	static const char *const bad[] = {
		"Z",
		"Zg",
		"Zg=",
		"Zm8",
		"Z===",
		"====",
		"Zg==Zg==",
		"=Zg=",
		"Zm 9v",
		"Zm9v\n",
		"Zm9-",
		"Zm9_",
		"Zm8=AAAA",
		"Zg==\n\n\n\n",
		"Z\xc3\xa9"
		"Z",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		buf_reset(&buf);
		ck_assert_msg(!base64_decode(&buf, str_of(bad[i])), "%s",
			      bad[i]);
	}
	ck_assert(!base64_decode(&buf, STR("Zm\0v")));
}
END_TEST

START_TEST(decodes_what_it_encoded)
{
	char bytes[256];
	struct buf back;

	for (int i = 0; i < 256; i++)
		bytes[i] = (char)i;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct str all = {bytes, len};

		buf_reset(&buf);
		buf_init(&back, 1000);
		base64_encode(&buf, all);
		ck_assert(base64_decode(&back, buf_view(&buf)));
		ck_assert(str_eq(buf_view(&back), all));
		buf_release(&back);
	}
}
END_TEST

/* err --------------------------------------------------------------------- */

START_TEST(sets_kind_and_text_and_clears_the_rest)
{
	ck_assert(!err_code(&err, ERR_INVALID, "money-scale", "%d", 1));
	ck_assert(!err_at(&err, "/a/0"));
	ck_assert_str_eq(err.code, "money-scale");
	ck_assert_str_eq(err.pointer, "/a/0");
	ck_assert(!err_set(&err, ERR_FATAL, "no %s", "disk"));
	ck_assert_int_eq(err.kind, ERR_FATAL);
	ck_assert_str_eq(err.text, "no disk");
	ck_assert_str_eq(err.code, "");
	ck_assert_str_eq(err.pointer, "");
}
END_TEST

START_TEST(adds_context_in_front)
{
	err_code(&err, ERR_TEMPORARY, "pg-down", "connection refused");
	err_at(&err, "/x");
	ck_assert(!err_wrap(&err, "order %s", "42"));
	ck_assert(!err_wrap(&err, "batch %d", 7));
	ck_assert_str_eq(err.text, "batch 7: order 42: connection refused");
	ck_assert_int_eq(err.kind, ERR_TEMPORARY);
	ck_assert_str_eq(err.code, "pg-down");
	ck_assert_str_eq(err.pointer, "/x");
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
	char lots[2000];

	memset(lots, 'x', sizeof(lots) - 1);
	lots[sizeof(lots) - 1] = '\0';
	err_code(&err, ERR_INVALID, lots, "%s", lots);
	err_at(&err, lots);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_uint_eq(strlen(err.code), sizeof(err.code) - 1);
	ck_assert_uint_eq(strlen(err.pointer), sizeof(err.pointer) - 1);
	err_wrap(&err, "here");
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert(str_starts(str_of(err.text), STR("here: xxx")));
	err_wrap(&err, "%s", lots);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
}
END_TEST

START_TEST(names_its_kinds)
{
	ck_assert_str_eq(err_kind_name(ERR_NONE), "none");
	ck_assert_str_eq(err_kind_name(ERR_INVALID), "invalid");
	ck_assert_str_eq(err_kind_name(ERR_TEMPORARY), "temporary");
	ck_assert_str_eq(err_kind_name(ERR_FATAL), "fatal");
}
END_TEST

static void add_arena(TCase *tc)
{
	tcase_add_test(tc, aligns_what_it_hands_out);
	tcase_add_test(tc, hands_out_no_byte_twice);
	tcase_add_test(tc, hands_out_more_than_a_chunk);
	tcase_add_test(tc, zeroes_when_it_says_so);
	tcase_add_test(tc, forgets_a_giant_message);
	tcase_add_test(tc, forgets_a_giant_first_message);
	tcase_add_test(tc, hands_out_the_same_memory_after_a_reset);
	tcase_add_test(tc, ends_copies_in_nul);
	tcase_add_test(tc, is_released_twice_without_harm);
}

static void add_str(TCase *tc)
{
	tcase_add_test(tc, compares_bytes_and_shorter_first);
	tcase_add_test(tc, knows_what_it_starts_with);
	tcase_add_test(tc, reads_whole_numbers);
	tcase_add_test(tc, knows_utf8);
}

static void add_buf(TCase *tc)
{
	tcase_add_test(tc, gathers_text);
	tcase_add_test(tc, is_empty_and_not_absent_at_first);
	tcase_add_test(tc, takes_its_maximum_and_no_byte_more);
	tcase_add_test(tc, keeps_its_first_failure);
	tcase_add_test(tc, refuses_what_overflows);
	tcase_add_test(tc, works_over_memory_of_the_callers);
	tcase_add_test(tc, reads_a_file);
	tcase_add_test(tc, reads_a_file_as_large_as_its_maximum);
	tcase_add_test(tc, says_which_file_it_cannot_read);
}

static void add_clock(TCase *tc)
{
	tcase_add_test(tc, formats_times);
	tcase_add_test(tc, parses_offsets_and_decimals);
	tcase_add_test(tc, refuses_what_is_no_time);
	tcase_add_test(tc, takes_a_nul_for_no_separator);
	tcase_add_test(tc, knows_every_leap_year);
	tcase_add_test(tc, counts_days_without_a_gap);
	tcase_add_test(tc, goes_forward);
}

static void add_base64(TCase *tc)
{
	tcase_add_test(tc, encodes_base64);
	tcase_add_test(tc, decodes_base64);
	tcase_add_test(tc, refuses_what_is_not_base64);
	tcase_add_test(tc, decodes_what_it_encoded);
}

static void add_err(TCase *tc)
{
	tcase_add_test(tc, sets_kind_and_text_and_clears_the_rest);
	tcase_add_test(tc, adds_context_in_front);
	tcase_add_test(tc, cuts_what_is_too_long);
	tcase_add_test(tc, names_its_kinds);
}

Suite *base_suite(void)
{
	static const struct {
		const char *name;
		void (*add)(TCase *tc);
	} groups[] = {
		{"arena", add_arena}, {"str", add_str},	      {"buf", add_buf},
		{"clock", add_clock}, {"base64", add_base64}, {"err", add_err},
	};
	Suite *suite = suite_create("base");

	for (size_t i = 0; i < COUNT(groups); i++) {
		TCase *tc = tcase_create(groups[i].name);

		tcase_add_checked_fixture(tc, set_up, tear_down);
		groups[i].add(tc);
		suite_add_tcase(suite, tc);
	}
	return suite;
}
