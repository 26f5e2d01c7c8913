/* Memory: where the memory of the HTTP side is. See stats.h. */
#include "transport/http/connection_state.h"
#include "transport/http/http.h"
#include "transport/http/look.h"

static void add(const struct connection *c, void *arg)
{
    struct http_memory *m = arg;
    uint64_t behind = output_backlog(&c->wire);
    m->connections++;
    m->connection_bytes += sizeof *c;
    m->early += c->pending_n > 0;
    m->early_bytes += c->pending_cap;
    m->behind += behind > 0;
    m->output_bytes += output_memory(&c->wire);
    if (behind <= m->most_behind)
        return;
    m->most_behind = behind;
    m->slowest = c->wire.serial;
}

struct http_memory http_memory(const struct http *h)
{
    struct http_memory m = { .requests = h->requests };
    http_each(h, add, &m);
    m.request_bytes = h->pool.bytes + WIRE_READ_MOST + h->wires.out.cap + h->wires.scratch.cap;
    return m;
}
