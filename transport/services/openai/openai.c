/* OpenAI: see openai.h. A question waits at the gate, is put, perhaps pauses and is put again, and ends; whatever comes
 * late comes by its timer. */
#include "transport/services/openai/openai.h"

#include "proto/base/log.h"
#include "proto/field.h"
#include "transport/services/openai/completion.h"

#include <pthread.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)
enum { TRIES_MOST = 3, RESPELT_MOST = 2, PAUSE_MS = 500, PATIENCE_MOST_MS = 5000, LOOK_MS = 1000, TELLS_MS = 60000 };

struct openai {
    struct openai_options options;
    struct gate *gate;
    struct buf url, authorization;       /* ended by NUL; immutable */
    pthread_mutex_t lock;                /* guards the rest */
    struct completion_spelling spelling; /* in which the model wants to be asked, as far as that is known */
    bool told;                           /* of a question without a reply, since the last reply */
    uint64_t tells_from;                 /* of none before */
};

struct model_call {
    struct openai_desk *desk;
    struct model_call *next, *previous;
    enum { CALL_WAITS, CALL_IS_PUT, CALL_PAUSES, CALL_ENDS } state;
    struct model_asker asker;
    uint64_t due;
    struct timer timer;
    struct outbound_call *out;
    struct buf messages;
    struct completion completion;
    struct completion_spelling spelling; /* of the last try */
    int tries, respelt;
    struct openai_trouble trouble; /* of the last try */
    enum model_end end;            /* that the timer brings */
};

struct openai_desk {
    struct model model;
    struct openai *openai;
    struct worker *worker;
    struct openai_line line;
    struct model_call *first, *last; /* in the order in which they were asked */
    struct timer timer;              /* looks at the gate, in case that the news is lost */
    void (*told)(struct worker *w, const struct openai_trouble *t);
    bool draining;
    struct openai_stats stats;
};

static const char *model_words(enum model_end end)
{
    static const char *const words[] = {
#define MODEL_WORDS(symbol, words) [MODEL_##symbol] = words,
        MODEL_ENDS(MODEL_WORDS)
#undef MODEL_WORDS
    };
    return words[end];
}

/* ---- shared by all workers ---- */

static bool write_texts(struct openai *o)
{
    struct text base = text_of(o->options.base_url);
    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    buf_text(&o->url, base);
    buf_put(&o->url, "/chat/completions", sizeof "/chat/completions");
    buf_puts(&o->authorization, "Authorization: Bearer ");
    buf_put(&o->authorization, o->options.key, strlen(o->options.key) + 1);
    return !o->url.failed && !o->authorization.failed;
}

struct openai *openai_create(const struct openai_options *options)
{
    struct openai *o = calloc(1, sizeof *o);
    if (!o || pthread_mutex_init(&o->lock, NULL)) {
        free(o);
        return NULL;
    }
    o->options = *options;
    o->gate = gate_create(&options->gate);
    if (o->gate && write_texts(o))
        return o;
    openai_destroy(o);
    return NULL;
}

void openai_destroy(struct openai *o)
{
    if (!o)
        return;
    gate_destroy(o->gate);
    pthread_mutex_destroy(&o->lock);
    buf_fini(&o->url);
    buf_fini(&o->authorization);
    free(o);
}

static struct completion_spelling spelling(struct openai *o)
{
    pthread_mutex_lock(&o->lock);
    struct completion_spelling s = o->spelling;
    pthread_mutex_unlock(&o->lock);
    return s;
}

static void remember(struct openai *o, struct completion_spelling s)
{
    pthread_mutex_lock(&o->lock);
    o->spelling.newer = o->spelling.newer || s.newer;
    o->spelling.whole = o->spelling.whole || s.whole;
    pthread_mutex_unlock(&o->lock);
}

/* ---- what is wrong ---- */

static void tell(struct openai_desk *d, const struct openai_trouble *t)
{
    if (d->told)
        d->told(d->worker, t);
}

/* Whether somebody is to be told of a question without a reply. */
static bool tells(struct openai *o, uint64_t now)
{
    pthread_mutex_lock(&o->lock);
    bool tells = !o->told && (int64_t)(now - o->tells_from) >= 0; /* clocks of workers differ by a turn */
    if (tells) {
        o->told = true;
        o->tells_from = now + TELLS_MS * MS;
    }
    pthread_mutex_unlock(&o->lock);
    return tells;
}

static void note_reply(struct openai *o)
{
    pthread_mutex_lock(&o->lock);
    o->told = false;
    pthread_mutex_unlock(&o->lock);
}

