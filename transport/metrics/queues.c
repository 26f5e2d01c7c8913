/* Queues: the table, and how each row is read. See queues.h. */
#include "transport/metrics/queues.h"

#include "actors/notifier/notifier.h"
#include "actors/room/ids.h"
#include "actors/room/persistence.h"
#include "proto/config/config.h"
#include "store/db_pool.h"
#include "transport/admin/audit.h"
#include "transport/asks.h"
#include "transport/console/console.h"
#include "transport/http/connection.h"
#include "transport/intake.h"
#include "transport/outbound/outbound.h"
#include "transport/services/google/keys.h"
#include "transport/transport.h"

#include <assert.h>

enum { DEAD_MOST = 10000 }; /* OUTBOX_EXPIRE keeps to it */

static struct queue_numbers of_mailbox(const struct mailbox_numbers *m)
{
    return (struct queue_numbers){ m->limit ? (int64_t)m->limit : -1, m->depth, m->highest, (int64_t)m->full };
}

static struct queue_numbers of_pool(struct pool_stats s)
{
    return (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.refused };
}

static struct queue_numbers of_db(struct db_stats s)
{
    return (struct queue_numbers){ s.limit, s.in_flight + s.waiting, s.highest, (int64_t)s.refused };
}

/* ---- the rows' readers, in their order ---- */

static void read_mailbox(struct worker *w, struct queue_numbers *ret)
{
    struct worker_measures m;
    worker_measure(w, &m);
    *ret = of_mailbox(&m.deepest);
}

static void read_asks(struct worker *w, struct queue_numbers *ret)
{
    struct asks_stats s = asks_stats(transport_of(w)->asks);
    *ret = (struct queue_numbers){ ASKS_MOST, s.waiting, s.highest, (int64_t)s.refused };
}

static void read_turns(struct worker *w, struct queue_numbers *ret)
{
    struct persistence_stats s = persistence_stats(worker_service(w, SERVICE_PERSISTENCE));
    *ret = (struct queue_numbers){ PERSISTENCE_TURNS, s.waiting, s.highest, (int64_t)s.full };
}

static void read_passwords(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_pool(pool_stats(transport_of(w)->passwords));
}

static void read_files(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_pool(http_stats(transport_of(w)->http).files);
}

static void read_uploads(struct worker *w, struct queue_numbers *ret)
{
    struct http_stats s = http_stats(transport_of(w)->http);
    *ret = (struct queue_numbers){ s.uploads_limit, s.uploads, s.uploads_highest, (int64_t)s.uploads_refused };
}

static void read_intakes(struct worker *w, struct queue_numbers *ret)
{
    struct intakes_stats s = intakes_stats(transport_of(w)->intakes);
    *ret = (struct queue_numbers){ s.limit, s.alive, s.highest, (int64_t)s.refused };
}

static void read_probes(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_pool(pool_stats(transport_of(w)->probes));
}

static void read_statements(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_db(db_pool_stats(worker_service(w, SERVICE_DB_READ)));
}

static void read_slow_statements(struct worker *w, struct queue_numbers *ret)
{
    *ret = of_db(db_pg_stats(worker_service(w, SERVICE_DB_SLOW)));
}

static void read_ids(struct worker *w, struct queue_numbers *ret)
{
    struct ids_stats s = ids_stats(worker_service(w, SERVICE_IDS));
    *ret = (struct queue_numbers){ s.limit, s.waiting, s.highest, (int64_t)s.refused };
}

static void read_deliveries(struct worker *w, struct queue_numbers *ret)
{
    struct worker_measures m;
    worker_measure(w, &m);
    *ret = of_mailbox(&m.ingress);
}

static void read_connections(struct worker *w, struct queue_numbers *ret)
{
    struct http_stats s = http_stats(transport_of(w)->http);
    *ret = (struct queue_numbers){ config.max_connections, s.connections, s.highest, (int64_t)s.turned_away };
}

