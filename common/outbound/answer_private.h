/* answer_private.h - an answer as the document that rules speak of. */
#ifndef FLOTILLA_OUTBOUND_ANSWER_PRIVATE_H
#define FLOTILLA_OUTBOUND_ANSWER_PRIVATE_H

#include "io/http_message.h"
#include "json/json.h"

/* {"status", "headers" in lower case, "body" if it is JSON, else "text"} */
void answer_document(const struct http_result *result, struct arena *arena,
		     struct json_doc *out);

#endif
