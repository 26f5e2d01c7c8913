/* Ask: what a client says on its socket becomes a request of an endpoint of its area, and the answer a message that
 * names it. Own worker's thread. */
#pragma once

#include "transport/ws/ws.h"

enum { WS_ASKS_MOST = 16 };

/* Does what an endpoint of its area does, in the name of its user as the person is now: the message is the body, the
 * path's parameters are in `params`, ended by an absent text. Rank, fields, refusals are the endpoint's. It is answered
 * by {"ref":…,"status":200,"body":…}, a refusal by {"ref":…,"status":4xx,"detail":…}; `ref` is the message's member of
 * this name, of any type, and absent if that is. Answers come in the order of the calls; with WS_ASKS_MOST under way the
 * socket is paused. It may be gone afterwards. */
void ws_ask(struct socket *s, const struct endpoint *e, const struct text *params, struct text message);
