/* Pushes: see pushes.h. */
#include "transport/services/fcm/pushes.h"

#include "actors/notifier/notifier.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "transport/services/fcm/courier.h"
#include "transport/transport.h"

static struct fcm_key *key;     /* immutable while the workers run */
static struct courier *courier; /* of the notifier's home, whose thread it is; NULL: there is no key */
static struct courier keyless;  /* likewise */

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
    read_key();
    return true;
}

static void part_finish(void)
{
    fcm_key_free(key);
    key = NULL;
}

/* Without a key pushes of an earlier run wait for one. */
static struct courier *courier_create(struct worker *w)
{
    const struct fcm_courier_options fcm = { .worker = w,
                                             .outbound = transport_of(w)->outbound,
                                             .key = key,
                                             .base_url = config.fcm_url,
                                             .token_url = config.fcm_token_url,
                                             .timeout_ms = (uint32_t)config.push_timeout * 1000 };
    keyless = (struct courier){ .kind = "push", .most = 1, .closed_until = COURIER_CLOSED };
    return key ? (courier = fcm_courier_create(&fcm)) : &keyless;
}

/* Only the notifier's home makes something. */
static bool part_open(struct worker *w, const struct setup *s)
{
    struct courier *made;
    if (!worker_couriers(w))
        return true;
    made = courier_create(w);
    return made && couriers_add(worker_couriers(w), made);
}

static void part_close(struct worker *w)
{
    if (!worker_couriers(w))
        return;
    fcm_courier_destroy(courier);
    courier = NULL;
}

static const struct queue_row queues[] = {
    { "push_tokens", "a person's push tokens", "50", "the one used longest ago is forgotten", "the person alone",
      NULL },
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
    .close = part_close,
    .queues = queues,
};
