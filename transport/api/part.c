/* Api: the part of a worker: the listener behind which all areas stand. */
#include "actors/part.h"
#include "proto/config/config.h"
#include "transport/api/api.h"
#include "transport/http/closed.h"
#include "transport/http/http.h"
#include "transport/http/look.h"
#include "transport/transport.h"

static bool part_open(struct worker *w, const struct setup *s)
{
    struct transport *t = transport_of(w);
    if (s->nsockets)
        t->http = http_open_socket(w, api_areas, s->sockets[worker_index(w) % s->nsockets]);
    else
        t->http = http_open(w, api_areas, setup_take(&s->bound[worker_index(w)]));
    return t->http;
}

static void part_drain(struct worker *w)
{
    http_drain(transport_of(w)->http);
}

static bool part_drained(struct worker *w)
{
    return http_drained(transport_of(w)->http);
}

static void part_end(struct worker *w)
{
    if (transport_of(w)->http)
        http_close(transport_of(w)->http);
}

static void part_describe(struct worker *w, struct json *out)
{
    struct http_stats h = http_stats(transport_of(w)->http);
    json_int(out, "connections", h.connections);
    json_int(out, "streams", h.streams);
    json_int(out, "sockets", h.sockets);
    json_int(out, "requests", (int64_t)h.requests);
}

static void read_files(struct worker *w, struct queue_numbers *ret)
{
    struct pool_stats s = http_stats(transport_of(w)->http).files;
    *ret = (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.refused };
}

static void read_uploads(struct worker *w, struct queue_numbers *ret)
{
    struct http_stats s = http_stats(transport_of(w)->http);
    *ret = (struct queue_numbers){ s.uploads_limit, s.uploads, s.uploads_highest, (int64_t)s.uploads_refused };
}

static void read_connections(struct worker *w, struct queue_numbers *ret)
{
    struct http_stats s = http_stats(transport_of(w)->http);
    *ret = (struct queue_numbers){ config.max_connections, s.connections, s.highest, (int64_t)s.turned_away };
}

static const struct queue_row queues[] = {
    { "files", "files waiting to be opened, per worker", "4096", "503", "whoever downloads, `budget-requests` each",
      read_files },
    { "uploads", "uploads under way, per worker", "64", "503", "whoever may upload, `budget-uploads` each",
      read_uploads },
    { "early_bytes", "bytes of a connection that come too early", "64 KiB", "reading stops until the answer has left",
      "the connection alone", NULL },
    { "connections", "connections, per worker", "`max-connections`", "refused", "anybody, `max-per-address` from each",
      read_connections },
    { "connections_of_address", "connections, per worker and address", "`max-per-address`", "refused",
      "whoever shares the address, as a school does", NULL },
    { 0 },
};

static const struct memory_row memory[] = {
    { "connections", "their state, idle ones included" },
    { "output", "what slow clients have not taken yet, what several wait for counted once" },
    { "early", "what clients have sent before it was their turn, and half heads" },
    { "requests", "requests being answered, and blocks kept for the next ones" },
    { "closed", "connections that ended last, for operators" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    const struct http *http = transport_of(w)->http;
    struct http_memory h = http_memory(http);
    *ret++ = (struct memory_amount){ h.connections, h.connection_bytes };
    *ret++ = (struct memory_amount){ h.behind, h.output_bytes, .most = h.most_behind, .whose = h.slowest };
    *ret++ = (struct memory_amount){ h.early, h.early_bytes };
    *ret++ = (struct memory_amount){ h.requests, h.request_bytes };
    *ret++ = (struct memory_amount){ closed_count(http_closed(http)), sizeof(struct closed_ring) };
}

const struct part api_part = {
    .name = "api",
    .open = part_open,
    .drain = part_drain,
    .drained = part_drained,
    .end = part_end,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
};
