-- One table per canonical entity: what merging needs as columns, the record as
-- canonical JSON that was validated, beside it what schemas/canonical marks as
-- x-column. tests/unit fails when the two disagree. No foreign keys: a shipment
-- may come before its order.
--
-- subject: the order that a row speaks of; until it is known, (ref_system,
-- ref_id) say how its source calls it. Rows are updated in place: the fill
-- factor leaves room for that.

CREATE TABLE orders (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  number text,
  status text,
  placed_at timestamptz,
  total_minor bigint,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE orders ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX orders_subject ON orders (subject)
  WHERE subject <> id;
CREATE INDEX orders_unlinked ON orders (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE customers (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  email text,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE customers ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX customers_subject ON customers (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX customers_unlinked ON customers (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE shipments (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  number text,
  status text,
  tracking_number text,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE shipments ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX shipments_subject ON shipments (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX shipments_unlinked ON shipments (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE returns (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  number text,
  status text,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE returns ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX returns_subject ON returns (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX returns_unlinked ON returns (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE refunds (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  amount_minor bigint,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE refunds ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX refunds_subject ON refunds (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX refunds_unlinked ON refunds (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE credit_memos (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  number text,
  status text,
  total_minor bigint,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE credit_memos ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX credit_memos_subject ON credit_memos (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX credit_memos_unlinked ON credit_memos (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE invoices (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  number text,
  status text,
  total_minor bigint,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE invoices ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX invoices_subject ON invoices (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX invoices_unlinked ON invoices (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE payments (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  kind text,
  status text,
  amount_minor bigint,
  reference text,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE payments ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX payments_subject ON payments (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX payments_unlinked ON payments (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE inventory_levels (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  sku text,
  location text,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE inventory_levels ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX inventory_levels_subject ON inventory_levels (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX inventory_levels_unlinked ON inventory_levels (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE inventory_movements (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  sku text,
  location text,
  quantity bigint,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE inventory_movements ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX inventory_movements_subject ON inventory_movements (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX inventory_movements_unlinked ON inventory_movements (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

CREATE TABLE cases (
  id text COLLATE "C" PRIMARY KEY,
  subject text COLLATE "C",
  ref_system text COLLATE "C",
  ref_id text COLLATE "C",
  source_epoch smallint NOT NULL,
  version bigint NOT NULL,
  at_us bigint NOT NULL,
  at_offset bigint NOT NULL,
  mapping_revision int NOT NULL,
  revision bigint NOT NULL,
  hash bigint NOT NULL,
  deleted boolean NOT NULL,
  trace text,
  doc text,
  number text,
  status text,
  changed_at timestamptz NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE cases ALTER COLUMN doc SET COMPRESSION lz4;
CREATE INDEX cases_subject ON cases (subject)
  WHERE subject IS NOT NULL;
CREATE INDEX cases_unlinked ON cases (ref_system, ref_id)
  WHERE subject IS NULL AND ref_id IS NOT NULL;

-- An invoice or a shipment names an order by its number.
CREATE INDEX orders_number ON orders (number);

-- What people look at. Amounts are shown in major units beside the minor ones.
CREATE FUNCTION currency_exponent(currency text) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN currency IN ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG',
      'RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF','XTS') THEN 0
    WHEN currency IN ('BHD','IQD','JOD','KWD','LYD','OMR','TND') THEN 3
    WHEN currency IN ('CLF','UYW') THEN 4
    ELSE 2 END
$$;

CREATE FUNCTION major_units(minor bigint, currency text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT round(minor / (10::numeric ^ currency_exponent(currency)),
    currency_exponent(currency))
$$;

CREATE VIEW order_view AS
SELECT o.id, o.number, o.status, o.placed_at, d.doc ->> 'currency' AS currency,
  major_units(o.total_minor, d.doc ->> 'currency') AS total, o.total_minor,
  coalesce(o.subject, o.id) AS subject, o.revision, o.deleted, o.changed_at,
  d.doc
FROM orders o CROSS JOIN LATERAL (SELECT o.doc::jsonb AS doc) d;

CREATE VIEW order_line AS
SELECT o.id AS order_id, l.line_no::int, l.line ->> 'line_id' AS line_id,
  l.line ->> 'sku' AS sku, l.line ->> 'name' AS name,
  (l.line ->> 'quantity')::bigint AS quantity, d.doc ->> 'currency' AS currency,
  major_units((l.line ->> 'unit_price_minor')::bigint, d.doc ->> 'currency')
    AS unit_price,
  major_units((l.line ->> 'total_minor')::bigint, d.doc ->> 'currency')
    AS total,
  (l.line ->> 'unit_price_minor')::bigint AS unit_price_minor,
  (l.line ->> 'total_minor')::bigint AS total_minor, l.line
FROM orders o CROSS JOIN LATERAL (SELECT o.doc::jsonb AS doc) d
CROSS JOIN LATERAL jsonb_array_elements(d.doc -> 'lines')
  WITH ORDINALITY AS l (line, line_no)
WHERE NOT o.deleted;

CREATE VIEW shipment_milestone AS
SELECT s.id AS shipment_id, s.subject AS order_id, m.milestone_no::int,
  (m.milestone ->> 'at')::timestamptz AS at, m.milestone ->> 'code' AS code,
  m.milestone ->> 'text' AS text, m.milestone ->> 'place' AS place
FROM shipments s CROSS JOIN LATERAL
  jsonb_array_elements(s.doc::jsonb -> 'milestones')
  WITH ORDINALITY AS m (milestone, milestone_no)
WHERE NOT s.deleted;

-- How old a facet may be before it is called stale; order-status.json is the
-- source, and `fleetctl migrate` fills it from there.
CREATE TABLE facet_rule (
  facet text PRIMARY KEY,
  stale_after interval
);

-- One row per order and facet.
CREATE VIEW order_facet AS
SELECT s.order_id, f.facet, f.said ->> 'value' AS value,
  f.said ->> 'source' AS source, (f.said ->> 'as_of')::timestamptz AS as_of,
  coalesce((f.said ->> 'as_of')::timestamptz < now() - r.stale_after, false)
    AS stale,
  f.said -> 'conflicts' AS conflicts
FROM order_status s CROSS JOIN LATERAL (VALUES
  ('confirmation', s.confirmation::jsonb), ('payment', s.payment::jsonb),
  ('fulfilment', s.fulfilment::jsonb), ('returns', s.returns::jsonb),
  ('exceptions', s.exceptions::jsonb)) AS f (facet, said)
LEFT JOIN facet_rule r USING (facet)
WHERE f.said IS NOT NULL;

-- One row per order, as a service agent reads it.
CREATE VIEW order_status_view AS
SELECT s.order_id, o.number, s.revision, s.changed_at,
  s.confirmation::jsonb ->> 'value' AS confirmation,
  s.payment::jsonb ->> 'value' AS payment,
  s.fulfilment::jsonb ->> 'value' AS fulfilment,
  s.returns::jsonb ->> 'value' AS returns,
  s.exceptions::jsonb ->> 'value' AS exceptions,
  coalesce((SELECT array_agg(f.facet ORDER BY f.facet) FROM order_facet f
    WHERE f.order_id = s.order_id AND f.stale), '{}') AS stale,
  coalesce((SELECT array_agg(f.facet ORDER BY f.facet) FROM order_facet f
    WHERE f.order_id = s.order_id AND f.conflicts IS NOT NULL), '{}')
    AS conflicts
FROM order_status s LEFT JOIN orders o ON o.id = s.order_id;
