/* Desk: see desk.h. A round asks every worker once; an answer of an earlier round only renews the board. */
#include "transport/metrics/desk.h"

#include "actors/runtime/slow.h"
#include "actors/runtime/trace.h"
#include "transport/metrics/memory.h"
#include "transport/transport.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

static const uint64_t REMEMBER_NS = UINT64_C(60000000000);

struct board {
    int workers; /* immutable */
    /* guarded by lock */
    pthread_mutex_t lock;
    struct sample samples[];
};

struct desk {
    struct timer timer; /* first: runs while a round is under way */
    struct board *board;
    struct worker *worker;
    struct desk_question *asking, *waiting; /* of this round; of the next */
    uint64_t round;
    int missing; /* answers of this round */
    bool *up;
    struct sample *copy;   /* of the board, while news are told */
    struct sample past[2]; /* a minute or two ago, up to a minute ago; zeroed before */
};

/* Goes to a worker and comes back. */
struct call {
    struct board *board;
    struct desk *desk;
    struct worker *back;
    uint64_t round;
    int from;
};

/* ---- board ---- */

struct board *board_create(int workers)
{
    struct board *b = calloc(1, sizeof *b + (size_t)workers * sizeof *b->samples);
    if (!b)
        return NULL;
    b->workers = workers;
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void board_destroy(struct board *b)
{
    if (!b)
        return;
    pthread_mutex_destroy(&b->lock);
    free(b);
}

static void renew(struct board *b, struct worker *w)
{
    struct sample s;
    sample_take(w, &s);
    pthread_mutex_lock(&b->lock);
    b->samples[worker_index(w)] = s;
    pthread_mutex_unlock(&b->lock);
}

/* ---- desk ---- */

static void begin(struct desk *d);

static void tell(struct desk *d)
{
    struct desk_question *q = d->asking;
    assert(q);
    struct desk_news news = { d->copy, d->up, d->board->workers };
    d->asking = NULL;
    d->missing = 0;
    worker_timer_stop(d->worker, &d->timer);
    pthread_mutex_lock(&d->board->lock);
    memcpy(d->copy, d->board->samples, (size_t)d->board->workers * sizeof *d->copy);
    pthread_mutex_unlock(&d->board->lock);
    for (struct desk_question *next; q; q = next) {
        next = q->next; /* done may end q's memory */
        q->done(q, &news);
    }
}

static void on_late(struct timer *t)
{
    struct desk *d = (struct desk *)t;
    tell(d);
    begin(d);
}

/* An answer is back on the desk's thread. */
static void come_back(struct worker *w, void *arg)
{
    struct call c = *(struct call *)arg;
    free(arg);
    if (c.round != c.desk->round || !c.desk->asking)
        return;
    assert(c.desk->missing > 0 && !c.desk->up[c.from]); /* each worker once a round */
    c.desk->up[c.from] = true;
    if (--c.desk->missing)
        return;
    tell(c.desk);
    begin(c.desk);
}

static void answer(struct worker *w, void *arg)
{
    struct call *c = arg;
    if (transport_of(w))
        renew(c->board, w);
    c->from = worker_index(w);
    if (!worker_call(c->back, come_back, c))
        free(c);
}

static void ask_one(struct desk *d, struct worker *to)
{
    struct call *c = malloc(sizeof *c);
    if (!c)
        return;
    *c = (struct call){ .board = d->board, .desk = d, .back = d->worker, .round = d->round };
    if (!worker_call(to, answer, c))
        free(c); /* it stops: silent */
}

static void begin(struct desk *d)
{
    struct system *s = worker_system(d->worker);
    if (d->asking || !d->waiting)
        return;
    d->asking = d->waiting;
    d->waiting = NULL;
    d->round++;
    d->missing = d->board->workers;
    memset(d->up, 0, (size_t)d->board->workers * sizeof *d->up);
    worker_timer_start(d->worker, &d->timer, (uint64_t)DESK_WAIT_MS * 1000000);
    for (int i = 0; i < d->board->workers; i++)
        ask_one(d, system_worker(s, i));
}

static void remember(void *arg)
{
    struct desk *d = arg;
    d->past[0] = d->past[1];
    if (transport_of(d->worker))
        sample_take(d->worker, &d->past[1]);
}

void desk_recent(struct desk *d, struct sample *ret)
{
    sample_take(d->worker, ret);
    sample_since(ret, &d->past[0]);
}

void desk_ask(struct desk *d, struct desk_question *q)
{
    q->next = d->waiting;
    d->waiting = q;
    begin(d);
}

struct desk *desk_create(struct board *b, struct worker *w)
{
    struct desk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    *d = (struct desk){ .timer.fire = on_late,
                        .board = b,
                        .worker = w,
                        .up = calloc((size_t)b->workers, sizeof *d->up),
                        .copy = calloc((size_t)b->workers, sizeof *d->copy) };
    if (d->up && d->copy) {
        worker_every(w, REMEMBER_NS, remember, d);
        return d;
    }
    desk_destroy(d);
    return NULL;
}

void desk_destroy(struct desk *d)
{
    if (!d)
        return;
    if (d->asking)
        tell(d);
    d->asking = d->waiting;
    d->waiting = NULL;
    if (d->asking)
        tell(d);
    free(d->up);
    free(d->copy);
    free(d);
}

uint64_t desk_memory(const struct desk *d)
{
    return sizeof *d + (uint64_t)d->board->workers * (sizeof *d->up + sizeof *d->copy) + sizeof *d->board->samples;
}

/* ---- the part of a worker ---- */

static struct board *board;

static bool part_prepare(const struct setup *s)
{
    queues_use(s->parts);
    metrics_use(s->parts);
    memory_use(s->parts);
    return (board = board_create(system_workers(s->system)));
}

static void part_finish(void)
{
    board_destroy(board);
    board = NULL;
}

static bool part_open(struct worker *w, const struct setup *s)
{
    return (transport_of(w)->desk = desk_create(board, w));
}

static void part_end(struct worker *w)
{
    desk_destroy(transport_of(w)->desk);
    transport_of(w)->desk = NULL;
}

static void part_describe(struct worker *w, struct json *out)
{
    struct sample recent;
    desk_recent(transport_of(w)->desk, &recent);
    json_double(out, "busy_now", (double)(recent.worker.busy_ns * 1000 / (recent.window_ns + 1)) / 1000);
    json_double(out, "turn_p99_ms", (double)histogram_quantile(&recent.runtime.turn_us, .99) / 1000);
}

static const struct queue_row queues[] = {
    { "figures", "requests that wait for what the workers say of themselves", "half a second",
      "answered with what is there", "operators, and whoever may read /metrics", NULL },
    { "slow", "slow turns and requests, per worker, for operators", "256",
      "the oldest is overwritten; the metrics count all",
      "whoever makes a turn slow; it is only what operators may still see", NULL },
    { "trace", "entries of a trace, per worker, for operators", "4096; `--count`, `--rate`, `--for`",
      "the oldest is overwritten, a follower is told how many it missed; the trace ends",
      "whoever is traced; it is only what an operator sees", NULL },
    { 0 },
};

static const struct memory_row memory[] = {
    { "figures", "what is measured, and copies of it" },
    { "slow", "slow turns and requests, for operators" },
    { "trace", "entries of traces, for operators" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    ret[0] = (struct memory_amount){ 1, desk_memory(transport_of(w)->desk) };
    ret[1] = memory_of_ring(worker_slow_entries(w));
    ret[2] = memory_of_ring(worker_trace_entries(w));
}

const struct part desk_part = {
    .name = "desk",
    .prepare = part_prepare,
    .finish = part_finish,
    .open = part_open,
    .end = part_end,
    .describe = part_describe,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
};
