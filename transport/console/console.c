/* Console: see console.h. An event is made once and sent to every stream by reference; one that is behind by more than
 * sse-backlog bytes is cut. */
#include "transport/console/console.h"

#include "proto/base/address.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/api/service/service.h"
#include "transport/http/chunked.h"
#include "transport/http/http.h"
#include "transport/http/stream.h"
#include "transport/transport.h"
#include "transport/wire/output.h"

#include <stdio.h>
#include <stdlib.h>

struct console {
    struct http *http;
    struct watch *watch;
    struct wire *streams[CONSOLE_STREAMS_MOST];
    struct console_stats stats;
    bool draining;
};

/* ---- streams ---- */

static void on_closed(struct wire *w)
{
    struct console *c = w->arg;
    for (uint32_t i = 0; i < c->stats.streams; i++)
        if (c->streams[i] == w) {
            c->streams[i] = c->streams[--c->stats.streams];
            break;
        }
    watch_lookers(c->watch, c->stats.streams);
}

static const struct wire_user stream_user = { .closed = on_closed };

static enum output_sent push(struct wire *w, struct chunk *chunk)
{
    return output_push(w, chunk, (size_t)config_here()->sse_backlog);
}

/* Everything that may fail has been done. */
static void begin_stream(struct console *c, struct wire *w, struct text head, struct chunk *first)
{
    if (!w)
        return;
    c->streams[c->stats.streams++] = w;
    if (c->stats.streams > c->stats.highest)
        c->stats.highest = c->stats.streams;
    stream_begin(w, (struct room_key){ 0 }, head, &stream_user, c);
    (void)push(w, first);
    watch_lookers(c->watch, c->stats.streams);
}

static void open_stream(struct console *c, struct request *rq)
{
    struct buf head = { 0 };
    char text[40];
    int n = snprintf(text, sizeof text, "retry: %lld\n\n", (long long)config_here()->sse_retry);
    struct chunk *first = chunk_framed((struct text){ text, (size_t)n }, false);
    respond_put_stream(rq, &head);
    if (first && !head.failed)
        begin_stream(c, request_take_wire(rq), buf_view(&head), first);
    else
        respond_error(rq, ERROR_OVERLOADED);
    chunk_unref(first);
    buf_fini(&head);
}

static void events(struct request *rq)
{
    struct console *c = transport_of(request_worker(rq))->console;
    if (c->draining) {
        respond_error(rq, ERROR_UNAVAILABLE);
    } else if (c->stats.streams == CONSOLE_STREAMS_MOST) {
        c->stats.refused++;
        respond_error(rq, ERROR_OVERLOADED);
    } else {
        open_stream(c, rq);
    }
}

/* Backwards: a stream that is cut leaves its place to the last. */
void console_news(struct worker *w, void *watch)
{
    struct console *c = transport_of(w) ? transport_of(w)->console : NULL;
    struct buf text, event = { 0 };
    if (!c || !watch_take(watch, &text))
        return;
    buf_printf(&event, "event: answers\ndata: %.*s\n\n", (int)text.n, text.p);
    struct chunk *chunk = event.failed ? NULL : chunk_framed(buf_view(&event), false);
    for (uint32_t i = c->stats.streams; chunk && i-- > 0;)
        (void)push(c->streams[i], chunk);
    chunk_unref(chunk);
    buf_fini(&event);
    buf_fini(&text);
}

/* ---- the area ---- */

static bool names_this_machine(struct text host)
{
    char name[ADDRESS_TEXT_MAX + 8];
    struct sockaddr_storage address;
    if (!host.p || !host.n || host.n >= ADDRESS_TEXT_MAX)
        return false;
    bool port = memchr(host.p, ':', host.n) && host.p[host.n - 1] != ']';
    snprintf(name, sizeof name, "%.*s%s", (int)host.n, host.p, port ? "" : ":80");
    return address_read(name, &address) && address_is_loopback(&address);
}

static enum identified identify(struct request *rq, enum error *ret_why)
{
    if (!names_this_machine(request_header(rq, "host"))) {
        *ret_why = ERROR_MISDIRECTED;
        return IDENTIFY_REFUSED;
    }
    request_caller(rq)->rank = KNOWN;
    return IDENTIFIED;
}

