/* map_files.h - mapping files by the names that people type.
 */
#ifndef FLEETCTL_MAP_FILES_H
#define FLEETCTL_MAP_FILES_H

#include "ctl.h"
#include "mapping/mapping.h"

struct map_files {
	const char **paths; /* the command's arena */
	int count;
};

/* A mapping file itself, or all below a folder, in order of name. No path:
 * schemas/mappings. INVALID when there is none. */
bool map_files(struct ctl *ctl, const char *path,
	       struct map_files *out) MUST_CHECK;

/* A whole file, in the command's arena. */
bool map_read(struct ctl *ctl, const char *path, struct str *out) MUST_CHECK;

bool map_compile(struct ctl *ctl, const char *path,
		 struct mapping **out) MUST_CHECK;

/* What the mapping makes of a message, as JSON: an array with one object per
 * part, {"entity":..,"id":..,"record":{..}}, {"skipped":true} or
 * {"invalid":{"code":..,"pointer":..,"text":..}}. */
void map_result(struct ctl *ctl, const struct mapping *mapping,
		struct str message, const struct mapping_trace *trace,
		struct buf *out);

#endif
