/* connector_private.h - what a connector file is compiled to.
 *
 * connector_loading.h has what makes it of a file. All of it lives in the arena
 * of the load and never changes afterwards. */
#ifndef FLOTILLA_OUTBOUND_CONNECTOR_PRIVATE_H
#define FLOTILLA_OUTBOUND_CONNECTOR_PRIVATE_H

#include "mapping/mapping.h"
#include "mapping/rules.h"
#include "outbound/auth_private.h"
#include "outbound/operation_private.h"

enum { SECRET_BYTES_MIN = 4, SECRET_BYTES_MAX = 8192 };

struct variable {
	struct str name;     /* as strings say it: "${name}" */
	struct str variable; /* of the environment */
	struct str fallback; /* of a setting; absent: it must be set */
	struct str value;    /* absent while linting */
	bool secret;
};

struct fetch {
	struct connector_fetch said;
	struct loop *records;
	struct rule *watermark; /* of a record; NULL: none */
};

struct connector {
	struct connector_policy policy;
	struct json_doc doc;
	struct rules rules;
	struct variable *variables;
	uint32_t variable_count;
	struct str *needles; /* what mask looks for, longest first */
	uint32_t needle_count;
	struct str base_url;
	size_t response_bytes;
	bool private_addresses, follow_redirects;
	struct str key_header;
	bool key_honoured; /* the system does nothing twice under one key */
	struct named_rules headers;
	struct auth auth;
	struct failures failures;
	struct rule *error; /* the text of a failure */
	struct connector_operation *operations;
	uint32_t operation_count;
	struct connector_tell *tells;
	uint32_t tell_count;
	struct fetch *fetches;
	uint32_t fetch_count;
};

#endif
