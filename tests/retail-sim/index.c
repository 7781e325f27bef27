/* index.c - chains with a head and a tail. */
#include "retail-sim/index.h"

#include <stddef.h>

void index_add(struct index *index, struct node *node, void *owner,
	       uint64_t hash)
{
	uint64_t chain = hash % INDEX_CHAINS;

	*node = (struct node){.owner = owner, .hash = hash};
	if (index->last[chain])
		index->last[chain]->next = node;
	else
		index->first[chain] = node;
	index->last[chain] = node;
}

void index_remove(struct index *index, struct node *node)
{
	uint64_t chain = node->hash % INDEX_CHAINS;
	struct node *before = NULL;

	for (struct node *n = index->first[chain]; n != node; n = n->next)
		before = n;
	if (before)
		before->next = node->next;
	else
		index->first[chain] = node->next;
	if (index->last[chain] == node)
		index->last[chain] = before;
}

static void *with_hash(struct node *node, uint64_t hash)
{
	while (node && node->hash != hash)
		node = node->next;
	return node ? node->owner : NULL;
}

void *index_first(const struct index *index, uint64_t hash)
{
	return with_hash(index->first[hash % INDEX_CHAINS], hash);
}

void *index_next(const struct node *node)
{
	return with_hash(node->next, node->hash);
}
