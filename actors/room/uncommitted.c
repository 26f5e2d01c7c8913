/* Uncommitted: see uncommitted.h. */
#include "actors/room/uncommitted.h"

#include <assert.h>
#include <stdlib.h>

/* ---- turns ---- */

void turns_init(struct turns *q)
{
    *q = (struct turns){ .end = &q->head };
}

void turns_push(struct turns *q, struct turn *t)
{
    t->next = NULL;
    *q->end = t;
    q->end = &t->next;
    q->n++;
}

struct turn *turns_pop(struct turns *q)
{
    struct turn *t = q->head;
    if (!t)
        return NULL;
    assert(q->n);
    q->head = t->next;
    q->n--;
    if (!q->head)
        q->end = &q->head;
    return t;
}

/* Puts all of `from` in front of `to`. */
static void turns_put_back(struct turns *to, struct turns *from)
{
    if (!from->head)
        return;
    *from->end = to->head;
    if (!to->head)
        to->end = from->end;
    to->head = from->head;
    to->n += from->n;
    turns_init(from);
}

static void turns_move(struct turns *to, struct turns *from)
{
    for (struct turn *t; (t = turns_pop(from));)
        turns_push(to, t);
}

static uint64_t turns_rows(const struct turns *q)
{
    uint64_t rows = 0;
    for (const struct turn *t = q->head; t; t = t->next)
        rows += t->nrows;
    return rows;
}

uint64_t turns_memory(const struct turns *q)
{
    uint64_t bytes = 0;
    for (const struct turn *t = q->head; t; t = t->next)
        bytes += sizeof *t + t->rows.cap + t->events.cap;
    return bytes;
}

/* ---- lines ---- */

static void flying_init(struct uncommitted *all)
{
    all->flying = NULL;
    all->flying_end = &all->flying;
    all->nflying = 0;
}

void uncommitted_init(struct uncommitted *all)
{
    flying_init(all);
}