static void note_end(struct model_call *c, enum model_end how)
{
    struct openai_desk *d = c->desk;
    d->stats.ended[how]++;
    if (how == MODEL_REPLIED)
        note_reply(d->openai);
    else if ((how == MODEL_FAILED || how == MODEL_TIMEOUT) && tells(d->openai, worker_now(d->worker)))
        tell(d, &c->trouble);
}

/* ---- a question's end ---- */

static void unlink_call(struct model_call *c)
{
    struct openai_desk *d = c->desk;
    *(c->previous ? &c->previous->next : &d->first) = c->next;
    *(c->next ? &c->next->previous : &d->last) = c->previous;
    d->stats.asked--;
}

static void call_destroy(struct model_call *c)
{
    worker_timer_stop(c->desk->worker, &c->timer);
    if (c->out)
        c->desk->line.cancel(c->out);
    completion_fini(&c->completion);
    buf_fini(&c->messages);
    free(c);
}

static void look(struct openai_desk *d);

static void look_there(struct worker *w, void *arg)
{
    struct model *m = worker_model(w);
    if (m)
        look((struct openai_desk *)m);
}

/* One of that worker's is next. True: it is this one. Another that cannot be told finds out by its timer. */
static bool tell_next(struct openai_desk *d, int worker)
{
    bool own = worker == worker_index(d->worker);
    if (worker >= 0 && !own && !worker_call(system_worker(worker_system(d->worker), worker), look_there, NULL))
        log_debug("a worker was not told of its turn", F_INT("worker", worker));
    return own;
}

/* Returns what tell_next does. */
static bool leave_gate(struct openai_desk *d, enum gate_verdict verdict)
{
    struct gate_left left = gate_leave(d->openai->gate, verdict, worker_now(d->worker));
    if (left.closed) {
        log_error("the model is left alone for a while", F_INT("failures", d->openai->options.gate.failures),
                  F_INT("seconds", (int64_t)(d->openai->options.gate.rest_ns / 1000 / MS)));
        tell(d, &(struct openai_trouble){ .left_alone = true, .why = model_words(MODEL_RESTING) });
    }
    if (left.opened)
        log_info("the model is asked again");
    return tell_next(d, left.next);
}

/* The place is free before the asker is told, who may ask again, behind those that wait. */
static void end(struct model_call *c, enum model_end how, enum gate_verdict verdict)
{
    struct openai_desk *d = c->desk;
    unlink_call(c);
    note_end(c, how);
    bool more = c->state != CALL_WAITS && leave_gate(d, verdict);
    c->asker.done(c->asker.arg, how, how == MODEL_REPLIED ? buf_view(&c->completion.reply) : TEXT(""));
    call_destroy(c);
    if (more)
        look(d);
}

/* From where the asker may not be told yet. */
static void end_soon(struct model_call *c, enum model_end how)
{
    c->state = CALL_ENDS;
    c->end = how;
    worker_timer_start(c->desk->worker, &c->timer, 1);
}

static void cancel(struct model_call *c)
{
    struct openai_desk *d = c->desk;
    unlink_call(c);
    bool more = c->state != CALL_WAITS && leave_gate(d, GATE_UNKNOWN);
    call_destroy(c);
    if (more)
        look(d);
}

/* ---- an answer ---- */

static uint64_t left_ms(const struct model_call *c)
{
    uint64_t now = worker_now(c->desk->worker);
    return c->due > now ? (c->due - now) / MS : 0;
}

static void note_failure(struct model_call *c, const struct outbound_answer *a, const char *why)
{
    c->trouble = (struct openai_trouble){ .why = why, .status = a->status };
    log_warn("the model has not replied", F_STR("why", why), F_INT("status", a->status));
}

/* Who has handed on a piece cannot begin anew, and what will not do better another time need not. */
static bool may_retry(const struct model_call *c, const struct outbound_answer *a)
{
    bool passing = a->end == OUTBOUND_UNRESOLVED || a->end == OUTBOUND_UNREACHABLE || a->end == OUTBOUND_CUT ||
                   (a->end == OUTBOUND_ANSWERED && (a->status == 429 || a->status >= 500));
    return passing && c->tries < TRIES_MOST && !c->completion.reply.n && !c->desk->draining;
}

/* What Retry-After asks for, as far as it is worth waiting for; else longer each time. With jitter, so that not all come
 * back at once. */
static uint64_t pause_ms(const struct model_call *c, const struct outbound_answer *a)
{
    int64_t s = 0;
    struct text asked = outbound_header(a, "retry-after");
    uint64_t ms = (uint64_t)PAUSE_MS << (c->tries - 1);
    if (asked.p && field_read_integer(asked, &s) && s > 0)
        ms = s < PATIENCE_MOST_MS / 1000 ? (uint64_t)s * 1000 : PATIENCE_MOST_MS;
    return ms + worker_random(c->desk->worker) % (ms / 4 + 1);
}

