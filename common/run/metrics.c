/* metrics.c - counters as Prometheus text. */
#include "run/metrics.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/version.h"
#include "run/service.h"

/* Upper bounds, microseconds: 0.5 ms to a day. */
static const int64_t bounds[METRICS_BUCKETS] = {
	500,	  1000,	     2500,	 5000,	      10000,   25000,
	50000,	  100000,    250000,	 500000,      1000000, 5000000,
	30000000, 300000000, 3600000000, 86400000000,
};

struct topic_metrics *metrics_topic(struct metrics *m, const char *topic)
{
	int i = 0;

	for (; i < METRICS_TOPICS - 1; i++) {
		const char *name = atomic_load(&m->topics[i].topic);

		if (name && !strcmp(name, topic))
			return &m->topics[i];
		if (!name)
			break;
	}
	atomic_store(&m->topics[i].topic,
		     i < METRICS_TOPICS - 1 ? topic : "other");
	return &m->topics[i];
}

void histogram_add(struct histogram *h, int64_t us)
{
	int i = 0;

	if (us < 0)
		us = 0;
	while (i < METRICS_BUCKETS && us > bounds[i])
		i++;
	atomic_fetch_add_explicit(&h->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_us, (uint64_t)us,
				  memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *type,
		 const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_histogram(const struct metrics *m, struct buf *out,
			  const char *name, const char *help,
			  const struct histogram *h)
{
	uint64_t total = 0;

	head(out, name, "histogram", help);
	for (int i = 0; i < METRICS_BUCKETS; i++) {
		total += h->buckets[i];
		buf_printf(out, "%s_bucket{worker=\"%s\",le=\"%g\"} %llu\n",
			   name, m->worker, (double)bounds[i] / 1e6,
			   (unsigned long long)total);
	}
	total += h->buckets[METRICS_BUCKETS];
	buf_printf(out,
		   "%s_bucket{worker=\"%s\",le=\"+Inf\"} %llu\n"
		   "%s_sum{worker=\"%s\"} %.6f\n%s_count{worker=\"%s\"} %llu\n",
		   name, m->worker, (unsigned long long)total, name, m->worker,
		   (double)h->sum_us / 1e6, name, m->worker,
		   (unsigned long long)total);
}

static void put_topics(const struct metrics *m, struct buf *out)
{
	head(out, "flotilla_messages_total", "counter",
	     "Messages by what became of them.");
	for (int i = 0; i < METRICS_TOPICS && m->topics[i].topic; i++)
		for (int f = 0; f < FATE_COUNT; f++)
			buf_printf(out,
				   "flotilla_messages_total{worker=\"%s\","
				   "topic=\"%s\",outcome=\"%s\"} %llu\n",
				   m->worker, m->topics[i].topic,
				   fate_name((enum fate)f),
				   (unsigned long long)m->topics[i].fates[f]);
	head(out, "flotilla_backlog_messages", "gauge",
	     "Messages that wait in the lanes of this process.");
	for (int i = 0; i < METRICS_TOPICS && m->topics[i].topic; i++)
		buf_printf(out,
			   "flotilla_backlog_messages{worker=\"%s\","
			   "topic=\"%s\"} %lld\n",
			   m->worker, m->topics[i].topic,
			   (long long)m->topics[i].backlog);
}

static void put_drain(const struct metrics *m, struct buf *out)
{
	int64_t backlog = 0, rate = m->drain_rate;

	for (int i = 0; i < METRICS_TOPICS && m->topics[i].topic; i++)
		backlog += m->topics[i].backlog;
	head(out, "flotilla_backlog_drain_seconds", "gauge",
	     "How long the backlog takes at the present rate.");
	buf_printf(out, "flotilla_backlog_drain_seconds{worker=\"%s\"} %.3f\n",
		   m->worker,
		   backlog ? (double)backlog / (double)(rate > 0 ? rate : 1)
			   : 0.0);
}

static void put_memory(struct buf *out)
{
	char text[128];
	long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f && fgets(text, sizeof(text), f))
		sscanf(text, "%*s %lld", &pages);
	if (f)
		fclose(f);
	head(out, "process_resident_memory_bytes", "gauge", "Resident memory.");
	buf_printf(out, "process_resident_memory_bytes %lld\n",
		   pages * (long long)sysconf(_SC_PAGESIZE));
	head(out, "process_cpu_seconds_total", "counter",
	     "Processor time used.");
	buf_printf(out, "process_cpu_seconds_total %.6f\n",
		   (double)clock_cpu_us() / 1e6);
}

void metrics_write(const struct metrics *m, struct buf *out)
{
	const struct {
		const char *name, *type, *help;
		int64_t value;
	} plain[] = {
		{"flotilla_batches_total", "counter", "Committed batches.",
		 (int64_t)m->batches},
		{"flotilla_batch_retries_total", "counter",
		 "Batches that met another process and ran again.",
		 (int64_t)m->retries},
		{"flotilla_version_conflicts_total", "counter",
		 "Same version from a source, other content.",
		 (int64_t)m->conflicts},
		{"flotilla_published_total", "counter",
		 "Records that Kafka has acknowledged.", (int64_t)m->published},
		{"flotilla_claims_total", "counter", "Claims of lanes.",
		 (int64_t)m->claims},
		{"flotilla_lanes", "gauge", "Lanes that this process owns.",
		 m->lanes},
		{"flotilla_lanes_halted", "gauge",
		 "Lanes that wait for an operator.", m->halted},
	};

	head(out, "flotilla_build_info", "gauge", "What is running.");
	buf_printf(out, "flotilla_build_info{worker=\"%s\",version=\"%s\"} 1\n",
		   m->worker, FLOTILLA_VERSION);
	put_topics(m, out);
	put_drain(m, out);
	put_histogram(m, out, "flotilla_message_age_seconds",
		      "From the broker's timestamp to the commit.", &m->age);
	put_histogram(m, out, "flotilla_batch_seconds",
		      "From the first statement of a batch to its commit.",
		      &m->batch);
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		head(out, plain[i].name, plain[i].type, plain[i].help);
		buf_printf(out, "%s{worker=\"%s\"} %lld\n", plain[i].name,
			   m->worker, (long long)plain[i].value);
	}
	put_memory(out);
	if (m->service)
		m->service->measure(m->service->ctx, out);
}
