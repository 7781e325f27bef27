/* case_heads.c - what a desk is told of a case.
 *
 * A function of the case and of the rows that it is about: read in one
 * statement, under the lock of the enrichment's row. What the desk sees
 * changes only if this document does: a webhook about our own comment changes
 * the case, and says nothing new. */
#include "base/clock.h"
#include "model/case_about.h"
#include "model/case_summary.h"
#include "model/document.h"
#include "store/changeset_private.h"
#include "store/heads.h"

enum { CASE_ID, CASE_REVISION, CASE_DOC, CASE_CASE };
enum { SHOWN_ROW, SHOWN_ID, SHOWN_ORDER, SHOWN_ORDER_REVISION, SHOWN_DOC };

enum { DOC_MAX_BYTES = 4 << 20, KEYS_MAX_BYTES = 64 << 10 };

static const char enriched_topic[] = "flotilla.case.enriched.v1";
static const char escalated_topic[] = "flotilla.case.escalated.v1";
static const char *const topics[] = {enriched_topic, escalated_topic, NULL};

struct case_head {
	struct str was_doc;	      /* as stored */
	struct str case_doc;	      /* the case's stored row */
	const struct service_case *c; /* what it is now; NULL: gone */
	struct case_about about[CASE_ABOUT_MAX];
	uint32_t about_count;
	struct str keys, order_id;
	int64_t order_revision; /* of its status; 0: none */
	struct enrichment now;
	struct str doc;
	bool was_escalated;
};

static void reset(struct changeset *cs, struct head *head)
{
	if (!head->own)
		head->own = ARENA_NEW(cs->arena, struct case_head);
	memset(head->own, 0, sizeof(struct case_head));
}

static struct str kept(struct changeset *cs, const struct pg_reply *r, int row,
		       int column)
{
	struct str s = pg_str(r, row, column);

	return s.at ? arena_str(cs->arena, s) : s;
}

static void take(struct changeset *cs, struct head *head,
		 const struct pg_reply *r, int row)
{
	struct case_head *own = head->own;

	own->was_doc = kept(cs, r, row, CASE_DOC);
	own->case_doc = kept(cs, r, row, CASE_CASE);
}

static const void *read_doc(struct changeset *cs, const struct entity *entity,
			    struct str text)
{
	struct json_doc doc;
	struct err err;
	void *data;

	if (!text.at || !json_read(cs->arena, text, &json_own, &doc, &err) ||
	    !model_read(entity, cs->arena, &doc, 0, &data, &err))
		return NULL;
	return data;
}

/* As this batch says, else as it is stored. */
static const struct service_case *case_of(struct changeset *cs,
					  const struct head *head)
{
	const struct case_head *own = head->own;

	for (const struct change *c = head->changes; c; c = c->next_of_head)
		if (c->write)
			return c->record->deleted ? NULL : c->record->data;
	return read_doc(cs, &service_case_entity, own->case_doc);
}

/* The keys, with what parts them in SQL. */
static struct str keys_of(struct changeset *cs, const struct case_head *own)
{
	struct str keys;
	struct buf text;

	buf_init(&text, KEYS_MAX_BYTES);
	for (uint32_t i = 0; i < own->about_count; i++) {
		if (i)
			buf_byte(&text, '\x1f');
		buf_str(&text, case_about_key(&own->about[i], cs->arena));
	}
	keys = arena_str(cs->arena, buf_view(&text));
	buf_release(&text);
	return keys;
}

static bool needs_rows(struct changeset *cs, struct head *head)
{
	struct case_head *own = head->own;
	const struct enrichment *was =
		read_doc(cs, &enrichment_entity, own->was_doc);

	own->was_escalated = was && was->escalated;
	own->c = case_of(cs, head);
	own->about_count = 0;
	if (own->c)
		own->about_count = case_about_find(own->c, own->about);
	own->keys = keys_of(cs, own);
	return own->c != NULL;
}

