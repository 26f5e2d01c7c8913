/* Ask: see ask.h. */
#include "transport/admin/ask.h"

#include <stdlib.h>
#include <time.h>

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* How long this call may still wait for workers. */
static int64_t patience(const struct admin_call *call)
{
    if (!call->notes->until_ms)
        call->notes->until_ms = now_ms() + ADMIN_WORKER_WAIT_MS;
    int64_t left = call->notes->until_ms - now_ms();
    return left > 0 ? left : 0;
}

int ask_all(const struct admin_call *call, survey_see *see, const void *question, size_t size,
            struct survey_answer *ret)
{
    int n = system_workers(call->system);
    survey(call->system, 0, n, see, question, size, patience(call), ret);
    for (int i = 0; i < n; i++)
        if (!ret[i].answered)
            call->notes->silent |= UINT64_C(1) << i;
    return n;
}

bool ask_one(const struct admin_call *call, int worker, survey_see *see, const void *question, size_t size,
             struct survey_answer *ret, struct buf *why)
{
    survey(call->system, worker, 1, see, question, size, patience(call), ret);
    if (ret->answered && !ret->text.failed)
        return true;
    if (ret->answered)
        buf_printf(why, "worker %d is out of memory", worker);
    else
        buf_printf(why, "worker %d, which has to be asked, does not answer", worker);
    return false;
}

void ask_rows(const struct admin_call *call, survey_see *see, const void *question, size_t size, struct json *data)
{
    struct survey_answer answers[ADMIN_WORKERS_MAX];
    int n = ask_all(call, see, question, size, answers);
    json_begin_array(data, NULL);
    for (int i = 0; i < n; i++)
        if (answers[i].text.n && !answers[i].text.failed)
            json_raw(data, NULL, buf_view(&answers[i].text));
    json_end_array(data);
    survey_free(answers, n);
}

void ask_left_off(const struct admin_call *call, int64_t rows)
{
    call->notes->left_off += rows;
}

void ask_again(const struct admin_call *call, int64_t after_ms, const char *argument)
{
    struct buf *again = &call->notes->again;
    if (again->n)
        buf_putc(again, ',');
    json_escape(again, text_of(argument));
    call->notes->again_ms = after_ms;
}

/* ---- ranked rows ---- */

/* A worker's answer being merged: where its next line is. */
struct run {
    const char *at, *end;
    int64_t key;
};

static struct text take_line(struct run *r)
{
    const char *begin = r->at, *end = begin < r->end ? memchr(begin, '\n', (size_t)(r->end - begin)) : NULL;
    if (!end)
        return (struct text){ NULL, 0 };
    r->at = end + 1;
    return (struct text){ begin, (size_t)(end - begin) };
}

static int64_t begin_run(struct run *r, const struct survey_answer *a)
{
    *r = (struct run){ 0 };
    if (!a->text.n || a->text.failed)
        return 0;
    *r = (struct run){ a->text.p, a->text.p + a->text.n, 0 };
    struct text offered = take_line(r);
    r->key = r->at < r->end ? strtoll(r->at, NULL, 10) : 0;
    return offered.p ? strtoll(offered.p, NULL, 10) : 0;
}

static struct run *highest(struct run *runs, int n)
{
    struct run *best = NULL;
    for (int i = 0; i < n; i++)
        if (runs[i].at < runs[i].end && (!best || runs[i].key > best->key))
            best = &runs[i];
    return best;
}

void ask_ranked(const struct admin_call *call, survey_see *see, const void *question, size_t size, size_t most,
                struct json *data)
{
    struct survey_answer answers[ADMIN_WORKERS_MAX];
    struct run runs[ADMIN_WORKERS_MAX], *r;
    int n = ask_all(call, see, question, size, answers);
    int64_t left = 0;
    for (int i = 0; i < n; i++)
        left += begin_run(&runs[i], &answers[i]);
    json_begin_array(data, NULL);
    for (size_t row = 0; row < most && (r = highest(runs, n)); row++) {
        struct text line = take_line(r);
        const char *space = line.p ? memchr(line.p, ' ', line.n) : NULL;
        if (space)
            json_raw(data, NULL, (struct text){ space + 1, line.n - (size_t)(space + 1 - line.p) });
        r->key = r->at < r->end ? strtoll(r->at, NULL, 10) : 0;
        left--;
    }
    json_end_array(data);
    ask_left_off(call, left);
    survey_free(answers, n);
}
