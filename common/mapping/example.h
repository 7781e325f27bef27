/* example.h - the examples that stand beside a mapping file.
 *
 * <noun>.example.json is a payload in the vendor's shape, <noun>.expected.json
 * what the mapping must make of it; <noun>.<label>.example.json and so on are
 * further ones. Tests and `fleetctl map test` compare with the same function.
 *
 * What is expected is an array with one object for each part of the message:
 *
 *	{"entity": "order", "id": "shopify/1", "version": 1750000000000000,
 *	 "deleted": true,                       only where it is
 *	 "subject": "shopify/1",                the order, if it is known
 *	 "ref": {"system": "s", "id": "1"},     what to look up, if it is not
 *	 "doc": {...}}                          the canonical record
 *	{"skipped": true}
 *	{"invalid": {"code": "money-scale", "pointer": "/total"}}
 *
 * White space and the order of members do not matter, all else does. */
#ifndef FLOTILLA_MAPPING_EXAMPLE_H
#define FLOTILLA_MAPPING_EXAMPLE_H

#include "mapping/mapping.h"

/* Told once for each difference, at most EXAMPLE_DIFFERENCES_MAX times for an
 * example. `pointer` leads into the expected text; a side that has nothing
 * there says "nothing". */
struct mapping_example_report {
	void (*difference)(void *ctx, const char *pointer, struct str expected,
			   struct str got);
	void *ctx;
};

/* When the message of an example came, for "@time": 2026-01-01T00:00:00Z. */
#define MAPPING_EXAMPLE_AT_US INT64_C(1767225600000000)

enum { EXAMPLE_DIFFERENCES_MAX = 20 };

/* What the mapping makes of a payload, in the form above, into `out`. */
void mapping_example_write(const struct mapping *mapping, struct str example,
			   struct buf *out);

/* Whether the mapping makes of `example` what `expected` says. `report` may
 * be NULL. INVALID when `expected` is not JSON; then nothing is compared. */
bool mapping_example_check(const struct mapping *mapping, struct str example,
			   struct str expected,
			   const struct mapping_example_report *report,
			   bool *same, struct err *err) MUST_CHECK;

/* One pair of files beside a mapping file. */
struct example_file {
	char *example;	/* path; owned */
	char *expected; /* path; owned; the file may be missing */
};

struct example_files {
	struct example_file *items; /* owned */
	uint32_t count;
};

/* The pairs that belong to the mapping file at `path`
 * (".../shopify/order.json"), in the order of their names. */
void example_files_find(struct example_files *files, const char *path);
void example_files_release(struct example_files *files);

#endif
