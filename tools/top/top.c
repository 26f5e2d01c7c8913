/* Top: see top.h. */
#include "tools/top/top.h"

#include <stdio.h>

enum { ALWAYS = ASK_BIT(ASK_INFO) | ASK_BIT(ASK_WORKERS) | ASK_BIT(ASK_ROOMS) | ASK_BIT(ASK_LATENCY), TICK_MS = 1000 };
/* What older servers do not know. */
enum { PERHAPS = ASK_BIT(ASK_CONNS) | ASK_BIT(ASK_CLOSED) | ASK_BIT(ASK_SLOW) };

void top_init(struct top *t, const char *target, int64_t now_ms)
{
    *t = (struct top){ .asked = ASK_NONE, .every_ms = 2000, .round_ms = -1, .unlinked_ms = now_ms };
    snprintf(t->target, sizeof t->target, "%s", target);
}

void top_fini(struct top *t)
{
    rows_fini(&t->rows);
    for (int i = 0; i < ASKS; i++) {
        json_decref(t->now[i].whole);
        json_decref(t->before[i].whole);
    }
}

/* ---- asking ---- */

static uint32_t wanted(const struct top *t)
{
    const struct view *v = &views[t->view];
    uint32_t bits = v->more | (v->ask == ASK_NONE ? 0 : ASK_BIT(v->ask)) | (*t->open ? v->opened : 0);
    return bits & (t->known | ~(uint32_t)PERHAPS);
}

enum ask top_next(struct top *t, int64_t now_ms)
{
    if (t->asked != ASK_NONE)
        return ASK_NONE;
    if (!t->due && !t->paused && (t->round_ms < 0 || now_ms - t->round_ms >= t->every_ms)) {
        t->due = ALWAYS | wanted(t) | (t->known ? 0 : ASK_BIT(ASK_HELP));
        t->round_ms = now_ms;
    }
    if (!t->due)
        return ASK_NONE;
    t->asked = (enum ask)__builtin_ctz(t->due);
    t->due &= ~ASK_BIT(t->asked);
    t->asked_ms = now_ms;
    return t->asked;
}

int64_t top_wait_ms(const struct top *t, int64_t now_ms)
{
    int64_t next = t->round_ms + t->every_ms - now_ms;
    if (t->paused || t->asked != ASK_NONE || next > TICK_MS)
        return TICK_MS;
    return next > 0 ? next : 0;
}

/* By what the server ranks where it sends only the first. */
static const char *ranked_by(const struct top *t, enum ask ask)
{
    int view = 0;
    while (views[view].ask != ask)
        view++;
    const char *sort = t->wishes[view].sort;
    const struct view_column *c = view_column(&views[view], *sort ? sort : views[view].sort);
    return c && c->by ? c->by : view_column(&views[view], views[view].sort)->by;
}

size_t top_words(const struct top *t, enum ask ask, const char *ret[static ASK_WORDS])
{
    size_t n = 0;
    for (; n < ASK_WORDS && ask_words[ask][n]; n++) {
        const char *word = ask_words[ask][n];
        ret[n] = !strcmp(word, "*") ? t->open : !strcmp(word, "?") ? ranked_by(t, ask) : word;
    }
    return n;
}

/* ---- answers ---- */

json_t *top_data(const struct top *t, enum ask ask, const char **ret_error)
{
    const json_t *whole = t->now[ask].whole;
    if (ret_error)
        *ret_error = json_string_value(json_object_get(whole, "error"));
    return json_object_get(whole, "data");
}

struct reading top_reading(const struct top *t, enum ask ask)
{
    const struct top_answer *now = &t->now[ask], *before = &t->before[ask];
    bool same = before->whole && before->pid == now->pid; /* a server started anew counts anew */
    return (struct reading){ json_object_get(now->whole, "data"), same ? json_object_get(before->whole, "data") : NULL,
                             now->at_ms - before->at_ms };
}

