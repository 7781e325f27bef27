/* stream.h - putting messages into topics and reading what came out. */
#ifndef FLOTILLA_TESTS_SUPPORT_STREAM_H
#define FLOTILLA_TESTS_SUPPORT_STREAM_H

#include "base/str.h"

struct stream; /* a producer for tests; ends the test when it fails */

struct stream *stream_new(void);
/* Keys choose the partition, as Kafka's own clients do. */
void stream_send(struct stream *s, const char *topic, struct str key,
		 struct str value);
/* All that was sent is there; frees the stream. */
void stream_finish(struct stream *s);

/* Where topics end now: what comes later is read by story_read(). */
enum { STORY_PARTITIONS = 64 };

struct story {
	const char *topic;
	int64_t from[STORY_PARTITIONS];
	int partitions;
	struct told *told; /* sorted by id, then by value */
	int count, room;
};

/* One record. */
struct told {
	char *id;    /* ce_id, or "topic/partition/offset" of a dead letter */
	char *value; /* "" for a tombstone */
};

void story_begin(struct story *s, const char *topic);
void story_read(struct story *s);
/* The record called so; NULL: it was never told. */
const struct told *story_find(const struct story *s, const char *id);
/* Ends the test when the same id was told with two contents. */
void story_check_stable(const struct story *s);
void story_release(struct story *s);

/* Offsets in the topic, all partitions together. */
int64_t stream_end(const char *topic);

#endif