static uint32_t bucket_of(const struct actor *a)
{
    return (uint32_t)((uintptr_t)a * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

struct line *uncommitted_of(const struct uncommitted *all, const struct actor *a)
{
    struct line *l = all->by_actor[bucket_of(a)];
    while (l && l->actor != a)
        l = l->next_of_bucket;
    return l;
}

struct line *uncommitted_add(struct uncommitted *all, struct actor *a)
{
    struct line **bucket = &all->by_actor[bucket_of(a)], *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->actor = a;
    turns_init(&l->waiting);
    turns_init(&l->flying);
    l->next_of_bucket = *bucket;
    *bucket = l;
    return l;
}

void uncommitted_done(struct uncommitted *all, struct line *l)
{
    struct line **at = &all->by_actor[bucket_of(l->actor)];
    if (l->waiting.n || l->flying.n)
        return;
    while (*at != l)
        at = &(*at)->next_of_bucket;
    *at = l->next_of_bucket;
    free(l);
}

uint64_t uncommitted_memory(const struct uncommitted *all)
{
    uint64_t bytes = 0;
    for (int i = 0; i < LINE_BUCKETS; i++)
        for (const struct line *l = all->by_actor[i]; l; l = l->next_of_bucket)
            bytes += sizeof *l + turns_memory(&l->waiting) + turns_memory(&l->flying);
    return bytes;
}

/* ---- the round ---- */

/* Puts a line into the round behind another; NULL: at the front. */
static void round_put(struct uncommitted *all, struct line *l, struct line *before)
{
    l->before = before;
    l->after = before ? before->after : all->first;
    *(l->before ? &l->before->after : &all->first) = l;
    *(l->after ? &l->after->before : &all->last) = l;
    all->n++;
}

static void round_take(struct uncommitted *all, struct line *l)
{
    *(l->before ? &l->before->after : &all->first) = l->after;
    *(l->after ? &l->after->before : &all->last) = l->before;
    all->n--;
    all->suspects -= l->suspect;
    l->suspect = false;
}

static void suspect(struct uncommitted *all, struct line *l)
{
    l->suspect = true;
    all->suspects++;
}

void uncommitted_wait(struct uncommitted *all, struct line *l, struct turn *t)
{
    l->rows += t->nrows;
    if (!l->waiting.n)
        round_put(all, l, all->last);
    turns_push(&l->waiting, t);
    all->nwaiting++;
}

struct line *uncommitted_longest(const struct uncommitted *all)
{
    struct line *most = all->first;
    for (struct line *l = all->first; l; l = l->after)
        if (l->waiting.n > most->waiting.n)
            most = l;
    return most;
}

void uncommitted_let_go_first(struct uncommitted *all, struct line *l)
{
    round_take(all, l);
    round_put(all, l, all->last);
}

void uncommitted_take_flying(struct uncommitted *all, struct line *l, struct turns *to)
{
    struct line **at = &all->flying;
    while (*at != l)
        at = &(*at)->next_flying;
    if (!(*at = l->next_flying))
        all->flying_end = at;
    all->nflying -= l->flying.n;
    l->rows -= turns_rows(&l->flying);
    turns_move(to, &l->flying);
}

void uncommitted_take_waiting(struct uncommitted *all, struct line *l, struct turns *to)
{
    round_take(all, l);
    all->nwaiting -= l->waiting.n;
    l->rows -= turns_rows(&l->waiting);
    turns_move(to, &l->waiting);
}

/* ---- filling a batch ---- */

static struct amount share_of(const struct uncommitted *all, struct amount most)
{
    uint32_t n = all->suspects ? 1 : all->n;
    return (struct amount){ most.turns / n, most.rows / n, most.bytes / n };
}

static void amount_add(struct amount *a, const struct turn *t)
{
    a->turns++;
    a->rows += t->nrows;
    a->bytes += t->rows.n;
}

/* Would it be more than so much with this turn? The first one always finds room. */
static bool beyond(struct amount a, const struct turn *t, struct amount most)
{
    bool first = !a.turns;
    amount_add(&a, t);
    return !first && (a.turns > most.turns || a.rows > most.rows || a.bytes > most.bytes);
}

static void fly(struct uncommitted *all, struct line *l)
{
    if (!l->flying.n) {
        l->next_flying = NULL;
        *all->flying_end = l;
        all->flying_end = &l->next_flying;
    }
    turns_push(&l->flying, turns_pop(&l->waiting));
    all->nflying++;
    all->nwaiting--;
}

enum filled { FILLED_ON, FILLED_FULL, FILLED_NO_MEMORY };

/* Takes a line's share into the batch, one turn at least. */
static enum filled fill(struct uncommitted *all, struct line *l, struct journal *journal, struct amount most,
                        struct amount *batch)
{
    struct amount share = share_of(all, most), mine = { 0 };
    for (struct turn *t; (t = l->waiting.head) && !beyond(mine, t, share);) {
        if (beyond(*batch, t, most))
            return FILLED_FULL;
        if (!journal_add(journal, buf_view(&t->rows)))
            return FILLED_NO_MEMORY;
        amount_add(&mine, t);
        amount_add(batch, t);
        fly(all, l);
    }
    return FILLED_ON;
}

bool uncommitted_fill(struct uncommitted *all, struct journal *journal, struct amount most)
{
    struct amount batch = { 0 };
    bool alone = all->suspects || all->first->late;
    enum filled filled = FILLED_ON;
    assert(!all->flying);
    journal_reset(journal);
    while (filled == FILLED_ON && all->first) {
        struct line *l = all->first;
        uint32_t had = l->waiting.n;
        assert(had && (l->flying.n || l->waiting.head->rows.n));
        if (l->late && !alone)
            break;
        filled = fill(all, l, journal, most, &batch);
        if (l->waiting.n == had)
            break; /* it is the first of the next batch */
        round_take(all, l);
        if (l->waiting.n)
            round_put(all, l, all->last);
        if (alone)
            break;
    }
    return filled != FILLED_NO_MEMORY;
}

/* ---- what has become of it ---- */

void uncommitted_commit(struct uncommitted *all, struct turns *done)
{
    struct line *next;
    for (struct line *l = all->flying; l; l = next) {
        next = l->next_flying;
        l->rows -= turns_rows(&l->flying);
        l->late = 0;
        turns_move(done, &l->flying);
        bool waited = l->waiting.n;
        while (l->waiting.head && !l->waiting.head->rows.n) {
            turns_push(done, turns_pop(&l->waiting));
            all->nwaiting--;
        }
        if (waited && !l->waiting.n)
            round_take(all, l);
        uncommitted_done(all, l);
    }
    flying_init(all);
}

/* Puts the batch's lines back to the front of the round, in their order. Returns the last. */
static struct line *put_all_back(struct uncommitted *all, bool suspects)
{
    struct line *at = NULL, *next;
    for (struct line *l = all->flying; l; l = next) {
        next = l->next_flying;
        if (l->waiting.n)
            round_take(all, l);
        all->nwaiting += l->flying.n;
        turns_put_back(&l->waiting, &l->flying);
        round_put(all, l, at);
        at = l;
        if (suspects)
            suspect(all, l);
    }
    flying_init(all);
    return at;
}

static struct line *heaviest(const struct uncommitted *all)
{
    struct line *heaviest = all->flying;
    uint64_t most = 0;
    for (struct line *l = all->flying; l; l = l->next_flying) {
        uint64_t rows = turns_rows(&l->flying);
        if (rows <= most)
            continue;
        most = rows;
        heaviest = l;
    }
    return heaviest;
}

void uncommitted_put_back(struct uncommitted *all, bool suspects)
{
    struct line *most = heaviest(all);
    suspects = suspects || all->suspects;
    struct line *last = put_all_back(all, suspects);
    if (!suspects || most == last)
        return;
    round_take(all, most);
    round_put(all, most, last);
    suspect(all, most);
}
