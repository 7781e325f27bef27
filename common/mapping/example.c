/* example.c - what a mapping makes of its example, compared with what it
 * should. */
#include "mapping/example.h"

#include <stdio.h>

#include "model/record.h"
#include "json/json.h"
#include "json/writer.h"

enum { MESSAGE_BYTES_MAX = 64 << 20, POINTER_BYTES = 256 };

/* Writing -------------------------------------------------------------- */

static void write_invalid(struct json_writer *w, const struct err *err)
{
	json_name(w, STR("invalid"));
	json_begin_object(w);
	json_put_cstr(w, "code", err->code);
	json_put_cstr(w, "pointer", err->pointer);
	json_end_object(w);
}

static void write_record(struct json_writer *w, const struct record *record)
{
	json_put_cstr(w, "entity", record->entity->name);
	json_put_str(w, "id", record->id);
	json_put_int(w, "version", record->rank.version);
	if (record->deleted)
		json_put_bool(w, "deleted", true);
	if (record->subject.at)
		json_put_str(w, "subject", record->subject);
	if (record->ref_id.at) {
		json_name(w, STR("ref"));
		json_begin_object(w);
		json_put_str(w, "system", record->ref_system);
		json_put_str(w, "id", record->ref_id);
		json_end_object(w);
	}
	if (record->doc.at)
		json_put_raw(w, "doc", record->doc);
}

static void write_mapped(struct json_writer *w, const struct mapped *mapped)
{
	json_begin_object(w);
	switch (mapped->fate) {
	case MAPPED_RECORD:
		write_record(w, mapped->record);
		break;
	case MAPPED_SKIPPED:
		json_put_bool(w, "skipped", true);
		break;
	case MAPPED_INVALID:
		write_invalid(w, mapped->err);
		break;
	}
	json_end_object(w);
}

void mapping_example_write(const struct mapping *mapping, struct str example,
			   struct buf *out)
{
	const struct mapping_message message = {example, STR("example/0/0"),
						MAPPING_EXAMPLE_AT_US};
	struct mapped_list list;
	struct json_writer w;
	struct arena arena;
	struct err err;

	arena_init(&arena, 0);
	json_writer_init(&w, out);
	json_begin_array(&w);
	if (mapping_run_at(mapping, &arena, &message, NULL, &list, &err)) {
		for (uint32_t i = 0; i < list.count; i++)
			write_mapped(&w, &list.items[i]);
	} else {
		json_begin_object(&w);
		write_invalid(&w, &err);
		json_end_object(&w);
	}
	json_end_array(&w);
	arena_release(&arena);
}

/* Comparing ------------------------------------------------------------- */

struct comparison {
	struct json_doc expected, got;
	const struct mapping_example_report *report;
	unsigned differences;
};

static void name_value(const struct json_doc *doc, uint32_t at, struct buf *out)
{
	struct json_writer w;

	json_writer_init(&w, out);
	if (at == UINT32_MAX)
		buf_cstr(out, "nothing");
	else
		json_copy(&w, doc, at);
}

/* `pointer` is where the two should have met. */
static void differ(struct comparison *c, const char *pointer, uint32_t expected,
		   uint32_t got)
{
	struct buf left, right;

	if (c->differences++ >= EXAMPLE_DIFFERENCES_MAX || !c->report)
		return;
	buf_init(&left, MESSAGE_BYTES_MAX);
	buf_init(&right, MESSAGE_BYTES_MAX);
	name_value(&c->expected, expected, &left);
	name_value(&c->got, got, &right);
	c->report->difference(c->report->ctx, pointer, buf_view(&left),
			      buf_view(&right));
	buf_release(&left);
	buf_release(&right);
}

static void compare(struct comparison *c, uint32_t expected, uint32_t got);

static void compare_arrays(struct comparison *c, uint32_t expected,
			   uint32_t got)
{
	const struct json_node *left = c->expected.nodes, *right = c->got.nodes;
	const uint32_t left_end = left[expected].next;
	const uint32_t right_end = right[got].next;
	uint32_t i = expected + 1, k = got + 1;
	char pointer[POINTER_BYTES];

	while (i < left_end || k < right_end) {
		if (i < left_end && k < right_end) {
			compare(c, i, k);
			i = left[i].next;
			k = right[k].next;
		} else if (i < left_end) {
			json_pointer_of(&c->expected, i, pointer,
					sizeof(pointer));
			differ(c, pointer, i, UINT32_MAX);
			i = left[i].next;
		} else {
			json_pointer_of(&c->got, k, pointer, sizeof(pointer));
			differ(c, pointer, UINT32_MAX, k);
			k = right[k].next;
		}
	}
}

static void compare_objects(struct comparison *c, uint32_t expected,
			    uint32_t got)
{
	const struct json_node *left = c->expected.nodes, *right = c->got.nodes;
	char pointer[POINTER_BYTES];

	for (uint32_t i = expected + 1; i < left[expected].next;
	     i = left[i].next) {
		uint32_t other = json_member(&c->got, got, left[i].name);

		if (other) {
			compare(c, i, other);
			continue;
		}
		json_pointer_of(&c->expected, i, pointer, sizeof(pointer));
		differ(c, pointer, i, UINT32_MAX);
	}
	for (uint32_t i = got + 1; i < right[got].next; i = right[i].next) {
		if (json_member(&c->expected, expected, right[i].name))
			continue;
		json_pointer_of(&c->got, i, pointer, sizeof(pointer));
		differ(c, pointer, UINT32_MAX, i);
	}
}

static void compare(struct comparison *c, uint32_t expected, uint32_t got)
{
	const struct json_node *left = &c->expected.nodes[expected];
	const struct json_node *right = &c->got.nodes[got];
	char pointer[POINTER_BYTES];

	if (left->kind == right->kind && left->kind == JSON_ARRAY) {
		compare_arrays(c, expected, got);
	} else if (left->kind == right->kind && left->kind == JSON_OBJECT) {
		compare_objects(c, expected, got);
	} else if (left->kind != right->kind ||
		   !str_eq(left->text, right->text)) {
		json_pointer_of(&c->expected, expected, pointer,
				sizeof(pointer));
		differ(c, pointer, expected, got);
	}
}

bool mapping_example_check(const struct mapping *mapping, struct str example,
			   struct str expected,
			   const struct mapping_example_report *report,
			   bool *same, struct err *err)
{
	struct comparison c = {.report = report};
	struct arena arena;
	struct buf got;
	bool ok;

	arena_init(&arena, 0);
	buf_init(&got, MESSAGE_BYTES_MAX);
	mapping_example_write(mapping, example, &got);
	ok = json_read(&arena, expected, NULL, &c.expected, err);
	if (!ok)
		(void)err_wrap(err, "what is expected");
	ok = ok && json_read(&arena, buf_view(&got), NULL, &c.got, err);
	if (ok)
		compare(&c, 0, 0);
	*same = ok && !c.differences;
	buf_release(&got);
	arena_release(&arena);
	return ok;
}
