/* Pushes: see pushes.h. */
#include "tools/lectern/pushes.h"

#include "actors/notifier/notifier.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/services/fcm/courier.h"

#include <stdlib.h>

static struct fcm_key *key; /* immutable while the workers run */

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

bool pushes_prepare(struct system *s)
{
    const struct notifier_options o = { .attempts = (int32_t)config.outbox_attempts,
                                        .backoff_ms = (uint32_t)config.outbox_backoff,
                                        .max_age_s = (int32_t)config.outbox_max_age,
                                        .keep_days = (int32_t)config.outbox_keep };
    read_key();
    notifier_setup(&o);
    return system_add_kind(s, notifier_kind());
}

void pushes_finish(void)
{
    fcm_key_free(key);
    key = NULL;
}

bool pushes_on(void)
{
    return key;
}

static bool is_home(const struct worker *w)
{
    return system_home(worker_system(w), notifier_address()) == w;
}

bool pushes_open(struct worker *w, struct outbound *o)
{
    if (!is_home(w))
        return true;
    struct couriers *c = calloc(1, sizeof *c);
    worker_set_service(w, SERVICE_COURIERS, c);
    if (!c || !key)
        return c;
    const struct fcm_courier_options fcm = { .worker = w,
                                             .outbound = o,
                                             .key = key,
                                             .base_url = config.fcm_url,
                                             .token_url = config.fcm_token_url,
                                             .timeout_ms = (uint32_t)config.push_timeout * 1000 };
    c->list[0] = fcm_courier_create(&fcm);
    c->n = c->list[0] != NULL;
    return c->n;
}

void pushes_wake(struct worker *w)
{
    if (is_home(w))
        notifier_wake(worker_system(w), false);
}

void pushes_drain(struct worker *w)
{
    if (is_home(w))
        notifier_wake(worker_system(w), true);
}

bool pushes_drained(const struct worker *w)
{
    const struct couriers *c = worker_service(w, SERVICE_COURIERS);
    return !c || !c->under_way;
}

void pushes_close(struct worker *w)
{
    struct couriers *c = worker_service(w, SERVICE_COURIERS);
    if (c && c->n)
        fcm_courier_destroy(c->list[0]);
    free(c);
}
