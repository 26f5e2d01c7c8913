/* Attempts: see attempts.h. What is known of pairs is kept apart from the budgets: nobody is refused by it, and a day of it
 * must not make limits of minutes forget. */
#include "transport/identity/attempts.h"

#include "proto/config/config.h"
#include "proto/config/config_live.h"

static const uint64_t SECOND = 1000000000, DAY_S = 86400;

static struct buckets *known; /* of a pair: that it was signed in; that it has had its first attempt */

bool attempts_setup(void)
{
    known = buckets_create();
    return known;
}

void attempts_finish(void)
{
    buckets_destroy(known);
    known = NULL;
}

/* ---- the account's limit ---- */

static uint64_t account_most(void)
{
    const struct config *c = config_here();
    return (uint64_t)(c->login_failures_account > c->login_failures ? c->login_failures_account : c->login_failures);
}

static uint64_t signed_in(const struct attempt *a)
{
    return budget_key(BUDGET_GUESSES, a->pair);
}

static uint64_t tried(const struct attempt *a)
{
    return budget_key(BUDGET_ACCOUNT_GUESSES, a->pair);
}

static uint64_t window(void)
{
    return (uint64_t)config.login_window * SECOND;
}

static uint64_t take_of_account(struct worker *w, struct attempt *a)
{
    uint64_t now = worker_now(w);
    if (buckets_taken(known, signed_in(a), DAY_S * SECOND, now))
        return 0;
    a->first = !buckets_take(known, tried(a), 1, 1, window(), now);
    if (a->first)
        return 0;
    uint64_t wait = budget_spend_of(w, BUDGET_ACCOUNT_GUESSES, a->account, 1, account_most());
    a->counted = !wait;
    return wait;
}

/* ---- all of them ---- */

uint64_t attempt_take(struct worker *w, struct text account, const struct sockaddr_storage *from, struct attempt *ret)
{
    *ret = (struct attempt){ payer_digest(account, from), payer_digest(account, NULL), payer_address(from) };
    uint64_t wait = budget_spend(w, BUDGET_GUESSES, ret->pair, 1);
    if (wait)
        return wait;
    wait = budget_spend(w, BUDGET_ADDRESS_GUESSES, ret->address, 1);
    if (!wait) {
        wait = take_of_account(w, ret);
        if (wait)
            budget_return(w, BUDGET_ADDRESS_GUESSES, ret->address, 1);
    }
    if (wait)
        budget_return(w, BUDGET_GUESSES, ret->pair, 1);
    return wait;
}

void attempt_void(struct worker *w, const struct attempt *a)
{
    budget_return(w, BUDGET_GUESSES, a->pair, 1);
    budget_return(w, BUDGET_ADDRESS_GUESSES, a->address, 1);
    if (a->counted)
        budget_return_of(w, BUDGET_ACCOUNT_GUESSES, a->account, 1, account_most());
    if (a->first)
        buckets_give(known, tried(a), 1, 1, window(), worker_now(w));
}

void attempt_good(struct worker *w, const struct attempt *a)
{
    uint64_t now = worker_now(w), day = DAY_S * SECOND;
    attempt_void(w, a);
    budget_return(w, BUDGET_GUESSES, a->pair, (uint64_t)budget_most(BUDGET_GUESSES));
    buckets_give(known, signed_in(a), 1, 1, day, now);
    (void)buckets_take(known, signed_in(a), 1, 1, day, now);
}
