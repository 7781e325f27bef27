/* connectors.h - connector files by the names that people type. */
#ifndef FLEETCTL_CONNECTORS_H
#define FLEETCTL_CONNECTORS_H

#include "ctl.h"
#include "outbound/connector.h"

/* "acme" of "schemas/connectors/acme.json" */
const char *connector_name_of(struct ctl *ctl, const char *path);

/* schemas/connectors, or the system's file in it */
const char *connector_path(struct ctl *ctl, const char *system);

#endif
