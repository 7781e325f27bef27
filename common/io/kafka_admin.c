/* kafka_admin.c - librdkafka's admin API, one waiting call each. */
#include "io/kafka_admin.h"

#include <stdlib.h>
#include <string.h>

#include "io/kafka_private.h"

struct kafka_admin {
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue;
	int timeout_ms;
};

static const struct kafka_property admin_defaults[] = {
	{"socket.nagle.disable", "true"},
	{"reconnect.backoff.ms", "50"},
	{"reconnect.backoff.max.ms", "1000"},
	{"allow.auto.create.topics", "false"},
	{NULL, NULL},
};

static bool failed(struct err *err, const char *what, rd_kafka_resp_err_t why,
		   const char *text)
{
	bool away = why == RD_KAFKA_RESP_ERR__TRANSPORT ||
		    why == RD_KAFKA_RESP_ERR__TIMED_OUT ||
		    why == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
		    why == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
		    why == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE;

	if (away)
		return err_code(err, ERR_TEMPORARY, "broker-away",
				"%s: the broker does not answer (%s): check "
				"KAFKA_BOOTSTRAP_SERVERS and whether Kafka is "
				"up",
				what, rd_kafka_err2str(why));
	return err_code(err, ERR_FATAL, "broker-refused", "%s: %s", what,
			text ? text : rd_kafka_err2str(why));
}

/* A consumer that never subscribes can ask for offsets too; librdkafka wants
 * a group for that, and no such group ever exists. */
struct kafka_admin *kafka_admin_new(const struct kafka_property *props,
				    int64_t timeout_ms, struct err *err)
{
	struct kafka_admin *admin = calloc(1, sizeof(*admin));
	rd_kafka_conf_t *conf = kafka_conf(admin_defaults, props, err);
	char why[256];

	if (!admin)
		abort();
	if (!conf)
		goto fail;
	rd_kafka_conf_set(conf, "group.id", "fleetctl", NULL, 0);
	admin->timeout_ms = (int)timeout_ms;
	admin->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (!admin->rk) {
		rd_kafka_conf_destroy(conf);
		err_set(err, ERR_FATAL, "Kafka: %s", why);
		goto fail;
	}
	admin->queue = rd_kafka_queue_new(admin->rk);
	return admin;
fail:
	free(admin);
	return NULL;
}

void kafka_admin_free(struct kafka_admin *admin)
{
	if (!admin)
		return;
	rd_kafka_queue_destroy(admin->queue);
	rd_kafka_destroy_flags(admin->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	free(admin);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct kafka_topic *)a)->name,
		      ((const struct kafka_topic *)b)->name);
}

static bool metadata(struct kafka_admin *admin,
		     const struct rd_kafka_metadata **md, struct err *err)
{
	rd_kafka_resp_err_t why =
		rd_kafka_metadata(admin->rk, 1, NULL, md, admin->timeout_ms);

	return !why || failed(err, "asking for the topics", why, NULL);
}

bool kafka_admin_topics(struct kafka_admin *admin, struct arena *arena,
			struct kafka_topic **out, int *count, struct err *err)
{
	const struct rd_kafka_metadata *md;

	if (!metadata(admin, &md, err))
		return false;
	*out = ARENA_ARRAY(arena, struct kafka_topic, md->topic_cnt + 1);
	*count = 0;
	for (int i = 0; i < md->topic_cnt; i++) {
		const struct rd_kafka_metadata_topic *t = &md->topics[i];

		if (!strncmp(t->topic, "__", 2))
			continue;
		(*out)[(*count)++] = (struct kafka_topic){
			.name = arena_cstr(arena, str_of(t->topic)),
			.partitions = t->partition_cnt,
			.replicas = t->partition_cnt
					    ? t->partitions[0].replica_cnt
					    : 0,
		};
	}
	rd_kafka_metadata_destroy(md);
	qsort(*out, (size_t)*count, sizeof(**out), by_name);
	return true;
}

bool kafka_admin_brokers(struct kafka_admin *admin, int *count, struct err *err)
{
	const struct rd_kafka_metadata *md;

	if (!metadata(admin, &md, err))
		return false;
	*count = md->broker_cnt;
	rd_kafka_metadata_destroy(md);
	return true;
}

