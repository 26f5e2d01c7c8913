/* Follow: see follow.h. A worker's answer is a line with the number it has come to, then a line "number at row" for
 * each row. A place is <server>.<until>.<number>.<number>…, one number per worker, or "-" where a worker has not
 * answered yet. */
#include "transport/admin/follow.h"

#include "proto/base/stamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { NEWEST = 50, TAIL = 10, EVERY_MS = 200, RATE = 500, RATE_MOST = 5000, ANSWER_MOST = 1 << 20 };
enum { COUNT = 100000, COUNT_MOST = 100000000, SECONDS = 3600, SECONDS_MOST = 86400 };

/* Tells this server from the one that ran before. Of the command that runs. */
static uint32_t this_server(void)
{
    static uint32_t name;
    while (!name)
        (void)!getrandom(&name, sizeof name, 0);
    return name;
}

/* ---- on a worker ---- */

static void put_line(struct worker *w, const struct follow_ops *ops, const void *entry, uint64_t number, int64_t at,
                     int64_t missed, const void *question, struct buf *answer)
{
    struct json j = json_into(answer);
    buf_printf(answer, "%" PRIu64 " %" PRId64 " ", number, at);
    json_begin_object(&j, NULL);
    ops->put(w, entry, missed, question, &j);
    json_end_object(&j);
    buf_putc(answer, '\n');
}

/* The number before the newest `most` entries that are wanted. */
static uint64_t before_newest(const struct ring *r, const struct follow_ops *ops, uint32_t most, const void *question)
{
    uint64_t number = r->last;
    for (uint32_t n = 0; n < most && number >= ring_oldest(r); number--)
        n += ops->wants(ring_at(r, number), question);
    return number;
}

/* Returns the number of the last entry that was looked at. */
static uint64_t put_lines(struct worker *w, const struct ring *r, const struct follow_ops *ops, uint64_t after,
                          const void *question, struct buf *answer)
{
    const struct follow_from *from = question;
    uint32_t rows = 0;
    uint64_t number = after;
    while (number < r->last && rows < from->most && answer->n < ANSWER_MOST) {
        const void *entry = ring_at(r, ++number);
        if (!ops->wants(entry, question))
            continue;
        put_line(w, ops, entry, number, ops->at(entry), 0, question, answer);
        rows++;
    }
    return number;
}

void follow_see(struct worker *w, const struct ring *r, const struct follow_ops *ops, const void *question,
                struct buf *answer)
{
    const struct follow_from *from = question;
    uint64_t after = from->after[worker_index(w)], oldest = ring_oldest(r);
    struct buf lines = { 0 };
    if (after == FOLLOW_NEWEST)
        after = before_newest(r, ops, from->most, question);
    if (after + 1 < oldest) {
        put_line(w, ops, NULL, after + 1, ops->at(ring_at(r, oldest)), (int64_t)(oldest - 1 - after), question, &lines);
        after = oldest - 1;
    }
    uint64_t next = put_lines(w, r, ops, after, question, &lines);
    buf_printf(answer, "%" PRIu64 "\n", next);
    buf_text(answer, buf_view(&lines));
    answer->failed |= lines.failed;
    buf_fini(&lines);
}

/* ---- options ---- */

static bool read_places(const char *text, int workers, struct follow *ret, struct buf *why)
{
    char *at;
    uint64_t server = strtoull(text, &at, 16);
    if (*at == '.' && server != this_server()) {
        buf_puts(why,
                 "the server has been started anew since: what it kept of that is gone (the log has it); ask again");
        return false;
    }
    ret->until_ms = *at == '.' ? strtoll(at + 1, &at, 10) : 0;
    int n = 0;
    for (; *at == '.' && n < workers; n++) {
        bool unknown = at[1] == '-';
        ret->from.after[n] = unknown ? FOLLOW_NEWEST : strtoull(at + 1, &at, 10);
        at += unknown ? 2 : 0;
    }
    if (*at || n < workers)
        buf_printf(why, "--after takes what an answer has said, not \"%.40s\"", text);
    return !*at && n == workers;
}

static void begin(const struct admin_call *call, struct follow *f, bool oldest)
{
    for (int i = 0; i < system_workers(call->system); i++)
        f->from.after[i] = oldest ? 0 : FOLLOW_NEWEST;
}

bool follow_read(const struct admin_call *call, struct follow *ret, struct buf *why)
{
    const char *after = admin_option(call, "--after");
    bool follows = admin_option(call, "--follow") != NULL, oldest = admin_option(call, "--oldest") != NULL;
    int64_t seconds, most, count = follows ? COUNT : NEWEST;
    *ret = (struct follow){ .follows = follows };
    if (!admin_number(call, "--count", 1, follows ? COUNT_MOST : ADMIN_ROWS_MAX, count, &ret->count, why) ||
        !admin_number(call, "--rate", 1, RATE_MOST, RATE, &ret->rate, why) ||
        !admin_number(call, "--for", 1, SECONDS_MOST, SECONDS, &seconds, why))
        return false;
    begin(call, ret, oldest);
    if (follows && after && !read_places(after, system_workers(call->system), ret, why))
        return false;
    if (!after || admin_option(call, "--for"))
        ret->until_ms = stamp_monotonic_ms() + seconds * 1000;
    most = !follows ? ret->count : !after && !oldest ? TAIL : ret->rate * EVERY_MS / 1000;
    most = most < 1 ? 1 : most > ADMIN_ROWS_MAX ? ADMIN_ROWS_MAX : most;
    ret->from.most = (uint32_t)(most < ret->count ? most : ret->count);
    return true;
}

