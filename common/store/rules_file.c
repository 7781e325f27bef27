/* rules_file.c - reads the rules; errors name file and place. */
#include "store/rules_file.h"

#include <stdio.h>

#include "model/status_rules.h"
#include "model/stock_rules.h"

enum { RULES_MAX_BYTES = 1 << 20 };

static bool fail(const char *path, struct err *err)
{
	err->kind = ERR_FATAL;
	return err_wrap(err, "%s%s%s", path, *err->pointer ? " at " : "",
			err->pointer);
}

static bool read_rules(struct buf *text, char path[1024],
		       const char *schemas_dir, const char *name,
		       struct err *err)
{
	snprintf(path, 1024, "%s/canonical/%s", schemas_dir, name);
	buf_init(text, RULES_MAX_BYTES);
	return buf_read_file(text, path, err);
}

bool rules_file_status(const char *schemas_dir, struct status_rules **out,
		       struct err *err)
{
	char path[1024];
	struct buf text;
	bool ok = read_rules(&text, path, schemas_dir, "order-status.json",
			     err) &&
		  status_rules_load(buf_view(&text), out, err);

	buf_release(&text);
	return ok || fail(path, err);
}

bool rules_file_stock(const char *schemas_dir, const struct status_rules *roles,
		      struct stock_rules **out, struct err *err)
{
	char path[1024];
	struct buf text;
	bool ok =
		read_rules(&text, path, schemas_dir, "stock-rules.json", err) &&
		stock_rules_load(buf_view(&text), roles, out, err);

	buf_release(&text);
	return ok || fail(path, err);
}
