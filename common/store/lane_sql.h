/* lane_sql.h - the statements of the lane protocol, in one place.
 *
 * DESIGN section 3 says what they are for; tests/integration shows that they
 * hold. Parameters and rows are named beside each statement in lane_sql.c. */
#ifndef FLOTILLA_STORE_LANE_SQL_H
#define FLOTILLA_STORE_LANE_SQL_H

#include "io/pg.h"

enum lane_statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	LANE_INSERT,  /* group, topics, partitions, lows */
	LANE_HALTED,  /* group, topics, partitions -> topic, partition, why */
	LANE_CLAIM,   /* owner, group, topics, partitions -> LANE_CLAIM_* */
	LANE_OUTPUTS, /* lane ids -> OUTPUT_* ; marks them to be healed */
	LANE_LOCK,    /* lane ids, epochs, next offsets -> lane id */
	LANE_MOVE,    /* lane ids, next offsets, a count per fate */
	LANE_RELEASE, /* lane ids, epochs */
	LANE_HALT,    /* lane ids, epochs, whys */
	LANE_WATCH,   /* group, topics, partitions, epochs -> a row if one is
			 not as its owner believes; epoch -1: halted */
	LANE_CALM,    /* lane ids, epochs: no strikes any more */
	LANE_ASIDE, /* lane ids, epochs: not at work, so nobody dies on them */
	OUTPUT_INSERT, /* lane ids, bodies -> seq, in order */
	OUTPUT_DELETE, /* seqs */
	OUTPUT_CLEAR,  /* seqs, lane ids, epochs: DELETE with the fence */
	DEAD_LETTER,   /* DEAD_LETTER_* arrays */
	DEAD_RESOLVED, /* ids of letters that were tried again with success */
	DEAD_READ,     /* group, topics, partitions, offsets -> DEAD_READ_* */
	OUTPUT_DUE,    /* lane ids -> OUTPUT_*: to be told once more now */
	MAPPING_SEEN,  /* name, revision, hash -> the hash on record */
};

extern const struct pg_statement lane_statements[];

enum lane_claim_column {
	LANE_CLAIM_ID,
	LANE_CLAIM_TOPIC,
	LANE_CLAIM_PARTITION,
	LANE_CLAIM_EPOCH,
	LANE_CLAIM_NEXT,
	LANE_CLAIM_UNTIL,
	LANE_CLAIM_STRIKES,
};

enum dead_read_column {
	DEAD_READ_N, /* position in the lists, from 1 */
	DEAD_READ_STAGE,
	DEAD_READ_KIND,
	DEAD_READ_CLASS,
	DEAD_READ_TEXT,
	DEAD_READ_POINTER,
	DEAD_READ_MAPPING,
	DEAD_READ_MAPPING_REVISION,
	DEAD_READ_ATTEMPTS,
	DEAD_READ_TRACE,
	DEAD_READ_KEY,
	DEAD_READ_RAW,
};

enum output_column { OUTPUT_SEQ, OUTPUT_LANE, OUTPUT_BODY };

#endif