/* $1 cases, $2 their keys. */
static void put_related(const struct store *store, struct buf *sql)
{
	(void)store;
	buf_cstr(sql,
		 "SELECT 0, u.id, f.order_id, s.revision, "
		 "(coalesce(order_context(f.order_id), '{}') || "
		 "jsonb_strip_nulls(jsonb_build_object('earlier_cases', "
		 "(SELECT jsonb_agg(jsonb_build_object('id', c.id, 'number', "
		 "c.number, 'status', c.status, 'opened_at', c.doc::jsonb ->> "
		 "'opened_at') ORDER BY c.id) FROM (SELECT e.case_id FROM "
		 "enrichment e WHERE e.case_id <> u.id AND (e.order_id = "
		 "f.order_id OR e.about && ARRAY(SELECT k FROM unnest(a.keys) "
		 "AS k WHERE k LIKE 'email:%')) ORDER BY e.case_id DESC LIMIT "
		 "20) o JOIN cases c ON c.id = o.case_id AND NOT "
		 "c.deleted))))::text "
		 "FROM unnest($1::text[], $2::text[]) AS u (id, keys) "
		 "CROSS JOIN LATERAL (SELECT string_to_array(u.keys, chr(31)) "
		 "AS keys) a CROSS JOIN LATERAL (SELECT case_order(a.keys) AS "
		 "order_id) f LEFT JOIN order_status s ON s.order_id = "
		 "f.order_id");
}

static void bind_related(const struct changeset *cs, struct pg_params *params)
{
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->head_count; i++)
		if (cs->heads[i]->touched)
			pg_array_str(params, cs->heads[i]->id);
	pg_array_end(params);
	pg_array_begin(params, PG_TEXT);
	for (uint32_t i = 0; i < cs->head_count; i++) {
		const struct case_head *own = cs->heads[i]->own;

		if (cs->heads[i]->touched)
			pg_array_str(params, own->keys);
	}
	pg_array_end(params);
}

static bool take_related(struct changeset *cs, struct head *head,
			 const struct pg_reply *r, int row, struct err *err)
{
	struct case_head *own = head->own;
	struct str text = kept(cs, r, row, SHOWN_DOC);
	struct json_doc doc;
	void *shown;

	own->order_id = kept(cs, r, row, SHOWN_ORDER);
	own->order_revision = pg_null(r, row, SHOWN_ORDER_REVISION)
				      ? 0
				      : pg_i64(r, row, SHOWN_ORDER_REVISION);
	if (!json_read(cs->arena, text, &json_own, &doc, err) ||
	    !model_read(&enrichment_entity, cs->arena, &doc, 0, &shown, err)) {
		err->kind = ERR_FATAL;
		return err_wrap(err, "context of %.*s", STR_ARGS(head->id));
	}
	own->now = *(struct enrichment *)shown;
	return true;
}

static struct str write_doc(struct changeset *cs, const struct enrichment *e)
{
	struct json_writer w;
	struct buf text;
	struct str doc;

	buf_init(&text, DOC_MAX_BYTES);
	json_writer_init(&w, &text);
	model_write(&enrichment_entity, e, &w);
	doc = arena_str(cs->arena, buf_view(&text));
	buf_release(&text);
	return doc;
}

static void put_text(struct enrichment *e, unsigned field, struct str *at,
		     struct str value)
{
	*at = value;
	if (value.at)
		field_set(e, field);
}

/* What the case itself says. */
static void fill_in(struct changeset *cs, const struct head *head,
		    struct case_head *own)
{
	const char *slash = memchr(head->id.at, '/', head->id.len);
	struct enrichment *e = &own->now;
	const struct service_case *c = own->c;
	size_t system = slash ? (size_t)(slash - head->id.at) : 0;

	put_text(e, ENRICHMENT_F_CASE_ID, &e->case_id, head->id);
	put_text(e, ENRICHMENT_F_SYSTEM, &e->system,
		 (struct str){head->id.at, system});
	put_text(e, ENRICHMENT_F_TICKET, &e->ticket,
		 (struct str){head->id.at + system + 1,
			      head->id.len - system - 1});
	put_text(e, ENRICHMENT_F_NUMBER, &e->number, c->number);
	put_text(e, ENRICHMENT_F_STATUS, &e->status,
		 str_of(service_case_entity.fields[SERVICE_CASE_F_STATUS]
				.codes[c->status]));
	e->escalated = c->escalated;
	field_set(e, ENRICHMENT_F_ESCALATED);
	e->about = own->about;
	e->about_count = own->about_count;
	if (own->about_count)
		field_set(e, ENRICHMENT_F_ABOUT);
	put_text(e, ENRICHMENT_F_SUMMARY, &e->summary,
		 case_summary(e, cs->arena));
}

static void derive(struct changeset *cs, struct head *head)
{
	struct case_head *own = head->own;

	head->write = true;
	own->doc = own->was_doc;
	/* a case that is gone is left as it was shown, and not looked at */
	if (!own->c)
		return;
	fill_in(cs, head, own);
	own->doc = write_doc(cs, &own->now);
	head->changed = !own->was_doc.at || !str_eq(own->was_doc, own->doc);
	if (head->changed)
		head->revision++;
}

