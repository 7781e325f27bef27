/* keys.c - claims in one index. */
#include "retail-sim/keys.h"

#include <stdlib.h>
#include <xxhash.h>

static uint64_t hash_of(int system, struct str key)
{
	return XXH3_64bits_withSeed(key.at, key.len, (uint64_t)system);
}

static struct claim *find(const struct keys *keys, int system, struct str key)
{
	struct claim *claim = index_first(&keys->index, hash_of(system, key));

	while (claim && (claim->system != system || !str_is(key, claim->key)))
		claim = index_next(&claim->node);
	return claim;
}

static enum claimed again(const struct claim *claim, uint64_t request)
{
	if (claim->request != request)
		return CLAIM_OTHER;
	return claim->done ? CLAIM_REPLAY : CLAIM_FLIGHT;
}

enum claimed keys_claim(struct keys *keys, int system, struct str key,
			uint64_t request, struct claim **claim)
{
	*claim = find(keys, system, key);
	if (*claim)
		return again(*claim, request);
	if (keys->count == KEYS_MAX || keys->bytes > KEYS_MAX_BYTES)
		return CLAIM_FULL;
	*claim = calloc(1, sizeof(**claim));
	if (!*claim)
		abort();
	(*claim)->system = system;
	(*claim)->key = strndup(key.at, key.len);
	(*claim)->request = request;
	index_add(&keys->index, &(*claim)->node, *claim, hash_of(system, key));
	keys->count++;
	return CLAIM_TAKEN;
}

void keys_finish(struct keys *keys, struct claim *claim, int status,
		 struct str body, uint32_t entry)
{
	claim->done = true;
	claim->status = status;
	claim->entry = entry;
	claim->body = malloc(body.len + 1);
	if (!claim->body)
		abort();
	memcpy(claim->body, body.at, body.len);
	claim->body_len = body.len;
	keys->bytes += body.len;
}

void keys_let_go(struct keys *keys, struct claim *claim)
{
	index_remove(&keys->index, &claim->node);
	keys->count--;
	keys->bytes -= claim->body_len;
	free(claim->key);
	free(claim->body);
	free(claim);
}

void keys_release(struct keys *keys)
{
	for (int i = 0; i < INDEX_CHAINS; i++)
		while (keys->index.first[i])
			keys_let_go(keys, keys->index.first[i]->owner);
}