static const struct endpoint endpoints[] = {
    { GET, "/console", KNOWN, .handle = pages_page, .summary = "The operators' page", .hidden = true },
    { GET, "/console/events", KNOWN, .handle = events, .event_stream = true, .summary = "What it shows, once a second",
      .hidden = true },
    { GET, "/assets/{file:path}", KNOWN, .handle = pages_asset, .summary = "Its files", .hidden = true },
    {},
};

static const struct area console_area = {
    .name = "console",
    .about = "What the server does, for operators",
    .endpoints = { endpoints },
    .identify = identify,
};

static const struct area *const console_areas[] = { &console_area, NULL };

/* ---- the listener ---- */

struct console *console_open(struct worker *w, struct watch *watch, int bound)
{
    struct console *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->watch = watch;
    c->http = http_open_few(w, console_areas, bound);
    if (c->http)
        return c;
    free(c);
    return NULL;
}

struct console_stats console_stats(const struct console *c)
{
    return c->stats;
}

void console_drain(struct console *c)
{
    struct chunk *end = chunk_framed(TEXT(""), true);
    c->draining = true;
    for (uint32_t i = c->stats.streams; i-- > 0;)
        output_end(c->streams[i], end, CLOSE_DRAIN);
    chunk_unref(end);
    http_drain(c->http);
}

bool console_drained(const struct console *c)
{
    return !c->stats.streams && http_drained(c->http);
}

void console_close(struct console *c)
{
    c->draining = true;
    http_close(c->http);
}

void console_destroy(struct console *c)
{
    free(c);
}

/* ---- the part of a worker: of the first one, if it is configured ---- */

static struct watch *watch; /* of the server; has its own lock. NULL: there is no console */

static bool part_prepare(const struct setup *s)
{
    return !*config.console || (watch = watch_create());
}

static void part_finish(void)
{
    watch_destroy(watch);
    watch = NULL;
}

bool console_watch(struct admin *admin, struct worker *first)
{
    return !watch || watch_start(watch, admin, first, console_news);
}

void console_unwatch(void)
{
    if (watch)
        watch_stop(watch);
}

static bool part_open(struct worker *w, const struct setup *s)
{
    if (!watch || worker_index(w))
        return true;
    struct transport *t = transport_of(w);
    t->console = console_open(w, watch, setup_take(s->console_bound));
    t->few = t->console ? t->console->http : NULL;
    return t->console;
}

static void part_drain(struct worker *w)
{
    if (transport_of(w)->console)
        console_drain(transport_of(w)->console);
}

static bool part_drained(struct worker *w)
{
    const struct console *c = transport_of(w)->console;
    return !c || console_drained(c);
}

static void part_end(struct worker *w)
{
    transport_of(w)->few = NULL;
    if (transport_of(w)->console)
        console_close(transport_of(w)->console);
}

static bool part_ended(struct worker *w)
{
    const struct console *c = transport_of(w)->console;
    return !c || !console_stats(c).streams;
}

static void part_close(struct worker *w)
{
    console_destroy(transport_of(w)->console);
}

static void read_queue(struct worker *w, struct queue_numbers *ret)
{
    const struct console *c = transport_of(w)->console;
    struct console_stats s = c ? console_stats(c) : (struct console_stats){ 0 };
    if (c)
        *ret = (struct queue_numbers){ CONSOLE_STREAMS_MOST, s.streams, s.highest, (int64_t)s.refused };
}

static const struct queue_row queues[] = {
    { "console", "streams of the console", "16; `sse-backlog` bytes behind", "503; the stream is cut, and comes back",
      "operators", read_queue },
    { 0 },
};

static int64_t part_descriptors(int64_t workers)
{
    return *config.console ? HTTP_FEW + 8 : 0;
}

const struct part console_part = {
    .name = "console",
    .descriptors = part_descriptors,
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .drain = part_drain,
    .drained = part_drained,
    .end = part_end,
    .ended = part_ended,
    .close = part_close,
    .queues = queues,
};
