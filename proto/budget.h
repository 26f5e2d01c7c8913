/* Budget: what clients share of the server, a row each: symbol, name, kind, for whom it is counted, the field of the
 * parameter that says how much (0: as much as one likes), the period in seconds, the answer to who has used it up, and
 * what is counted. Two kinds: of a RATE so much may be used at once, and as much again after the period; of a LEVEL so
 * much may be held at a time. A new budget is a row here and one of proto/config/config.h; who spends it says so by
 * request_spend (transport/http/request.h) or transport/budgets/budgets.h. Any thread. */
#pragma once

#include "proto/config/config.h"
#include "proto/errors.h"

#define BUDGETS(X)                                                                                                     \
    X(ACTIONS, "actions", RATE, PERSON, budget_actions, 10, TOO_MANY_REQUESTS,                                         \
      "requests that change something, and messages on sockets")                                                       \
    X(REQUESTS, "requests", LEVEL, PERSON, budget_requests, 0, TOO_MANY_REQUESTS, "requests under way")                \
    X(STREAMS, "streams", LEVEL, PERSON, budget_streams, 0, TOO_MANY_STREAMS, "event streams and sockets")             \
    X(BODIES, "bodies", LEVEL, ADDRESS, budget_bodies, 0, TOO_MANY_REQUESTS,                                           \
      "bytes of bodies that wait for the rest of them or for their answer")                                            \
    X(ALL_BODIES, "all_bodies", LEVEL, ALL, budget_all_bodies, 0, OVERLOADED, "the same, of all together")

enum budget_kind { BUDGET_RATE, BUDGET_LEVEL };
enum budget_per { PER_PERSON, PER_ADDRESS, PER_ALL, PER_COUNT };

#define BUDGET_SYMBOL(symbol, name, kind, per, field, period, error, about) BUDGET_##symbol,
enum budget { BUDGETS(BUDGET_SYMBOL) BUDGET_COUNT };
#undef BUDGET_SYMBOL
