/* http_address.c - the special-purpose registries of IANA, as two tables. */
#include "io/http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct range {
	uint8_t prefix[16];
	unsigned bits;
};

static const struct range special4[] = {
	{{0}, 8},	      /* this network */
	{{10}, 8},	      /* private */
	{{100, 64}, 10},      /* shared, behind a carrier's NAT */
	{{127}, 8},	      /* loopback */
	{{169, 254}, 16},     /* link-local: clouds' metadata */
	{{172, 16}, 12},      /* private */
	{{192, 0, 0}, 24},    /* protocol assignments */
	{{192, 0, 2}, 24},    /* documentation */
	{{192, 88, 99}, 24},  /* 6to4 relays */
	{{192, 168}, 16},     /* private */
	{{198, 18}, 15},      /* benchmarks */
	{{198, 51, 100}, 24}, /* documentation */
	{{203, 0, 113}, 24},  /* documentation */
	{{224}, 3},	      /* multicast, reserved, broadcast */
};

/* Of the global unicast range; outside of it nothing is public. */
static const struct range special6[] = {
	{{0x20, 0x01, 0x00}, 23},	/* protocols, Teredo among them */
	{{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
	{{0x3f, 0xff, 0x00}, 20},	/* documentation */
};
static const struct range global6 = {{0x20}, 3};
static const struct range mapped4 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
				     96};
static const struct range nat64 = {{0x00, 0x64, 0xff, 0x9b}, 96};
static const struct range sixtofour = {{0x20, 0x02}, 16};

static bool within(const uint8_t *address, const struct range *range)
{
	unsigned whole = range->bits / 8, rest = range->bits % 8;

	if (memcmp(address, range->prefix, whole) != 0)
		return false;
	return !rest ||
	       (address[whole] ^ range->prefix[whole]) >> (8 - rest) == 0;
}

static bool within_any(const uint8_t *address, const struct range *ranges,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (within(address, &ranges[i]))
			return true;
	return false;
}

static bool public4(const uint8_t *address)
{
	return !within_any(address, special4, COUNT(special4));
}

static bool public6(const uint8_t *address)
{
	if (within(address, &mapped4) || within(address, &nat64))
		return public4(address + 12);
	if (within(address, &sixtofour))
		return public4(address + 2);
	return within(address, &global6) &&
	       !within_any(address, special6, COUNT(special6));
}

bool address_is_public(const struct sockaddr *address)
{
	const struct sockaddr_in *in = (const void *)address;
	const struct sockaddr_in6 *in6 = (const void *)address;

	if (address->sa_family == AF_INET)
		return public4((const uint8_t *)&in->sin_addr);
	if (address->sa_family == AF_INET6)
		return public6(in6->sin6_addr.s6_addr);
	return false;
}

bool address_text_is_public(const char *text)
{
	uint8_t address[16];

	if (inet_pton(AF_INET, text, address) == 1)
		return public4(address);
	return inet_pton(AF_INET6, text, address) == 1 && public6(address);
}
