/* Budgets: how much of what is shared (proto/budget.h) each person, address or room has used, counted for all workers
 * together (actors/runtime/buckets.h), and who was refused lately. A worker's thread.
 *
 * Limits: BUCKET_PLACES payers at a time; BUDGET_OVER_KEPT of those refused per budget and worker, of which the one
 * whose last refusal is oldest makes way. */
#pragma once

#include "actors/part.h"
#include "actors/runtime/buckets.h"
#include "proto/budget.h"

enum { BUDGET_OVER_KEPT = 8, BUDGET_PAYER_MAX = 80 };

extern const struct part budgets_part;

/* Who a budget is counted for. Of IPv6 it is the network (/64): whoever has one address there has as many as he likes.
 * Private but for its makers: high is 0 of IPv4, 1 of a person, 2 of all, 3 of a digest, and of an IPv6 network more. */
struct payer {
    uint64_t high, low;
};

static inline struct payer payer_person(int32_t user_id)
{
    return (struct payer){ 1, (uint64_t)user_id };
}

static inline struct payer payer_all(void)
{
    return (struct payer){ 2, 0 };
}

struct payer payer_address(const struct sockaddr_storage *a);

/* Of a name that anybody can make up, such as an account's, and of an address or, with NULL, of none: its SHA-256, so that
 * nobody finds a name that is counted as somebody else's. */
struct payer payer_digest(struct text name, const struct sockaddr_storage *at);

/* ---- of a RATE ---- */

/* Spends n. 0: it is spent. Else it is not, and in so many nanoseconds it could be; the refusal is counted, and logged
 * once a minute for each payer. */
uint64_t budget_spend(struct worker *w, enum budget b, struct payer who, uint64_t n);
/* Gives back what was spent for nothing. */
void budget_return(struct worker *w, enum budget b, struct payer who, uint64_t n);
/* The same where it is not the parameter alone that says how much. most > 0. */
uint64_t budget_spend_of(struct worker *w, enum budget b, struct payer who, uint64_t n, uint64_t most);
void budget_return_of(struct worker *w, enum budget b, struct payer who, uint64_t n, uint64_t most);

/* ---- of a LEVEL ---- */

/* Holds n more. HELD_REFUSED: it would be over the budget, which is counted and logged likewise. HELD_KEPT: whoever has it
 * gives it back by budget_release, exactly once, on whatever worker. HELD_UNKEPT: nothing is to be given back. */
enum hold budget_hold(struct worker *w, enum budget b, struct payer who, uint64_t n);
void budget_release(enum budget b, struct payer who, uint64_t n);

/* ---- for operators ---- */

struct budget_row {
    const char *name, *parameter, *about;
    enum budget_kind kind;
    enum budget_per per;
    enum error error; /* the answer */
    size_t at;        /* of its parameter in struct config */
    uint32_t period_s;
};

extern const struct budget_row budget_rows[BUDGET_COUNT];

const char *budget_per_name(enum budget_per per);
int64_t budget_most(enum budget b); /* of the calling thread's view of the configuration */
uint32_t budget_period_s(enum budget b);

/* What a payer is counted by, which nobody can guess. */
uint64_t budget_key(enum budget b, struct payer who);

/* Who was refused. */
struct over {
    struct payer who;
    uint64_t times;
    int64_t first, last; /* microseconds since 1970 */
};

struct overs {
    uint64_t refused; /* since the start */
    uint32_t n;
    struct over kept[BUDGET_OVER_KEPT];
};

const struct overs *budget_overs(struct worker *w, enum budget b);

/* Writes who it is: "user 17", an address or network, "all", digits of a digest. */
void payer_put(struct payer who, char ret[static BUDGET_PAYER_MAX]);
