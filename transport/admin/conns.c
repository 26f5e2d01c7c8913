/* Admin, connections: who is connected, how each of them does, why they ended; and the end of one. A connection's name
 * is its worker and its number there, which no other ever has; a c before the number: it came to the console. */
#include "transport/admin/command.h"

#include "proto/base/address.h"
#include "proto/base/stamp.h"
#include "transport/admin/ask.h"
#include "transport/admin/ranking.h"
#include "transport/http/closed.h"
#include "transport/http/look.h"
#include "transport/http/router.h"
#include "transport/transport.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the listeners of a worker ---- */

enum { LISTENERS = 2 };

/* A worker that has not begun or is at its end has none. */
static int listeners_of(struct worker *w, struct http *ret[static LISTENERS])
{
    const struct transport *t = transport_of(w);
    int n = 0;
    if (t && t->http)
        ret[n++] = t->http;
    if (t && t->few)
        ret[n++] = t->few;
    return n;
}

/* ---- columns ---- */

/* Where a row comes from. */
struct place {
    int worker;
    bool console;
};

static struct place place_of(const struct worker *w, const struct http *h)
{
    return (struct place){ worker_index(w), http_is_few(h) };
}

static void put_seconds(struct json *out, const char *key, uint64_t ms)
{
    json_double(out, key, (double)ms / 1000);
}

static void put_request(struct json *out, const char *key, const struct route *route)
{
    char text[LOOK_REQUEST_MAX];
    look_request(route, text);
    json_str(out, key, *text ? text : NULL);
}

static void put_address(struct json *out, const char *key, const union look_address *from, bool port)
{
    char text[ADDRESS_TEXT_MAX];
    struct sockaddr_storage address = { 0 };
    memcpy(&address, from, sizeof *from);
    if (port)
        address_put(&address, text);
    else
        address_put_host(&address, text);
    json_str(out, key, from->any.sa_family ? text : NULL);
}

/* Whoever asks is the peer; a trusted proxy in between is told of beside. */
static void put_peer(struct json *out, const struct connection_look *l)
{
    static const union look_address nobody = { 0 };
    bool proxied = l->client.any.sa_family;
    put_address(out, "peer", proxied ? &l->client : &l->peer, !proxied);
    put_address(out, "proxy", proxied ? &l->peer : &nobody, true);
}

static void put_name(struct json *out, struct place place, const struct connection_look *l)
{
    char name[32];
    snprintf(name, sizeof name, "%d-%s%llu", place.worker, place.console ? "c" : "", (unsigned long long)l->serial);
    json_str(out, "id", name);
    json_int(out, "worker", place.worker);
    put_peer(out, l);
    json_str(out, "kind", l->kind);
    json_str(out, "state", l->state);
}

static void put_person(struct json *out, const struct connection_look *l)
{
    json_int_if(out, "user_id", l->user, l->user);
    json_int_if(out, "room", l->room.kind, l->room.id);
}

static void put_traffic(struct json *out, const struct connection_look *l)
{
    json_int(out, "in_bytes", (int64_t)l->received);
    json_int(out, "out_bytes", (int64_t)l->sent);
    json_int(out, "pending_bytes", (int64_t)l->pending);
    json_int(out, "requests", l->requests);
}

static void put_columns(struct json *out, struct place place, const struct connection_look *l)
{
    put_name(out, place, l);
    put_person(out, l);
    put_seconds(out, "age_s", l->age_ms);
    put_seconds(out, "idle_s", l->idle_ms);
    put_traffic(out, l);
    put_request(out, "doing", l->under_way ? l->route : NULL);
}

/* ---- conns ---- */

struct row {
    struct place place;
    struct connection_look look;
};

static void put_row(const void *item, struct json *out)
{
    const struct row *r = item;
    json_begin_object(out, NULL);
    put_columns(out, r->place, &r->look);
    json_end_object(out);
}

static int64_t by_pending(const struct connection_look *l)
{
    return (int64_t)l->pending;
}

static int64_t by_age(const struct connection_look *l)
{
    return (int64_t)l->age_ms;
}

static int64_t by_bytes(const struct connection_look *l)
{
    return (int64_t)(l->received + l->sent);
}

static const struct order {
    const char *name;
    int64_t (*key)(const struct connection_look *l);
} orders[] = { { "pending", by_pending }, { "age", by_age }, { "bytes", by_bytes }, {} };

struct wanted {
    const struct order *order;
    size_t most;
    int64_t user; /* 0: anybody */
};

struct listing {
    const struct wanted *wanted;
    struct place place;
    struct ranking ranking;
};

