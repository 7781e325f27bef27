/* pg_params.h - parameters of a prepared statement, in PostgreSQL's binary
 * format: values, and arrays for unnest().
 *
 * Gathered value by value; the memory is kept between uses. Source of the
 * format: the send and receive functions of PostgreSQL's types. */
#ifndef FLOTILLA_IO_PG_PARAMS_H
#define FLOTILLA_IO_PG_PARAMS_H

#include <stdint.h>

#include "base/str.h"

/* Types of parameters and array elements (pg_type's OIDs). */
enum pg_type {
	PG_BOOL = 16,
	PG_BYTEA = 17,
	PG_INT8 = 20,
	PG_INT2 = 21,
	PG_INT4 = 23,
	PG_TEXT = 25,
	PG_TIMESTAMPTZ = 1184, /* given in microseconds since 1970 */
};

/* One statement's parameters, gathered value by value. The memory is kept
 * between uses; reset before the next statement. */
enum { PG_PARAMS_MAX = 32 };

struct pg_params {
	struct buf bytes;
	size_t begin[PG_PARAMS_MAX];
	size_t end[PG_PARAMS_MAX];
	bool null[PG_PARAMS_MAX];
	int count;
	size_t array_at; /* header of the array being built */
	int32_t array_items;
	bool array_nulls;
};

void pg_params_init(struct pg_params *p, size_t max_bytes);
void pg_params_release(struct pg_params *p);
void pg_params_reset(struct pg_params *p);

void pg_param_i64(struct pg_params *p, int64_t value);
void pg_param_i32(struct pg_params *p, int32_t value);
void pg_param_bool(struct pg_params *p, bool value);
void pg_param_f64(struct pg_params *p, double value);
void pg_param_str(struct pg_params *p, struct str value); /* absent = NULL */
void pg_param_bytes(struct pg_params *p, struct str value);
void pg_param_time(struct pg_params *p, int64_t us);

/* An array parameter: begin, items, end. */
void pg_array_begin(struct pg_params *p, enum pg_type type);
void pg_array_i64(struct pg_params *p, int64_t value);
void pg_array_i32(struct pg_params *p, int32_t value);
void pg_array_i16(struct pg_params *p, int16_t value);
void pg_array_bool(struct pg_params *p, bool value);
void pg_array_str(struct pg_params *p, struct str value); /* absent = NULL */
void pg_array_time(struct pg_params *p, int64_t us);
void pg_array_null(struct pg_params *p);
void pg_array_end(struct pg_params *p);

#endif
