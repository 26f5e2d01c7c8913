/* Keeper: see keeper.h. All that takes time is seen by one short tick. */
#include "transport/services/voice/keeper.h"

#include "proto/base/log.h"
#include "proto/base/masked.h"
#include "proto/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICK_MS = 50, COMPLAINTS_MOST = 20, COMPLAINT_MOST = 300 };

struct keeper {
    const struct embedder_options *options;
    const struct keeper_ops *ops;
    void *arg;
    uv_loop_t *loop;
    uv_timer_t tick;
    int handles; /* that the loop has and has not closed yet */
    enum {
        PAUSES,  /* until `until` */
        BEGINS,  /* ... it has to greet */
        WAITS,   /* for a question */
        ANSWERS, /* ... it has to */
        DIES,
    } state;
    uint64_t until; /* milliseconds */
    uint32_t pause_ms;
    bool stopping;

    pid_t pid;
    uv_pipe_t socket, complaints;
    struct voice_reader reader;
    uint32_t id; /* of the last question */
    uv_write_t write;
    struct buf frame; /* being written */
    bool writing;
    struct buf line; /* of a complaint */
    int complained;
    char read[4096];
};

static uint64_t now(void)
{
    return uv_hrtime() / 1000000;
}

static void on_closed(uv_handle_t *handle)
{
    ((struct keeper *)handle->data)->handles--;
}

static void close_handle(void *handle)
{
    uv_handle_t *h = handle;
    if (!uv_is_closing(h))
        uv_close(h, on_closed);
}

/* ---- its end ---- */

/* Whoever waits is told when the process has been given up, not when it is gone. */
static void give_up(struct keeper *k, enum embedder_end how, const char *why)
{
    bool answers = k->state == ANSWERS;
    if (k->state == DIES)
        return;
    if (!k->stopping)
        log_error("the embedder is begun again", F_STR("why", why), F_INT("pid", k->pid),
                  F_INT("pause_ms", k->pause_ms));
    k->state = DIES;
    close_handle(&k->socket);
    close_handle(&k->complaints);
    if (launch_ended(k->pid))
        k->pid = 0;
    if (k->stopping)
        return;
    if (answers)
        k->ops->answered(k->arg, how, NULL);
    k->ops->changed(k->arg, KEEPER_AWAY);
}

static void rest(struct keeper *k)
{
    uint32_t next = k->pause_ms * 2, most = k->options->pause_longest_ms;
    k->state = PAUSES;
    k->until = now() + k->pause_ms;
    k->pause_ms = next < most ? next : most;
}

/* Its handles are still closing when it is gone already, or the other way round. */
static void bury(struct keeper *k)
{
    if (k->pid && launch_ended(k->pid))
        k->pid = 0;
    if (k->pid || k->handles > 1 || k->writing)
        return;
    if (k->stopping)
        close_handle(&k->tick);
    else
        rest(k);
}

/* ---- questions ---- */

/* An answer may have come first. */
static void on_written(uv_write_t *write, int status)
{
    struct keeper *k = write->data;
    k->writing = false;
    buf_fini(&k->frame);
    if (status && k->state != DIES)
        give_up(k, EMBEDDER_FAILED, "it takes no sound");
    keeper_look(k);
}

static void send_frame(struct keeper *k)
{
    uv_buf_t bytes = { k->frame.p, k->frame.n };
    k->state = ANSWERS;
    k->until = now() + k->options->answer_ms;
    if (k->frame.failed || uv_write(&k->write, (uv_stream_t *)&k->socket, &bytes, 1, on_written)) {
        buf_fini(&k->frame);
        k->state = WAITS;
        k->ops->answered(k->arg, EMBEDDER_FAILED, NULL);
        return;
    }
    k->writing = true;
}

void keeper_look(struct keeper *k)
{
    size_t n = 0;
    while (k->state == WAITS && !k->writing) {
        int16_t *samples = k->ops->next(k->arg, &n);
        if (!samples)
            return;
        voice_frame_put(&k->frame, ++k->id, samples, n);
        free(samples);
        send_frame(k);
    }
}

/* ---- what it says ---- */

static void on_frame(void *arg, const struct voice_frame *f)
{
    struct keeper *k = arg;
    if (f->kind == VOICE_GREETING && k->state == BEGINS) {
        log_info("the embedder is ready", F_INT("pid", k->pid));
        k->state = WAITS;
        k->ops->changed(k->arg, KEEPER_READY);
    } else if (k->state == ANSWERS && f->id == k->id) {
        k->state = WAITS;
        k->pause_ms = k->options->pause_ms;
        bool embedded = f->kind == VOICE_EMBEDDING;
        k->ops->answered(k->arg, embedded ? EMBEDDER_EMBEDDED : EMBEDDER_NOTHING, embedded ? f->floats : NULL);
    } else if (k->state != DIES) {
        give_up(k, EMBEDDER_FAILED, "it answers what was not asked");
    }
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *ret)
{
    struct keeper *k = handle->data;
    *ret = uv_buf_init(k->read, sizeof k->read);
}

