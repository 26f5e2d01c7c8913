/* Poster: a speaker of the load client: one post after the other over a kept connection. See load.h. */
#include "tools/bench/clock.h"
#include "tools/bench/load.h"
#include "tools/bench/socket.h"

#include <stdio.h>
#include <string.h>

enum { TELL_REFUSED = 3 };

/* The text carries the time it was due, which the streams read back. */
void poster_post(struct load *l, struct visitor *v, uint64_t due)
{
    static const char words[] = "the quick brown fox jumps over the lazy dog and back again, ";
    char text[TEXT_MOST + 64], out[TEXT_MOST + 512];
    int n = snprintf(text, sizeof text, "@@%llu@@ ", (unsigned long long)due);
    while (n < l->plan.text) {
        int room = l->plan.text - n, k = (int)sizeof words - 1;
        memcpy(text + n, words, (size_t)(k < room ? k : room));
        n += k < room ? k : room;
    }
    int total =
        snprintf(out, sizeof out,
                 "POST /sessions/%d/action?user_id=%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                 "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n{\"type\":\"chat\",\"text\":\"%.*s\"}",
                 l->plan.session + visitor_room(l, v), visitor_user(l, v), l->plan.port,
                 n + (int)sizeof "{\"type\":\"chat\",\"text\":\"\"}" - 1, n, text);
    v->due = due;
    v->state = VISITOR_WAITING;
    visitor_send(l, v, out, (size_t)total);
}

static void take_answer(struct load *l, struct visitor *v, const char *p, const struct answer *a, uint64_t now)
{
    if (a->status == 200)
        l->seen.answered[visitor_room(l, v)]++;
    else if (l->seen.refused++ < TELL_REFUSED)
        fprintf(stderr, "%.*s\n", (int)a->length, p);
    if (l->counting) {
        l->seen.counted.posts++;
        histogram_add(&l->seen.post, now - v->due);
    }
    v->state = VISITOR_IDLE;
    if (l->posting && !l->plan.rate)
        poster_post(l, v, clock_ns());
    else
        l->idle[l->idle_count++] = v;
}

void poster_read(struct load *l, struct visitor *v, char *p, size_t n, uint64_t now)
{
    struct answer a;
    p[n] = 0;
    int complete = answer_read(p, n, &a);
    buf_fini(&v->carry);
    if (complete < 0) {
        visitor_lose(l, v, "the answer is not HTTP");
    } else if (!complete) {
        buf_put(&v->carry, p, n);
        if (v->carry.failed)
            visitor_lose(l, v, "no memory");
    } else if (v->state != VISITOR_WAITING || a.length != n) {
        visitor_lose(l, v, "an answer to nothing");
    } else {
        take_answer(l, v, p, &a, now);
    }
}
