/* Google: the part of a worker: the keys by which Google signs. */
#include "proto/config/config.h"
#include "transport/services/google/keys.h"
#include "transport/transport.h"

static struct keys *keys; /* of all workers; has its own lock */

static bool part_prepare(const struct setup *s)
{
    return (keys = keys_create(config.google_jwks_url));
}

static void part_finish(void)
{
    keys_destroy(keys);
    keys = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    struct transport *t = transport_of(w);
    return (t->keys = keys_desk_create(keys, w, keys_fetch_outbound, t->outbound));
}

static void part_close(struct worker *w)
{
    keys_desk_destroy(transport_of(w)->keys);
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    struct keys_stats s = keys_desk_stats(transport_of(w)->keys);
    *ret = (struct queue_numbers){ KEYS_WAITING_MOST, s.waiting, s.highest, (int64_t)s.refused };
}

static const struct queue_row queues[] = {
    { "google_sign_ins", "sign-ins waiting for Google's keys, per worker", "1024", "503", read_queue },
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
