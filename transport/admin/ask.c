/* Ask: see ask.h. */
#include "transport/admin/ask.h"
#include "actors/databases.h"

#include "proto/base/stamp.h"

#include <stdlib.h>

enum { HASTE_MS = 5000 };

/* Until when a worker that was silent is not waited for as long: several clients, one behind the other, are to have
 * their answers within a second too. Of the command that runs. */
static int64_t hasty_until;

/* How long this call may still wait for workers. */
static int64_t patience(const struct admin_call *call)
{
    int64_t now = stamp_monotonic_ms();
    if (!call->notes->until_ms)
        call->notes->until_ms = now + (now < hasty_until ? ADMIN_WORKER_WAIT_MS / 5 : ADMIN_WORKER_WAIT_MS);
    int64_t left = call->notes->until_ms - stamp_monotonic_ms();
    return left > 0 ? left : 0;
}

int ask_all(const struct admin_call *call, survey_see *see, const void *question, size_t size,
            struct survey_answer *ret)
{
    int n = system_workers(call->system);
    survey(call->system, 0, n, see, question, size, patience(call), ret);
    for (int i = 0; i < n; i++)
        if (!ret[i].answered) {
            call->notes->silent |= UINT64_C(1) << i;
            hasty_until = stamp_monotonic_ms() + HASTE_MS;
        }
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

bool ask_later(const struct admin_call *call, int worker, survey_start *start, const void *question, size_t size,
               struct survey_answer *ret, struct buf *why)
{
    if (survey_later(call->system, worker, start, question, size, patience(call), ret) && !ret->text.failed)
        return true;
    buf_printf(why, "worker %d has no answer in time", worker);
    return false;
}

/* ---- the database ---- */

struct inquiry {
    const struct statement *statement;
    struct ask_params params;
    ask_take *take;
    struct survey_slot *slot; /* set on the worker */
};

/* The first byte of an answer says whether it is one: '+', or '-' and a sentence. */
static void finish_inquiry(struct survey_slot *slot, const char *sentence)
{
    struct buf text = { 0 };
    buf_puts(&text, sentence);
    survey_finish(slot, text);
}

static void on_result(void *arg, const struct db_result *r)
{
    struct inquiry *q = arg;
    struct buf text = { 0 };
    if (r->status == DB_OK) {
        buf_putc(&text, '+');
        q->take(r, &text);
        survey_finish(q->slot, text);
    } else
        finish_inquiry(q->slot, r->status == DB_REFUSED ? "-the database refuses" : "-the database is away");
    free(q);
}

static void put_params(const struct ask_params *from, struct db_params *ret)
{
    for (int i = 0; i < from->n; i++) {
        const struct ask_param *p = &from->list[i];
        if (p->kind == ASK_INT4)
            db_param_int4(ret, p->number);
        else if (p->kind == ASK_BOOL)
            db_param_bool(ret, p->number != 0);
        else if (p->kind == ASK_TIME)
            db_param_timestamp(ret, p->at);
        else
            db_param_text(ret, p->kind == ASK_TEXT ? text_of(p->text) : (struct text){ 0 });
    }
}

static void start_inquiry(struct worker *w, const void *question, struct survey_slot *slot)
{
    struct db *db = db_reading(w);
    struct inquiry *q = malloc(sizeof *q);
    struct db_params params = { 0 };
    if (!q || !db || !db_up(db)) {
        finish_inquiry(slot, q ? "-the database is away" : "-out of memory");
        free(q);
        return;
    }
    memcpy(q, question, sizeof *q);
    q->slot = slot;
    put_params(&q->params, &params);
    if (db_query(db, q->statement, &params, on_result, q))
        return;
    finish_inquiry(slot, "-too many statements wait for the database");
    free(q);
}

bool ask_database(const struct admin_call *call, const struct statement *st, const struct ask_params *params,
                  ask_take *take, struct survey_answer *ret, struct buf *why)
{
    struct inquiry q = { .statement = st, .params = *params, .take = take };
    if (!survey_later(call->system, 0, start_inquiry, &q, sizeof q, patience(call), ret)) {
        buf_puts(why, "the database has no answer in time");
        return false;
    }
    bool fine = ret->text.n && *ret->text.p == '+' && !ret->text.failed;
    if (!fine)
        buf_printf(why, "%.*s", ret->text.n ? (int)ret->text.n - 1 : 0, ret->text.n ? ret->text.p + 1 : "");
    return fine;
}

static void take_json(const struct db_result *r, struct buf *answer)
{
    if (r->rows)
        buf_text(answer, db_text(r, 0, 0));
}

bool ask_database_json(const struct admin_call *call, const struct statement *st, const struct ask_params *params,
                       struct json *data, struct buf *why)
{
    struct survey_answer answer;
    bool fine = ask_database(call, st, params, take_json, &answer, why);
    if (fine && answer.text.n > 1)
        json_raw(data, NULL, (struct text){ answer.text.p + 1, answer.text.n - 1 });
    survey_free(&answer, 1);
    return fine;
}

void ask_rows(const struct admin_call *call, survey_see *see, const void *question, size_t size, struct json *data)
{
    struct survey_answer answers[WORKERS_MOST];
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

void ask_no_more(const struct admin_call *call, const char *note)
{
    buf_reset(&call->notes->again);
    call->notes->note = note;
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
    struct survey_answer answers[WORKERS_MOST];
    struct run runs[WORKERS_MOST], *r;
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
