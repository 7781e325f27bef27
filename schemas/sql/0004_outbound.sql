-- The way out: what other systems are to be told, and how they are.

-- "Tell this system the latest of this record": a row per (target, entity,
-- id), written in the transaction that changes the record. `wanted` and `told`
-- are revisions; ten changes in a second are one call. due_at is the only
-- clock: of the next try, or of the lease while a call is in flight. `fence`
-- tells owners apart: what an owner whose lease ran out has to say is refused.
CREATE TABLE delivery (
  target text COLLATE "C" NOT NULL,
  entity text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  wanted bigint NOT NULL,
  told bigint NOT NULL DEFAULT 0,
  told_hash bigint,                      -- of the request that told it
  due_at timestamptz,                    -- NULL: nothing is to be done
  since timestamptz NOT NULL,            -- untold since then
  fence bigint NOT NULL DEFAULT 0,
  tries int NOT NULL DEFAULT 0,          -- of what is wanted now, in a row
  sends bigint NOT NULL DEFAULT 0,       -- ever
  error text,                            -- of the last try, masked
  rejected text,                         -- why it is given up; NULL: it is not
  external_id text,                      -- what the target calls it
  trace text,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (target, entity, id),
  CHECK (due_at IS NOT NULL OR told >= wanted OR rejected IS NOT NULL)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX delivery_due ON delivery (target, due_at)
  WHERE due_at IS NOT NULL;
CREATE INDEX delivery_rejected ON delivery (target) WHERE rejected IS NOT NULL;

-- One row per target: a bucket of calls that the whole fleet shares, taken in
-- handfuls, and the circuit breaker. open_until in the future: open; in the
-- past with failures: half open, one call may try.
CREATE TABLE target (
  name text COLLATE "C" PRIMARY KEY,
  tokens double precision NOT NULL DEFAULT 0,
  filled_at timestamptz NOT NULL DEFAULT now(),
  failures int NOT NULL DEFAULT 0,       -- in a row
  open_until timestamptz NOT NULL DEFAULT '-infinity',
  paused boolean NOT NULL DEFAULT false,
  why text,                              -- it is open or paused
  changed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