static void on_said(uv_stream_t *socket, ssize_t n, const uv_buf_t *bytes)
{
    struct keeper *k = socket->data;
    if (n < 0)
        give_up(k, EMBEDDER_FAILED, "it has ended");
    else if (!voice_reader_feed(&k->reader, (struct text){ bytes->base, (size_t)n }, on_frame, k))
        give_up(k, EMBEDDER_FAILED, "it says what makes no sense");
    keeper_look(k);
}

/* A line of its standard error; it says why it cannot begin, so it is worth reading, but not without end. */
static void complain(struct keeper *k)
{
    struct buf masked = { 0 }; /* a shell repeats what it cannot run */
    buf_putc(&k->line, 0);
    if (k->line.n > 1 && !k->line.failed && k->complained++ < COMPLAINTS_MOST) {
        masked_put(k->line.p, &masked);
        log_warn("the embedder complains", F_TEXT("text", utf8_trim(buf_view(&masked))));
    }
    buf_fini(&masked);
    buf_reset(&k->line);
}

static void on_complaint(uv_stream_t *pipe, ssize_t n, const uv_buf_t *bytes)
{
    struct keeper *k = pipe->data;
    for (ssize_t i = 0; i < n; i++)
        if (bytes->base[i] == '\n')
            complain(k);
        else if (k->line.n < COMPLAINT_MOST)
            buf_putc(&k->line, bytes->base[i]);
    if (n < 0) {
        complain(k);
        close_handle(&k->complaints);
    }
}

/* ---- its beginning ---- */

/* Takes the descriptor over. */
static bool open_pipe(struct keeper *k, uv_pipe_t *pipe, int fd, uv_read_cb on_read)
{
    uv_pipe_init(k->loop, pipe, 0);
    pipe->data = k;
    k->handles++;
    if (!uv_pipe_open(pipe, fd))
        return !uv_read_start((uv_stream_t *)pipe, on_room, on_read);
    close(fd);
    return false;
}

static void begin(struct keeper *k)
{
    int socket, complaints;
    k->reader = (struct voice_reader){ 0 };
    k->complained = 0;
    if (!launch_begin(&k->options->launch, &k->pid, &socket, &complaints)) {
        log_error("the embedder cannot be begun", F_INT("pause_ms", k->pause_ms));
        k->pid = 0;
        rest(k);
        k->ops->changed(k->arg, KEEPER_AWAY);
        return;
    }
    k->state = BEGINS;
    k->until = now() + k->options->begin_ms;
    k->ops->changed(k->arg, KEEPER_BEGINS);
    bool opened = open_pipe(k, &k->socket, socket, on_said);
    opened = open_pipe(k, &k->complaints, complaints, on_complaint) && opened;
    if (!opened)
        give_up(k, EMBEDDER_FAILED, "no memory");
}

static void on_tick(uv_timer_t *timer)
{
    struct keeper *k = timer->data;
    bool over = now() >= k->until;
    if (k->state == DIES)
        bury(k);
    else if (k->state == PAUSES && over)
        begin(k);
    else if (k->state == BEGINS && over)
        give_up(k, EMBEDDER_FAILED, "it does not get ready");
    else if ((k->state == ANSWERS || k->writing) && over)
        give_up(k, EMBEDDER_TIMEOUT, "it does not answer");
    if (!k->stopping)
        k->ops->expire(k->arg, now());
}

struct keeper *keeper_create(uv_loop_t *loop, const struct embedder_options *o, const struct keeper_ops *ops, void *arg)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    *k = (struct keeper){ .options = o, .ops = ops, .arg = arg, .loop = loop, .pause_ms = o->pause_ms, .handles = 1 };
    uv_timer_init(loop, &k->tick);
    k->tick.data = k->write.data = k;
    uv_timer_start(&k->tick, on_tick, 0, TICK_MS);
    return k;
}

void keeper_end(struct keeper *k)
{
    if (!k)
        return;
    k->stopping = true;
    if (k->state == PAUSES)
        k->state = DIES;
    else
        give_up(k, EMBEDDER_STOPPED, "");
    bury(k);
}

bool keeper_ended(const struct keeper *k)
{
    return !k || !k->handles;
}

void keeper_destroy(struct keeper *k)
{
    if (!k)
        return;
    assert(keeper_ended(k));
    buf_fini(&k->frame);
    buf_fini(&k->line);
    free(k);
}
