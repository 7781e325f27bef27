/* mappings.c - finding and compiling mapping files. */
#include "run/mappings.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 1024, FILE_BYTES = 4 << 20 };

static bool wanted(const char *noun, const char *const *nouns)
{
	/* order.example.json and order.expected.json are for tests */
	if (strchr(noun, '.'))
		return false;
	for (; nouns && *nouns; nouns++)
		if (!strcmp(noun, *nouns))
			return true;
	return !nouns;
}

/* ".../shopify/order.json" -> "shopify", "order" */
static bool split(const char *path, char *system, char *noun)
{
	const char *slash = strrchr(path, '/');
	const char *from = slash;
	size_t len;

	if (!slash)
		return false;
	while (from > path && from[-1] != '/')
		from--;
	snprintf(system, PATH_BYTES, "%.*s", (int)(slash - from), from);
	snprintf(noun, PATH_BYTES, "%s", slash + 1);
	len = strlen(noun);
	if (len <= 5)
		return false;
	noun[len - 5] = '\0';
	return true;
}

static bool load_one(struct mappings *m, const char *path, const char *system,
		     const char *noun, struct err *err)
{
	struct mapping *mapping;
	struct buf text;
	bool ok;

	buf_init(&text, FILE_BYTES);
	ok = buf_read_file(&text, path, err) &&
	     mapping_compile(buf_view(&text), path, &mapping, err);
	buf_release(&text);
	if (!ok) {
		err->kind = ERR_FATAL;
		return err_wrap(err, "%s%s%s", path,
				*err->pointer ? " at " : "", err->pointer);
	}
	m->items[m->count++] = mapping;
	if (!strcmp(mapping_system(mapping), system) &&
	    !strcmp(mapping_noun(mapping), noun))
		return true;
	return err_set(err, ERR_FATAL,
		       "%s calls itself %s: let \"mapping\" say %s/%s", path,
		       mapping_name(mapping), system, noun);
}

static bool load_all(struct mappings *m, const glob_t *found,
		     const char *const *nouns, struct err *err)
{
	char system[PATH_BYTES], noun[PATH_BYTES];

	m->items = calloc(found->gl_pathc + 1, sizeof(*m->items));
	if (!m->items)
		abort();
	for (size_t i = 0; i < found->gl_pathc; i++) {
		const char *path = found->gl_pathv[i];

		if (split(path, system, noun) && wanted(noun, nouns) &&
		    !load_one(m, path, system, noun, err))
			return false;
	}
	return true;
}

bool mappings_load(struct mappings *m, const char *schemas_dir,
		   const char *const *nouns, struct err *err)
{
	char pattern[PATH_BYTES];
	glob_t found;
	bool ok;

	memset(m, 0, sizeof(*m));
	snprintf(pattern, sizeof(pattern), "%s/mappings/*/*.json", schemas_dir);
	if (glob(pattern, 0, NULL, &found))
		return err_set(err, ERR_FATAL,
			       "no mapping files at %s: set "
			       "FLOTILLA_SCHEMAS_DIR to the schemas folder",
			       pattern);
	ok = load_all(m, &found, nouns, err);
	globfree(&found);
	if (!ok)
		mappings_release(m);
	else if (!m->count)
		ok = err_set(err, ERR_FATAL,
			     "no mapping files at %s are for "
			     "this worker",
			     pattern);
	return ok;
}

void mappings_release(struct mappings *m)
{
	for (int i = 0; i < m->count; i++)
		mapping_free(m->items[i]);
	free(m->items);
	memset(m, 0, sizeof(*m));
}
