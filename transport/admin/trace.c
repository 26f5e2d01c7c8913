/* Admin, trace: one actor, a kind of actor, or a person, watched message by message and request by request; see
 * actors/runtime/trace.h. What is shown are names that are compiled in, and numbers. */
#include "transport/admin/command.h"

#include "actors/room_kinds.h"
#include "actors/runtime/trace.h"
#include "proto/base/stamp.h"
#include "transport/admin/follow.h"
#include "transport/http/look.h"

#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 1000, COUNT_MOST = 100000, RATE = 200, RATE_MOST = 10000, SECONDS = 60, SECONDS_MOST = 3600 };
enum { TARGET_MAX = 80 };

#define SECOND INT64_C(1000000000)

/* The newest trace and whose it is. Of the command that runs. */
static struct {
    struct trace_order order;
    struct admin_caller owner;
    int64_t at;
    char target[TARGET_MAX];
} newest;

static struct trace_status status_now(const struct admin_call *call)
{
    if (newest.order.number && uv_hrtime() >= newest.order.until)
        trace_close(call->system, newest.order.number, TRACE_TIME);
    return trace_status(call->system);
}

static bool runs(const struct trace_status *s)
{
    return s->number && s->end == TRACE_RUNS;
}

/* ---- what is to be traced ---- */

static bool read_target(const struct admin_call *call, struct buf *why)
{
    const char *actor = admin_option(call, "--actor"), *kind = admin_option(call, "--kind");
    struct trace_order *o = &newest.order;
    int64_t user;
    if (!actor + !kind + !admin_option(call, "--user") != 2) {
        buf_puts(why, "say one of --actor ADDRESS, --kind KIND, --user ID");
        return false;
    }
    if (!admin_number(call, "--user", 1, INT32_MAX, 0, &user, why))
        return false;
    o->user = (int32_t)user;
    o->by = actor ? TRACE_ACTOR : kind ? TRACE_KIND : TRACE_USER;
    if (actor && !admin_read_address(call->system, actor, &o->actor))
        buf_printf(why, "an address is kind/id, as `actors` shows it; \"%.100s\" is none", actor);
    else if (kind && !(o->actor.kind = system_kind(call->system, text_of(kind))))
        buf_printf(why, "no actor is of a kind \"%.40s\"", kind);
    return !why->n;
}

static bool read_limits(const struct admin_call *call, struct buf *why)
{
    int64_t count, rate, seconds;
    if (!admin_number(call, "--count", 1, COUNT_MOST, COUNT, &count, why) ||
        !admin_number(call, "--rate", 1, RATE_MOST, RATE, &rate, why) ||
        !admin_number(call, "--for", 1, SECONDS_MOST, SECONDS, &seconds, why))
        return false;
    newest.order.count = (uint32_t)count;
    newest.order.rate = (uint32_t)rate;
    newest.order.from = uv_hrtime();
    newest.order.until = newest.order.from + (uint64_t)(seconds * SECOND);
    return true;
}

static void name_target(const struct trace_order *o)
{
    struct buf name = { 0 };
    if (o->by == TRACE_USER)
        buf_printf(&name, "user %d", o->user);
    else if (o->by == TRACE_KIND)
        buf_printf(&name, "every %s", o->actor.kind->name);
    else
        address_write(&name, o->actor);
    snprintf(newest.target, sizeof newest.target, "%.*s", (int)name.n, name.p ? name.p : "");
    buf_fini(&name);
}

/* ---- trace ---- */

static void see_lost(struct worker *w, const void *question, struct buf *answer)
{
    worker_trace_check(w);
    buf_printf(answer, "%llu", (unsigned long long)worker_trace_lost(w));
}

static int64_t lost(const struct admin_call *call)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, see_lost, NULL, 0, answers);
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        buf_putc(&answers[i].text, 0);
        if (answers[i].answered && !answers[i].text.failed)
            sum += strtoll(answers[i].text.p, NULL, 10);
    }
    survey_free(answers, n);
    return sum;
}

static void put_none(struct json *data)
{
    json_begin_object(data, NULL);
    json_str(data, "state", "none");
    json_end_object(data);
}