static void list_connection(const struct connection *c, void *arg)
{
    struct listing *l = arg;
    struct row row = { .place = l->place };
    connection_look(c, &row.look);
    if (!l->wanted->user || l->wanted->user == row.look.user)
        ranking_offer(&l->ranking, l->wanted->order->key(&row.look), &row);
}

static void see_connections(struct worker *w, const void *question, struct buf *answer)
{
    struct http *listeners[LISTENERS];
    struct listing l = { .wanted = question };
    (void)ranking_init(&l.ranking, l.wanted->most, sizeof(struct row)); /* without memory: all are left off */
    for (int i = 0, n = listeners_of(w, listeners); i < n; i++) {
        l.place = place_of(w, listeners[i]);
        http_each(listeners[i], list_connection, &l);
    }
    ranking_answer(&l.ranking, put_row, answer);
    ranking_fini(&l.ranking);
}

static bool conns(const struct admin_call *call, struct json *data, struct buf *why)
{
    const char *by = admin_option(call, "--by");
    struct wanted wanted = { .order = orders };
    int64_t most;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &most, why) ||
        !admin_number(call, "--user", 1, INT32_MAX, 0, &wanted.user, why))
        return false;
    while (by && strcmp(by, wanted.order->name))
        wanted.order++;
    wanted.most = (size_t)most;
    ask_ranked(call, see_connections, &wanted, sizeof wanted, wanted.most, data);
    return true;
}

/* ---- conn ID, and its end ---- */

struct name {
    struct place place;
    uint64_t serial;
};

static bool read_name(const struct admin_call *call, struct name *ret, struct buf *why)
{
    const char *text = call->args[0], *dash = strchr(text, '-');
    char *end = NULL;
    *ret = (struct name){ 0 };
    if (dash > text && strspn(text, "0123456789") == (size_t)(dash - text) && dash - text < 4) {
        ret->place.worker = atoi(text);
        ret->place.console = dash[1] == 'c';
        const char *digits = dash + 1 + ret->place.console;
        ret->serial = *digits >= '0' && *digits <= '9' ? strtoull(digits, &end, 10) : 0;
    }
    if (ret->serial && !*end && ret->place.worker < system_workers(call->system))
        return true;
    buf_printf(why, "a connection is called as `conns` does, such as 0-42; \"%.40s\" is none", text);
    return false;
}

static struct connection *find(struct worker *w, const struct name *name, struct http **ret_listener)
{
    struct http *listeners[LISTENERS];
    for (int i = 0, n = listeners_of(w, listeners); i < n; i++)
        if (http_is_few(listeners[i]) == name->place.console) {
            *ret_listener = listeners[i];
            return http_find(listeners[i], name->serial);
        }
    return NULL;
}

static void put_limits(struct json *out, const struct connection_detail *d)
{
    json_int_if(out, "pending_limit_bytes", d->pending_limit, (int64_t)d->pending_limit);
    json_int(out, "unread_bytes", (int64_t)d->unread);
    json_int(out, "unread_limit_bytes", (int64_t)d->unread_limit);
    json_int(out, "body_bytes", (int64_t)d->body);
    json_int_if(out, "body_limit_bytes", d->body_limit, (int64_t)d->body_limit);
    json_str(out, "deadline", d->deadline);
    put_seconds(out, "deadline_in_s", d->deadline_ms);
    json_str(out, "near_limit", d->near);
}

static void put_system(struct json *out, const struct connection_detail *d)
{
    json_int(out, "unacknowledged_bytes", (int64_t)d->unacknowledged);
    json_int_if(out, "tcp_unsent_bytes", d->tcp, d->unsent);
    json_int_if(out, "tcp_state", d->tcp, d->tcp_state);
    json_int_if(out, "tcp_rtt_us", d->tcp, d->rtt_us);
    json_int_if(out, "tcp_rtt_var_us", d->tcp, d->rtt_var_us);
    json_int_if(out, "tcp_unacked_segments", d->tcp, d->unacked_segments);
    json_int_if(out, "tcp_lost_segments", d->tcp, d->lost_segments);
    json_int_if(out, "tcp_retransmits", d->tcp, d->retransmits);
    json_int_if(out, "tcp_window_segments", d->tcp, d->window_segments);
    json_int_if(out, "tcp_last_sent_ms", d->tcp, d->last_sent_ms);
    json_int_if(out, "tcp_last_received_ms", d->tcp, d->last_received_ms);
}

