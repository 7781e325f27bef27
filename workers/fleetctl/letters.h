/* letters.h - which dead letters a line of fleetctl speaks of. */
#ifndef FLEETCTL_LETTERS_H
#define FLEETCTL_LETTERS_H

#include "ctl.h"
#include "io/kafka_producer.h"

/* Options that choose letters, for the head of a command's table. */
#define LETTER_FILTERS                                                         \
	{"topic", "TOPIC", "only of this topic"},                              \
		{"group", "GROUP", "only of this consumer group"},             \
		{"class", "CLASS", "only this error class, as not-json"},      \
		{"since", "TIME",                                              \
		 "only those made since: RFC 3339, or 15m, 2h, 7d"},           \
	{                                                                      \
		"state", "STATE",                                              \
			"open (the default), retried, resolved, discarded, "   \
			"rewound, all"                                         \
	}

/* Rows of dead_letter that the words (ids) or the filters choose; `columns`
 * is SQL of ours. Newest first; --limit. With words the state does not
 * matter. */
bool letters_query(struct ctl *ctl, const char *columns,
		   struct pg_table *out) MUST_CHECK;

/* For changes: words, or --all with filters; never everything by accident. */
bool letters_chosen(struct ctl *ctl) MUST_CHECK;

/* Sets a letter's state if it still is one of `from` (a PostgreSQL array);
 * `changed` says whether it was. */
bool letter_set(struct ctl *ctl, const char *id, const char *from,
		const char *to, const char *reason, bool *changed) MUST_CHECK;

/* One letter out again, on the topic that it came from: the same bytes and
 * headers, and where it first stood. Waits for Kafka's word. */
bool letter_publish(struct ctl *ctl, struct kafka_producer *producer,
		    const char *id) MUST_CHECK;

/* How Kafka answered what letter_publish has sent. */
struct kafka_producer_handler letter_handler(struct ctl *ctl);

#endif
