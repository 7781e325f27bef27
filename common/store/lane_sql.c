/* lane_sql.c - the lane protocol's SQL. Source: REVIEW.md part 2, checked by
 * model/lane_model.py there. */
#include "store/lane_sql.h"

const struct pg_statement lane_statements[] = {
	[SQL_BEGIN] = {"begin", "BEGIN"},
	[SQL_COMMIT] = {"commit", "COMMIT"},
	[SQL_ROLLBACK] = {"rollback", "ROLLBACK"},
	/* a new lane starts at the low watermark, never at "latest" */
	[LANE_INSERT] =
		{"lane_insert",
		 "INSERT INTO lane (consumer_group, topic, partition, "
		 "from_offset, next_offset) "
		 "SELECT $1::text, u.topic, u.partition, u.low, u.low "
		 "FROM unnest($2::text[], $3::int[], $4::bigint[]) "
		 "AS u (topic, partition, low) "
		 "ORDER BY u.topic, u.partition ON CONFLICT DO NOTHING"},
	[LANE_HALTED] = {"lane_halted",
			 "SELECT l.topic, l.partition, l.halted FROM lane l "
			 "JOIN unnest($2::text[], $3::int[]) AS u (topic, "
			 "partition) ON l.topic = u.topic AND "
			 "l.partition = u.partition WHERE "
			 "l.consumer_group = $1::text AND "
			 "l.halted IS NOT NULL"},
	[LANE_CLAIM] =
		{"lane_claim",
		 "UPDATE lane l SET epoch = nextval('lane_epoch'), "
		 "owner = $1::text, tried_offset = next_offset, "
		 "strikes = CASE WHEN tried_offset < 0 THEN strikes "
		 "WHEN owner IS NULL OR owner = $1::text OR "
		 "next_offset <> tried_offset THEN 0 ELSE strikes + 1 END "
		 "FROM (SELECT i.lane_id FROM lane i JOIN unnest($3::text[], "
		 "$4::int[]) AS u (topic, partition) ON i.topic = u.topic AND "
		 "i.partition = u.partition WHERE i.consumer_group = $2::text "
		 "AND i.halted IS NULL ORDER BY i.lane_id FOR UPDATE OF i) c "
		 "WHERE l.lane_id = c.lane_id "
		 "RETURNING l.lane_id, l.topic, l.partition, l.epoch, "
		 "l.next_offset, l.until_offset, l.strikes"},
	/* found outputs are told at once, and once more after two minutes:
	 * by then no sender of an older epoch can still be heard */
	[LANE_OUTPUTS] = {"lane_outputs",
			  "UPDATE output o SET keep_until = coalesce("
			  "o.keep_until, now() + interval '2 minutes') "
			  "WHERE o.lane_id = ANY ($1::int[]) "
			  "RETURNING o.seq, o.lane_id, o.body"},
	[LANE_LOCK] = {"lane_lock",
		       "SELECT l.lane_id FROM lane l JOIN unnest($1::int[], "
		       "$2::bigint[], $3::bigint[]) AS u (lane_id, epoch, "
		       "expected) USING (lane_id) WHERE l.epoch = u.epoch AND "
		       "l.next_offset = u.expected ORDER BY l.lane_id "
		       "FOR UPDATE OF l"},
	[LANE_MOVE] =
		{"lane_move",
		 "UPDATE lane l SET next_offset = u.next_offset, "
		 "dead = l.dead + u.dead, parked = l.parked + u.parked, "
		 "applied = l.applied + u.applied, "
		 "superseded = l.superseded + u.superseded, "
		 "duplicate = l.duplicate + u.duplicate, "
		 "skipped = l.skipped + u.skipped, gap = l.gap + u.gap, "
		 "lost = l.lost + u.lost, moved_at = now() "
		 "FROM unnest($1::int[], $2::bigint[], $3::bigint[], "
		 "$4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], "
		 "$8::bigint[], $9::bigint[], $10::bigint[]) AS u (lane_id, "
		 "next_offset, dead, parked, applied, superseded, duplicate, "
		 "skipped, gap, lost) WHERE l.lane_id = u.lane_id"},
	[LANE_RELEASE] = {"lane_release",
			  "UPDATE lane l SET owner = NULL, strikes = 0 FROM "
			  "unnest($1::int[], $2::bigint[]) AS u (lane_id, "
			  "epoch) WHERE l.lane_id = u.lane_id AND "
			  "l.epoch = u.epoch"},
	[LANE_HALT] = {"lane_halt",
		       "UPDATE lane l SET halted = u.why, epoch = "
		       "nextval('lane_epoch') FROM unnest($1::int[], "
		       "$2::bigint[], $3::text[]) AS u (lane_id, epoch, why) "
		       "WHERE l.lane_id = u.lane_id AND l.epoch = u.epoch"},
	[LANE_WATCH] =
		{"lane_watch",
		 "SELECT l.lane_id FROM lane l JOIN unnest($2::text[], "
		 "$3::int[], $4::bigint[]) AS u (topic, partition, epoch) ON "
		 "l.topic = u.topic AND l.partition = u.partition WHERE "
		 "l.consumer_group = $1::text AND l.epoch <> u.epoch AND "
		 "(l.halted IS NULL OR u.epoch >= 0) LIMIT 1"},
	[LANE_CALM] = {"lane_calm",
		       "UPDATE lane l SET strikes = 0, tried_offset = -1 FROM "
		       "unnest($1::int[], $2::bigint[]) AS u (lane_id, epoch) "
		       "WHERE l.lane_id = u.lane_id AND l.epoch = u.epoch"},
	[LANE_ASIDE] = {"lane_aside",
			"UPDATE lane l SET tried_offset = -1 FROM "
			"unnest($1::int[], $2::bigint[]) AS u (lane_id, epoch) "
			"WHERE l.lane_id = u.lane_id AND l.epoch = u.epoch"},
	[OUTPUT_INSERT] = {"output_insert",
			   "INSERT INTO output (lane_id, body) SELECT u.* "
			   "FROM unnest($1::int[], $2::bytea[]) AS u "
			   "RETURNING seq"},
	[OUTPUT_DELETE] = {"output_delete",
			   "DELETE FROM output WHERE seq = ANY ($1::bigint[])"},
	[OUTPUT_CLEAR] = {"output_clear",
			  "DELETE FROM output o USING lane l JOIN "
			  "unnest($1::int[], $2::bigint[]) AS u (lane_id, "
			  "epoch) USING (lane_id, epoch) WHERE o.seq = ANY "
			  "($3::bigint[]) AND o.lane_id = l.lane_id"},
	/* the same message may die again after a rewind */
	[DEAD_LETTER] =
		{"dead_letter",
		 "INSERT INTO dead_letter AS d (consumer_group, topic, "
		 "partition, log_offset, stage, error_kind, error_class, "
		 "error_text, pointer, mapping, mapping_revision, attempts, "
		 "counted, at_us, trace, key, headers, raw) "
		 "SELECT $1::text, u.topic, u.partition, u.log_offset, "
		 "u.stage, u.error_kind, u.error_class, u.error_text, "
		 "u.pointer, u.mapping, u.mapping_revision, u.attempts, "
		 "u.counted, u.at_us, u.trace, u.key, u.headers::jsonb, u.raw "
		 "FROM unnest($2::text[], $3::int[], $4::bigint[], $5::text[], "
		 "$6::text[], $7::text[], $8::text[], $9::text[], $10::text[], "
		 "$11::int[], $12::int[], $13::boolean[], $14::bigint[], "
		 "$15::text[], $16::bytea[], $17::text[], $18::bytea[]) AS u "
		 "(topic, partition, log_offset, stage, error_kind, "
		 "error_class, error_text, pointer, mapping, "
		 "mapping_revision, attempts, counted, at_us, trace, key, "
		 "headers, raw) "
		 "ON CONFLICT (consumer_group, topic, partition, log_offset, "
		 "stage) DO UPDATE SET state = 'open', counted = "
		 "excluded.counted, attempts = d.attempts + 1, error_kind = "
		 "excluded.error_kind, error_class = excluded.error_class, "
		 "error_text = excluded.error_text, pointer = "
		 "excluded.pointer, mapping = excluded.mapping, "
		 "mapping_revision = excluded.mapping_revision, "
		 "at_us = excluded.at_us, trace = excluded.trace, key = "
		 "excluded.key, headers = excluded.headers, raw = "
		 "excluded.raw, "
		 "changed_at = now()"},
	[DEAD_RESOLVED] = {"dead_resolved",
			   "UPDATE dead_letter SET state = 'resolved', "
			   "changed_at = now() WHERE dead_letter_id = ANY "
			   "($1::bigint[]) AND state = 'retried'"},
	[DEAD_READ] = {"dead_read",
		       "SELECT u.n, d.stage, d.error_kind, d.error_class, "
		       "d.error_text, d.pointer, d.mapping, "
		       "d.mapping_revision, d.attempts, d.trace, d.key, d.raw "
		       "FROM unnest($2::text[], $3::int[], $4::bigint[]) WITH "
		       "ORDINALITY AS u (topic, partition, log_offset, n) "
		       "JOIN dead_letter d USING (topic, partition, "
		       "log_offset) WHERE d.consumer_group = $1::text AND "
		       "d.stage <> 'publish'"},
	[OUTPUT_DUE] = {"output_due",
			"SELECT seq, lane_id, body FROM output WHERE lane_id "
			"= ANY ($1::int[]) AND keep_until <= now() "
			"ORDER BY seq"},
	[MAPPING_SEEN] = {"mapping_seen",
			  "WITH seen AS (INSERT INTO mapping_revision "
			  "(mapping, revision, hash) VALUES ($1::text, "
			  "$2::int, $3::bigint) ON CONFLICT DO NOTHING) "
			  "SELECT hash FROM mapping_revision WHERE "
			  "mapping = $1::text AND revision = $2::int"},
	{NULL, NULL},
};
