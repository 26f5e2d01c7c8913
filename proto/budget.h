/* Budget: what clients share of the server, a row each: symbol, name, kind, for whom it is counted, the field of the
 * parameter that says how much (0: as much as one likes), the period in seconds, or LOGIN_WINDOW: as the parameter of that
 * name says, the answer to who has used it up, and what is counted. Two kinds: of a RATE so much may be used at once, and
 * as much again after the period; of a LEVEL so much may be held at a time. A new budget is a row here and one of proto/config/config.h; who spends it says so by
 * request_spend (transport/http/request.h) or transport/budgets/budgets.h. Any thread. */
#pragma once

#include "proto/config/config.h"
#include "proto/errors.h"

#define BUDGETS(X)                                                                                                     \
    X(ACTIONS, "actions", RATE, PERSON, budget_actions, 10, TOO_MANY_REQUESTS,                                         \
      "requests that change something, on sockets too")                                                                \
    X(MESSAGES, "messages", RATE, PERSON, budget_messages, 10, TOO_MANY_REQUESTS,                                      \
      "messages on sockets and their pings; who sends more is read later")                                             \
    X(REQUESTS, "requests", LEVEL, PERSON, budget_requests, 0, TOO_MANY_REQUESTS, "requests under way")                \
    X(STREAMS, "streams", LEVEL, PERSON, budget_streams, 0, TOO_MANY_STREAMS, "event streams and sockets")             \
    X(SIGNALS, "signals", RATE, PERSON, budget_signals, 10, TOO_MANY_REQUESTS, "signals of live voice to others")      \
    X(SIGNAL_BYTES, "signal_bytes", RATE, PERSON, budget_signal_bytes, 10, TOO_MANY_REQUESTS, "their bytes")           \
    X(BODIES, "bodies", LEVEL, ADDRESS, budget_bodies, 0, TOO_MANY_REQUESTS,                                           \
      "bytes of bodies that wait for the rest of them or for their answer")                                            \
    X(ALL_BODIES, "all_bodies", LEVEL, ALL, budget_all_bodies, 0, OVERLOADED, "the same, of all together")             \
    X(GUESSES, "guesses", RATE, PAIR, login_failures, LOGIN_WINDOW, TOO_MANY_ATTEMPTS,                                 \
      "failed sign-ins of an account from one address")                                                                \
    X(ACCOUNT_GUESSES, "account_guesses", RATE, ACCOUNT, login_failures_account, LOGIN_WINDOW, TOO_MANY_ATTEMPTS,      \
      "the same from all addresses, but from where somebody has signed in, and but the first of each")                 \
    X(ADDRESS_GUESSES, "address_guesses", RATE, ADDRESS, login_failures_address, LOGIN_WINDOW, TOO_MANY_ATTEMPTS,      \
      "the same of all accounts, and guesses of sign-up codes")                                                        \
    X(GOOGLE_GUESSES, "google_guesses", RATE, ADDRESS, google_failures, LOGIN_WINDOW, TOO_MANY_ATTEMPTS,               \
      "refused sign-ins with Google")                                                                                  \
    X(REFRESH_GUESSES, "refresh_guesses", RATE, PAIR, refresh_failures, 60, TOO_MANY_REFRESHES,                        \
      "refused tries of a token that gets new ones, which the contract limits")                                        \
    X(SIGN_UPS, "sign_ups", RATE, ADDRESS, budget_sign_ups, 60, TOO_MANY_REQUESTS, "sign-ups with a password")         \
    X(UPLOADS, "uploads", LEVEL, PERSON, budget_uploads, 0, TOO_MANY_UPLOADS, "uploads of files under way")            \
    X(INVITES, "invites", RATE, PERSON, budget_invites, 60, TOO_MANY_INVITES, "invitations to a class")                \
    X(QUESTIONS, "questions", RATE, PERSON, budget_questions, 60, TOO_MANY_REQUESTS, "questions to the tutor's model") \
    X(VOICES, "voices", RATE, PERSON, budget_voices, 60, TOO_MANY_REQUESTS, "recordings to be decoded or embedded")    \
    X(LOOKUPS, "lookups", RATE, PERSON, coaching_lookups, 60, TOO_MANY_LOOKUPS,                                        \
      "addresses about which somebody asks whose they are")

enum budget_kind { BUDGET_RATE, BUDGET_LEVEL };
/* An account is whatever somebody calls himself who is not known yet; a pair, that and a client address. */
enum budget_per { PER_PERSON, PER_ADDRESS, PER_ALL, PER_ACCOUNT, PER_PAIR, PER_COUNT };
enum { LOGIN_WINDOW = 1 << 20 }; /* as a period: what the parameter login-window says */

#define BUDGET_SYMBOL(symbol, name, kind, per, field, period, error, about) BUDGET_##symbol,
enum budget { BUDGETS(BUDGET_SYMBOL) BUDGET_COUNT };
#undef BUDGET_SYMBOL
