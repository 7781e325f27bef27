/* kafka.c - what consumer and producer share: properties, wake-ups. */
#include "io/kafka.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "io/kafka_private.h"

static bool set_all(rd_kafka_conf_t *conf, const struct kafka_property *props,
		    struct err *err)
{
	char why[256];

	for (; props && props->name; props++)
		if (rd_kafka_conf_set(conf, props->name, props->value, why,
				      sizeof(why)) != RD_KAFKA_CONF_OK)
			return err_set(err, ERR_FATAL, "Kafka property %s: %s",
				       props->name, why);
	return true;
}

static void drop_log(const rd_kafka_t *rk, int level, const char *fac,
		     const char *buf)
{
	/* librdkafka's own chatter comes back as events with an error */
	(void)rk;
	(void)level;
	(void)fac;
	(void)buf;
}

rd_kafka_conf_t *kafka_conf(const struct kafka_property *ours,
			    const struct kafka_property *props, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set_log_cb(conf, drop_log);
	if (set_all(conf, ours, err) && set_all(conf, props, err))
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}

bool kafka_wake_pipe(rd_kafka_queue_t *queue, int fds[2], struct err *err)
{
	if (pipe2(fds, O_NONBLOCK | O_CLOEXEC))
		return err_set(err, ERR_FATAL, "pipe: %s", strerror(errno));
	rd_kafka_queue_io_event_enable(queue, fds[1], "!", 1);
	return true;
}

void kafka_wake_drain(int fd)
{
	char bytes[64];

	while (read(fd, bytes, sizeof(bytes)) == sizeof(bytes))
		;
}