static bool retry(struct model_call *c, const struct outbound_answer *a)
{
    uint64_t ms = pause_ms(c, a);
    if (!may_retry(c, a) || ms >= left_ms(c))
        return false;
    c->state = CALL_PAUSES;
    c->desk->stats.retries++;
    worker_timer_start(c->desk->worker, &c->timer, ms * MS);
    return true;
}

static bool respell(struct model_call *c, const struct outbound_answer *a)
{
    if (!completion_refuses_spelling(a->status, a->body, &c->spelling) || c->respelt++ == RESPELT_MOST)
        return false;
    log_info("the model wants to be asked in other words", F_INT("newer", c->spelling.newer),
             F_INT("whole", c->spelling.whole));
    remember(c->desk->openai, c->spelling);
    c->state = CALL_PAUSES;
    c->tries--;
    worker_timer_start(c->desk->worker, &c->timer, 1);
    return true;
}

/* Refused for what this question says, not for what the service is. */
static bool own_fault(int status)
{
    return status == 400 || status == 413 || status == 422;
}

static void take_status(struct model_call *c, const struct outbound_answer *a)
{
    enum completion_fault fault = a->status == 200 ? completion_end(&c->completion) : COMPLETION_NONE;
    if (a->status == 200 && !fault) {
        end(c, MODEL_REPLIED, GATE_GOOD);
        return;
    }
    if (respell(c, a) || retry(c, a))
        return;
    note_failure(c, a, a->status == 200 ? completion_words(fault) : "refused");
    end(c, MODEL_FAILED, own_fault(a->status) || fault == COMPLETION_EMPTY ? GATE_UNKNOWN : GATE_BAD);
}

static void on_answer(void *arg, const struct outbound_answer *a)
{
    struct model_call *c = arg;
    c->out = NULL;
    if (a->end == OUTBOUND_ANSWERED)
        take_status(c, a);
    else if (a->end == OUTBOUND_STOPPED)
        end(c, MODEL_STOPPED, GATE_UNKNOWN);
    else if (!retry(c, a)) {
        note_failure(c, a, outbound_words(a->end));
        end(c, a->end == OUTBOUND_TIMEOUT ? MODEL_TIMEOUT : MODEL_FAILED, GATE_BAD);
    }
}

/* What another status says is kept whole. */
static bool on_piece(void *arg, int status, struct text bytes)
{
    struct model_call *c = arg;
    size_t had = c->completion.reply.n;
    if (status != 200)
        return false;
    completion_feed(&c->completion, bytes);
    if (!c->completion.fault && c->completion.reply.n > had)
        c->asker.piece(c->asker.arg, (struct text){ c->completion.reply.p + had, c->completion.reply.n - had });
    return true;
}

/* ---- putting it ---- */

static bool send_request(struct model_call *c, uint64_t ms, enum outbound_end *ret_why)
{
    struct openai *o = c->desk->openai;
    const char *const headers[] = { o->authorization.p, "Content-Type: application/json", NULL };
    struct buf body = { 0 };
    completion_put_request(o->options.model, buf_view(&c->messages), c->spelling, &body);
    const struct outbound_request rq = { .method = "POST",
                                         .url = o->url.p,
                                         .headers = headers,
                                         .body = buf_view(&body),
                                         .total_ms = (uint32_t)ms,
                                         .answer_most = COMPLETION_ANSWER_MOST,
                                         .piece = on_piece,
                                         .piece_arg = c };
    *ret_why = OUTBOUND_NO_MEMORY;
    if (!body.failed)
        c->out = c->desk->line.send(c->desk->line.outbound, &rq, on_answer, c, ret_why);
    buf_fini(&body);
    return c->out;
}

static void put(struct model_call *c)
{
    enum outbound_end why = OUTBOUND_TIMEOUT;
    uint64_t ms = left_ms(c);
    c->state = CALL_IS_PUT;
    c->tries++;
    completion_fini(&c->completion);
    c->completion = (struct completion){ 0 };
    if (ms && send_request(c, ms, &why))
        return;
    note_failure(c, &(struct outbound_answer){ 0 }, outbound_words(why));
    end_soon(c, why == OUTBOUND_STOPPED ? MODEL_STOPPED : ms ? MODEL_FAILED : MODEL_TIMEOUT);
}

/* The next of the worker's own that waits; NULL: they have all gone. */
static struct model_call *first_waiting(const struct openai_desk *d)
{
    struct model_call *c = d->first;
    while (c && c->state != CALL_WAITS)
        c = c->next;
    return c;
}

/* One that waits has a place; whose ticket outlived it gives the place on. */
static void go_in(struct openai_desk *d, struct model_call *c)
{
    if (c) {
        worker_timer_stop(d->worker, &c->timer);
        put(c);
    } else
        (void)leave_gate(d, GATE_UNKNOWN);
}

