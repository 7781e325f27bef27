-- The runtime's own tables: lanes, outputs, dead letters, links between ids.
-- Applied by `fleetctl migrate` in one transaction.

-- What has been applied; oldest_binary: the oldest newest-schema that a binary
-- may know and still use this database.
CREATE TABLE schema_version (
  version int PRIMARY KEY,
  name text NOT NULL,
  hash bigint NOT NULL,
  oldest_binary int NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);

-- Raised by every claim and every operator's change; never goes back.
CREATE SEQUENCE lane_epoch;

-- A lane is (consumer group, topic, partition): who owns it, how far it is,
-- and what became of each offset. The ledger is a CHECK: no commit can leave
-- it out of balance.
CREATE TABLE lane (
  lane_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  epoch bigint NOT NULL DEFAULT nextval('lane_epoch'),
  owner text,                            -- NULL: let go cleanly
  from_offset bigint NOT NULL,
  next_offset bigint NOT NULL,
  until_offset bigint,                   -- a replay ends here; NULL: never
  applied bigint NOT NULL DEFAULT 0,
  duplicate bigint NOT NULL DEFAULT 0,
  superseded bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  dead bigint NOT NULL DEFAULT 0,
  parked bigint NOT NULL DEFAULT 0,
  gap bigint NOT NULL DEFAULT 0,
  lost bigint NOT NULL DEFAULT 0,
  tried_offset bigint NOT NULL DEFAULT -1,
  strikes smallint NOT NULL DEFAULT 0,
  halted text,                           -- why it stands still
  moved_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (consumer_group, topic, partition),
  CONSTRAINT ledger CHECK (next_offset - from_offset = applied + duplicate
    + superseded + skipped + dead + parked + gap + lost)
) WITH (fillfactor = 50);

-- What a lane was before an operator rewound or reset it.
CREATE TABLE lane_archive (
  archived_at timestamptz NOT NULL DEFAULT now(),
  reason text NOT NULL,
  operator text NOT NULL,
  was jsonb NOT NULL
);

-- One row a batch and lane: what that batch tells Kafka. Deleted when Kafka
-- has acknowledged it. keep_until: found by a claim, told once more then.
CREATE TABLE output (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lane_id int REFERENCES lane,
  body bytea NOT NULL,
  keep_until timestamptz
);
-- a batch says the same things many times over
ALTER TABLE output ALTER COLUMN body SET COMPRESSION lz4;
CREATE INDEX output_lane ON output (lane_id, seq);

-- One row a message that could not be used, with all that is needed to judge
-- it and to try it again.
CREATE TABLE dead_letter (
  dead_letter_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  log_offset bigint NOT NULL,
  stage text NOT NULL,                   -- decode, map, handle, store, publish
  error_kind text NOT NULL,
  error_class text NOT NULL,             -- stable, kebab-case
  error_text text NOT NULL,
  pointer text NOT NULL DEFAULT '',      -- JSON Pointer into the source
  mapping text,
  mapping_revision int,
  attempts int NOT NULL DEFAULT 1,
  state text NOT NULL DEFAULT 'open'
    CHECK (state IN ('open', 'retried', 'resolved', 'discarded', 'rewound')),
  -- part of its lane's ledger: false once the lane was rewound before it,
  -- and for what failed after the ledger (stage publish)
  counted boolean NOT NULL DEFAULT true,
  at_us bigint NOT NULL,                 -- the broker's timestamp
  trace text,
  key bytea,
  headers jsonb NOT NULL DEFAULT '[]',   -- [[name, base64 or null], ...]
  raw bytea,                             -- NULL: a tombstone
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now(),
  operator text,
  reason text,
  UNIQUE (consumer_group, topic, partition, log_offset, stage)
);
CREATE INDEX dead_letter_open ON dead_letter (created_at)
  WHERE state = 'open';

-- Under which ids other systems know a thing.
CREATE TABLE xref (
  entity text COLLATE "C" NOT NULL,
  system text COLLATE "C" NOT NULL,
  external_id text COLLATE "C" NOT NULL,
  canonical_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (entity, system, external_id)
);

-- What the business sees of an order: a function of the rows that speak of
-- it. Each facet is a JSON object {value, source, as_of, ...}. `parts` counts
-- the rows that have this order as their subject.
CREATE TABLE order_status (
  order_id text COLLATE "C" PRIMARY KEY,
  revision bigint NOT NULL,
  parts int NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  confirmation text,
  payment text,
  fulfilment text,
  returns text,
  exceptions text,
  trace text
) WITH (fillfactor = 70);

-- Which file a mapping revision was: the same number must stay the same file.
CREATE TABLE mapping_revision (
  mapping text NOT NULL,
  revision int NOT NULL,
  hash bigint NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (mapping, revision)
);