static void put_state(const struct admin_call *call, struct json *data)
{
    const struct trace_order *o = &newest.order;
    int64_t overwritten = lost(call);
    struct trace_status s = status_now(call);
    uint64_t entries = s.taken < o->count ? s.taken : o->count;
    json_begin_object(data, NULL);
    json_str(data, "state", runs(&s) ? "running" : "ended");
    json_str(data, "ended_for", runs(&s) ? NULL : trace_end_about(s.end));
    json_int(data, "trace", (int64_t)s.number);
    json_str(data, "of", newest.target);
    json_time(data, "started_at", newest.at);
    json_int(data, "uid", newest.owner.uid);
    json_int(data, "pid", newest.owner.pid);
    json_int(data, "count", o->count);
    json_int(data, "rate", o->rate);
    json_int(data, "for_s", (int64_t)(o->until - o->from) / SECOND);
    json_int(data, "entries", (int64_t)entries);
    json_int(data, "overwritten", overwritten);
    json_end_object(data);
}

static bool state(const struct admin_call *call, struct json *data, struct buf *why)
{
    if (newest.order.number)
        put_state(call, data);
    else
        put_none(data);
    return true;
}

/* ---- trace start, trace stop ---- */

static void see_join(struct worker *w, const void *question, struct buf *answer)
{
    struct trace_order order;
    memcpy(&order, question, sizeof order);
    if (worker_trace_join(w, &order))
        buf_putc(answer, 'y');
}

/* A worker that is silent joins when it turns again, if the trace still runs. */
static void join_all(const struct admin_call *call)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, see_join, &newest.order, sizeof newest.order, answers);
    for (int i = 0; i < n; i++)
        if (answers[i].answered && !answers[i].text.n)
            call->notes->note = "a worker has no memory for its entries: it traces nothing";
    survey_free(answers, n);
}

static bool start(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct trace_status s = status_now(call);
    if (runs(&s)) {
        buf_printf(why, "a trace of %s runs already, by uid %lld (process %lld); trace stop ends it", newest.target,
                   (long long)newest.owner.uid, (long long)newest.owner.pid);
        return false;
    }
    struct trace_order before = newest.order;
    newest.order = (struct trace_order){ 0 };
    if (!read_target(call, why) || !read_limits(call, why)) {
        newest.order = before;
        return false;
    }
    name_target(&newest.order);
    newest.owner = call->caller;
    newest.at = stamp_now();
    trace_open(call->system, &newest.order);
    join_all(call);
    put_state(call, data);
    return true;
}

static bool stop(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct trace_status s = status_now(call);
    if (!runs(&s)) {
        buf_puts(why, "no trace runs");
        return false;
    }
    trace_close(call->system, s.number, TRACE_STOPPED);
    put_state(call, data);
    return true;
}

/* ---- trace get ---- */

struct wanted {
    struct follow_from from; /* first */
    uint64_t trace;
};

static int64_t at(const void *entry)
{
    return ((const struct trace_entry *)entry)->at;
}

static bool wants(const void *entry, const void *question)
{
    return ((const struct trace_entry *)entry)->trace == ((const struct wanted *)question)->trace;
}

static void put_text(struct json *out, const char *key, struct buf *text)
{
    json_text(out, key, text->n && !text->failed ? buf_view(text) : (struct text){ 0 });
    buf_fini(text);
}

static void put_what(struct json *out, const struct trace_entry *e)
{
    char request[LOOK_REQUEST_MAX];
    look_request(e->route, request);
    json_str(out, "what", *request ? request : e->told.what);
}

static void put_actors(struct json *out, const struct trace_entry *e)
{
    struct buf actor = { 0 }, from = { 0 };
    if (e->actor.kind)
        address_write(&actor, e->actor);
    const struct room_ops *sender = room_kind_numbered(e->told.from_kind);
    if (sender)
        buf_printf(&from, "%s/%lld", sender->kind->name, (long long)e->told.from_id);
    put_text(out, "actor", &actor);
    put_text(out, "from", &from);
}

