/* mask.h - values made unreadable, their shape kept.
 *
 * Letters become x and digits 9, so that "+49 30 1234" is seen to be a number
 * with blanks in it, and nobody's. Names of members stay. */
#ifndef FLEETCTL_MASK_H
#define FLEETCTL_MASK_H

#include "json/json.h"

/* Text that is no JSON, or one value. */
void mask_text(struct buf *out, struct str text);

/* JSON with its strings masked; text that is no JSON as mask_text does. */
void mask_payload(struct arena *arena, struct buf *out, struct str payload);

#endif
