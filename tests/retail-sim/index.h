/* index.h - finding what has the same name, oldest first.
 *
 * Owners put a node of theirs into a chain; the index allocates nothing and
 * owns nothing. Two names may share a hash: the caller compares. */
#ifndef FLOTILLA_RETAIL_SIM_INDEX_H
#define FLOTILLA_RETAIL_SIM_INDEX_H

#include <stdint.h>

enum { INDEX_CHAINS = 1 << 14 };

struct node {
	struct node *next;
	void *owner;
	uint64_t hash;
};

struct index {
	struct node *first[INDEX_CHAINS];
	struct node *last[INDEX_CHAINS];
};

/* `node` must stay where it is until it is removed. */
void index_add(struct index *index, struct node *node, void *owner,
	       uint64_t hash);
void index_remove(struct index *index, struct node *node);

/* The owner of the first, or the next, node with this hash; NULL: no more. */
void *index_first(const struct index *index, uint64_t hash);
void *index_next(const struct node *node);

#endif