/* Takes what places there are for those that wait, until none of its own is next. */
static void look(struct openai_desk *d)
{
    enum gate_answer answer;
    int next;
    while ((answer = gate_next(d->openai->gate, worker_index(d->worker), worker_now(d->worker), &next)) != GATE_WAITS) {
        struct model_call *c = first_waiting(d);
        (void)tell_next(d, next);
        if (answer == GATE_IN)
            go_in(d, c);
        else if (c)
            end(c, MODEL_RESTING, GATE_UNKNOWN);
    }
    if (first_waiting(d))
        worker_timer_start(d->worker, &d->timer, LOOK_MS * MS);
}

static void look_later(struct timer *t)
{
    look((struct openai_desk *)((char *)t - offsetof(struct openai_desk, timer)));
}

/* ---- asking ---- */

static void on_time(struct timer *t)
{
    struct model_call *c = (struct model_call *)((char *)t - offsetof(struct model_call, timer));
    if (c->state == CALL_PAUSES)
        put(c);
    else
        end(c, c->state == CALL_WAITS ? MODEL_TIMEOUT : c->end, GATE_UNKNOWN);
}

static void link_call(struct openai_desk *d, struct model_call *c)
{
    c->previous = d->last;
    *(d->last ? &d->last->next : &d->first) = c;
    d->last = c;
    d->stats.asked++;
}

static struct model_call *call_create(struct openai_desk *d, const struct model_question *q,
                                      const struct model_asker *asker)
{
    struct model_call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    *c = (struct model_call){ .desk = d,
                              .asker = *asker,
                              .due = worker_now(d->worker) + d->openai->options.timeout_ms * MS,
                              .timer.fire = on_time,
                              .trouble.why = model_words(MODEL_TIMEOUT), /* where it waits in vain */
                              .spelling = spelling(d->openai) };
    completion_put_messages(q, &c->messages);
    if (!c->messages.failed)
        return c;
    buf_fini(&c->messages);
    free(c);
    return NULL;
}

static struct model_call *refuse(struct openai_desk *d, enum model_end how, enum model_end *ret_why)
{
    d->stats.ended[how]++;
    if (how != MODEL_RESTING)
        log_warn("the model was not asked", F_STR("why", model_words(how)));
    *ret_why = how;
    return NULL;
}

static struct model_call *ask(struct model *m, const struct model_question *q, const struct model_asker *asker,
                              enum model_end *ret_why)
{
    struct openai_desk *d = (struct openai_desk *)m;
    struct model_call *c = d->draining ? NULL : call_create(d, q, asker);
    if (!c)
        return refuse(d, d->draining ? MODEL_STOPPED : MODEL_FAILED, ret_why);
    enum gate_answer answer = gate_enter(d->openai->gate, worker_index(d->worker), worker_now(d->worker));
    if (answer == GATE_FULL || answer == GATE_RESTS) {
        call_destroy(c);
        return refuse(d, answer == GATE_FULL ? MODEL_BUSY : MODEL_RESTING, ret_why);
    }
    link_call(d, c);
    if (answer == GATE_IN) {
        put(c);
        return c;
    }
    worker_timer_start(d->worker, &c->timer, c->due - worker_now(d->worker));
    worker_timer_start(d->worker, &d->timer, LOOK_MS * MS);
    return c;
}

/* ---- the desk ---- */

struct openai_desk *openai_desk_create(struct openai *o, struct worker *w, struct openai_line line)
{
    struct openai_desk *d = calloc(1, sizeof *d);
    if (d)
        *d = (struct openai_desk){
            .model = { ask, cancel }, .openai = o, .worker = w, .line = line, .timer.fire = look_later
        };
    return d;
}

struct model *openai_desk_model(struct openai_desk *d)
{
    return &d->model;
}

void openai_desk_tell(struct openai_desk *d, void (*told)(struct worker *w, const struct openai_trouble *t))
{
    d->told = told;
}

void openai_desk_drain(struct openai_desk *d)
{
    d->draining = true;
    for (struct model_call *c; (c = first_waiting(d));)
        end(c, MODEL_STOPPED, GATE_UNKNOWN);
}

void openai_desk_destroy(struct openai_desk *d)
{
    if (!d)
        return;
    d->draining = true;
    while (d->first)
        end(d->first, MODEL_STOPPED, GATE_UNKNOWN);
    worker_timer_stop(d->worker, &d->timer);
    free(d);
}

struct openai_stats openai_stats(const struct openai_desk *d)
{
    struct openai_stats s = { 0 };
    if (d) {
        s = d->stats;
        s.gate = gate_stats(d->openai->gate, worker_now(d->worker));
    }
    return s;
}
