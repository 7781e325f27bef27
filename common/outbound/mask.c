/* mask.c - secrets out of whatever leaves for a log, an error or a person. */
#include <stdlib.h>

#include "base/base64.h"
#include "io/http_text.h"
#include "outbound/connector_private.h"
#include "outbound/mask_private.h"

static int by_length(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return (x->len < y->len) - (x->len > y->len);
}

static void add_form(struct arena *arena, struct str *needles, uint32_t *count,
		     struct buf *form)
{
	for (uint32_t i = 0; i < *count; i++)
		if (str_eq(needles[i], buf_view(form)))
			return;
	needles[(*count)++] = arena_str(arena, buf_view(form));
}

/* As it is; as URLs, forms and JSON write it; in base64. */
uint32_t mask_forms(struct arena *arena, struct str secret,
		    struct str needles[NEEDLES_PER_SECRET])
{
	struct json_writer w;
	uint32_t count = 0;
	struct buf form;

	buf_init(&form, 8 * SECRET_BYTES_MAX);
	needles[count++] = secret;
	http_encode(&form, secret);
	add_form(arena, needles, &count, &form);
	buf_reset(&form);
	base64_encode(&form, secret);
	add_form(arena, needles, &count, &form);
	buf_reset(&form);
	json_writer_init(&w, &form);
	json_string(&w, secret);
	if (form.len > 2) { /* without its quotes */
		memmove(form.at, form.at + 1, form.len - 2);
		form.len -= 2;
		add_form(arena, needles, &count, &form);
	}
	buf_release(&form);
	return count;
}

/* "user:secret" in base64, which holds no form of the secret alone. */
static void add_pair(struct connector *connector, struct arena *arena)
{
	const struct auth *auth = &connector->auth;
	struct buf form;

	if (!auth->secret || !auth->secret->value.len || !auth->user.at)
		return;
	buf_init(&form, 8 * SECRET_BYTES_MAX);
	base64_encode(&form,
		      arena_printf(arena, "%.*s:%.*s", STR_ARGS(auth->user),
				   STR_ARGS(auth->secret->value)));
	add_form(arena, connector->needles, &connector->needle_count, &form);
	buf_release(&form);
}

void mask_prepare(struct connector *connector, struct arena *arena)
{
	connector->needles = ARENA_ARRAY(arena, struct str,
					 (connector->variable_count + 1) *
						 NEEDLES_PER_SECRET);
	for (uint32_t i = 0; i < connector->variable_count; i++) {
		const struct variable *v = &connector->variables[i];

		if (v->secret && v->value.len)
			connector->needle_count += mask_forms(
				arena, v->value,
				connector->needles + connector->needle_count);
	}
	add_pair(connector, arena);
	qsort(connector->needles, connector->needle_count,
	      sizeof(*connector->needles), by_length);
}

static const struct str *needle_at(struct str text, size_t at,
				   const struct str *needles, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (needles[i].len <= text.len - at &&
		    !memcmp(text.at + at, needles[i].at, needles[i].len))
			return &needles[i];
	return NULL;
}

struct str mask_with(struct arena *arena, struct str text,
		     const struct str *needles, uint32_t count)
{
	struct str masked = text;
	struct buf out;
	bool found = false;

	buf_init(&out, text.len * 2 + 16);
	for (size_t i = 0; i < text.len;) {
		const struct str *needle = needle_at(text, i, needles, count);

		found |= needle != NULL;
		if (needle)
			buf_cstr(&out, "***");
		else
			buf_byte(&out, text.at[i]);
		i += needle ? needle->len : 1;
	}
	if (found)
		masked = arena_str(arena, buf_view(&out));
	buf_release(&out);
	return masked;
}

struct str connector_mask(const struct connector *connector,
			  struct arena *arena, struct str text)
{
	return mask_with(arena, text, connector->needles,
			 connector->needle_count);
}