static rd_kafka_topic_partition_list_t *list_of(const struct kafka_partition *p,
						int count, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list =
		rd_kafka_topic_partition_list_new(count);

	for (int i = 0; i < count; i++)
		rd_kafka_topic_partition_list_add(list, p[i].topic,
						  p[i].partition)
			->offset = offset;
	return list;
}

/* `what`: milliseconds, or -1 and -2 for the end and the beginning (Kafka
 * protocol, ListOffsets request). */
static bool offsets_of(struct kafka_admin *admin,
		       const struct kafka_partition *partitions, int count,
		       int64_t what, int64_t *out, struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
		list_of(partitions, count, what);
	rd_kafka_resp_err_t why =
		count ? rd_kafka_offsets_for_times(admin->rk, list,
						   admin->timeout_ms)
		      : RD_KAFKA_RESP_ERR_NO_ERROR;

	for (int i = 0; i < count; i++)
		out[i] = list->elems[i].err ? -1 : list->elems[i].offset;
	rd_kafka_topic_partition_list_destroy(list);
	return !why || failed(err, "asking for offsets", why, NULL);
}

bool kafka_admin_watermarks(struct kafka_admin *admin,
			    const struct kafka_partition *partitions, int count,
			    int64_t *low, int64_t *high, struct err *err)
{
	return offsets_of(admin, partitions, count, RD_KAFKA_OFFSET_BEGINNING,
			  low, err) &&
	       offsets_of(admin, partitions, count, RD_KAFKA_OFFSET_END, high,
			  err);
}

bool kafka_admin_offsets_at(struct kafka_admin *admin,
			    const struct kafka_partition *partitions, int count,
			    int64_t time_us, int64_t *offsets, struct err *err)
{
	int64_t *end = calloc((size_t)count + 1, sizeof(*end));
	/* the first millisecond that is not before the time */
	int64_t ms = time_us / 1000 + (time_us % 1000 > 0);
	bool ok;

	if (!end)
		abort();
	ok = offsets_of(admin, partitions, count, RD_KAFKA_OFFSET_END, end,
			err) &&
	     offsets_of(admin, partitions, count, ms, offsets, err);
	for (int i = 0; ok && i < count; i++)
		if (offsets[i] < 0)
			offsets[i] = end[i];
	free(end);
	return ok;
}

/* Sends one admin request's answer back, or NULL and err. */
static rd_kafka_event_t *answer(struct kafka_admin *admin, const char *what,
				struct err *err)
{
	rd_kafka_event_t *ev =
		rd_kafka_queue_poll(admin->queue, admin->timeout_ms + 2000);

	if (ev && !rd_kafka_event_error(ev))
		return ev;
	failed(err, what,
	       ev ? rd_kafka_event_error(ev) : RD_KAFKA_RESP_ERR__TIMED_OUT,
	       ev ? rd_kafka_event_error_string(ev) : NULL);
	if (ev)
		rd_kafka_event_destroy(ev);
	return NULL;
}

static rd_kafka_AdminOptions_t *options_of(struct kafka_admin *admin,
					   rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *options =
		rd_kafka_AdminOptions_new(admin->rk, op);

	rd_kafka_AdminOptions_set_request_timeout(options, admin->timeout_ms,
						  NULL, 0);
	return options;
}

