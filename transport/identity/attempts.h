/* Attempts: who may try a password now. An attempt is taken before anything is compared, so that many at once are no more
 * than one after the other, and given back when it was right. It is counted for its account and address, for the address,
 * and for the account from wherever; but that last limit is for strangers: of what comes from where the account has been
 * signed in during the last day nothing is counted for it, and of any other address the first attempt in a window is not.
 * Any worker's thread. */
#pragma once

#include "actors/runtime/worker.h"
#include "transport/budgets/budgets.h"

bool attempts_setup(void); /* by the main thread, before the workers; false without memory */
void attempts_finish(void);

struct attempt {
    struct payer pair, account, address;
    bool counted, first; /* it was taken of the account's limit; it is the first of its pair */
};

/* account: in one spelling. 0: taken, and to be ended by one of the two below or to be counted as a failure. Else nothing
 * is taken, and in so many nanoseconds it could be. */
uint64_t attempt_take(struct worker *w, struct text account, const struct sockaddr_storage *from, struct attempt *ret);
void attempt_good(struct worker *w, const struct attempt *a); /* it was right: its pair begins anew, and is known */
void attempt_void(struct worker *w, const struct attempt *a); /* nothing was compared */
