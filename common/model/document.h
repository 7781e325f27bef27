/* document.h - canonical records as JSON, by the entity's table. */
#ifndef FLOTILLA_MODEL_DOCUMENT_H
#define FLOTILLA_MODEL_DOCUMENT_H

#include "model/model.h"
#include "json/json.h"
#include "json/writer.h"

/* Writes the record as one JSON object, fields in the schema's order, absent
 * ones left out: the same record gives the same bytes. */
void model_write(const struct entity *entity, const void *record,
		 struct json_writer *w);

/* The record from canonical JSON. Strings are borrowed from the document.
 * INVALID "unknown-field", "wrong-type", "unknown-code" with a pointer. Does
 * not validate. */
bool model_read(const struct entity *entity, struct arena *arena,
		const struct json_doc *doc, uint32_t at, void **record,
		struct err *err) MUST_CHECK;

/* Whether the record keeps its contract: required fields, lengths, currency
 * and country codes, a currency wherever there is money, and limits of lists
 * (10,000). INVALID "missing-field", "unknown-currency", "too-long", ... with
 * err->pointer = the canonical field ("/lines/2/sku"). */
bool model_check(const struct entity *entity, const void *record,
		 struct err *err) MUST_CHECK;

/* Longest string that a record may carry where its schema does not say. */
enum { MODEL_STRING_BYTES = 65536, MODEL_LIST_ITEMS = 10000 };

#endif
