/* case-enricher - tells service desks what the retailer's systems know.
 *
 * A case speaks of itself: that is all there is to say here. The store finds
 * what it is about, reads what is known of that, and again whenever it has
 * changed; the desk that FLOTILLA_TARGETS names is told what is new in it. */
#include "model/case.h"
#include "model/enrichment.h"
#include "model/record.h"
#include "outbound/courier.h"
#include "run/worker.h"

static bool open_store(const char *schemas_dir, struct store **store,
		       struct err *err)
{
	static const struct entity *const entities[] = {&service_case_entity,
							NULL};

	(void)schemas_dir;
	(void)err;
	*store = store_new(entities, &case_heads, NULL);
	return true;
}

static bool handle(void *ctx, struct changeset *cs, struct record *record,
		   struct err *err)
{
	(void)ctx;
	(void)err;
	record->subject = record->id;
	changeset_put(cs, record);
	return true;
}

static bool open_service(const struct service_parts *parts, struct service *out,
			 struct err *err)
{
	static const struct courier_source sources[] = {
		{&enrichment_entity, "enrichment", "case_id"},
		{NULL, NULL, NULL},
	};

	return courier_open(parts, sources, out, err);
}

int main(int argc, char **argv)
{
	static const char *const nouns[] = {"case", NULL};
	static const struct worker worker = {
		.name = "case-enricher",
		.summary = "service cases, with what is known of their orders",
		.nouns = nouns,
		.open_store = open_store,
		.open_service = open_service,
		.handle = handle,
	};

	return worker_main(&worker, argc, argv);
}
