/* Ask: see ask.h. Several may be under way; they are answered in their order. */
#include "transport/ws/ask.h"

#include "proto/base/json.h"
#include "transport/http/inner.h"
#include "transport/people/people.h"
#include "transport/transport.h"
#include "transport/ws/socket_state.h"

#include <stdlib.h>

/* One that is under way, or waits for those before it to be answered. */
struct ask {
    struct ask *next;
    struct socket *socket; /* NULL: it has ended */
    struct request *rq;    /* NULL: it has been answered */
    bool loading;          /* its person is being looked up: it is freed when that comes back */
    struct buf answer;     /* what is to be said once it is its turn; empty: nothing yet */
};

struct asks_of_socket {
    struct under_way base;
    struct ask *first, **last;
    int n;
};

static void ask_free(struct ask *a)
{
    buf_fini(&a->answer);
    free(a);
}

/* ---- answers ---- */

/* What stands behind "detail" in a refusal's body; absent: it is another answer. */
static struct text detail_of(struct text body)
{
    static const char begins[] = "{\"detail\":";
    size_t n = sizeof begins - 1;
    if (body.n <= n || memcmp(body.p, begins, n) != 0)
        return (struct text){ 0 };
    return (struct text){ body.p + n, body.n - n - 1 };
}

static void put_answer(struct text ref, int status, struct text body, struct buf *out)
{
    struct text detail = status >= 400 ? detail_of(body) : (struct text){ 0 };
    struct json j = json_into(out);
    json_begin_object(&j, NULL);
    if (ref.p)
        json_raw(&j, "ref", ref);
    json_int(&j, "status", status);
    if (detail.p)
        json_raw(&j, "detail", detail);
    else
        json_raw(&j, "body", body.n ? body : TEXT("null"));
    json_end_object(&j);
}

/* What is under way for a socket; NULL: nothing. */
static struct asks_of_socket *asks_of(const struct socket *s)
{
    return (struct asks_of_socket *)s->under_way;
}

/* Whether the first of them can be answered. */
static bool first_answered(const struct socket *s)
{
    const struct asks_of_socket *asks = asks_of(s);
    return asks && asks->first && !asks->first->rq && !asks->first->loading;
}

static void say_first(struct socket *s)
{
    struct asks_of_socket *asks = asks_of(s);
    struct ask *a = asks->first;
    asks->first = a->next;
    asks->n--;
    if (!asks->first) {
        s->under_way = NULL;
        free(asks);
    }
    if (a->answer.failed)
        ws_close(s, CLOSE_CODE_TRY_AGAIN, "memory is short", CLOSE_NO_MEMORY);
    else
        (void)ws_say(s, buf_view(&a->answer));
    ask_free(a);
}

/* Says what can be said by now. The socket may be gone afterwards. */
static void say_answered(struct socket *s)
{
    bool kept = stream_keep(&s->stream);
    while (first_answered(s))
        say_first(s);
    bool crowded = asks_of(s) && asks_of(s)->n >= WS_ASKS_MOST;
    if (s->crowded && !crowded) {
        s->crowded = false;
        ws_go_on(s);
    }
    stream_let_go(&s->stream, kept);
}

static void on_answer(void *arg, struct request *rq, int status, struct text body)
{
    struct ask *a = arg;
    a->rq = NULL;
    put_answer(inner_member(rq, "ref"), status, body, &a->answer);
    if (!a->loading)
        say_answered(a->socket);
}

/* ---- asking ---- */

/* As the person is now: what they may do can have changed since the socket was opened. A token that counts no more is
 * about to end it. */
static void begin_as(struct ask *a, const struct caller *who)
{
    const struct stream *s = &a->socket->stream;
    const struct token t = { .user_id = who->user_id, .sign_in = s->sign_in, .signed_in = s->signed_in };
    if (s->expires && !people_keep(who, &t))
        inner_refuse(a->rq, ERROR_INVALID_TOKEN);
    else
        inner_begin(a->rq, who);
}

static void on_person(void *arg, enum error why, const struct caller *who)
{
    struct ask *a = arg;
    a->loading = false;
    if (!a->socket) {
        inner_refuse(a->rq, ERROR_UNAVAILABLE);
        ask_free(a);
    } else if (why)
        inner_refuse(a->rq, why);
    else
        begin_as(a, who);
}

static void begin(struct ask *a)
{
    struct socket *s = a->socket;
    struct people *people = transport_of(ws_worker(s))->people;
    const struct area *area = request_area(a->rq);
    struct caller who;
    if (people_find(people, ws_user(s), area, &who)) {
        begin_as(a, &who);
        return;
    }
    a->loading = people_load(people, ws_user(s), area, on_person, a);
    if (!a->loading)
        inner_refuse(a->rq, ERROR_OVERLOADED);
}

/* Nobody waits any more. */
static void forget(struct under_way *u)
{
    struct asks_of_socket *asks = (struct asks_of_socket *)u;
    for (struct ask *a; (a = asks->first);) {
        asks->first = a->next;
        a->socket = NULL;
        if (a->rq)
            inner_forget(a->rq);
        if (!a->loading) /* else it is freed when its person has been found */
            ask_free(a);
    }
    free(asks);
}

static struct asks_of_socket *asks_made(struct socket *s)
{
    struct asks_of_socket *asks = asks_of(s) ? asks_of(s) : calloc(1, sizeof *asks);
    if (!asks || s->under_way)
        return asks;
    asks->base.forget = forget;
    asks->last = &asks->first;
    s->under_way = &asks->base;
    return asks;
}

/* Behind those that are under way. NULL without memory. */
static struct ask *append(struct socket *s)
{
    struct asks_of_socket *asks = asks_made(s);
    struct ask *a = asks ? calloc(1, sizeof *a) : NULL;
    if (!a)
        return NULL;
    a->socket = s;
    *asks->last = a;
    asks->last = &a->next;
    asks->n++;
    return a;
}

void ws_ask(struct socket *s, const struct endpoint *e, const struct text *params, struct text message)
{
    struct ask *a = append(s);
    if (a)
        a->rq = inner_create(s->stream.wire, e, params, message, on_answer, a);
    if (!a || !a->rq) {
        ws_close(s, CLOSE_CODE_TRY_AGAIN, "memory is short", CLOSE_NO_MEMORY);
        return;
    }
    s->crowded = asks_of(s)->n >= WS_ASKS_MOST;
    begin(a);
}