/* ---- putting the answers together ---- */

struct source {
    const char *at, *end;
    uint64_t number, next; /* of the next line; where it has come to */
    int64_t time;
    struct text row;
};

/* Reads the next line into the source. False: there is none. */
static bool advance(struct source *s)
{
    const char *end = s->at < s->end ? memchr(s->at, '\n', (size_t)(s->end - s->at)) : NULL;
    char *rest;
    s->row = (struct text){ 0 };
    if (!end)
        return false;
    s->number = strtoull(s->at, &rest, 10);
    s->time = strtoll(rest, &rest, 10);
    s->row = (struct text){ rest + 1, (size_t)(end - rest - 1) };
    s->at = end + 1;
    return true;
}

/* The number of its rows. */
static size_t open_source(struct source *s, struct buf *answer)
{
    size_t rows = 0;
    char *rest;
    *s = (struct source){ .at = answer->p, .end = answer->p + answer->n };
    s->next = strtoull(s->at, &rest, 10);
    s->at = rest + 1;
    for (const char *p = s->at; (p = memchr(p, '\n', (size_t)(s->end - p))); p++)
        rows++;
    (void)advance(s);
    return rows;
}

static struct source *earliest(struct source *sources, int n)
{
    struct source *first = NULL;
    for (int i = 0; i < n; i++)
        if (sources[i].row.p && (!first || sources[i].time < first->time))
            first = &sources[i];
    return first;
}

/* Writes the rows from the earliest on, `skip` of them left out, at most `most`, and leaves the sources behind them.
 * Returns how many were written. */
static int64_t merge(struct source *sources, int n, size_t skip, size_t most, struct json *data)
{
    struct source *s;
    int64_t rows = 0;
    for (size_t i = 0; i < skip + most && (s = earliest(sources, n)); i++) {
        if (i >= skip) {
            json_raw(data, NULL, s->row);
            rows++;
        }
        (void)advance(s);
    }
    return rows;
}

/* A source whose lines have all been written has come to its end, another one to before its next line. */
static void put_place(const struct follow *f, const struct source *sources, int n, struct buf *out)
{
    buf_printf(out, "%" PRIx32 ".%" PRId64, this_server(), f->until_ms);
    for (int i = 0; i < n; i++) {
        uint64_t place = !sources[i].end    ? f->from.after[i]
                         : sources[i].row.p ? sources[i].number - 1
                                            : sources[i].next;
        if (place == FOLLOW_NEWEST)
            buf_puts(out, ".-");
        else
            buf_printf(out, ".%" PRIu64, place);
    }
    buf_putc(out, '\0');
}

static void say_again(const struct admin_call *call, const struct follow *f, const char *place)
{
    int64_t after_ms = f->rate * EVERY_MS < 1000 ? 1000 / f->rate : EVERY_MS;
    char count[32];
    snprintf(count, sizeof count, "%" PRId64, f->count);
    for (size_t i = 0; i < call->ngiven; i++) {
        const struct admin_given *g = &call->given[i];
        if (!strcmp(g->name, "--after") || !strcmp(g->name, "--for") || !strcmp(g->name, "--count") ||
            !strcmp(g->name, "--oldest"))
            continue;
        ask_again(call, after_ms, g->name);
        if (*g->value)
            ask_again(call, after_ms, g->value);
    }
    ask_again(call, after_ms, "--count");
    ask_again(call, after_ms, count);
    ask_again(call, after_ms, "--after");
    ask_again(call, after_ms, place);
}

static void go_on(const struct admin_call *call, const struct follow *f, const struct source *sources, int n)
{
    struct buf place = { 0 };
    if (stamp_monotonic_ms() >= f->until_ms) {
        call->notes->note = "the time is over: --for takes more seconds";
        return;
    }
    put_place(f, sources, n, &place);
    if (!place.failed)
        say_again(call, f, place.p);
    buf_fini(&place);
}

void follow_answer(const struct admin_call *call, struct follow *f, survey_see *see, const void *question, size_t size,
                   struct json *data)
{
    struct survey_answer answers[WORKERS_MOST];
    struct source sources[WORKERS_MOST] = { 0 };
    size_t rows = 0, most = f->from.most;
    bool newest = true;
    int n = ask_all(call, see, question, size, answers);
    for (int i = 0; i < n; i++) {
        newest &= f->from.after[i] == FOLLOW_NEWEST;
        if (answers[i].text.n && !answers[i].text.failed)
            rows += open_source(&sources[i], &answers[i].text);
    }
    json_begin_array(data, NULL);
    f->count -= merge(sources, n, newest && rows > most ? rows - most : 0, most, data);
    json_end_array(data);
    if (f->follows && f->count > 0)
        go_on(call, f, sources, n);
    survey_free(answers, n);
}