/* Which views there are. */
static void take_help(struct top *t)
{
    size_t i;
    json_t *row;
    t->known = ~(uint32_t)PERHAPS;
    json_array_foreach(top_data(t, ASK_HELP, NULL), i, row)
    {
        const char *name = json_string_value(json_object_get(row, "command"));
        for (int ask = 0; name && ask < ASKS; ask++)
            if (PERHAPS & ASK_BIT(ask) && !strcmp(name, ask_words[ask][0]))
                t->known |= ASK_BIT(ask);
    }
}

static void take_info(struct top *t)
{
    int64_t pid = json_integer_value(json_object_get(top_data(t, ASK_INFO, NULL), "pid"));
    if (t->pid && pid != t->pid)
        t->due |= ASK_BIT(ASK_HELP); /* it may be another version */
    t->pid = pid;
    t->now[ASK_INFO].pid = pid;
}

static void keep(struct top *t, enum ask ask, json_t *whole, int64_t now_ms)
{
    json_decref(t->before[ask].whole);
    t->before[ask] = t->now[ask];
    t->now[ask] = (struct top_answer){ whole, now_ms, t->pid };
    if (ask == ASK_HELP)
        take_help(t);
    if (ask == ASK_INFO)
        take_info(t);
}

void top_answered(struct top *t, struct text answer, int64_t now_ms)
{
    json_t *whole = json_loadb(answer.p, answer.n, 0, NULL);
    enum ask ask = t->asked;
    t->asked = ASK_NONE;
    if (whole && ask != ASK_NONE && !t->outdated)
        keep(t, ask, whole, now_ms);
    else
        json_decref(whole);
    t->outdated = false;
    top_refresh(t);
}

void top_linked(struct top *t, bool linked, int64_t now_ms)
{
    if (t->linked && !linked)
        t->unlinked_ms = now_ms;
    t->linked = linked;
    t->ever |= linked;
}

bool top_trouble(const struct top *t, int64_t now_ms, struct buf *ret)
{
    int64_t silent = t->asked == ASK_NONE ? 0 : now_ms - t->asked_ms, gone = (now_ms - t->unlinked_ms) / 1000;
    if (t->foreign)
        buf_printf(ret, "the server at %s is of another version; waiting for one of this", t->target);
    else if (!t->ever)
        buf_printf(ret, "no server at %s for %lld s; waiting for one", t->target, (long long)gone);
    else if (!t->linked)
        buf_printf(ret, "the server has gone: no answer for %lld s; waiting for it", (long long)gone);
    else if (silent >= TOP_PATIENCE_MS)
        buf_printf(ret, "no answer for %lld s; still waiting", (long long)silent / 1000);
    else
        return false;
    return true;
}

/* ---- looking ---- */

void top_refresh(struct top *t)
{
    const struct view *v = &views[t->view];
    struct reading none = { 0 }, reading = v->ask == ASK_NONE ? none : top_reading(t, v->ask);
    static const struct view empty = { .ask = ASK_NONE };
    rows_fill(&t->rows, v->columns ? v : &empty, &reading, &t->wishes[t->view]);
}

bool top_has(const struct top *t, int view)
{
    enum ask ask = views[view].ask;
    return ask == ASK_NONE || !(PERHAPS & ASK_BIT(ask)) || t->known & ASK_BIT(ask);
}

static void forget(struct top *t, enum ask ask)
{
    json_decref(t->now[ask].whole);
    json_decref(t->before[ask].whole);
    t->now[ask] = t->before[ask] = (struct top_answer){ 0 };
}

void top_close(struct top *t)
{
    *t->open = '\0';
    t->line = 0;
    t->outdated = t->asked >= ASK_ACTOR;
    for (int i = ASK_ACTOR; i < ASKS; i++)
        forget(t, (enum ask)i);
}

void top_show(struct top *t, int view)
{
    top_close(t);
    t->view = view;
    t->first = 0;
    memset(t->widths, 0, sizeof t->widths);
    if (t->round_ms >= 0)
        t->due |= wanted(t) & ~(uint32_t)ALWAYS;
    top_refresh(t);
}

void top_open(struct top *t)
{
    const struct view *v = &views[t->view];
    if (!v->opened || !t->rows.n)
        return;
    top_close(t);
    rows_id(v, t->rows.each[t->rows.selected].now, t->open);
    t->due |= v->opened;
}
