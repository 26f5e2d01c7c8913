/* Upgrade: from HTTP to a WebSocket (RFC 6455, section 4.2): what a request must say, and the answer that ends HTTP on its
 * connection. Subprotocols and extensions are offered in vain. Private to transport/http. */
#pragma once

#include "transport/http/request_state.h"

enum { UPGRADE_ACCEPT_MAX = 29 };

/* What keeps a request for an endpoint with a `socket` from becoming one, before anybody asks who calls; ERROR_OK:
 * nothing. */
enum error upgrade_refusal(const struct request *rq);

/* Sec-WebSocket-Accept of a well-formed Sec-WebSocket-Key. False: there is no memory. */
bool upgrade_accept(struct text key, char ret[static UPGRADE_ACCEPT_MAX]);

/* The header lines of an answer that asks for what is missing. */
extern const char upgrade_wanted[];
