/* case_about.c - a small scanner of words. */
#include "model/case_about.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SURE = 100, FORM = 90, ANNOUNCED = 80, HASH = 60, LOOK_WORDS = 3 };

/* Words that announce a number, in the languages of the desks we know. */
static const struct {
	const char *word;
	int32_t kind;
} announcers[] = {
	{"order", CASE_ABOUT_KIND_ORDER},
	{"bestellung", CASE_ABOUT_KIND_ORDER},
	{"bestellnummer", CASE_ABOUT_KIND_ORDER},
	{"auftrag", CASE_ABOUT_KIND_ORDER},
	{"commande", CASE_ABOUT_KIND_ORDER},
	{"pedido", CASE_ABOUT_KIND_ORDER},
	{"rma", CASE_ABOUT_KIND_RETURN},
	{"return", CASE_ABOUT_KIND_RETURN},
	{"tracking", CASE_ABOUT_KIND_TRACKING},
	{"sendungsnummer", CASE_ABOUT_KIND_TRACKING},
	{"colis", CASE_ABOUT_KIND_TRACKING},
};

struct found {
	struct case_about *items;
	uint32_t count;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void add(struct found *f, int32_t kind, struct str value,
		int64_t confidence, int32_t place)
{
	struct case_about *a;

	if (!value.at || !value.len || f->count == CASE_ABOUT_MAX)
		return;
	for (uint32_t i = 0; i < f->count; i++)
		if (f->items[i].kind == kind &&
		    str_eq(f->items[i].value, value))
			return;
	a = &f->items[f->count++];
	*a = (struct case_about){.kind = kind,
				 .value = value,
				 .confidence = confidence,
				 .found_in = place};
	field_set(a, CASE_ABOUT_F_KIND);
	field_set(a, CASE_ABOUT_F_VALUE);
	field_set(a, CASE_ABOUT_F_CONFIDENCE);
	field_set(a, CASE_ABOUT_F_FOUND_IN);
}

/* "#1001" and "1001" are one number. */
static struct str bare(struct str number)
{
	if (number.len && number.at[0] == '#')
		return (struct str){number.at + 1, number.len - 1};
	return number;
}

static void from_fields(const struct service_case *c, struct found *f)
{
	const struct customer_ref *who = c->customer;
	int32_t field = CASE_ABOUT_FOUND_IN_FIELD;

	if (field_has(c, SERVICE_CASE_F_ORDER_NUMBER))
		add(f, CASE_ABOUT_KIND_ORDER, bare(c->order_number), SURE,
		    field);
	if (field_has(c, SERVICE_CASE_F_RETURN_NUMBER))
		add(f, CASE_ABOUT_KIND_RETURN, c->return_number, SURE, field);
	if (field_has(c, SERVICE_CASE_F_TRACKING_NUMBER))
		add(f, CASE_ABOUT_KIND_TRACKING, c->tracking_number, SURE,
		    field);
	if (!field_has(c, SERVICE_CASE_F_CUSTOMER) || !who)
		return;
	if (field_has(who, CUSTOMER_REF_F_EMAIL))
		add(f, CASE_ABOUT_KIND_EMAIL, who->email, SURE, field);
	if (field_has(who, CUSTOMER_REF_F_PHONE))
		add(f, CASE_ABOUT_KIND_PHONE, who->phone, SURE, field);
}

/* A word goes up to a blank, less what punctuation stands around it. */
static bool next_word(struct str *rest, struct str *word)
{
	const char *end = rest->at + rest->len, *at = rest->at;

	while (at < end && (unsigned char)*at <= ' ')
		at++;
	word->at = at;
	while (at < end && (unsigned char)*at > ' ')
		at++;
	word->len = (size_t)(at - word->at);
	*rest = (struct str){at, (size_t)(end - at)};
	if (!word->len)
		return false;
	while (word->len && strchr("([{<\"'*", word->at[0])) {
		word->at++;
		word->len--;
	}
	while (word->len && strchr(".,;:!?)]}>\"'*", word->at[word->len - 1]))
		word->len--;
	return true;
}

/* Three to forty letters, digits and dashes, one of them a digit. */
static bool is_number(struct str word)
{
	bool digit = false;

	if (word.len < 3 || word.len > 40)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (!is_letter(word.at[i]) && !is_digit(word.at[i]) &&
		    !strchr("-_/", word.at[i]))
			return false;
		digit |= is_digit(word.at[i]);
	}
	return digit;
}

