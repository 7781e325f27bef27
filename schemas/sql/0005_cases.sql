-- Service cases, and what their desks are told of them.

-- One row per case, derived from the case and from what it is about, in the
-- transaction that changes it. `about` holds the keys by which an order may
-- find it ("order:1001", "tracking:1Z...").
CREATE TABLE enrichment (
  case_id text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL,
  order_id text COLLATE "C",             -- NULL: not found yet
  order_revision bigint,                 -- of its status, as it was shown
  open boolean NOT NULL DEFAULT false,
  about text[],
  trace text,
  doc text,                              -- schemas/canonical/enrichment.json
  changed_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE enrichment ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX enrichment_open ON enrichment (order_id) WHERE open;
CREATE INDEX enrichment_order ON enrichment (order_id)
  WHERE order_id IS NOT NULL;
CREATE INDEX enrichment_about ON enrichment USING gin (about);

-- By which a case finds its order.
CREATE INDEX shipments_tracking ON shipments (tracking_number)
  WHERE tracking_number IS NOT NULL;
CREATE INDEX returns_number ON returns (number) WHERE number IS NOT NULL;

-- The order that a case names, the surest name first; NULL: none of them is
-- known.
CREATE FUNCTION case_order(about text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT f.order_id FROM unnest(about) WITH ORDINALITY AS a (key, n)
  CROSS JOIN LATERAL (
    SELECT split_part(a.key, ':', 1) AS kind,
      substr(a.key, strpos(a.key, ':') + 1) AS value) k
  CROSS JOIN LATERAL (
    SELECT coalesce(o.subject, o.id) AS order_id FROM orders o
    WHERE k.kind = 'order' AND o.number IN (k.value, '#' || k.value)
      AND NOT o.deleted
    UNION ALL
    SELECT s.subject FROM shipments s WHERE k.kind = 'tracking'
      AND s.tracking_number = k.value AND s.subject IS NOT NULL
    UNION ALL
    SELECT r.subject FROM returns r WHERE k.kind = 'return'
      AND r.number = k.value AND r.subject IS NOT NULL
    ORDER BY 1 LIMIT 1) f
  ORDER BY a.n LIMIT 1
$$;

-- A facet as it is shown: with the time from which on it is stale.
CREATE FUNCTION shown_facet(facet text, said text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN said IS NOT NULL THEN said::jsonb || coalesce(
    (SELECT jsonb_build_object('stale_at', to_char(((said::jsonb ->>
      'as_of')::timestamptz + r.stale_after) AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS"Z"')) FROM facet_rule r
      WHERE r.facet = shown_facet.facet AND r.stale_after IS NOT NULL), '{}')
  END
$$;

CREATE FUNCTION utc_text(at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- All that is known of an order, in the words of enrichment.json.
CREATE FUNCTION order_context(wanted text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT jsonb_strip_nulls(jsonb_build_object(
    'order', (SELECT jsonb_build_object('id', o.id, 'number', o.number,
        'placed_at', utc_text(o.placed_at),
        'currency', o.doc::jsonb ->> 'currency', 'total_minor', o.total_minor,
        'confirmation', shown_facet('confirmation', s.confirmation),
        'payment', shown_facet('payment', s.payment),
        'fulfilment', shown_facet('fulfilment', s.fulfilment),
        'returns', shown_facet('returns', s.returns),
        'exceptions', shown_facet('exceptions', s.exceptions))
      FROM orders o LEFT JOIN order_status s ON s.order_id = wanted
      WHERE o.id = wanted),
    'shipments', (SELECT jsonb_agg(jsonb_build_object('id', s.id,
        'source', split_part(s.id, '/', 1),
        'carrier', s.doc::jsonb ->> 'carrier',
        'tracking_number', s.tracking_number, 'status', s.status,
        'milestone', m.code, 'milestone_at', utc_text(m.at),
        'as_of', utc_text(to_timestamp(s.at_us / 1e6))) ORDER BY s.id)
      FROM shipments s LEFT JOIN LATERAL (SELECT m.code, m.at
        FROM shipment_milestone m WHERE m.shipment_id = s.id
        ORDER BY m.at DESC NULLS LAST, m.milestone_no DESC LIMIT 1) m ON true
      WHERE s.subject = wanted AND NOT s.deleted),
    'returns', (SELECT jsonb_agg(jsonb_build_object('id', r.id,
        'source', split_part(r.id, '/', 1), 'number', r.number,
        'status', r.status, 'as_of', utc_text(to_timestamp(r.at_us / 1e6)))
        ORDER BY r.id)
      FROM returns r WHERE r.subject = wanted AND NOT r.deleted),
    'refunds', (SELECT jsonb_agg(jsonb_build_object('id', r.id,
        'source', split_part(r.id, '/', 1),
        'currency', r.doc::jsonb ->> 'currency',
        'amount_minor', r.amount_minor,
        'status', coalesce(r.doc::jsonb ->> 'status', 'success'),
        'at', r.doc::jsonb ->> 'at') ORDER BY r.id)
      FROM refunds r WHERE r.subject = wanted AND NOT r.deleted),
    'stock', (SELECT jsonb_agg(jsonb_build_object('sku', k.sku,
        'available', k.available, 'state', k.state,
        'as_of', k.doc::jsonb ->> 'as_of') ORDER BY k.sku)
      FROM stock k WHERE k.doc IS NOT NULL AND k.sku IN
        (SELECT l.sku FROM order_line l WHERE l.order_id = wanted))))
$$;
