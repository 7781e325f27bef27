/* kafka_message.c - a message's headers, and its end. */
#include <string.h>

#include "io/kafka_private.h"

void kafka_message_free(struct kafka_message *m)
{
	if (m->handle)
		rd_kafka_message_destroy(m->handle);
	m->handle = NULL;
}

struct str kafka_header(const struct kafka_message *m, const char *name)
{
	rd_kafka_headers_t *headers;
	const void *value;
	size_t len;

	if (rd_kafka_message_headers(m->handle, &headers) ||
	    rd_kafka_header_get_last(headers, name, &value, &len))
		return (struct str){NULL, 0};
	return kafka_str(value, len);
}

void kafka_headers(const struct kafka_message *m,
		   void (*call)(void *ctx, const char *name, struct str value),
		   void *ctx)
{
	rd_kafka_headers_t *headers;
	const char *name;
	const void *value;
	size_t len;

	if (rd_kafka_message_headers(m->handle, &headers))
		return;
	for (size_t i = 0;
	     !rd_kafka_header_get_all(headers, i, &name, &value, &len); i++)
		call(ctx, name, kafka_str(value, len));
}
