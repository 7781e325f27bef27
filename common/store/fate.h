/* fate.h - what becomes of a message: the columns of the ledger.
 *
 * A message with several records has the first fate in this order that one of
 * them has. GAP and LOST are fates of offsets, not of messages. */
#ifndef FLOTILLA_STORE_FATE_H
#define FLOTILLA_STORE_FATE_H

enum fate {
	FATE_DEAD,
	FATE_PARKED,
	FATE_APPLIED,
	FATE_SUPERSEDED, /* a newer version was there */
	FATE_DUPLICATE,	 /* nothing in it was new */
	FATE_SKIPPED,	 /* the mapping says: not of interest */
	FATE_GAP,	 /* an offset without a message */
	FATE_LOST,	 /* skipped by an operator */
	FATE_COUNT,
};

/* The ledger's column: "applied". */
static inline const char *fate_name(enum fate fate)
{
	static const char *const names[FATE_COUNT] = {
		[FATE_DEAD] = "dead",
		[FATE_PARKED] = "parked",
		[FATE_APPLIED] = "applied",
		[FATE_SUPERSEDED] = "superseded",
		[FATE_DUPLICATE] = "duplicate",
		[FATE_SKIPPED] = "skipped",
		[FATE_GAP] = "gap",
		[FATE_LOST] = "lost",
	};

	return names[fate];
}

#endif
