/* Budgets: see budgets.h. */
#include "transport/budgets/budgets.h"

#include "proto/base/address.h"
#include "proto/base/log.h"
#include "proto/base/network.h"
#include "proto/config/config_live.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static const uint64_t SECOND = 1000000000;

/* ---- the table ---- */

#define ROW(symbol, name, kind, per, field, period, error, about)                                                      \
    [BUDGET_##symbol] = {                                                                                              \
        name, #field, about, BUDGET_##kind, PER_##per, ERROR_##error, offsetof(struct config, field), period           \
    },

const struct budget_row budget_rows[BUDGET_COUNT] = { BUDGETS(ROW) };

const char *budget_per_name(enum budget_per per)
{
    static const char *const names[PER_COUNT] = { [PER_PERSON] = "person",
                                                  [PER_ADDRESS] = "address",
                                                  [PER_ALL] = "all",
                                                  [PER_ACCOUNT] = "account",
                                                  [PER_PAIR] = "account and address" };
    return names[per];
}

int64_t budget_most(enum budget b)
{
    int64_t most;
    memcpy(&most, (const char *)config_here() + budget_rows[b].at, sizeof most);
    return most;
}

uint32_t budget_period_s(enum budget b)
{
    uint32_t period = budget_rows[b].period_s;
    return period == LOGIN_WINDOW ? (uint32_t)config.login_window : period;
}

/* ---- payers ---- */

static uint64_t mixed(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15); /* as splitmix64 does */
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 27;
}

struct payer payer_address(const struct sockaddr_storage *a)
{
    struct payer p = { 0 };
    if (a->ss_family == AF_INET)
        p.low = ntohl(((const struct sockaddr_in *)a)->sin_addr.s_addr);
    else if (a->ss_family == AF_INET6)
        memcpy(&p.high, ((const struct sockaddr_in6 *)a)->sin6_addr.s6_addr, sizeof p.high);
    return p;
}

struct payer payer_digest(struct text name, const struct sockaddr_storage *at)
{
    struct payer from = at ? payer_address(at) : payer_all();
    union {
        unsigned char bytes[EVP_MAX_MD_SIZE];
        uint64_t word;
    } digest;
    if (!EVP_Digest(name.p, name.n, digest.bytes, NULL, EVP_sha256(), NULL))
        digest.word = text_digest(name); /* without memory */
    return (struct payer){ 3, mixed(mixed(digest.word, from.high), from.low) };
}

void payer_put(struct payer who, char ret[static BUDGET_PAYER_MAX])
{
    struct sockaddr_storage a = { .ss_family = who.high ? AF_INET6 : AF_INET };
    char host[ADDRESS_TEXT_MAX];
    if (who.high == payer_all().high) {
        snprintf(ret, BUDGET_PAYER_MAX, "all");
        return;
    }
    if (who.high == payer_person(0).high) {
        snprintf(ret, BUDGET_PAYER_MAX, "user %d", (int)who.low);
        return;
    }
    if (who.high == 3) {
        snprintf(ret, BUDGET_PAYER_MAX, "digest %016llx", (unsigned long long)who.low);
        return;
    }
    if (who.high)
        memcpy(((struct sockaddr_in6 *)&a)->sin6_addr.s6_addr, &who.high, sizeof who.high);
    else
        ((struct sockaddr_in *)&a)->sin_addr.s_addr = htonl((uint32_t)who.low);
    address_put_host(&a, host);
    snprintf(ret, BUDGET_PAYER_MAX, "%s%s", host, who.high ? "/64" : "");
}

/* ---- spending ---- */

static struct buckets *buckets; /* of all workers; NULL in some tests, which share nothing */
static uint64_t secret;

/* One worker's. */
static struct worker_overs {
    struct overs of[BUDGET_COUNT];
    uint64_t told[BUDGET_COUNT][BUDGET_OVER_KEPT]; /* when it was logged, by worker_now */
} overs[WORKERS_MOST];

uint64_t budget_key(enum budget b, struct payer who)
{
    return mixed(mixed(mixed(secret, (uint64_t)b + 1), who.high), who.low);
}

/* The payer's place among those refused, or the one whose last refusal is oldest. */
static struct over *place_of(struct overs *o, struct payer who)
{
    struct over *oldest = &o->kept[0];
    for (uint32_t i = 0; i < o->n; i++) {
        struct over *at = &o->kept[i];
        if (at->who.high == who.high && at->who.low == who.low)
            return at;
        if (at->last < oldest->last)
            oldest = at;
    }
    return o->n < BUDGET_OVER_KEPT ? &o->kept[o->n++] : oldest;
}