static void see_connection(struct worker *w, const void *question, struct buf *answer)
{
    struct http *listener;
    const struct connection *c = find(w, question, &listener);
    struct json out = json_into(answer);
    struct connection_look l;
    struct connection_detail d;
    if (!c)
        return;
    connection_look(c, &l);
    connection_detail(c, &d);
    json_begin_object(&out, NULL);
    put_columns(&out, place_of(w, listener), &l);
    put_request(&out, "last", l.route);
    json_str(&out, "area", l.route ? l.route->area->name : NULL);
    json_bool(&out, "reading", d.reading);
    json_bool(&out, "half_closed", d.half_closed);
    json_str(&out, "ends_for", d.ends);
    put_limits(&out, &d);
    put_system(&out, &d);
    json_end_object(&out);
}

static void see_kill(struct worker *w, const void *question, struct buf *answer)
{
    struct http *listener;
    struct connection *c = find(w, question, &listener);
    struct json out = json_into(answer);
    struct connection_look l;
    if (!c)
        return;
    connection_look(c, &l);
    connection_kill(c);
    json_begin_object(&out, NULL);
    put_name(&out, place_of(w, listener), &l);
    put_person(&out, &l);
    json_bool(&out, "done", true);
    json_end_object(&out);
}

static bool ask_its_worker(const struct admin_call *call, survey_see *see, struct json *data, struct buf *why)
{
    struct survey_answer answer = { 0 };
    struct name name;
    if (!read_name(call, &name, why))
        return false;
    bool told = ask_one(call, name.place.worker, see, &name, sizeof name, &answer, why);
    bool found = told && answer.text.n;
    if (found)
        json_raw(data, NULL, buf_view(&answer.text));
    else if (told)
        buf_printf(why, "there is no connection %.40s (any more)", call->args[0]);
    survey_free(&answer, 1);
    return found;
}

static bool conn(const struct admin_call *call, struct json *data, struct buf *why)
{
    return ask_its_worker(call, see_connection, data, why);
}

static bool kill_one(const struct admin_call *call, struct json *data, struct buf *why)
{
    return ask_its_worker(call, see_kill, data, why);
}

/* ---- closed ---- */

struct end {
    struct place place;
    struct closed closed;
    int64_t at; /* microseconds since 1970 */
};

static void put_end(const void *item, struct json *out)
{
    const struct end *e = item;
    const struct connection_look *l = &e->closed.was;
    json_begin_object(out, NULL);
    json_time(out, "closed_at", e->at);
    json_str(out, "reason", close_reason_name(e->closed.why));
    put_columns(out, e->place, l);
    put_request(out, "last", l->route);
    json_end_object(out);
}

struct sought {
    int reason; /* -1: any */
    size_t most;
};

/* By time, and within a millisecond by the ring's order. */
static int64_t key_of_end(const struct closed *one, uint32_t place)
{
    return (int64_t)one->at * CLOSED_KEPT + (CLOSED_KEPT - 1 - place);
}

static void list_ends(const struct http *h, struct place place, const struct sought *sought, struct ranking *r)
{
    const struct closed_ring *ring = http_closed(h);
    int64_t now = stamp_now();
    for (uint32_t i = 0; i < closed_count(ring); i++) {
        const struct closed *one = closed_at(ring, i);
        struct end end = { place, *one, now - (int64_t)(http_now(h) - one->at) * 1000 };
        if (sought->reason < 0 || one->why == (enum close_reason)sought->reason)
            ranking_offer(r, key_of_end(one, i), &end);
    }
}

static void see_ends(struct worker *w, const void *question, struct buf *answer)
{
    const struct sought *sought = question;
    struct http *listeners[LISTENERS];
    struct ranking r;
    (void)ranking_init(&r, sought->most, sizeof(struct end)); /* without memory: all are left off */
    for (int i = 0, n = listeners_of(w, listeners); i < n; i++)
        list_ends(listeners[i], place_of(w, listeners[i]), sought, &r);
    ranking_answer(&r, put_end, answer);
    ranking_fini(&r);
}

static bool read_reason(const char *text, int *ret, struct buf *why)
{
    for (*ret = -1; text && ++*ret < CLOSE_REASON_COUNT;)
        if (!strcmp(text, close_reason_name((enum close_reason) * ret)))
            return true;
    if (text)
        buf_printf(why, "no reason is called \"%.40s\"; `closed reasons` lists them", text);
    return !text;
}

static bool closed(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct sought sought;
    int64_t most;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &most, why) ||
        !read_reason(admin_option(call, "--reason"), &sought.reason, why))
        return false;
    sought.most = (size_t)most;
    ask_ranked(call, see_ends, &sought, sizeof sought, sought.most, data);
    return true;
}

/* ---- closed reasons ---- */

