/* shopify.c - made-up orders as Shopify's Admin REST API writes them.
 *
 * Message n is version n / distinct of order n % distinct: the same options
 * give the same bytes. The sums of an order are right. */
#include "base/clock.h"
#include "feed/feed.h"
#include "json/writer.h"

static const struct option_row options[] = {
	{.name = "--orders",
	 .kind = OPTION_NUMBER,
	 .fallback = "1000",
	 .at = OPTION_AT(orders),
	 .help = "messages"},
	{.name = "--distinct",
	 .kind = OPTION_NUMBER,
	 .fallback = "0",
	 .at = OPTION_AT(distinct),
	 .help = "orders, of which the messages are versions; 0: one each"},
	{.name = "--from",
	 .kind = OPTION_NUMBER,
	 .fallback = "0",
	 .at = OPTION_AT(from),
	 .help = "number of the first message, to go on after another run"},
	{.name = "--lines",
	 .kind = OPTION_NUMBER,
	 .fallback = "3",
	 .at = OPTION_AT(lines),
	 .help = "line items of an order"},
	{.name = "--bytes",
	 .kind = OPTION_NUMBER,
	 .fallback = "1000",
	 .at = OPTION_AT(bytes),
	 .help = "size of an order, if its lines need no more"},
	{.name = "--partitions",
	 .kind = OPTION_NUMBER,
	 .fallback = "4",
	 .at = OPTION_AT(partitions),
	 .help = "of the topic; ids are chosen so that order n falls "
		 "on partition n modulo this"},
	{.name = "--seed",
	 .kind = OPTION_NUMBER,
	 .fallback = "1",
	 .at = OPTION_AT(seed),
	 .help = "other orders for another number"},
	{.name = "--topic",
	 .kind = OPTION_TEXT,
	 .fallback = "raw.shopify.order.v1",
	 .at = OPTION_AT(topic),
	 .help = "where to"},
	OPTION_ROWS_OF_ALL,
};

enum {
	ORDER_BYTES_MAX = 64 * 1024 * 1024,
	IDS_AN_ORDER = 1000, /* to choose from */
	PARTITIONS_MAX = 64, /* so that one of them always fits */
	SHIPPING_MINOR = 490,
};

static const char *const things[] = {
	"Kettle", "Mug", "Lantern", "Blanket", "Notebook", "Clock", "Basket",
};
static const char *const colours[] = {
	"red", "green", "blue", "black", "white",
};
static const char *const first_names[] = {
	"Anna", "Björn", "Chloé", "David", "Ewa", "Farid", "Grace", "Łukasz",
};
static const char *const last_names[] = {
	"Schmidt", "Martin", "Nowak", "Rossi", "O'Neill", "Jansen",
};

struct place {
	const char *street, *city, *zip, *province, *country;
};

static const struct place places[] = {
	{"Lindenstraße 12", "Berlin", "10969", "BE", "DE"},
	{"4 rue des Lilas", "Lyon", "69003", "ARA", "FR"},
	{"Kruisstraat 88", "Utrecht", "3581 GL", "UT", "NL"},
	{"Via Roma 3", "Torino", "10121", "TO", "IT"},
};

/* What an order's version number makes of it; later ones stay at the last. */
struct stage {
	const char *financial, *fulfillment;
	bool closed;
};

static const struct stage stages[] = {
	{"authorized", NULL, false}, {"paid", NULL, false},
	{"paid", "partial", false},  {"paid", "fulfilled", false},
	{"paid", "fulfilled", true},
};

