/* Access: see access.h. */
#include "transport/services/fcm/access.h"

#include "actors/runtime/pool.h"
#include "proto/base/log.h"
#include "transport/services/attempt.h"
#include "transport/services/fcm/answer.h"

#include <assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)
enum { TOKEN_MOST = 8192, ANSWER_MOST = 65536, EARLY_MOST_S = 300, PAUSE_FIRST_MS = 1000, PAUSE_MOST_MS = 300000 };

/* Signing, on the pool. May outlive what it is for. */
struct signing {
    struct pool_job job;
    struct access *access; /* NULL once that is gone */
    const struct fcm_key *key;
    const char *audience;
    int64_t now_s;
    struct buf assertion;
    bool good;
};

struct access {
    struct access_options options;
    struct pool *pool;
    struct signing *signing; /* under way */
    struct outbound_call *call;
    struct access_wait *waiting, **waiting_end;
    char *token;
    uint64_t good_until, generation;
    uint64_t pause_ms; /* after the next failure */
};

struct access *access_create(const struct access_options *o)
{
    struct access *a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->options = *o;
    a->pause_ms = PAUSE_FIRST_MS;
    a->waiting_end = &a->waiting;
    a->pool = pool_create(o->worker, 1, 1);
    if (a->pool)
        return a;
    free(a);
    return NULL;
}

/* ---- telling who waits ---- */

/* Whoever asks again from within its done waits anew. */
static void tell(struct access *a, const struct access_result *r)
{
    struct access_wait *w = a->waiting;
    a->waiting = NULL;
    a->waiting_end = &a->waiting;
    for (struct access_wait *next; w; w = next) {
        next = w->next;
        w->done(w, r);
    }
}

/* Doubling, with jitter, unless the service names a time. */
static void fail(struct access *a, const char *why, uint64_t at_least_ms)
{
    uint64_t ms = a->pause_ms / 2 + worker_random(a->options.worker) % (a->pause_ms / 2 + 1);
    a->pause_ms = a->pause_ms * 2 < PAUSE_MOST_MS ? a->pause_ms * 2 : PAUSE_MOST_MS;
    log_warn("no access token for pushes", F_STR("why", why));
    tell(a, &(struct access_result){ .why = why, .again_ms = ms > at_least_ms ? ms : at_least_ms });
}

static void tell_token(struct access *a)
{
    tell(a, &(struct access_result){ .token = a->token, .generation = a->generation });
}

/* ---- the answer ---- */

/* Goes into a header as it is. */
static bool is_token(const char *s)
{
    size_t n = s ? strlen(s) : 0;
    for (size_t i = 0; i < n; i++)
        if (s[i] <= ' ' || s[i] > '~')
            return false;
    return n > 0 && n <= TOKEN_MOST;
}

static bool keep(struct access *a, const json_t *answer)
{
    const char *token = json_string_value(json_object_get(answer, "access_token"));
    int64_t life = json_integer_value(json_object_get(answer, "expires_in"));
    char *copy = is_token(token) && life > 0 ? strdup(token) : NULL;
    if (!copy)
        return false;
    life = life < 86400 ? life : 86400;
    int64_t early = life / 10 < EARLY_MOST_S ? life / 10 : EARLY_MOST_S;
    free(a->token);
    a->token = copy;
    a->generation++;
    a->good_until = worker_now(a->options.worker) + (uint64_t)(life - early) * 1000 * MS;
    a->pause_ms = PAUSE_FIRST_MS;
    return true;
}

static void on_answer(void *arg, const struct outbound_answer *answer)
{
    struct access *a = arg;
    assert(a->call && !a->signing); /* one question at a time */
    a->call = NULL;
    if (answer->end == OUTBOUND_ANSWERED && answer->status == 200) {
        json_t *body = json_loadb(answer->body.p, answer->body.n, 0, NULL);
        bool kept = keep(a, body);
        json_decref(body);
        if (kept)
            tell_token(a);
        else
            fail(a, "the token endpoint's answer holds no token", 0);
        return;
    }
    char why[FCM_WHY_SIZE];
    if (answer->end == OUTBOUND_STOPPED) {
        tell(a, &(struct access_result){ .why = outbound_words(OUTBOUND_STOPPED) });
        return;
    }
    fcm_answer_words(answer, "token endpoint", why);
    fail(a, why, attempt_patience_ms(answer, worker_wall(a->options.worker) / 1000000));
}

/* ---- the question ---- */

static void send_assertion(struct access *a, const struct buf *assertion)
{
    static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded", NULL };
    struct buf form = { 0 };
    enum outbound_end why = OUTBOUND_NO_MEMORY;
    buf_puts(&form, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=");
    buf_text(&form, buf_view(assertion));
    const struct outbound_request rq = { .method = "POST",
                                         .url = a->options.token_url,
                                         .headers = headers,
                                         .body = buf_view(&form),
                                         .total_ms = a->options.timeout_ms,
                                         .answer_most = ANSWER_MOST };
    if (!form.failed)
        a->call = outbound_send(a->options.outbound, &rq, on_answer, a, &why);
    buf_fini(&form);
    if (!a->call)
        fail(a, outbound_words(why), 0);
}

static void sign_work(struct pool_job *job)
{
    struct signing *s = (struct signing *)job;
    s->good = fcm_key_assert(s->key, s->audience, s->now_s, &s->assertion);
}

static void sign_done(struct pool_job *job)
{
    struct signing *s = (struct signing *)job;
    struct access *a = s->access;
    if (a) {
        assert(a->signing == s && !a->call);
        a->signing = NULL;
        if (s->good && !job->cancelled)
            send_assertion(a, &s->assertion);
        else
            fail(a, "the assertion could not be signed", 0);
    }
    buf_fini(&s->assertion);
    free(s);
}

static void ask(struct access *a)
{
    struct signing *s = calloc(1, sizeof *s);
    if (!s) {
        fail(a, "no memory", 0);
        return;
    }
    *s = (struct signing){ .job = { .work = sign_work, .done = sign_done },
                           .access = a,
                           .key = a->options.key,
                           .audience = a->options.token_url,
                           .now_s = worker_wall(a->options.worker) / 1000000 };
    a->signing = s;
    if (pool_submit(a->pool, &s->job))
        return;
    a->signing = NULL;
    free(s);
    fail(a, "the blocking pool is busy", 0);
}

void access_get(struct access *a, struct access_wait *w)
{
    w->next = NULL;
    *a->waiting_end = w;
    a->waiting_end = &w->next;
    if (a->token && worker_now(a->options.worker) < a->good_until)
        tell_token(a);
    else if (!a->signing && !a->call)
        ask(a);
}

void access_drop(struct access *a, uint64_t generation)
{
    if (generation == a->generation)
        a->good_until = 0;
}

void access_destroy(struct access *a)
{
    if (!a)
        return;
    if (a->signing)
        a->signing->access = NULL;
    if (a->call)
        outbound_cancel(a->call);
    tell(a, &(struct access_result){ .why = outbound_words(OUTBOUND_STOPPED) });
    pool_destroy(a->pool);
    free(a->token);
    free(a);
}
