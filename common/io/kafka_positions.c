/* kafka_positions.c - where partitions begin and end, and how far we are. */
#include <stdlib.h>
#include <string.h>

#include "io/kafka_private.h"

rd_kafka_topic_partition_list_t *kafka_list_of(const struct kafka_partition *p,
					       int count)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(count);

	for (int i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, p[i].topic,
						  p[i].partition)
			->offset = p[i].offset;
	return list;
}

/* Takes the list. */
void kafka_advise_offsets(struct kafka_consumer *c,
			  const struct kafka_partition *next, int count)
{
	rd_kafka_topic_partition_list_t *list = kafka_list_of(next, count);

	/* an error here would be about advice: the lanes know better */
	rd_kafka_commit(c->rk, list, 1);
	rd_kafka_topic_partition_list_destroy(list);
}

static bool ask_offsets(struct kafka_consumer *c,
			const struct kafka_partition *partitions, int count,
			int64_t what, int64_t *out, int64_t timeout_ms,
			struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
		kafka_list_of(partitions, count);
	rd_kafka_resp_err_t why;

	for (int i = 0; i < count; i++)
		list->elems[i].offset = what;
	why = rd_kafka_offsets_for_times(c->rk, list, (int)timeout_ms);
	for (int i = 0; i < count; i++)
		out[i] = list->elems[i].err ? -1 : list->elems[i].offset;
	rd_kafka_topic_partition_list_destroy(list);
	if (why)
		return err_set(err, ERR_TEMPORARY, "watermarks: %s",
			       rd_kafka_err2str(why));
	return true;
}

bool kafka_watermarks(struct kafka_consumer *c,
		      const struct kafka_partition *partitions, int count,
		      int64_t *low, int64_t *high, int64_t timeout_ms,
		      struct err *err)
{
	/* ListOffsets takes -2 and -1 in the place of a time for the first
	 * and the next offset (Kafka protocol, ListOffsets request) */
	return ask_offsets(c, partitions, count, RD_KAFKA_OFFSET_BEGINNING, low,
			   timeout_ms, err) &&
	       ask_offsets(c, partitions, count, RD_KAFKA_OFFSET_END, high,
			   timeout_ms, err);
}

int64_t kafka_high_seen(struct kafka_consumer *c, const char *topic,
			int32_t partition)
{
	int64_t low = -1, high = -1;

	if (rd_kafka_get_watermark_offsets(c->rk, topic, partition, &low,
					   &high))
		return -1;
	return high;
}
