/* pretty.h - JSON for people and for git. */
#ifndef FLEETCTL_PRETTY_H
#define FLEETCTL_PRETTY_H

#include "json/json.h"

/* The document with line breaks and tabs. */
void pretty_json(const struct json_doc *doc, struct buf *out);

#endif
