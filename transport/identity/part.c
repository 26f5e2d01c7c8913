/* Identity: the part of a worker: who people are, which tokens are good, who may try a password. */
#include "proto/config/config.h"
#include "store/statements.h"
#include "transport/identity/attempts.h"
#include "transport/identity/changed.h"
#include "transport/identity/identity.h"
#include "transport/people/people.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"

#include <stdlib.h>

enum { TOKEN_PLACES = 16384 };

static bool part_prepare(const struct setup *s)
{
    return attempts_setup();
}

static void part_finish(void)
{
    attempts_finish();
}

static bool part_open(struct worker *w, const struct setup *s)
{
    struct transport *t = transport_of(w);
    unsigned running = system_workers(s->system) > 1 ? 1 : 2; /* at most half of the pool, all together */
    t->people = people_create(w);
    t->tokens = token_cache_create(TOKEN_PLACES);
    t->passwords = pool_create(w, running, (unsigned)config.password_queue);
    t->changed = changed_create(w);
    return t->people && t->tokens && t->passwords && t->changed;
}

static void part_end(struct worker *w)
{
    pool_destroy(transport_of(w)->passwords);
}

static void part_close(struct worker *w)
{
    changed_destroy(transport_of(w)->changed);
    token_cache_destroy(transport_of(w)->tokens);
    people_destroy(transport_of(w)->people);
}

/* What was told while the connection was away has been missed. */
static void part_database(struct worker *w, bool up)
{
    people_forget(transport_of(w)->people, 0);
    streams_missed(transport_of(w)->streams);
}

/* Likewise before the first one was there. */
static void part_start(struct worker *w)
{
    people_forget(transport_of(w)->people, 0);
}

static void part_notified(struct worker *w, const char *payload)
{
    changed_here(w, atoi(payload));
}

static void read_passwords(struct worker *w, struct queue_numbers *ret)
{
    *ret = queue_of_pool(transport_of(w)->passwords);
}

static const struct queue_row queues[] = {
    { "passwords", "password checks, per worker", "`password-queue`", "the last one of whoever has most there: 503",
      "anybody who signs in or up, `login-failures-address`, `budget-sign-ups`; addresses take turns", read_passwords },
    { "known_addresses", "addresses from which an account was signed in or tried", "65536",
      "whose time ends first makes way", "whoever has that many addresses", NULL },
    { "tokens", "verified tokens, per worker", "fixed table", "the oldest of a set makes way",
      "whoever has tokens; one that is not there is asked for again", NULL },
    { "changes", "requests that wait until every worker knows what they have changed, per worker",
      "1024, half a second", "503; answered",
      "whoever signs out or changes a password or a role, `budget-actions` each", NULL },
    { "ended_sign_ins", "sign-ins of a person that have ended and whose tokens have not", "64",
      "with the oldest all as old as it end", "the person alone", NULL },
    { 0 },
};

static const struct memory_row memory[] = {
    { "tokens", "verified tokens" },
    { "people", "names and roles of who has called lately" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    ret[0].bytes = token_cache_memory(transport_of(w)->tokens, &ret[0].count);
    ret[1].bytes = people_memory(transport_of(w)->people, &ret[1].count);
}

static const struct metric_row metrics[] = {
    { "lectern_tokens_total", "Tokens looked up among those that have been verified.", "found=\"yes\"" },
    { "lectern_tokens_total", NULL, "found=\"no\"" },
    { 0 },
};

static void read_metrics(struct worker *w, uint64_t *ret)
{
    struct token_cache_stats s = token_cache_stats(transport_of(w)->tokens);
    ret[0] = s.hits;
    ret[1] = s.misses;
}

const struct part identity_part = {
    .name = "identity",
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .start = part_start,
    .end = part_end,
    .close = part_close,
    .database = part_database,
    .listen = &ACCOUNT_LISTEN,
    .channel = "account_changed",
    .notified = part_notified,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
