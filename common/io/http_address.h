/* http_address.h - which addresses are the internet's, and which lead inside.
 */
#ifndef FLOTILLA_IO_HTTP_ADDRESS_H
#define FLOTILLA_IO_HTTP_ADDRESS_H

#include <stdbool.h>

struct sockaddr;

/* False for loopback, private, link-local, shared, documentation, multicast
 * and reserved ranges, in IPv6 for those wrapped up too (mapped, NAT64, 6to4),
 * and for whatever is no IP address. */
bool address_is_public(const struct sockaddr *address);

/* The same for an address as text, without brackets. */
bool address_text_is_public(const char *text);

#endif