/* 1Z and sixteen more, as UPS numbers its parcels. */
static bool is_ups(struct str word)
{
	return word.len == 18 && word.at[0] == '1' &&
	       (word.at[1] == 'Z' || word.at[1] == 'z') && is_number(word);
}

static bool is_mail(struct str word)
{
	const char *at = memchr(word.at, '@', word.len);
	size_t before = at ? (size_t)(at - word.at) : 0;

	return before > 0 && word.len <= 320 && word.len - before > 3 &&
	       memchr(at + 1, '.', word.len - before - 1) &&
	       !memchr(at + 1, '@', word.len - before - 1);
}

/* The announcer that the word begins with, as "RMA-17" does; -1: none. */
static int announcer_of(struct str word)
{
	for (size_t i = 0; i < sizeof(announcers) / sizeof(*announcers); i++) {
		size_t len = strlen(announcers[i].word);

		if (word.len >= len &&
		    !strncasecmp(word.at, announcers[i].word, len) &&
		    (word.len == len || !is_letter(word.at[len]) ||
		     (word.len == len + 1 && word.at[len] == 's')))
			return (int)i;
	}
	return -1;
}

static void from_text(struct str text, int32_t place, struct found *f)
{
	int announced = -1, left = 0;
	struct str word;

	while (next_word(&text, &word)) {
		int a = announcer_of(word);
		struct str number = bare(word);

		if (a >= 0) {
			announced = a;
			left = LOOK_WORDS;
		}
		if (is_mail(word))
			add(f, CASE_ABOUT_KIND_EMAIL, word, FORM, place);
		else if (is_ups(word))
			add(f, CASE_ABOUT_KIND_TRACKING, word, FORM, place);
		else if (left > 0 && is_number(number)) {
			add(f, announcers[announced].kind, number, ANNOUNCED,
			    place);
			left = 0;
		} else if (number.at != word.at && is_number(number))
			add(f, CASE_ABOUT_KIND_ORDER, number, HASH, place);
		left -= a < 0;
	}
}

static int by_confidence(const void *a, const void *b)
{
	const struct case_about *x = a, *y = b;

	if (x->confidence != y->confidence)
		return x->confidence > y->confidence ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return str_cmp(x->value, y->value);
}

uint32_t case_about_find(const struct service_case *c,
			 struct case_about out[CASE_ABOUT_MAX])
{
	struct found f = {out, 0};

	from_fields(c, &f);
	if (field_has(c, SERVICE_CASE_F_SUBJECT))
		from_text(c->subject, CASE_ABOUT_FOUND_IN_SUBJECT, &f);
	if (field_has(c, SERVICE_CASE_F_DESCRIPTION))
		from_text(c->description, CASE_ABOUT_FOUND_IN_TEXT, &f);
	if (field_has(c, SERVICE_CASE_F_LATEST_COMMENT) && c->latest_comment &&
	    c->latest_comment->public &&
	    field_has(c->latest_comment, COMMENT_F_TEXT))
		from_text(c->latest_comment->text, CASE_ABOUT_FOUND_IN_TEXT,
			  &f);
	if (f.count)
		qsort(out, f.count, sizeof(*out), by_confidence);
	return f.count;
}

struct str case_about_key(const struct case_about *about, struct arena *arena)
{
	const char *const *kinds =
		case_about_entity.fields[CASE_ABOUT_F_KIND].codes;

	return arena_printf(arena, "%s:%.*s", kinds[about->kind],
			    STR_ARGS(about->value));
}
