/* Admin, slow: the requests and turns of actors that took longer than they should; see actors/runtime/slow.h. What is
 * shown are names that are compiled in, and numbers. */
#include "transport/admin/command.h"

#include "actors/runtime/slow.h"
#include "transport/admin/ask.h"
#include "transport/admin/ranking.h"
#include "transport/http/look.h"

#include <stdlib.h>

static const char *const kinds[SLOW_WHAT_COUNT] = { [SLOW_TURN] = "turn", [SLOW_REQUEST] = "request" };

/* ---- columns ---- */

struct row {
    int worker;
    struct slow_entry entry;
};

static void put_what(struct json *out, const struct slow_entry *e)
{
    struct buf actor = { 0 };
    char request[LOOK_REQUEST_MAX] = "";
    if (e->what == SLOW_REQUEST)
        look_request(e->route, request);
    else
        address_write(&actor, e->actor);
    buf_putc(&actor, 0);
    json_str(out, "what", *request ? request : e->type);
    json_str(out, "actor", e->what == SLOW_TURN && !actor.failed ? actor.p : NULL);
    buf_fini(&actor);
}

static void put_request(struct json *out, const struct row *r)
{
    struct buf name = { 0 };
    buf_printf(&name, "%d-%u", r->worker, r->entry.number);
    buf_putc(&name, 0);
    json_str(out, "request", r->entry.number && !name.failed ? name.p : NULL);
    buf_fini(&name);
}

static void put_row(const void *item, struct json *out)
{
    const struct row *r = item;
    const struct slow_entry *e = &r->entry;
    bool turn = e->what == SLOW_TURN;
    json_begin_object(out, NULL);
    json_time(out, "at", e->at);
    json_int(out, "worker", r->worker);
    json_str(out, "kind", kinds[e->what]);
    put_what(out, e);
    json_int(out, "took_us", e->took_us);
    json_int_if(out, "wait_us", !turn && e->wait_us >= 0, e->wait_us);
    json_int_if(out, "messages", turn, e->messages);
    json_int_if(out, "status", !turn, e->status);
    json_int_if(out, "user", e->user, e->user);
    put_request(out, r);
    json_int_if(out, "bytes", !turn, e->bytes);
    json_end_object(out);
}

/* ---- slow get ---- */

struct wanted {
    bool by_took;
    int kind; /* -1: both */
    size_t most;
};

static void see_slow(struct worker *w, const void *question, struct buf *answer)
{
    const struct wanted *wanted = question;
    const struct ring *entries = worker_slow_entries(w);
    struct ranking ranking;
    (void)ranking_init(&ranking, wanted->most, sizeof(struct row)); /* without memory: all are left off */
    for (uint64_t n = worker_slow_first(w); n <= entries->last; n++) {
        struct row row = { worker_index(w), *(const struct slow_entry *)ring_at(entries, n) };
        if (wanted->kind < 0 || wanted->kind == (int)row.entry.what)
            ranking_offer(&ranking, wanted->by_took ? row.entry.took_us : row.entry.at, &row);
    }
    ranking_answer(&ranking, put_row, answer);
    ranking_fini(&ranking);
}

static bool get(const struct admin_call *call, struct json *data, struct buf *why)
{
    const char *by = admin_option(call, "--by"), *kind = admin_option(call, "--kind");
    struct wanted wanted = { .by_took = by && !strcmp(by, "took"), .kind = -1 };
    int64_t most;
    if (!admin_number(call, "--top", 1, ADMIN_ROWS_MAX, ADMIN_ROWS_MAX, &most, why))
        return false;
    for (int i = 0; kind && i < SLOW_WHAT_COUNT; i++)
        if (!strcmp(kind, kinds[i]))
            wanted.kind = i;
    wanted.most = (size_t)most;
    ask_ranked(call, see_slow, &wanted, sizeof wanted, wanted.most, data);
    return true;
}

/* ---- slow reset ---- */

static void forget(struct worker *w, const void *question, struct buf *answer)
{
    buf_printf(answer, "%llu", (unsigned long long)(worker_slow_entries(w)->last - worker_slow_first(w) + 1));
    buf_putc(answer, 0);
    worker_slow_forget(w);
}

static bool reset(const struct admin_call *call, struct json *data, struct buf *why)
{
    struct survey_answer answers[WORKERS_MOST];
    int n = ask_all(call, forget, NULL, 0, answers);
    int64_t forgotten = 0;
    for (int i = 0; i < n; i++)
        if (answers[i].answered && !answers[i].text.failed)
            forgotten += strtoll(answers[i].text.p, NULL, 10);
    survey_free(answers, n);
    json_begin_object(data, NULL);
    json_int(data, "forgotten", forgotten);
    json_end_object(data);
    return true;
}

/* ---- the table ---- */

#define OPTIONS "[--top N] [--by time|took] [--kind turn|request]"
#define ENTRIES_GIVES                                                                                                  \
    "[{\"at\":\"\",\"worker\":1,\"kind|\":\"turn|request\",\"what?\":\"\",\"actor?\":\"\","                            \
    "\"took_us\":1,\"wait_us?\":1,\"messages?\":1,\"status?\":1,\"user?\":1,\"request?\":\"\","                        \
    "\"bytes?\":1}]"

const struct admin_command admin_slow[] = {
    { "slow", OPTIONS, "what took longer than `slow-turn` and `slow-request` allow; the newest first, or the slowest",
      false, ENTRIES_GIVES, get },
    { "slow", "get " OPTIONS, "the same", false, ENTRIES_GIVES, get },
    { "slow", "reset", "forgets it", true, "{\"forgotten\":1}", reset },
    { 0 },
};
