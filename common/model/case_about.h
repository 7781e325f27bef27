/* case_about.h - what a service case is about, as far as it says so itself.
 *
 * Numbers and addresses out of its fields, and out of what people wrote, each
 * with a confidence out of 100. A pure function: no I/O, no clock.
 *
 *	100	the desk's own field for it
 *	 90	of a form that means nothing else: a UPS number, a mail address
 *	 80	behind a word that announces it: "order 1001", "RMA-17"
 *	 60	behind a mere "#" */
#ifndef FLOTILLA_MODEL_CASE_ABOUT_H
#define FLOTILLA_MODEL_CASE_ABOUT_H

#include "model/case.h"
#include "model/enrichment.h"

enum { CASE_ABOUT_MAX = 20 };

/* The surest first; each value once. Texts are the case's own. What the
 * customer cannot read, the customer did not write: it is not looked at, and
 * so our own notes are not. */
uint32_t case_about_find(const struct service_case *c,
			 struct case_about out[CASE_ABOUT_MAX]);

/* "order:1001", the form in which the store looks for it. */
struct str case_about_key(const struct case_about *about, struct arena *arena);

#endif
