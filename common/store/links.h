/* links.h - rows that came before the order that they speak of.
 *
 * There are no foreign keys between entities: a payment that quotes an order's
 * number may be stored before the order. It has no subject then, and waits.
 * Each process that owns lanes looks now and then for waiting rows whose order
 * is known by now, and puts them again as they are: the same statement, the
 * same rank, found again under locks like any other. */
#ifndef FLOTILLA_STORE_LINKS_H
#define FLOTILLA_STORE_LINKS_H

#include "store/changeset.h"

/* Asks for rows that can be linked, and for heads that show what is not so any
 * more. */
void links_send_unlinked(const struct store *store, struct pg *pg);

/* Puts what was found; the number of rows and heads. INVALID: a stored
 * document cannot be read. */
bool links_put_unlinked(struct changeset *cs, const struct store *store,
			struct arena *arena, const struct pg_reply *replies,
			int *rows, struct err *err) MUST_CHECK;

#endif