static bool created(rd_kafka_event_t *ev, struct err *err)
{
	const rd_kafka_topic_result_t **results;
	size_t count;

	results = rd_kafka_CreateTopics_result_topics(
		rd_kafka_event_CreateTopics_result(ev), &count);
	for (size_t i = 0; i < count; i++) {
		rd_kafka_resp_err_t why =
			rd_kafka_topic_result_error(results[i]);

		if (why && why != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
			return failed(
				err, rd_kafka_topic_result_name(results[i]),
				why,
				rd_kafka_topic_result_error_string(results[i]));
	}
	return true;
}

bool kafka_admin_create(struct kafka_admin *admin,
			const struct kafka_topic_plan *plans, int count,
			bool dry_run, struct err *err)
{
	rd_kafka_NewTopic_t **topics =
		calloc((size_t)count + 1, sizeof(*topics));
	rd_kafka_AdminOptions_t *options =
		options_of(admin, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_event_t *ev;
	char why[256];
	bool ok = true;
	int made = 0;

	if (!topics)
		abort();
	rd_kafka_AdminOptions_set_operation_timeout(options, admin->timeout_ms,
						    NULL, 0);
	rd_kafka_AdminOptions_set_validate_only(options, dry_run, NULL, 0);
	for (; ok && made < count; made += ok) {
		const struct kafka_property *s = plans[made].settings;

		topics[made] = rd_kafka_NewTopic_new(
			plans[made].name, plans[made].partitions,
			plans[made].replicas, why, sizeof(why));
		ok = topics[made] != NULL;
		for (; ok && s && s->name; s++)
			rd_kafka_NewTopic_set_config(topics[made], s->name,
						     s->value);
	}
	if (!ok)
		err_set(err, ERR_FATAL, "topic %s: %s", plans[made].name, why);
	if (ok && count) {
		rd_kafka_CreateTopics(admin->rk, topics, (size_t)count, options,
				      admin->queue);
		ev = answer(admin, "making topics", err);
		ok = ev && created(ev, err);
		if (ev)
			rd_kafka_event_destroy(ev);
	}
	rd_kafka_NewTopic_destroy_array(topics, (size_t)made);
	rd_kafka_AdminOptions_destroy(options);
	free(topics);
	return ok;
}

static void pick_settings(const rd_kafka_ConfigResource_t *resource,
			  const char *const *names, struct arena *arena,
			  const char **values)
{
	size_t count;
	const rd_kafka_ConfigEntry_t **entries =
		rd_kafka_ConfigResource_configs(resource, &count);

	for (int n = 0; names[n]; n++) {
		values[n] = NULL;
		for (size_t i = 0; i < count; i++) {
			const char *value =
				rd_kafka_ConfigEntry_value(entries[i]);

			if (value &&
			    !strcmp(rd_kafka_ConfigEntry_name(entries[i]),
				    names[n]))
				values[n] = arena_cstr(arena, str_of(value));
		}
	}
}

bool kafka_admin_settings(struct kafka_admin *admin, const char *topic,
			  const char *const *names, struct arena *arena,
			  const char **values, struct err *err)
{
	rd_kafka_AdminOptions_t *options =
		options_of(admin, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	rd_kafka_ConfigResource_t *resource =
		rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	const rd_kafka_ConfigResource_t **answers;
	rd_kafka_event_t *ev;
	size_t count = 0;
	bool ok = false;

	rd_kafka_DescribeConfigs(admin->rk, &resource, 1, options,
				 admin->queue);
	ev = answer(admin, topic, err);
	if (!ev)
		goto out;
	answers = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(ev), &count);
	ok = count == 1 && !rd_kafka_ConfigResource_error(answers[0]);
	if (ok)
		pick_settings(answers[0], names, arena, values);
	else
		failed(err, topic,
		       count ? rd_kafka_ConfigResource_error(answers[0])
			     : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
		       count ? rd_kafka_ConfigResource_error_string(answers[0])
			     : NULL);
	rd_kafka_event_destroy(ev);
out:
	rd_kafka_ConfigResource_destroy(resource);
	rd_kafka_AdminOptions_destroy(options);
	return ok;
}

bool kafka_admin_delete_group(struct kafka_admin *admin, const char *group,
			      struct err *err)
{
	rd_kafka_AdminOptions_t *options =
		options_of(admin, RD_KAFKA_ADMIN_OP_DELETEGROUPS);
	rd_kafka_DeleteGroup_t *request = rd_kafka_DeleteGroup_new(group);
	const rd_kafka_group_result_t **groups;
	const rd_kafka_error_t *why = NULL;
	rd_kafka_event_t *ev;
	size_t count = 0;
	bool ok;

	rd_kafka_DeleteGroups(admin->rk, &request, 1, options, admin->queue);
	ev = answer(admin, group, err);
	ok = ev != NULL;
	if (ev) {
		groups = rd_kafka_DeleteGroups_result_groups(
			rd_kafka_event_DeleteGroups_result(ev), &count);
		why = count ? rd_kafka_group_result_error(groups[0]) : NULL;
	}
	if (why &&
	    rd_kafka_error_code(why) != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
		ok = failed(err, group, rd_kafka_error_code(why),
			    rd_kafka_error_string(why));
	if (ev)
		rd_kafka_event_destroy(ev);
	rd_kafka_DeleteGroup_destroy(request);
	rd_kafka_AdminOptions_destroy(options);
	return ok;
}
