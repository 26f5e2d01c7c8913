/* Signing: what sign-up and sign-in have in common in every area with passwords. Hashing and comparing run on the
 * blocking pool; an unknown account takes the time of a wrong password and says the same; failures are limited (attempts.h),
 * and so are sign-ups of an address. Worker's thread.
 * The password is the body's field `password`. */
#pragma once

#include "proto/identity/password.h"
#include "transport/http/request.h"

/* Hashes the password of who signs up, then calls done once; or answers 429 or 503. */
void signing_hash(struct request *rq, void (*done)(struct request *rq, const char *hash));

/* Who wants to sign in, as far as it is known. */
struct signing_account {
    struct text key;               /* what failures are counted by: the account's name, unlike any other area's */
    int32_t user_id;               /* its number, of the area that keeps the hash; 0: there is no such account */
    struct text stored;            /* the hash on file; absent or empty: no password fits */
    enum error wrong;              /* what a wrong password is told */
    const struct statement *renew; /* replaces an old form of the hash: as ACCOUNT_RENEW_HASH takes it; NULL: that */
};

/* A guess at what is of no account, such as a code. False: its address has made too many, which has been answered. */
bool signing_guess(struct request *rq);
void signing_guessed(struct request *rq); /* it was right, or none: it does not count */

/* The old password against the account and, if it fits, the hash of the new one: the body's fields `old_password` and
 * `new_password`. Calls done once, or it has been answered. */
void signing_replace(struct request *rq, const struct signing_account *account,
                     void (*done)(struct request *rq, const char *hash));

/* When the person of this request proves who they are, seconds since 1970: no later than the account was read, so that
 * what revokes their tokens meanwhile revokes this one too; no earlier than what had been revoked by then
 * (`tokens_from` as it was read). */
int64_t signing_time(const struct request *rq, int64_t tokens_from);

/* Takes an attempt, compares, and renews an old form of hash. Calls good once if the password fits; else it has been answered.
 * The account's texts are borrowed during the call only. */
void signing_compare(struct request *rq, const struct signing_account *account, void (*good)(struct request *rq));
