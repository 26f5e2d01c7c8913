/* Stream: a listener of the load client: undoes the chunked coding, cuts the text into frames, and checks that event
 * numbers rise by one. See load.h. */
#include "tools/bench/load.h"
#include "tools/bench/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void stream_ask(struct load *l, struct visitor *v)
{
    char text[256];
    int n =
        snprintf(text, sizeof text,
                 "GET /sse/sessions/%d?user_id=%d HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n",
                 l->plan.session + visitor_room(l, v), visitor_user(l, v), l->plan.port);
    v->state = VISITOR_ASKING;
    visitor_send(l, v, text, (size_t)n);
}

static uint64_t number(const char **p, const char *end)
{
    uint64_t n = 0;
    for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
        n = n * 10 + (uint64_t)(**p - '0');
    return n;
}

/* "id: <epoch>-<number>" or "id: <number>". */
static void take_id(struct load *l, struct visitor *v, const char *p, const char *end)
{
    uint64_t id = number(&p, end);
    if (p < end && *p++ == '-')
        id = number(&p, end);
    if (v->last_id && id <= v->last_id)
        l->seen.dups++;
    else if (v->last_id && id != v->last_id + 1)
        l->seen.gaps += id - v->last_id - 1;
    v->last_id = id;
}

/* A chat text begins with @@<when it was due>@@; a comment or another event has none. */
static void take_frame(struct load *l, struct visitor *v, const char *p, const char *end, uint64_t now)
{
    if (end - p > 4 && !memcmp(p, "id: ", 4))
        take_id(l, v, p + 4, end);
    const char *mark = memchr(p, '@', (size_t)(end - p));
    if (!mark || end - mark < 3 || mark[1] != '@')
        return;
    mark += 2;
    uint64_t due = number(&mark, end);
    v->chats++;
    if (!l->counting)
        return;
    l->seen.counted.deliveries++;
    histogram_add(&l->seen.delivery, now > due ? now - due : 0);
}

/* Behind the frame that begins at p: NULL if its empty line has not come. */
static const char *frame_end(const char *p, const char *end)
{
    for (; (p = memchr(p, '\n', (size_t)(end - p))); p++)
        if (p + 1 < end && p[1] == '\n')
            return p + 2;
    return NULL;
}

/* Undoes the chunked coding in place; returns the bytes of text. The line end behind a chunk reads as an empty size
 * line. */
static size_t dechunk(struct chunked *c, char *p, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n;) {
        if (c->left) {
            size_t k = n - i < c->left ? n - i : (size_t)c->left;
            memmove(p + out, p + i, k);
            out += k;
            i += k;
            c->left -= k;
        } else if (p[i++] != '\n') {
            if (c->n < sizeof c->line - 1)
                c->line[c->n++] = p[i - 1];
        } else {
            c->line[c->n] = 0;
            c->left = strtoull(c->line, NULL, 16);
            c->n = 0;
        }
    }
    return out;
}

static void carry(struct load *l, struct visitor *v, const char *p, size_t n)
{
    if (!n && !v->carry.cap)
        return;
    buf_fini(&v->carry);
    if (n)
        buf_put(&v->carry, p, n);
    if (v->carry.failed)
        visitor_lose(l, v, "no memory");
}

static void take_text(struct load *l, struct visitor *v, const char *p, const char *end, uint64_t now)
{
    for (const char *next; (next = frame_end(p, end)); p = next)
        take_frame(l, v, p, next, now);
    carry(l, v, p, (size_t)(end - p));
}

void stream_read(struct load *l, struct visitor *v, char *p, size_t n, size_t fresh, uint64_t now)
{
    if (v->state == VISITOR_LISTENING) {
        size_t old = n - fresh;
        take_text(l, v, p, p + old + dechunk(&v->chunked, p + old, fresh), now);
        return;
    }
    struct answer head = { 0 };
    p[n] = 0;
    int complete = answer_read(p, n, &head);
    if (!complete && !head.head) {
        carry(l, v, p, n);
    } else if (complete < 0 || head.status != 200) {
        fprintf(stderr, "%.300s\n", p);
        visitor_lose(l, v, "the stream was refused");
    } else {
        v->state = VISITOR_LISTENING;
        l->seen.ready++;
        p += head.head;
        take_text(l, v, p, p + dechunk(&v->chunked, p, n - head.head), now);
    }
}