static void read_keys(struct worker *w, struct queue_numbers *ret)
{
    struct keys_stats s = keys_desk_stats(transport_of(w)->keys);
    *ret = (struct queue_numbers){ KEYS_WAITING_MOST, s.waiting, s.highest, (int64_t)s.refused };
}

static void read_calls(struct worker *w, struct queue_numbers *ret)
{
    struct outbound_stats s = outbound_stats(transport_of(w)->outbound);
    *ret = (struct queue_numbers){ config.outbound_queue, s.waiting, s.highest, (int64_t)s.full };
}

static void read_imports(struct worker *w, struct queue_numbers *ret)
{
    const struct transport *t = transport_of(w);
    *ret = (struct queue_numbers){ IMPORTS_MOST, t->imports, t->imports_highest, (int64_t)t->imports_refused };
}

/* The notifier lives on one worker; the others know nothing of the outbox. */
static void read_outbox(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_service(w, SERVICE_COURIERS);
    if (c)
        *ret = (struct queue_numbers){ OUTBOX_MOST, c->rows_waiting, -1, -1 };
}

static void read_couriers(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_service(w, SERVICE_COURIERS);
    if (c)
        *ret = (struct queue_numbers){ NOTIFIER_MOST, c->under_way, c->highest, -1 };
}

static void read_dead(struct worker *w, struct queue_numbers *ret)
{
    const struct couriers *c = worker_service(w, SERVICE_COURIERS);
    if (c)
        *ret = (struct queue_numbers){ DEAD_MOST, c->rows_dead, -1, -1 };
}

/* Written by one worker. */
static void read_audit(struct worker *w, struct queue_numbers *ret)
{
    struct audit *audit = transport_of(w)->audit;
    struct audit_stats s = audit ? audit_stats(audit) : (struct audit_stats){ 0 };
    if (audit)
        *ret = (struct queue_numbers){ AUDIT_MOST, s.waiting, s.highest, (int64_t)s.lost };
}

static void read_console(struct worker *w, struct queue_numbers *ret)
{
    struct console *c = transport_of(w)->console;
    struct console_stats s = c ? console_stats(c) : (struct console_stats){ 0 };
    if (c)
        *ret = (struct queue_numbers){ CONSOLE_STREAMS_MOST, s.streams, s.highest, (int64_t)s.refused };
}

/* ---- the table ---- */

