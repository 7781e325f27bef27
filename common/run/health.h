/* health.h - what a process says about itself over HTTP.
 *
 *	/metrics	Prometheus text
 *	/healthz	200 while the loop turns; 503 when it has not for a
 *minute /readyz		200 while the process holds its part of the work
 */
#ifndef FLOTILLA_RUN_HEALTH_H
#define FLOTILLA_RUN_HEALTH_H

#include "io/http_server.h"
#include "run/metrics.h"

/* For http_server_start(). */
struct http_handler health_handler(struct metrics *metrics);

#endif
