/* pg_params.c - parameters in PostgreSQL's binary formats.
 *
 * Source: the send and receive functions of the types in PostgreSQL 15
 * (array_recv, int8recv, timestamptz_recv): network byte order throughout. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/pg_private.h"

static void put_be(struct buf *b, uint64_t value, int bytes)
{
	uint64_t out = htobe64(value << (64 - 8 * bytes));

	buf_add(b, &out, (size_t)bytes);
}

static void patch_be32(struct buf *b, size_t at, uint32_t value)
{
	if (b->full)
		return;
	for (int i = 3; i >= 0; i--) {
		b->at[at + (size_t)i] = (char)(value & 0xff);
		value >>= 8;
	}
}

void pg_params_init(struct pg_params *p, size_t max_bytes)
{
	memset(p, 0, sizeof(*p));
	buf_init(&p->bytes, max_bytes);
}

void pg_params_release(struct pg_params *p)
{
	buf_release(&p->bytes);
}

void pg_params_reset(struct pg_params *p)
{
	buf_reset(&p->bytes);
	p->count = 0;
}

static void open_param(struct pg_params *p)
{
	if (p->count == PG_PARAMS_MAX) {
		fprintf(stderr, "pg: more than %d parameters\n", PG_PARAMS_MAX);
		abort();
	}
	p->begin[p->count] = p->bytes.len;
	p->null[p->count] = false;
}

static void close_param(struct pg_params *p)
{
	p->end[p->count++] = p->bytes.len;
}

void pg_param_i64(struct pg_params *p, int64_t value)
{
	open_param(p);
	put_be(&p->bytes, (uint64_t)value, 8);
	close_param(p);
}

void pg_param_bool(struct pg_params *p, bool value)
{
	open_param(p);
	put_be(&p->bytes, value, 1);
	close_param(p);
}

void pg_param_f64(struct pg_params *p, double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	open_param(p);
	put_be(&p->bytes, bits, 8);
	close_param(p);
}

void pg_param_i32(struct pg_params *p, int32_t value)
{
	open_param(p);
	put_be(&p->bytes, (uint32_t)value, 4);
	close_param(p);
}

void pg_param_str(struct pg_params *p, struct str value)
{
	open_param(p);
	p->null[p->count] = !value.at;
	buf_str(&p->bytes, value);
	close_param(p);
}

void pg_param_bytes(struct pg_params *p, struct str value)
{
	pg_param_str(p, value);
}

void pg_param_time(struct pg_params *p, int64_t us)
{
	pg_param_i64(p, us - PG_EPOCH_US);
}

void pg_array_begin(struct pg_params *p, enum pg_type type)
{
	open_param(p);
	p->array_at = p->bytes.len;
	p->array_items = 0;
	p->array_nulls = false;
	put_be(&p->bytes, 1, 4);	      /* dimensions */
	put_be(&p->bytes, 0, 4);	      /* has nulls; patched */
	put_be(&p->bytes, (uint64_t)type, 4); /* element type */
	put_be(&p->bytes, 0, 4);	      /* items; patched */
	put_be(&p->bytes, 1, 4);	      /* lower bound */
}

void pg_array_i64(struct pg_params *p, int64_t value)
{
	p->array_items++;
	put_be(&p->bytes, 8, 4);
	put_be(&p->bytes, (uint64_t)value, 8);
}

void pg_array_i32(struct pg_params *p, int32_t value)
{
	p->array_items++;
	put_be(&p->bytes, 4, 4);
	put_be(&p->bytes, (uint32_t)value, 4);
}

void pg_array_i16(struct pg_params *p, int16_t value)
{
	p->array_items++;
	put_be(&p->bytes, 2, 4);
	put_be(&p->bytes, (uint16_t)value, 2);
}

void pg_array_bool(struct pg_params *p, bool value)
{
	p->array_items++;
	put_be(&p->bytes, 1, 4);
	put_be(&p->bytes, value, 1);
}

void pg_array_str(struct pg_params *p, struct str value)
{
	if (!value.at) {
		pg_array_null(p);
		return;
	}
	p->array_items++;
	put_be(&p->bytes, value.len, 4);
	buf_str(&p->bytes, value);
}

void pg_array_time(struct pg_params *p, int64_t us)
{
	pg_array_i64(p, us - PG_EPOCH_US);
}

void pg_array_null(struct pg_params *p)
{
	p->array_items++;
	p->array_nulls = true;
	put_be(&p->bytes, 0xffffffff, 4);
}

void pg_array_end(struct pg_params *p)
{
	patch_be32(&p->bytes, p->array_at + 4, p->array_nulls);
	patch_be32(&p->bytes, p->array_at + 12, (uint32_t)p->array_items);
	if (!p->array_items && !p->bytes.full) {
		/* an empty array has no dimensions */
		p->bytes.len = p->array_at + 12;
		patch_be32(&p->bytes, p->array_at, 0);
	}
	close_param(p);
}
