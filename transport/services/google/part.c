/* Google: the part of a worker: the keys by which Google signs. */
#include "proto/config/config.h"
#include "transport/services/google/keys.h"
#include "transport/transport.h"

static struct keys *keys; /* of all workers; has its own lock */
static struct keys_desk *desks[WORKERS_MOST];

struct keys_desk *google_keys(const struct worker *w)
{
    return desks[worker_index(w)];
}

static bool part_prepare(const struct setup *s)
{
    return (keys = keys_create(config.google_jwks_url, google_keys));
}

static void part_finish(void)
{
    keys_destroy(keys);
    keys = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    struct keys_desk *d = keys_desk_create(keys, w, keys_fetch_outbound, transport_of(w)->outbound);
    return (desks[worker_index(w)] = d);
}

static void part_close(struct worker *w)
{
    keys_desk_destroy(google_keys(w));
    desks[worker_index(w)] = NULL;
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct keys_stats s = keys_desk_stats(google_keys(w));
    *ret = (struct queue_numbers){ KEYS_WAITING_MOST, s.waiting, s.highest, (int64_t)s.refused };
}

static const struct queue_row queues[] = {
    { "google_sign_ins", "sign-ins waiting for Google's keys, per worker", "1024", "503",
      "anybody, `google-failures` from each address", read_queue },
    { 0 },
};

const struct part google_part = {
    .name = "google",
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .close = part_close,
    .queues = queues,
};