static bool is_open(const struct case_head *own)
{
	return own->c && own->c->status != SERVICE_CASE_STATUS_SOLVED &&
	       own->c->status != SERVICE_CASE_STATUS_CLOSED;
}

#define BIND(type, call, value)                                                \
	do {                                                                   \
		pg_array_begin(params, type);                                  \
		for (uint32_t i = 0; i < count; i++) {                         \
			const struct case_head *own = heads[i]->own;           \
                                                                               \
			(void)own;                                             \
			call(params, value);                                   \
		}                                                              \
		pg_array_end(params);                                          \
	} while (0)

static void bind(struct changeset *cs, struct pg_params *params,
		 struct head *const *heads, uint32_t count)
{
	BIND(PG_TEXT, pg_array_str, heads[i]->id);
	BIND(PG_INT8, pg_array_i64, heads[i]->revision);
	BIND(PG_TEXT, pg_array_str, own->order_id);
	BIND(PG_INT8, pg_array_i64, own->order_revision);
	BIND(PG_BOOL, pg_array_bool, is_open(own));
	BIND(PG_TEXT, pg_array_str, own->keys);
	BIND(PG_TEXT, pg_array_str, own->doc);
	head_bind_traces(cs, params, heads, count);
}

static void tell(struct changeset *cs, const struct head *head)
{
	const struct case_head *own = head->own;
	struct outgoing *out = head_event(cs, head);

	out->topic = out->type = STR(enriched_topic);
	out->value = own->doc;
	out->entity = STR("enrichment");
	out->schema = STR("/schemas/canonical/enrichment.json");
	if (!own->now.escalated || own->was_escalated)
		return;
	out = head_event(cs, head);
	out->topic = out->type = STR(escalated_topic);
	out->value = own->doc;
	out->entity = STR("case-escalated");
	out->schema = STR("/schemas/canonical/enrichment.json");
}

#define ROWS                                                                   \
	"unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], "          \
	"$5::boolean[], $6::text[], $7::text[], $8::text[]) AS u (id, "        \
	"revision, order_id, order_revision, open, about, doc, trace)"

const struct head_kind case_heads = {
	.entity = &enrichment_entity,
	.told_at_home = true,
	.read = "SELECT case_id, revision, false, changed_at, trace, doc FROM "
		"enrichment WHERE case_id = ANY ($1::text[])",
	.statements =
		{
			[HEAD_LOCK] = {"case_lock",
				       "SELECT e.case_id, e.revision, e.doc, "
				       "c.doc FROM enrichment e LEFT JOIN "
				       "cases c ON c.id = e.case_id AND NOT "
				       "c.deleted WHERE e.case_id = ANY "
				       "($1::text[]) ORDER BY e.case_id "
				       "FOR UPDATE OF e"},
			[HEAD_MAKE] = {"case_make",
				       "INSERT INTO enrichment (case_id, "
				       "revision) SELECT id, 0 FROM "
				       "unnest($1::text[]) AS u (id) ORDER BY "
				       "id ON CONFLICT DO NOTHING"},
			[HEAD_INSERT] =
				{"case_insert",
				 "INSERT INTO enrichment (case_id, revision, "
				 "order_id, order_revision, open, about, doc, "
				 "trace, changed_at) SELECT id, revision, "
				 "order_id, order_revision, open, "
				 "string_to_array(about, chr(31)), doc, trace, "
				 "$9::timestamptz FROM " ROWS},
			[HEAD_UPDATE] =
				{"case_update",
				 "UPDATE enrichment t SET revision = "
				 "u.revision, order_id = u.order_id, "
				 "order_revision = u.order_revision, open = "
				 "u.open, about = string_to_array(u.about, "
				 "chr(31)), doc = u.doc, trace = u.trace, "
				 "changed_at = CASE WHEN t.revision = "
				 "u.revision THEN t.changed_at ELSE "
				 "$9::timestamptz END FROM " ROWS
				 " WHERE t.case_id = u.id"},
		},
	/* an order that has moved, or that has come at last */
	.stale = "SELECT e.case_id FROM enrichment e LEFT JOIN order_status s "
		 "ON s.order_id = e.order_id WHERE e.open AND CASE WHEN "
		 "e.order_id IS NULL THEN case_order(e.about) IS NOT NULL ELSE "
		 "coalesce(s.revision, 0) <> e.order_revision END LIMIT 200",
	.put_related = put_related,
	.bind_related = bind_related,
	.take_related = take_related,
	.reset = reset,
	.take = take,
	.needs_rows = needs_rows,
	.derive = derive,
	.bind = bind,
	.tell = tell,
	.events = 2,
	.topics = topics,
};