static void see_reasons(struct worker *w, const void *question, struct buf *answer)
{
    struct http *listeners[LISTENERS];
    uint64_t sum[CLOSE_REASON_COUNT] = { 0 };
    for (int i = 0, n = listeners_of(w, listeners); i < n; i++)
        for (int r = 0; r < CLOSE_REASON_COUNT; r++)
            sum[r] += http_closed(listeners[i])->by_reason[r];
    buf_put(answer, (const char *)sum, sizeof sum);
}

static void put_reasons(struct json *data, const uint64_t *sum)
{
    json_begin_array(data, NULL);
    for (int r = 0; r < CLOSE_REASON_COUNT; r++) {
        json_begin_object(data, NULL);
        json_str(data, "reason", close_reason_name((enum close_reason)r));
        json_int(data, "connections", (int64_t)sum[r]);
        json_str(data, "about", close_reason_about((enum close_reason)r));
        json_end_object(data);
    }
    json_end_array(data);
}

static bool reasons(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    uint64_t sum[CLOSE_REASON_COUNT] = { 0 }, one[CLOSE_REASON_COUNT];
    int n = ask_all(call, see_reasons, NULL, 0, answers);
    for (int i = 0; i < n; i++) {
        if (answers[i].text.n != sizeof one || answers[i].text.failed)
            continue;
        memcpy(one, answers[i].text.p, sizeof one);
        for (int r = 0; r < CLOSE_REASON_COUNT; r++)
            sum[r] += one[r];
    }
    survey_free(answers, n);
    put_reasons(data, sum);
    return true;
}

/* ---- the table ---- */

#define KIND  "\"new|http|sse|ws|upload|download\""
#define STATE "\"idle|head|body|busy|answer|stream|ending|linger\""

/* Members of each connection, of one that is looked at closely, of one that has ended. */
#define MEMBERS                                                                                                        \
    "\"id\":\"\",\"worker\":1,\"peer?\":\"\",\"proxy?\":\"\",\"kind|\":" KIND ",\"state|\":" STATE                     \
    ",\"user_id?\":1,\"room?\":1,\"age_s\":1.5,\"idle_s\":1.5,\"in_bytes\":1,\"out_bytes\":1,"                         \
    "\"pending_bytes\":1,\"requests\":1,\"doing?\":\"\""

#define DETAIL                                                                                                         \
    "\"last?\":\"\",\"area?-\":\"\",\"reading-\":true,\"half_closed-\":true,\"ends_for?-\":\"\","                      \
    "\"pending_limit_bytes?-\":1,\"unread_bytes-\":1,\"unread_limit_bytes-\":1,\"body_bytes-\":1,"                     \
    "\"body_limit_bytes?-\":1,\"deadline|?\":\"idle|request|write|linger\",\"deadline_in_s-\":1.5,"                    \
    "\"near_limit|?\":\"pending|unread|body|deadline\",\"unacknowledged_bytes-\":1,\"tcp_unsent_bytes?-\":1,"          \
    "\"tcp_state?-\":1,\"tcp_rtt_us?\":1,\"tcp_rtt_var_us?-\":1,\"tcp_unacked_segments?-\":1,"                         \
    "\"tcp_lost_segments?-\":1,\"tcp_retransmits?-\":1,\"tcp_window_segments?-\":1,\"tcp_last_sent_ms?-\":1,"          \
    "\"tcp_last_received_ms?-\":1"

#define REASON_WORD(symbol, name, about) name "|"
#define REASON                           "\"reason|?\":\"" CLOSE_REASONS(REASON_WORD) "\""

const struct admin_command admin_conns[] = {
    { "conns", "[--top N] [--by pending|age|bytes] [--user ID]",
      "the connections: who, since when, how much, what now; most unsent bytes first", false, "[{" MEMBERS "}]",
      conns },
    { "conn", "ID", "one of them, with its limits and what the system says of it", false, "{" MEMBERS "," DETAIL "}",
      conn },
    { "conn", "ID kill", "cuts it at once", true,
      "{\"id\":\"\",\"worker-\":1,\"peer?-\":\"\",\"proxy?-\":\"\",\"kind|-\":" KIND ",\"state|-\":" STATE
      ",\"user_id?-\":1,\"room?-\":1,\"done\":true}",
      kill_one },
    { "closed", "[--top N] [--reason REASON]", "the connections that ended last, and why; the newest first", false,
      "[{" MEMBERS ",\"closed_at\":\"\"," REASON ",\"last?\":\"\"}]", closed },
    { "closed", "reasons", "how many connections have ended for which reason since the start", false,
      "[{" REASON ",\"connections\":1,\"about\":\"\"}]", reasons },
    { 0 },
};