static void tell(enum budget b, const struct over *over)
{
    char who[BUDGET_PAYER_MAX];
    payer_put(over->who, who);
    log_warn("over a budget", F_STR("budget", budget_rows[b].name), F_STR("who", who),
             F_INT("times", (int64_t)over->times));
}

static void note(struct worker *w, enum budget b, struct payer who)
{
    struct worker_overs *mine = &overs[worker_index(w)];
    struct overs *o = &mine->of[b];
    struct over *over = place_of(o, who);
    uint64_t *told = &mine->told[b][over - o->kept], now = worker_now(w);
    if (over->who.high != who.high || over->who.low != who.low || !over->times) {
        *over = (struct over){ .who = who, .first = worker_wall(w) };
        *told = 0;
    }
    o->refused++;
    over->times++;
    over->last = worker_wall(w);
    if (*told && now - *told < 60 * SECOND)
        return;
    *told = now;
    tell(b, over);
}

uint64_t budget_spend_of(struct worker *w, enum budget b, struct payer who, uint64_t n, uint64_t most)
{
    uint64_t period = budget_period_s(b) * SECOND;
    uint64_t wait = buckets ? buckets_take(buckets, budget_key(b, who), n, most, period, worker_now(w)) : 0;
    if (wait)
        note(w, b, who);
    return wait;
}

void budget_return_of(struct worker *w, enum budget b, struct payer who, uint64_t n, uint64_t most)
{
    if (buckets)
        buckets_give(buckets, budget_key(b, who), n, most, budget_period_s(b) * SECOND, worker_now(w));
}

uint64_t budget_spend(struct worker *w, enum budget b, struct payer who, uint64_t n)
{
    int64_t most = budget_most(b);
    return most ? budget_spend_of(w, b, who, n, (uint64_t)most) : 0;
}

void budget_return(struct worker *w, enum budget b, struct payer who, uint64_t n)
{
    int64_t most = budget_most(b);
    if (most)
        budget_return_of(w, b, who, n, (uint64_t)most);
}

enum hold budget_hold(struct worker *w, enum budget b, struct payer who, uint64_t n)
{
    int64_t most = budget_most(b);
    enum hold held =
        buckets ? buckets_hold(buckets, budget_key(b, who), n, most ? (uint64_t)most : UINT64_MAX) : HELD_UNKEPT;
    if (held == HELD_REFUSED)
        note(w, b, who);
    return held;
}

void budget_release(enum budget b, struct payer who, uint64_t n)
{
    buckets_release(buckets, budget_key(b, who), n);
}

const struct overs *budget_overs(struct worker *w, enum budget b)
{
    return &overs[worker_index(w)].of[b];
}

/* ---- the part ---- */

static bool part_prepare(const struct setup *s)
{
    buckets = buckets_create();
    return buckets && getrandom(&secret, sizeof secret, 0) == sizeof secret;
}

static void part_finish(void)
{
    buckets_destroy(buckets);
    buckets = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    overs[worker_index(w)] = (struct worker_overs){ 0 };
    return true;
}

static const struct queue_row queues[] = {
    { "budgets", "who has used something that is shared, or holds it", "65536 of each",
      "who could use all of it first makes way; who would hold something is let in uncounted",
      "whoever has that many addresses; it costs who could use all of his", NULL },
    { "over_budgets", "who was refused for having used up a budget, per worker", "8 per budget",
      "whose last refusal is oldest makes way", "whoever is refused; it is only what operators see", NULL },
    { 0 },
};

#define METRIC(symbol, name, kind, per, field, period, error, about)                                                   \
    { "lectern_over_budget_total",                                                                                     \
      BUDGET_##symbol ? NULL : "Times that somebody was refused who had used up a budget.", "budget=\"" name "\"" },

static const struct metric_row metrics[] = { BUDGETS(METRIC){ 0 } };

static void read_metrics(struct worker *w, uint64_t *ret)
{
    for (int b = 0; b < BUDGET_COUNT; b++)
        ret[b] = budget_overs(w, (enum budget)b)->refused;
}

const struct part budgets_part = {
    .name = "budgets",
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .queues = queues,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
