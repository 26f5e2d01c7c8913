/* Memory: where the memory of the HTTP side is. See connection.h. */
#include "transport/http/connection_state.h"
#include "transport/http/http.h"

static void add(struct http_memory *m, const struct connection *c)
{
    uint64_t behind = output_backlog(c);
    m->connections++;
    m->connection_bytes += sizeof *c;
    m->early += c->pending_n > 0;
    m->early_bytes += c->pending_cap;
    m->behind += behind > 0;
    m->behind_bytes += behind;
    m->output_bytes += output_memory(c);
    m->most_behind = behind > m->most_behind ? behind : m->most_behind;
}

static const struct connection *of(const struct deadline_link *link)
{
    return (const struct connection *)((const char *)link - offsetof(struct connection, link));
}

struct http_memory http_memory(const struct http *h)
{
    struct http_memory m = { .requests = h->requests };
    for (int i = 0; i < DEADLINE_COUNT; i++) {
        const struct deadline_link *head = &h->deadlines.lists[i];
        for (const struct deadline_link *link = head->next; link != head; link = link->next)
            add(&m, of(link));
    }
    m.request_bytes = h->pool.bytes + READ_BUFFER + h->out.cap + h->scratch.cap;
    return m;
}
