/* Survey: see survey.h. One lock per survey, held only to count and to hand over an answer. */
#include "transport/admin/survey.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct poll;

struct survey_slot {
    struct poll *poll;
    struct survey_answer answer; /* guarded by the poll's lock */
};

struct poll {
    /* immutable after creation */
    survey_see *see; /* or */
    survey_start *start;
    const void *question;
    int first, n;
    /* guarded by lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int waiting; /* answers still to come */
    int users;   /* the asker and every call under way; the last one frees */
    struct survey_slot slots[];
};

static struct poll *create(int first, int n, const void *question, size_t size)
{
    size_t head = sizeof(struct poll) + (size_t)n * sizeof(struct survey_slot);
    struct poll *p = calloc(1, head + size);
    if (!p)
        return NULL;
    p->first = first;
    p->n = n;
    p->users = 1;
    if (size)
        memcpy((char *)p + head, question, size);
    p->question = (char *)p + head;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&p->lock, NULL);
    for (int i = 0; i < n; i++)
        p->slots[i].poll = p;
    return p;
}

/* Gives up one use; the lock is held on entry and free on return. */
static void leave_locked(struct poll *p)
{
    assert(p->users > 0);
    int users = --p->users;
    pthread_mutex_unlock(&p->lock);
    if (users)
        return;
    for (int i = 0; i < p->n; i++)
        buf_fini(&p->slots[i].answer.text);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void survey_finish(struct survey_slot *slot, struct buf text)
{
    struct poll *p = slot->poll;
    pthread_mutex_lock(&p->lock);
    assert(p->waiting > 0 && !slot->answer.answered); /* each once */
    slot->answer = (struct survey_answer){ .answered = true, .text = text };
    if (!--p->waiting)
        pthread_cond_signal(&p->changed);
    leave_locked(p);
}

static void call(struct worker *w, void *arg)
{
    struct survey_slot *slot = arg;
    struct poll *p = slot->poll;
    struct buf text = { 0 };
    if (p->start) {
        p->start(w, p->question, slot);
        return;
    }
    p->see(w, p->question, &text);
    survey_finish(slot, text);
}

static void ask(struct system *s, struct poll *p)
{
    for (int i = 0; i < p->n; i++) {
        pthread_mutex_lock(&p->lock);
        p->users++;
        p->waiting++;
        pthread_mutex_unlock(&p->lock);
        if (worker_call(system_worker(s, p->first + i), call, &p->slots[i]))
            continue;
        pthread_mutex_lock(&p->lock);
        p->users--;
        p->waiting--;
        pthread_mutex_unlock(&p->lock);
    }
}

static struct timespec deadline(int64_t wait_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += wait_ms / 1000;
    t.tv_nsec += wait_ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_nsec -= 1000000000;
        t.tv_sec++;
    }
    return t;
}

/* Waits, and hands over what there is. Gives up the asker's use of p. */
static int collect(struct poll *p, int64_t wait_ms, struct survey_answer *ret)
{
    struct timespec until = deadline(wait_ms);
    int answered = 0;
    pthread_mutex_lock(&p->lock);
    while (p->waiting && !pthread_cond_timedwait(&p->changed, &p->lock, &until))
        ;
    for (int i = 0; i < p->n; i++) {
        ret[i] = p->slots[i].answer;
        p->slots[i].answer.text = (struct buf){ 0 };
        answered += ret[i].answered;
    }
    leave_locked(p);
    return answered;
}

int survey(struct system *s, int first, int n, survey_see *see, const void *question, size_t size, int64_t wait_ms,
           struct survey_answer *ret)
{
    assert(!worker_current() && first >= 0 && n >= 0 && first + n <= system_workers(s));
    for (int i = 0; i < n; i++)
        ret[i] = (struct survey_answer){ 0 };
    struct poll *p = create(first, n, question, size);
    if (!p)
        return 0;
    p->see = see;
    ask(s, p);
    return collect(p, wait_ms, ret);
}

bool survey_later(struct system *s, int worker, survey_start *start, const void *question, size_t size, int64_t wait_ms,
                  struct survey_answer *ret)
{
    assert(!worker_current() && worker >= 0 && worker < system_workers(s));
    *ret = (struct survey_answer){ 0 };
    struct poll *p = create(worker, 1, question, size);
    if (!p)
        return false;
    p->start = start;
    ask(s, p);
    return collect(p, wait_ms, ret) == 1;
}

void survey_free(struct survey_answer *answers, int n)
{
    for (int i = 0; i < n; i++)
        buf_fini(&answers[i].text);
}
