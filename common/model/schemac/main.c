/* main.c - schemac: canonical schemas in, the model's structs and tables out.
 *
 *	schemac -o DIR schemas/canonical/order.json ...
 *
 * The output depends on nothing but the schemas. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/schemac/schema.h"

enum { OUT_BYTES = 16 << 20 };

static bool save(const char *dir, struct str name, const char *suffix,
		 struct buf *text, struct err *err)
{
	char path[1024];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/%.*s%s", dir, STR_ARGS(name), suffix);
	f = fopen(path, "w");
	ok = f && fwrite(text->at, 1, text->len, f) == text->len;
	if (f && fclose(f))
		ok = false;
	buf_reset(text);
	return ok || err_set(err, ERR_FATAL, "cannot write %s", path);
}

static bool write_all(const struct schemas *all, const char *dir,
		      struct err *err)
{
	struct buf text;
	bool ok;

	buf_init(&text, OUT_BYTES);
	emit_parts_header(&text, all);
	ok = save(dir, STR("parts"), ".h", &text, err);
	emit_parts_source(&text, all);
	ok = ok && save(dir, STR("parts"), ".c", &text, err);
	emit_list(&text, all);
	ok = ok && save(dir, STR("entities"), ".c", &text, err);
	for (uint32_t i = 0; ok && i < all->entity_count; i++) {
		const struct shape *entity = all->entities[i];

		emit_header(&text, entity);
		ok = save(dir, entity->name, ".h", &text, err);
		emit_source(&text, entity);
		ok = ok && save(dir, entity->name, ".c", &text, err);
	}
	buf_release(&text);
	return ok;
}

int main(int argc, char **argv)
{
	struct schemas *all;
	struct err err;
	bool ok = true;

	if (argc < 4 || strcmp(argv[1], "-o") != 0) {
		fprintf(stderr, "usage: schemac -o DIR SCHEMA.json ...\n");
		return 2;
	}
	all = calloc(1, sizeof(*all));
	if (!all)
		abort();
	arena_init(&all->arena, 0);
	for (int i = 3; ok && i < argc; i++)
		ok = schema_read(all, argv[i], &err);
	ok = ok && schema_check(all, &err) && write_all(all, argv[2], &err);
	if (!ok)
		fprintf(stderr, "schemac: %s\n", err.text);
	arena_release(&all->arena);
	free(all);
	return ok ? 0 : 1;
}
