/* value.h - what a rule gives. */
#ifndef FLOTILLA_MAPPING_VALUE_H
#define FLOTILLA_MAPPING_VALUE_H

#include <stdint.h>

#include "base/str.h"

enum value_kind {
	VALUE_ABSENT,
	VALUE_TEXT,
	VALUE_NUMBER,  /* text as written */
	VALUE_BOOL,    /* number: 0 or 1; text: the word */
	VALUE_NODE,    /* an array or object */
	VALUE_DECIMAL, /* number / 10^scale */
	VALUE_MONEY,   /* number: minor units */
	VALUE_TIME,    /* number: microseconds UTC */
};

struct value {
	enum value_kind kind;
	int32_t scale;
	uint32_t node; /* where in the document; NONE: nowhere */
	struct str text;
	int64_t number;
};

#endif
