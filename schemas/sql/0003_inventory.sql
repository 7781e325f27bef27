-- What may be promised of a thing: one row per SKU, derived from levels and
-- movements in the transaction that changes one of them.

CREATE TABLE stock (
  sku text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL,
  available bigint,
  state text,                            -- ok, low, out
  trace text,
  doc text,                              -- schemas/canonical/inventory.json
  changed_at timestamptz
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE stock ALTER COLUMN doc SET COMPRESSION lz4;

-- Movements of a SKU since a count.
ALTER TABLE inventory_movements ADD COLUMN at timestamptz;
DROP INDEX inventory_movements_subject;
CREATE INDEX inventory_movements_subject ON inventory_movements (subject, at)
  WHERE subject IS NOT NULL;

-- One row per SKU, place and source, as the stock was derived from it.
CREATE VIEW stock_position AS
SELECT s.sku, p ->> 'location' AS location, p ->> 'source' AS source,
  coalesce((p ->> 'speaks')::boolean, false) AS speaks,
  (p ->> 'available')::bigint AS available, (p ->> 'counted')::bigint AS counted,
  (p ->> 'moved')::bigint AS moved, (p ->> 'reserved')::bigint AS reserved,
  (p ->> 'incoming')::bigint AS incoming, (p ->> 'safety')::bigint AS safety,
  (p ->> 'as_of')::timestamptz AS as_of, p ->> 'level_id' AS level_id
FROM stock s CROSS JOIN LATERAL jsonb_array_elements(s.doc::jsonb -> 'locations')
  AS p;