static void put_origin(struct json *out, const struct message_told *told)
{
    struct buf request = { 0 };
    if (told->request)
        buf_printf(&request, "%d-%u", told->request_worker, told->request);
    json_int_if(out, "user", told->user, told->user);
    put_text(out, "request", &request);
}

static void put_facts(struct json *out, const struct message_told *told)
{
    struct buf facts = { 0 };
    for (int i = 0; i < MESSAGE_FACTS && told->facts[i].name; i++)
        buf_printf(&facts, "%s%s=%lld", i ? " " : "", told->facts[i].name, (long long)told->facts[i].value);
    put_text(out, "facts", &facts);
}

static void put(struct worker *w, const void *entry, int64_t missed, const void *question, struct json *out)
{
    static const struct trace_entry none = { .type = "missed", .took_us = -1, .wait_us = -1 };
    const struct trace_entry *e = entry ?: &none;
    json_time(out, "at", e->at);
    json_int(out, "worker", worker_index(w));
    json_str(out, "type", e->type);
    put_what(out, e);
    put_actors(out, e);
    put_origin(out, &e->told);
    json_int_if(out, "status", e->status, e->status);
    json_int_if(out, "wait_us", e->wait_us >= 0, e->wait_us);
    json_int_if(out, "took_us", e->took_us >= 0, e->took_us);
    json_int(out, "bytes", e->bytes);
    put_facts(out, &e->told);
    json_int(out, "missed", missed);
}

static const struct follow_ops ops = { at, wants, put };

static void see(struct worker *w, const void *question, struct buf *answer)
{
    worker_trace_check(w);
    if (worker_trace_entries(w))
        follow_see(w, worker_trace_entries(w), &ops, question, answer);
}

static const char *const ended[TRACE_END_COUNT] = {
#define ENDED(symbol, about) [TRACE_##symbol] = "the trace has ended: " about,
    TRACE_ENDS(ENDED)
#undef ENDED
};

/* The first answer of a follower has all that there is, so that nothing is lost between start and get. */
static bool get(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct follow follow;
    struct trace_status s = status_now(call);
    if (!newest.order.number) {
        buf_puts(why, "nothing has been traced yet; trace start begins");
        return false;
    }
    if (!follow_read(call, &follow, why))
        return false;
    if (follow.follows && !admin_option(call, "--after"))
        follow.from.most = follow.count < ADMIN_ROWS_MAX ? (uint32_t)follow.count : ADMIN_ROWS_MAX;
    struct wanted wanted = { follow.from, s.number };
    int64_t before = follow.count;
    follow_answer(call, &follow, see, &wanted, sizeof wanted, data);
    if (!runs(&s) && (!follow.follows || follow.count == before))
        ask_no_more(call, ended[s.end]);
    return true;
}

#define STATE_GIVES                                                                                                    \
    "{\"state|\":\"none|running|ended\",\"ended_for?-\":\"\",\"trace-\":1,\"of-\":\"\","                               \
    "\"started_at-\":\"\",\"uid-\":1,\"pid-\":1,\"count-\":1,\"rate-\":1,\"for_s-\":1,"                                \
    "\"entries-\":1,\"overwritten-\":1}"

const struct admin_command admin_trace[] = {
    { "trace", "", "the newest trace: of what, whose, how far", false, STATE_GIVES, state },
    { "trace", "start [--actor ADDRESS] [--kind KIND] [--user ID] [--count N] [--rate R] [--for SECONDS]",
      "traces an actor, a kind of actor, or a person: so many entries, so many a second at most, so long", true,
      STATE_GIVES, start },
    { "trace", "get " FOLLOW_USAGE, "what has been traced; with --follow as it comes, until the trace ends", false,
      "[{\"at?\":\"\",\"worker\":1,\"type\":\"\",\"what?\":\"\",\"actor?\":\"\",\"from?\":\"\","
      "\"user?\":1,\"request?\":\"\",\"status?\":1,\"wait_us?\":1,\"took_us?\":1,\"bytes\":1,"
      "\"facts?\":\"\",\"missed\":1}]",
      get },
    { "trace", "stop", "ends it", true, STATE_GIVES, stop },
    { 0 },
};
