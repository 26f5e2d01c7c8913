/* Forwarded: who is behind proxies, by what they say in X-Forwarded-For or Forwarded (RFC 7239). Pure; any thread. */
#pragma once

#include "proto/base/network.h"

/* The client of a request with this head, which the parser has passed and which came from a trusted proxy: of what the
 * proxies say the address that stands furthest to the right and is none of theirs; the furthest to the left if all are.
 * Several lines are one list. What is no address (unknown, a name that hides one, garbage) ends the search at the proxy
 * that said it. If there is an X-Forwarded-For, Forwarded does not count: most proxies write the former and hand the
 * latter on as their clients sent it. False: nothing is said, so the client is the proxy. */
bool forwarded_for(struct text head, const struct networks *trusted, struct sockaddr_storage *ret);
