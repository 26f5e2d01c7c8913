/* Pushes: see pushes.h. */
#include "transport/services/fcm/pushes.h"

#include "actors/notifier/notifier.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "store/statements.h"
#include "transport/services/fcm/courier.h"
#include "transport/transport.h"

#include <stdlib.h>

static struct fcm_key *key; /* immutable while the workers run */

bool pushes_on(void)
{
    return key;
}

static void read_key(void)
{
    struct buf why = { 0 };
    if (!*config.firebase_key) {
        log_info("pushes are off: FIREBASE_SERVICE_ACCOUNT_KEY is not set");
        return;
    }
    key = fcm_key_read(config.firebase_key, &why);
    if (!key)
        log_warn("pushes are off: the service account cannot be used", F_TEXT("why", buf_view(&why)));
    else
        log_info("pushes are on", F_STR("project", key->project));
    buf_fini(&why);
}

static bool part_prepare(const struct setup *s)
{
    const struct notifier_options o = { .attempts = (int32_t)config.outbox_attempts,
                                        .backoff_ms = (uint32_t)config.outbox_backoff,
                                        .max_age_s = (int32_t)config.outbox_max_age,
                                        .keep_days = (int32_t)config.outbox_keep };
    read_key();
    notifier_setup(&o);
    return system_add_kind(s->system, notifier_kind());
}

static void part_finish(void)
{
    fcm_key_free(key);
    key = NULL;
}

static bool is_home(const struct worker *w)
{
    return system_home(worker_system(w), notifier_address()) == w;
}

/* Only the notifier's home makes something. */
static bool part_open(struct worker *w, const struct setup *s)
{
    if (!is_home(w))
        return true;
    struct couriers *c = calloc(1, sizeof *c);
    worker_set_service(w, SERVICE_COURIERS, c);
    if (!c || !key)
        return c;
    const struct fcm_courier_options fcm = { .worker = w,
                                             .outbound = transport_of(w)->outbound,
                                             .key = key,
                                             .base_url = config.fcm_url,
                                             .token_url = config.fcm_token_url,
                                             .timeout_ms = (uint32_t)config.push_timeout * 1000 };
    c->list[0] = fcm_courier_create(&fcm);
    c->n = c->list[0] != NULL;
    return c->n;
}

/* Whichever worker this is, the notifier is told by its home only. */
static void wake(struct worker *w)
{
    if (is_home(w))
        notifier_wake(worker_system(w), false);
}

static void part_database(struct worker *w, bool up)
{
    wake(w);
}

static void part_notified(struct worker *w, const char *payload)
{
    wake(w);
}

static void part_drain(struct worker *w)
{
    if (is_home(w))
        notifier_wake(worker_system(w), true);
}

static bool part_drained(struct worker *w)
{
    const struct couriers *c = worker_couriers(w);
    return !c || !c->under_way;
}

static void part_close(struct worker *w)
{
    struct couriers *c = worker_couriers(w);
    if (c && c->n)
        fcm_courier_destroy(c->list[0]);
    free(c);
}

/* ---- for operators ---- */

enum { DEAD_MOST = 10000 }; /* OUTBOX_EXPIRE keeps to it */

/* The notifier lives on one worker; the others know nothing of the outbox. */
static void read_outbox(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_couriers(w);
    if (c)
        *ret = (struct queue_numbers){ OUTBOX_MOST, c->rows_waiting, -1, -1 };
}

static void read_couriers(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_couriers(w);
    if (c)
        *ret = (struct queue_numbers){ NOTIFIER_MOST, c->under_way, c->highest, -1 };
}

static void read_dead(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_couriers(w);
    if (c)
        *ret = (struct queue_numbers){ DEAD_MOST, c->rows_dead, -1, -1 };
}

static const struct queue_row queues[] = {
    { "outbox", "messages of the outbox", "100000 rows that wait",
      "what would be added is not; the invite goes through, the log says so", read_outbox },
    { "couriers", "messages under way to their couriers", "32",
      "the others stay in the table, `outbox-max-age` at most, then they are dead", read_couriers },
    { "dead", "dead messages", "10000, `outbox-keep` days", "the oldest are forgotten", read_dead },
    { "push_tokens", "a person's push tokens", "50", "the one used longest ago is forgotten", NULL },
    { 0 },
};

static void check_account(const char *value, struct buf *why)
{
    fcm_key_free(fcm_key_read(value, why));
}

static const struct parameter_row parameters[] = {
    { offsetof(struct config, firebase_key), check_account },
    { 0 },
};

const struct part pushes_part = {
    .name = "pushes",
    .parameters = parameters,
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .start = wake,
    .drain = part_drain,
    .drained = part_drained,
    .close = part_close,
    .database = part_database,
    .listen = &OUTBOX_LISTEN,
    .channel = "outbox_added",
    .notified = part_notified,
    .queues = queues,
};