#define COUNT(list) (sizeof(list) / sizeof(*(list)))
#define PICK(random, list) ((list)[next(random) % COUNT(list)])

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint64_t next(uint64_t *random)
{
	uint64_t z = *random += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* CRC-32 (IEEE 802.3), which librdkafka's default partitioner takes. */
static uint32_t crc32(struct str text)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < text.len; i++) {
		crc ^= (uint8_t)text.at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

struct order {
	int64_t number; /* from 0 */
	int64_t id;
	int64_t version;
	int64_t created_us;
	int64_t goods_minor;
	uint64_t random;
	struct arena *arena; /* of this message */
};

/* The kafka.h of today takes no partition: the key has to lead there. */
static struct str choose_id(struct order *order, int64_t partitions)
{
	int64_t id = 5000000000 + order->number * IDS_AN_ORDER;
	struct str key;

	for (int i = 0; i < IDS_AN_ORDER; i++) {
		order->id = id + i;
		key = arena_printf(order->arena, "%lld", (long long)order->id);
		if (partitions < 2 || crc32(key) % (uint32_t)partitions ==
					      order->number % partitions)
			break;
	}
	return key;
}

static void put_money(struct json_writer *w, struct arena *arena,
		      const char *name, int64_t minor)
{
	json_put_str(w, name,
		     arena_printf(arena, "%lld.%02lld", (long long)minor / 100,
				  (long long)minor % 100));
}

/* Shopify writes the shop's own offset. */
static void put_time(struct json_writer *w, struct arena *arena,
		     const char *name, int64_t us)
{
	char text[CLOCK_TEXT_BYTES];
	size_t len = clock_format(text, us + (int64_t)2 * 3600 * 1000000);

	json_put_str(w, name,
		     arena_printf(arena, "%.*s+02:00", (int)len - 1, text));
}

static void write_line(struct json_writer *w, struct order *order, int64_t at)
{
	uint64_t number = next(&order->random) % 5000;
	int64_t price = (int64_t)(next(&order->random) % 9900) + 100;
	int64_t quantity = (int64_t)(next(&order->random) % 4) + 1;
	const char *thing = PICK(&order->random, things);
	const char *colour = PICK(&order->random, colours);

	order->goods_minor += price * quantity;
	json_begin_object(w);
	json_put_int(w, "id", order->id * 100 + at);
	json_put_str(w, "sku",
		     arena_printf(order->arena, "SKU-%05llu",
				  (unsigned long long)number));
	json_put_str(w, "title",
		     arena_printf(order->arena, "%s, %s", thing, colour));
	json_put_int(w, "quantity", quantity);
	put_money(w, order->arena, "price", price);
	json_put_cstr(w, "total_discount", "0.00");
	json_end_object(w);
}

static void write_people(struct json_writer *w, struct order *order)
{
	const char *first = PICK(&order->random, first_names);
	const char *last = PICK(&order->random, last_names);
	const struct place *place = &PICK(&order->random, places);
	int64_t id = (int64_t)(next(&order->random) % 100000);

	json_name(w, STR("customer"));
	json_begin_object(w);
	json_put_int(w, "id", 700000000 + id);
	json_put_str(
		w, "email",
		arena_printf(order->arena, "c%lld@example.com", (long long)id));
	json_put_cstr(w, "first_name", first);
	json_put_cstr(w, "last_name", last);
	json_end_object(w);
	json_name(w, STR("shipping_address"));
	json_begin_object(w);
	json_put_str(w, "name",
		     arena_printf(order->arena, "%s %s", first, last));
	json_put_cstr(w, "address1", place->street);
	json_put_cstr(w, "city", place->city);
	json_put_cstr(w, "zip", place->zip);
	json_put_cstr(w, "province_code", place->province);
	json_put_cstr(w, "country_code", place->country);
	json_end_object(w);
}

static void write_state(struct json_writer *w, const struct order *order)
{
	size_t at = (size_t)order->version;
	const struct stage *stage =
		&stages[at < COUNT(stages) ? at : COUNT(stages) - 1];
	int64_t updated_us =
		order->created_us + order->version * 3600 * 1000000;

	put_time(w, order->arena, "created_at", order->created_us);
	put_time(w, order->arena, "updated_at", updated_us);
	if (stage->closed)
		put_time(w, order->arena, "closed_at", updated_us);
	json_put_cstr(w, "financial_status", stage->financial);
	if (stage->fulfillment)
		json_put_cstr(w, "fulfillment_status", stage->fulfillment);
	else
		json_put_raw(w, "fulfillment_status", STR("null"));
}

/* A note that brings the order to its size. */
static void write_note(struct json_writer *w, int64_t bytes,
		       struct arena *arena)
{
	static const struct str words = {"please leave it with a neighbour ",
					 33};
	int64_t len = bytes - (int64_t)w->out->len -
		      (int64_t)sizeof(",\"note\":\"\"}") + 1;
	char *text;

	if (len <= 0)
		return;
	text = arena_alloc(arena, (size_t)len);
	for (int64_t i = 0; i < len; i++)
		text[i] = words.at[(size_t)i % words.len];
	json_put_str(w, "note", (struct str){text, (size_t)len});
}

static void write_sums(struct json_writer *w, const struct order *order)
{
	put_money(w, order->arena, "subtotal_price", order->goods_minor);
	put_money(w, order->arena, "total_tax", order->goods_minor / 6);
	json_name(w, STR("total_shipping_price_set"));
	json_begin_object(w);
	json_name(w, STR("shop_money"));
	json_begin_object(w);
	put_money(w, order->arena, "amount", SHIPPING_MINOR);
	json_end_object(w);
	json_end_object(w);
	put_money(w, order->arena, "total_price",
		  order->goods_minor + SHIPPING_MINOR);
	json_put_bool(w, "taxes_included", true);
}

static void write_order(struct buf *out, struct order *order,
			const struct options *o)
{
	struct json_writer w;

	buf_reset(out);
	json_writer_init(&w, out);
	json_begin_object(&w);
	json_put_int(&w, "id", order->id);
	json_put_str(&w, "name",
		     arena_printf(order->arena, "#%lld",
				  (long long)order->number + 1001));
	write_state(&w, order);
	json_put_bool(&w, "confirmed", true);
	json_put_cstr(&w, "currency", "EUR");
	json_name(&w, STR("line_items"));
	json_begin_array(&w);
	for (int64_t i = 0; i < o->lines; i++)
		write_line(&w, order, i);
	json_end_array(&w);
	write_sums(&w, order);
	write_people(&w, order);
	write_note(&w, o->bytes, order->arena);
	json_end_object(&w);
}

static void begin_order(struct order *order, const struct options *o,
			int64_t message, struct arena *arena)
{
	int64_t distinct = o->distinct ? o->distinct : o->orders + o->from;

	order->number = message % distinct;
	order->version = message / distinct;
	/* 2024-01-01, and an order every 37 s */
	order->created_us =
		(clock_days(2024, 1, 1) * 86400 + order->number * 37) * 1000000;
	order->goods_minor = 0;
	order->random = (uint64_t)o->seed << 40 ^ (uint64_t)order->number;
	order->arena = arena;
}

static bool run(struct sink *sink, const struct options *o, struct err *err)
{
	struct arena arena;
	struct buf out;
	bool done = true;

	if (o->partitions > PARTITIONS_MAX)
		return err_set(err, ERR_FATAL, "--partitions: at most %d",
			       PARTITIONS_MAX);
	arena_init(&arena, ORDER_BYTES_MAX);
	buf_init(&out, ORDER_BYTES_MAX);
	for (int64_t i = 0; done && i < o->orders; i++) {
		struct order order;
		struct str key;

		arena_reset(&arena);
		begin_order(&order, o, o->from + i, &arena);
		key = choose_id(&order, o->partitions);
		write_order(&out, &order, o);
		done = sink_send(sink, key, buf_view(&out), err);
	}
	buf_release(&out);
	arena_release(&arena);
	return done;
}

const struct subcommand feed_shopify = {
	.name = "shopify",
	.summary = "made-up orders, as Shopify writes them, in versions",
	.options = options,
	.run = run,
};
