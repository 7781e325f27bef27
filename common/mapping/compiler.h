/* compiler.h - what the files that compile a mapping share.
 *
 * Compiling goes on after a finding, so that an integrator sees all of them
 * at once. A function that cannot go on returns NULL after it has reported;
 * its caller just leaves the place empty: a mapping with findings is never
 * run. */
#ifndef FLOTILLA_MAPPING_COMPILER_H
#define FLOTILLA_MAPPING_COMPILER_H

#include "mapping/mapping_private.h"

#include "json/json.h"

enum {
	RULE_DEPTH_MAX = 24, /* rules in rules */
	SCOPES_MAX = 200,    /* lists in a file, nested or not */
};

/* The scope that a pointer is relative to, while compiling. `prefix` is what
 * the enclosing "at" put before it. */
struct place {
	const struct place *outer;
	struct scope *scope;
	const struct token *prefix;
	uint32_t prefix_count;
	struct str prefix_text;
};

struct compiler {
	struct mapping *mapping;
	struct arena *arena; /* the mapping's */
	const struct json_doc *doc;
	const struct place *place;
	const struct entity *entity; /* of the section at hand */
	uint32_t lets;		     /* node of "let"; 0 = none */
	uint32_t codes;		     /* node of "codes" */
	uint32_t absent;	     /* node of "absent" */
	bool keep_empty;	     /* "empty": "keep" for the whole file */
	bool strict;		     /* an id is being compiled */
	unsigned depth;
	struct mapping_findings *findings;
};

/* paths.c */
struct path *compile_path(struct compiler *c, uint32_t at);
/* One pointer or a list of them. */
struct path **compile_paths(struct compiler *c, uint32_t at, uint32_t *count);
/* The pointer "" of the place at hand, which no file need spell out. */
struct path *path_here(struct compiler *c);
struct scope *scope_new(struct compiler *c);
/* The place of an "at": the path's own place with its steps as prefix. */
struct place *place_at(struct compiler *c, uint32_t at);
/* Numbers the slots and builds the tables of names. */
void link_scopes(struct compiler *c);

/* compile_rule.c: a pointer, a list of alternatives or an object */
struct rule *compile_rule(struct compiler *c, uint32_t at);
/* The keys of which a rule has one; how many. */
size_t rule_sources(const char **keys, size_t room);
struct value constant_of(const struct compiler *c, uint32_t at);
/* An empty one; its text is the node as JSON. */
struct rule *rule_new(struct compiler *c, uint32_t at, enum rule_kind kind);

/* compile_pointer.c */
struct rule *compile_pointer(struct compiler *c, uint32_t at);

/* compile_functions.c: what is done to a value, in a rule's object */
size_t function_keys(const char **keys, size_t room);
void compile_functions(struct compiler *c, struct rule *rule, uint32_t at);

/* compile_test.c */
struct test *compile_test(struct compiler *c, uint32_t at);
/* {"each": ..., "where": ...} with what stands in it: `within` compiles the
 * rest with the element as its scope. paths_at == NONE: the place itself. */
struct loop *compile_loop(struct compiler *c, uint32_t at, uint32_t paths_at,
			  void (*within)(struct compiler *, struct loop *,
					 uint32_t at, void *ctx),
			  void *ctx);
void loop_value(struct compiler *c, struct loop *loop, uint32_t at, void *ctx);

/* compile_fields.c */
struct shape *compile_shape(struct compiler *c, const struct entity *entity,
			    uint32_t at);

/* A time that does not say how it is written is RFC 3339. */
void compile_default_time(struct compiler *c, struct rule *rule);

/* kinds.c: whether a rule can fill a field of that kind; reports if not */
void check_kind(struct compiler *c, const struct field *field,
		const struct rule *rule, uint32_t at);

#endif
