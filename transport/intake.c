/* Intake: see intake.h. What is to be done next is decided when the last job has ended; callbacks come last, since they
 * may end the intake. */
#include "transport/intake.h"

#include "proto/config/config_live.h"
#include "transport/transport.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct intakes {
    struct pool *pool; /* NULL once closed */
    struct worker *worker;
    const struct files *files;
    unsigned alive, most, highest;
    uint64_t refused, bytes;
    uint64_t room, asked; /* bytes that were free, and when; 0: never asked */
    bool closed;          /* the last intake frees it */
};

enum step { STEP_WRITE, STEP_SYNC, STEP_KEEP, STEP_REMOVE };

struct intake {
    struct pool_job job; /* first */
    struct intakes *all;
    const struct intake_ops *ops;
    void *arg;
    intake_done *done; /* of intake_finish, then of intake_keep */
    char name[FILES_NAME_MAX];
    struct buf filling; /* what has come */
    bool running;       /* a job is under way */
    bool full;          /* the giver waits for room */
    bool finished;      /* no more bytes */
    bool abandoned;
    int why; /* -errno of the first failure */

    /* the job's while one is under way */
    enum step step;
    struct buf writing;
    int fd; /* -1 until the first job */
    int result;
};

/* ---- all of them ---- */

struct intakes *intakes_create(struct worker *w, const struct files *files, unsigned running, unsigned most)
{
    struct intakes *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    *s = (struct intakes){ .pool = pool_create(w, running, most), .worker = w, .files = files, .most = most };
    if (s->pool)
        return s;
    free(s);
    return NULL;
}

static void release(struct intakes *s)
{
    if (s->closed && !s->alive)
        free(s);
}

void intakes_close(struct intakes *s)
{
    if (!s)
        return;
    struct pool *pool = s->pool;
    s->pool = NULL;
    s->alive++; /* ending jobs must not free it meanwhile */
    pool_destroy(pool);
    s->alive--;
    s->closed = true;
    release(s);
}

unsigned intakes_alive(const struct intakes *s)
{
    return s->alive;
}

struct intakes_stats intakes_stats(const struct intakes *s)
{
    return (struct intakes_stats){ s->alive, s->highest, s->most, s->refused, s->bytes };
}

/* ---- on the pool ---- */

static int do_step(struct intake *in)
{
    const struct files *files = in->all->files;
    if (in->step == STEP_REMOVE)
        return files_drop(files, in->name);
    if (in->fd < 0)
        in->fd = files_create(files, in->name);
    if (in->fd < 0)
        return in->fd;
    switch (in->step) {
    case STEP_WRITE:
        return files_write(in->fd, in->writing.p, in->writing.n);
    case STEP_SYNC:
        return files_sync(files, in->fd);
    default:
        return files_keep(files, in->name);
    }
}

static void work(struct pool_job *job)
{
    struct intake *in = (struct intake *)job;
    in->result = do_step(in);
}

/* ---- what comes next ---- */

static void destroy(struct intake *in)
{
    struct intakes *s = in->all;
    if (in->fd >= 0)
        close(in->fd);
    buf_fini(&in->filling);
    buf_fini(&in->writing);
    free(in);
    s->alive--;
    release(s);
}

static void after(struct pool_job *job);

/* The pool takes one job of each intake alive. */
static void run(struct intake *in, enum step step)
{
    in->step = step;
    in->result = 0;
    in->job.work = work;
    in->job.done = after;
    in->running = true;
    bool taken = pool_submit(in->all->pool, &in->job);
    assert(taken);
}

/* A worker that is stopping removes by itself: the pool takes nothing any more. */
static void remove_file(struct intake *in)
{
    if (in->all->pool && in->fd >= 0) {
        run(in, STEP_REMOVE);
        return;
    }
    if (in->fd >= 0)
        (void)files_drop(in->all->files, in->name); /* else the next start does it */
    destroy(in);
}

/* Nothing is under way and nothing has failed. */
static void go_on(struct intake *in)
{
    if (in->filling.failed) {
        buf_reset(&in->writing);
        run(in, STEP_WRITE); /* of nothing: the failure is told when it comes back */
    } else if (in->filling.n >= INTAKE_UNIT || (in->finished && in->filling.n)) {
        struct buf empty = in->writing;
        buf_reset(&empty);
        in->writing = in->filling;
        in->filling = empty;
        run(in, STEP_WRITE);
    } else if (in->finished && in->done) {
        run(in, STEP_SYNC);
    }
}

static void tell(struct intake *in)
{
    intake_done *done = in->done;
    in->done = NULL;
    if (done)
        done(in->arg, in->why);
    else
        in->ops->failed(in->arg, in->why);
}

static void kept(struct intake *in)
{
    intake_done *done = in->done;
    void *arg = in->arg;
    int why = in->why;
    destroy(in);
    done(arg, why);
}

