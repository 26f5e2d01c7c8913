/* Attempt: what of a call's end is the same for every service that a parcel of the outbox goes to. Pure; any thread. */
#pragma once

#include "actors/notifier/notifier.h"
#include "transport/outbound/outbound.h"

struct attempt {
    enum parcel_fate fate;
    uint64_t delay_ms; /* at least so long; 0: as usual */
};

/* A call that brought no answer. Nothing was tried when it never left, or when it is we who stop. */
struct attempt attempt_unanswered(enum outbound_end end);

/* Milliseconds that Retry-After asks for (RFC 9110, 10.2.3), at most a day; 0 if it does not. now_s: seconds since 1970,
 * for one that names a date. */
uint64_t attempt_patience_ms(const struct outbound_answer *a, int64_t now_s);

/* Patience that has been asked for, as milliseconds: nothing below 0, and at most a day. */
uint64_t attempt_patience_of(int64_t seconds);

/* Nothing more is taken for this courier for so long. Its worker's thread. */
void attempt_close(struct courier *c, const struct worker *w, uint64_t ms);

/* The same for patience that a service has asked for, of everybody perhaps, or of this one message: at most a minute. */
void attempt_be_patient(struct courier *c, const struct worker *w, uint64_t ms);
