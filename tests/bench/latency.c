/* latency.c - a steady stream of orders that say when they were sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "bench/bench.h"
#include "io/kafka_producer.h"

static const char filler[] =
	"\"source_name\":\"web\",\"taxes_included\":true,\"email\":"
	"\"buyer@example.com\",\"shipping_address\":{\"name\":\"Ada Muster\","
	"\"address1\":\"Hauptstrasse 1\",\"city\":\"Berlin\",\"zip\":\"10115\","
	"\"country_code\":\"DE\"},\"line_items\":[{\"id\":1,\"sku\":\"SKU-1\","
	"\"name\":\"Lantern, white\",\"quantity\":1,\"price\":\"9.00\"},"
	"{\"id\":2,\"sku\":\"SKU-2\",\"name\":\"Kettle, green\",\"quantity\":1,"
	"\"price\":\"0.50\"},{\"id\":3,\"sku\":\"SKU-3\",\"name\":\"Blanket\","
	"\"quantity\":1,\"price\":\"0.50\"}]";

struct sent {
	long acked, failed;
};

static void on_ack(void *ctx, void *opaque, enum kafka_ack ack, const char *why)
{
	struct sent *sent = ctx;

	(void)opaque;
	(void)why;
	if (ack == KAFKA_ACKED)
		sent->acked++;
	else
		sent->failed++;
}

static bool send_order(struct kafka_producer *p, long n, struct err *err)
{
	char key[32], value[2048], now[CLOCK_TEXT_BYTES];
	struct kafka_record record = {.topic = "raw.shopify.order.v1"};

	clock_format(now, clock_now_us());
	record.key = (struct str){
		key, (size_t)snprintf(key, sizeof(key), "%ld", 9000000000 + n)};
	record.value = (struct str){
		value,
		(size_t)snprintf(value, sizeof(value),
				 "{\"id\":%ld,\"name\":\"#%ld\",\"created_at\":"
				 "\"%s\",\"updated_at\":\"%s\",\"currency\":"
				 "\"EUR\",\"financial_status\":\"paid\","
				 "\"total_price\":\"10.00\",%s}",
				 9000000000 + n, n, now, now, filler)};
	return kafka_produce(p, &record, err);
}

static void sleep_until(int64_t us)
{
	int64_t left = us - clock_mono_us();

	if (left > 0)
		nanosleep(&(struct timespec){left / 1000000,
					     left % 1000000 * 1000},
			  NULL);
}

int bench_latency(int argc, char **argv)
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
	long rate = argc > 2 ? strtol(argv[2], NULL, 10) : 500;
	struct kafka_property props[] = {
		{"bootstrap.servers", getenv("KAFKA_BOOTSTRAP_SERVERS")},
		{"linger.ms", "0"},
		{NULL, NULL}};
	struct sent sent = {0, 0};
	struct err err;
	struct kafka_producer *p = kafka_producer_new(
		props, (struct kafka_producer_handler){on_ack, &sent}, &err);
	int64_t begin;

	if (!p ||
	    !kafka_producer_know(p, "raw.shopify.order.v1", 10000, &err)) {
		fprintf(stderr, "latency: %s\n", err.text);
		return 1;
	}
	begin = clock_mono_us();
	for (long n = 0; n < count; n++) {
		sleep_until(begin + n * 1000000 / rate);
		if (!send_order(p, n, &err)) {
			fprintf(stderr, "latency: %s\n", err.text);
			return 1;
		}
		kafka_producer_serve(p);
	}
	kafka_producer_flush(p, 30000);
	kafka_producer_serve(p);
	printf("%ld\n", sent.acked);
	kafka_producer_free(p);
	return sent.failed != 0;
}