static void after(struct pool_job *job)
{
    struct intake *in = (struct intake *)job;
    in->running = false;
    in->why = job->cancelled ? -ECANCELED : in->filling.failed && !in->result ? -ENOMEM : in->result;
    if (in->step == STEP_REMOVE) {
        if (job->cancelled)
            (void)files_drop(in->all->files, in->name);
        destroy(in);
    } else if (in->step == STEP_KEEP) {
        kept(in);
    } else if (in->abandoned) {
        remove_file(in);
    } else if (in->why || in->step == STEP_SYNC) {
        tell(in);
    } else {
        go_on(in);
        if (in->full && in->filling.n < INTAKE_MOST) {
            in->full = false;
            in->ops->room(in->arg);
        }
    }
}

/* ---- one ---- */

struct intake *intake_create(struct intakes *s, const char *ending, const struct intake_ops *ops, void *arg)
{
    struct intake *in = s->alive < s->most && s->pool ? calloc(1, sizeof *in) : NULL;
    if (!in) {
        s->refused++;
        return NULL;
    }
    *in = (struct intake){ .all = s, .ops = ops, .arg = arg, .fd = -1 };
    if (!files_name(ending, in->name)) {
        free(in);
        return NULL;
    }
    if (++s->alive > s->highest)
        s->highest = s->alive;
    return in;
}

bool intakes_room(struct intakes *s)
{
    uint64_t now = worker_now(s->worker);
    if (!s->asked || now - s->asked >= 1000000000) {
        s->room = files_room(s->files);
        s->asked = now;
    }
    return s->room >= (uint64_t)config_here()->storage_floor;
}

const char *intake_name(const struct intake *in)
{
    return in->name;
}

bool intake_put(struct intake *in, struct text bytes)
{
    assert(!in->finished && !in->abandoned);
    if (in->why)
        return true;
    buf_text(&in->filling, bytes);
    in->all->bytes += bytes.n;
    if (!in->running)
        go_on(in);
    in->full = in->filling.n >= INTAKE_MOST;
    return !in->full;
}

void intake_finish(struct intake *in, intake_done *done)
{
    assert(!in->finished && !in->abandoned && !in->why);
    in->finished = true;
    in->done = done;
    if (!in->running)
        go_on(in);
}

int intake_reopen(const struct intake *in)
{
    assert(in->finished && !in->running && in->fd >= 0);
    return files_reopen(in->all->files, in->name);
}

void intake_keep(struct intake *in, intake_done *done)
{
    assert(in->finished && !in->running && !in->done && in->all->pool);
    in->done = done;
    run(in, STEP_KEEP);
}

void intake_abandon(struct intake *in)
{
    if (!in || in->abandoned)
        return;
    in->abandoned = true;
    if (!in->running)
        remove_file(in);
}

void intake_leave(struct intake *in)
{
    assert(in->finished && !in->running);
    destroy(in);
}

/* ---- the part of a worker ---- */

enum { INTAKES_MOST = 96 };

static bool part_open(struct worker *w, const struct setup *s)
{
    struct transport *t = transport_of(w);
    t->files = &s->audio;
    t->intakes = intakes_create(w, t->files, 1, INTAKES_MOST);
    t->probes = pool_create(w, 1, INTAKES_MOST);
    return t->intakes && t->probes;
}

static void part_end(struct worker *w)
{
    pool_destroy(transport_of(w)->probes);
    intakes_close(transport_of(w)->intakes);
}

static void read_intakes(struct worker *w, struct queue_numbers *ret)
{
    struct intakes_stats s = intakes_stats(transport_of(w)->intakes);
    *ret = (struct queue_numbers){ s.limit, s.alive, s.highest, (int64_t)s.refused };
}

static void read_probes(struct worker *w, struct queue_numbers *ret)
{
    *ret = queue_of_pool(transport_of(w)->probes);
}

static const struct queue_row queues[] = {
    { "intakes", "files on their way to the disk, per worker", "96", "503", "whoever may upload, `budget-uploads` each",
      read_intakes },
    { "upload_bytes", "bytes of an upload that wait for the disk", "256 KiB", "reading from its connection stops",
      "the connection alone", NULL },
    { "probes", "audio files whose duration is being asked, per worker", "96, 1 at a time", "503",
      "whoever may upload, `budget-uploads` each", read_probes },
    { 0 },
};

static const struct memory_row memory[] = {
    { "uploads", "files on their way to the disk, at most" },
    { 0 },
};

static void read_memory(struct worker *w, struct memory_amount *ret)
{
    uint64_t n = intakes_stats(transport_of(w)->intakes).alive;
    *ret = (struct memory_amount){ n, n * INTAKE_MOST };
}

static const struct metric_row metrics[] = {
    { "lectern_upload_bytes_total", "Bytes of uploaded files taken in." },
    { 0 },
};

static void read_metrics(struct worker *w, uint64_t *ret)
{
    *ret = intakes_stats(transport_of(w)->intakes).bytes;
}

const struct part uploads_part = {
    .name = "uploads",
    .open = part_open,
    .end = part_end,
    .queues = queues,
    .memory = memory,
    .read_memory = read_memory,
    .metrics = metrics,
    .read_metrics = read_metrics,
};