const struct queue_row queue_rows[] = {
    { "mailbox", "mailbox of an actor", "its kind's",
      "sender gets `OVERLOADED` (503); urgent messages have as much again in reserve", read_mailbox },
    { "asks", "requests waiting for a room, per worker", "65536, `answer-timeout`", "503", read_asks },
    { "turns", "turns waiting for their commit, per worker", "65536, `write-wait`", "503, the room is rebuilt",
      read_turns },
    { "passwords", "password checks, per worker", "`password-queue`", "503", read_passwords },
    { "files", "files waiting to be opened, per worker", "4096", "503", read_files },
    { "uploads", "uploads under way, per worker", "64", "503", read_uploads },
    { "intakes", "files on their way to the disk, per worker", "96", "503", read_intakes },
    { "upload_bytes", "bytes of an upload that wait for the disk", "256 KiB", "reading from its connection stops",
      NULL },
    { "probes", "audio files whose duration is being asked, per worker", "96, 1 at a time", "503", read_probes },
    { "statements", "statements under way and waiting, per worker", "8192",
      "503; without a connection they wait `write-wait`, then 503", read_statements },
    { "slow_statements", "those of slow endpoints (reports), on a connection of their own, per worker", "256",
      "the same; a download under way is cut", read_slow_statements },
    { "ids", "rooms waiting for an id block, per worker", "1024", "503", read_ids },
    { "room_ring", "a room's ring of recent events", "`room-ring` events, 1 MiB",
      "the oldest is forgotten; the log has it", NULL },
    { "hands", "raised hands named in one event", "256", "`hands_more` says how many more; the snapshot names all",
      NULL },
    { "stream_backlog", "a stream's backlog, and what is held back while it catches up", "`sse-backlog`",
      "the stream is cut; it comes back with its last id", NULL },
    { "deliveries", "deliveries to a worker (its ingress mailbox)", "262144",
      "all streams of that worker are cut; they come back", read_deliveries },
    { "early_bytes", "bytes of a connection that come too early", "64 KiB", "reading stops until the answer has left",
      NULL },
    { "connections", "connections, per worker", "`max-connections`", "refused", read_connections },
    { "connections_of_address", "connections, per worker and address", "`max-per-address`", "refused", NULL },
    { "tokens", "verified tokens, per worker", "fixed table", "the oldest of a set makes way", NULL },
    { "changes", "requests that wait until every worker knows what they have changed, per worker",
      "1024, half a second", "503; answered", NULL },
    { "ended_sign_ins", "sign-ins of a person that have ended and whose tokens have not", "64",
      "with the oldest all as old as it end", NULL },
    { "google_sign_ins", "sign-ins waiting for Google's keys, per worker", "1024", "503", read_keys },
    { "calls", "calls to others, per worker", "`outbound-queue` waiting, `outbound-calls` under way",
      "the caller gets `OUTBOUND_FULL`", read_calls },
    { "call_answer", "an answer of others", "the call's own limit; headers 32 KiB", "`OUTBOUND_TOO_LARGE`", NULL },
    { "imports", "playlists being imported, per worker", "8; 5,000 items each, `youtube-time`",
      "503; the rest is left out; 504", read_imports },
    { "health", "requests that wait for the database's health", "one second", "503", NULL },
    { "figures", "requests that wait for what the workers say of themselves", "half a second",
      "answered with what is there", NULL },
    { "outbox", "messages of the outbox", "100000 rows that wait",
      "what would be added is not; the invite goes through, the log says so", read_outbox },
    { "couriers", "messages under way to their couriers", "32",
      "the others stay in the table, `outbox-max-age` at most, then they are dead", read_couriers },
    { "dead", "dead messages", "10000, `outbox-keep` days", "the oldest are forgotten", read_dead },
    { "push_tokens", "a person's push tokens", "50", "the one used longest ago is forgotten", NULL },
    { "admin_request", "an admin request", "64 KiB", "an error, and the connection is closed", NULL },
    { "admin_answer", "an admin answer; a connection has one, and waits with its next request until that is taken",
      "8 MiB; a minute without a byte taken", "an error instead; the connection is closed", NULL },
    { "admin_peers", "connections of each of the operators' sockets", "256",
      "one of the user and process that have most is closed, first those that never asked", NULL },
    { "console", "streams of the console", "16; `sse-backlog` bytes behind", "503; the stream is cut, and comes back",
      read_console },
    { "audit", "operators' changes that wait for their audit row", "256", "the oldest gets none; the log has had it",
      read_audit },
    { "recent", "newest events of the rooms, per worker, for operators", "8192",
      "the oldest is overwritten; a follower is told how many it missed", NULL },
    { "slow", "slow turns and requests, per worker, for operators", "256",
      "the oldest is overwritten; the metrics count all", NULL },
    { "trace", "entries of a trace, per worker, for operators", "4096; `--count`, `--rate`, `--for`",
      "the oldest is overwritten, a follower is told how many it missed; the trace ends", NULL },
    { 0 },
};

static_assert(sizeof queue_rows / sizeof *queue_rows <= QUEUES_MOST, "every row has a place in a sample");

void queues_read(struct worker *w, struct queue_numbers *ret)
{
    for (int i = 0; i < QUEUES_MOST; i++)
        ret[i] = (struct queue_numbers){ -1, -1, -1, -1 };
    for (int i = 0; queue_rows[i].name; i++)
        if (queue_rows[i].read)
            queue_rows[i].read(w, &ret[i]);
}
