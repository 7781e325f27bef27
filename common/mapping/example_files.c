/* example_files.c - which examples belong to a mapping file. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "mapping/example.h"

enum { PATH_BYTES = 4096 };

static const char example_end[] = ".example.json";
static const char expected_end[] = ".expected.json";

static char *with_end(const char *path, size_t len, const char *end)
{
	size_t room = len + strlen(end) + 1;
	char *text = malloc(room);

	if (!text)
		abort();
	snprintf(text, room, "%.*s%s", (int)len, path, end);
	return text;
}

void example_files_find(struct example_files *files, const char *path)
{
	const size_t end = sizeof(example_end) - 1;
	char pattern[PATH_BYTES];
	size_t stem = strlen(path);
	glob_t found;

	*files = (struct example_files){NULL, 0};
	if (stem > 5 && !strcmp(path + stem - 5, ".json"))
		stem -= 5;
	/* "order.example.json" and "order.returned.example.json" */
	snprintf(pattern, sizeof(pattern), "%.*s.*", (int)stem, path);
	if (glob(pattern, 0, NULL, &found))
		return;
	files->items = calloc(found.gl_pathc, sizeof(*files->items));
	if (!files->items)
		abort();
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = found.gl_pathv[i];
		size_t len = strlen(name);

		if (len < stem + end || strcmp(name + len - end, example_end))
			continue;
		files->items[files->count++] = (struct example_file){
			with_end(name, len - end, example_end),
			with_end(name, len - end, expected_end),
		};
	}
	globfree(&found);
}

void example_files_release(struct example_files *files)
{
	for (uint32_t i = 0; i < files->count; i++) {
		free(files->items[i].example);
		free(files->items[i].expected);
	}
	free(files->items);
	*files = (struct example_files){NULL, 0};
}
