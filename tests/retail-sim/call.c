/* call.c - reading a request, writing an answer. */
#include "retail-sim/call.h"

#include <stdio.h>

#include "retail-sim/books.h"

void call_init(struct call *call)
{
	*call = (struct call){
		.status = 500, .type = "application/json", .retry_after_s = -1};
	arena_init(&call->arena, 0);
	buf_init(&call->body, CALL_BODY_MAX_BYTES);
	buf_init(&call->out, CALL_ANSWER_MAX_BYTES);
}

void call_release(struct call *call)
{
	buf_release(&call->out);
	buf_release(&call->body);
	arena_release(&call->arena);
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

struct str call_unescape(struct call *call, struct str text, bool plus)
{
	char *out = arena_alloc(&call->arena, text.len);
	struct str done = {out, 0};

	for (size_t i = 0; i < text.len; i++) {
		int c = (unsigned char)text.at[i];

		if (c == '+' && plus)
			c = ' ';
		if (c == '%') {
			bool whole = text.len - i > 2;
			int high = whole ? hex(text.at[i + 1]) : -1;
			int low = whole ? hex(text.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return (struct str){NULL, 0};
			c = high * 16 + low;
			i += 2;
		}
		if (!c)
			return (struct str){NULL, 0};
		out[done.len++] = (char)c;
	}
	return str_is_utf8(done) ? done : (struct str){NULL, 0};
}

bool call_split(struct call *call)
{
	struct str left = call->path;

	while (left.len) {
		struct str segment = {left.at + 1, 0};

		while (segment.len + 1 < left.len &&
		       segment.at[segment.len] != '/')
			segment.len++;
		left.at += segment.len + 1;
		left.len -= segment.len + 1;
		segment = call_unescape(call, segment, false);
		if (!segment.at || segment.len > NAME_MAX_BYTES ||
		    call->segment_count == CALL_SEGMENTS)
			return call_problem(call, 400, "bad-path",
					    "the path has more than %d parts, "
					    "one of more than %d bytes, or a "
					    "wrong %%-escape",
					    CALL_SEGMENTS, NAME_MAX_BYTES);
		call->segments[call->segment_count++] = segment;
	}
	return true;
}

struct str call_query(struct call *call, const char *name)
{
	for (int i = 0; i < call->query_count; i++)
		if (str_is(call->query[i].name, name))
			return call_unescape(call, call->query[i].value, true);
	return (struct str){NULL, 0};
}

bool call_query_int(struct call *call, const char *name, int64_t otherwise,
		    int64_t *value)
{
	struct str text = call_query(call, name);

	*value = otherwise;
	if (!text.at || (str_to_i64(text, value) && *value >= 0))
		return true;
	return call_problem(call, 400, "bad-query",
			    "?%s= wants a whole number from 0", name);
}

void call_answer(struct call *call, int status, struct json_writer *w)
{
	call->status = status;
	call->type = "application/json";
	buf_reset(&call->out);
	json_writer_init(w, &call->out);
}

bool call_problem(struct call *call, int status, const char *code,
		  const char *fmt, ...)
{
	struct json_writer w;
	char detail[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	call_answer(call, status, &w);
	call->type = "application/problem+json";
	call->unauthorized = status == 401;
	json_begin_object(&w);
	json_put_cstr(&w, "type", "about:blank");
	json_put_cstr(&w, "title", code);
	json_put_int(&w, "status", status);
	json_put_cstr(&w, "code", code);
	/* a long name of somebody's may have been cut inside a letter */
	json_put_cstr(&w, "detail",
		      str_is_utf8(str_of(detail)) ? detail : code);
	json_end_object(&w);
	return false;
}

static bool wants(struct call *call, uint32_t at, const char *name,
		  const char *what)
{
	char pointer[128];

	json_pointer_of(&call->doc, at, pointer, sizeof(pointer));
	return call_problem(call, 400, "bad-body", "%s/%s: wants %s", pointer,
			    name, what);
}

/* The member; 0 when it is missing or null. */
static uint32_t member(const struct call *call, uint32_t at, const char *name)
{
	uint32_t i = json_member(&call->doc, at, str_of(name));

	return i && call->doc.nodes[i].kind != JSON_NULL ? i : 0;
}

bool call_text_or(struct call *call, uint32_t at, const char *name,
		  struct str otherwise, struct str *text)
{
	uint32_t i = member(call, at, name);

	*text = otherwise;
	if (!i)
		return true;
	*text = call->doc.nodes[i].text;
	if (call->doc.nodes[i].kind == JSON_STRING && text->len &&
	    text->len <= NAME_MAX_BYTES)
		return true;
	return wants(call, at, name, "a text of 1 to 200 bytes");
}

bool call_text(struct call *call, uint32_t at, const char *name,
	       struct str *text)
{
	if (!member(call, at, name))
		return wants(call, at, name, "a text of 1 to 200 bytes");
	return call_text_or(call, at, name, (struct str){NULL, 0}, text);
}

bool call_int_or(struct call *call, uint32_t at, const char *name,
		 int64_t least, int64_t otherwise, int64_t *value)
{
	uint32_t i = member(call, at, name);
	char what[64];

	*value = otherwise;
	if (!i || (call->doc.nodes[i].kind == JSON_NUMBER &&
		   str_to_i64(call->doc.nodes[i].text, value) &&
		   *value >= least && *value <= INT64_MAX / 1000000))
		return true;
	snprintf(what, sizeof(what), "a whole number of at least %lld",
		 (long long)least);
	return wants(call, at, name, what);
}

bool call_int(struct call *call, uint32_t at, const char *name, int64_t least,
	      int64_t *value)
{
	if (!member(call, at, name))
		return wants(call, at, name, "a whole number");
	return call_int_or(call, at, name, least, 0, value);
}

bool call_array_or(struct call *call, uint32_t at, const char *name,
		   uint32_t most, uint32_t *array)
{
	const struct json_node *nodes = call->doc.nodes;
	uint32_t i = member(call, at, name);
	char what[64];

	*array = i;
	if (!i)
		return true;
	snprintf(what, sizeof(what), "a list of up to %u objects",
		 (unsigned)most);
	if (nodes[i].kind != JSON_ARRAY || nodes[i].count > most)
		return wants(call, at, name, what);
	for (uint32_t e = i + 1; e < nodes[i].next; e = nodes[e].next)
		if (nodes[e].kind != JSON_OBJECT)
			return wants(call, at, name, what);
	return true;
}

bool call_array(struct call *call, uint32_t at, const char *name, uint32_t most,
		uint32_t *array)
{
	if (!call_array_or(call, at, name, most, array))
		return false;
	return *array || wants(call, at, name, "a list of objects");
}

struct str call_json(struct call *call, uint32_t at)
{
	struct json_writer w;
	struct str text;
	struct buf out;

	buf_init(&out, 8 * CALL_BODY_MAX_BYTES);
	json_writer_init(&w, &out);
	json_copy(&w, &call->doc, at);
	text = arena_str(&call->arena, buf_view(&out));
	buf_release(&out);
	return text;
}
