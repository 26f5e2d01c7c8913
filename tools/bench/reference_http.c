/* Connections of the reference server: the two requests of the main path, and sending to streams. See reference.h. */
#include "tools/bench/reference.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BACKLOG_MOST = 256 * 1024, BYTES = 64 * 1024 };

/* A chunk that several slow streams still have to send. */
struct shared_bytes {
    int refs;
    size_t n;
    char p[];
};

struct write {
    uv_write_t write;
    struct shared_bytes *bytes;
};

static void shared_unref(struct shared_bytes *s)
{
    if (!--s->refs)
        free(s);
}

/* ---- ending ---- */

static void on_closed(uv_handle_t *handle)
{
    struct guest *g = (struct guest *)handle;
    buf_fini(&g->body);
    free(g);
}

static void leave(struct guest *g)
{
    if (g->closing)
        return;
    g->closing = true;
    if (g->post)
        g->post->guest = NULL;
    if (g->place >= 0) {
        struct room *r = &reference.rooms[g->room];
        r->streams[g->place] = r->streams[--r->n];
        r->streams[g->place]->place = g->place;
    }
    uv_close((uv_handle_t *)&g->tcp, on_closed);
}

/* ---- sending ---- */

static void on_written(uv_write_t *write, int status)
{
    struct write *w = (struct write *)write;
    shared_unref(w->bytes);
    free(w);
}

static void send_later(struct guest *g, struct shared_bytes *s, size_t from)
{
    if (uv_stream_get_write_queue_size((uv_stream_t *)&g->tcp) > BACKLOG_MOST) {
        leave(g);
        return;
    }
    struct write *w = malloc(sizeof *w);
    uv_buf_t rest = uv_buf_init(s->p + from, (unsigned)(s->n - from));
    w->bytes = s;
    s->refs++;
    uv_write(&w->write, (uv_stream_t *)&g->tcp, &rest, 1, on_written);
}

static void send_shared(struct guest *g, struct shared_bytes *s)
{
    uv_buf_t all = uv_buf_init(s->p, (unsigned)s->n);
    int sent = uv_try_write((uv_stream_t *)&g->tcp, &all, 1);
    if (sent == (int)s->n)
        return;
    if (sent >= 0 || sent == UV_EAGAIN)
        send_later(g, s, sent > 0 ? (size_t)sent : 0);
    else
        leave(g);
}

void room_flush(struct room *r)
{
    struct shared_bytes *s = malloc(sizeof *s + r->out.n + 32);
    s->refs = 1;
    s->n = (size_t)sprintf(s->p, "%zx\r\n", r->out.n);
    memcpy(s->p + s->n, r->out.p, r->out.n);
    s->n += r->out.n;
    memcpy(s->p + s->n, "\r\n", 2);
    s->n += 2;
    for (int i = r->n; i-- > 0;)
        send_shared(r->streams[i], s);
    shared_unref(s);
    buf_reset(&r->out);
}

static void send_text(struct guest *g, const char *text)
{
    uv_buf_t all = uv_buf_init((char *)text, (unsigned)strlen(text));
    if (uv_try_write((uv_stream_t *)&g->tcp, &all, 1) != (int)all.len)
        leave(g);
}

void guest_answer(struct guest *g, bool good)
{
    send_text(g, good ? "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}"
                      : "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
}

/* ---- requests ---- */

/* The text as a JSON string; counts its letters. */
static uint32_t escape(char *to, const char *p, size_t n, uint32_t *ret_letters)
{
    static const char hex[] = "0123456789abcdef";
    char *at = to;
    *ret_letters = 0;
    *at++ = '"';
    for (const char *end = p + n; p < end; p++) {
        unsigned char c = (unsigned char)*p;
        *ret_letters += (c & 0xc0) != 0x80;
        if (c == '"' || c == '\\')
            *at++ = '\\';
        if (c >= 32)
            *at++ = (char)c;
        else
            at += sprintf(at, "\\u00%c%c", hex[c >> 4], hex[c & 15]);
    }
    *at++ = '"';
    return (uint32_t)(at - to);
}

static int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct post *post_create(int room, int user, const char *text, size_t n)
{
    struct post *p = malloc(sizeof *p + 7 * n + 3);
    *p = (struct post){ .room = room, .user = user, .at = wall_us(), .text_n = (uint32_t)n, .text = (char *)(p + 1) };
    memcpy(p->text, text, n);
    p->json = p->text + n;
    p->json_n = escape(p->json, text, n, &p->letters);
    return p;
}

static void on_post(struct guest *g, int room, int user)
{
    json_t *body = json_loadb(g->body.p, g->body.n, 0, NULL), *text = json_object_get(body, "text");
    const char *type = json_string_value(json_object_get(body, "type"));
    if (!type || strcmp(type, "chat") || !json_is_string(text) || g->post) {
        json_decref(body);
        send_text(g, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    struct post *p = post_create(room, user, json_string_value(text), json_string_length(text));
    json_decref(body);
    p->number = ++reference.rooms[room].number;
    p->guest = g;
    g->post = p;
    struct posts *waiting = &reference.lanes[room % reference.lane_count].waiting;
    *waiting->end = p;
    waiting->end = &p->next;
    waiting->n++;
}

static void on_stream(struct guest *g, int room)
{
    struct room *r = &reference.rooms[room];
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        r->streams = realloc(r->streams, (size_t)r->cap * sizeof *r->streams);
    }
    g->room = room;
    g->place = r->n;
    r->streams[r->n++] = g;
    send_text(g, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n6\r\n: hi\n\n\r\n");
}

static bool known(int room, int user)
{
    return room > 0 && room < REFERENCE_ROOMS && user > 0 && user < PEOPLE_MOST;
}

static int on_complete(http_parser *parser)
{
    struct guest *g = parser->data;
    int room, user;
    g->url[g->url_n] = 0;
    if (parser->method == HTTP_POST && sscanf(g->url, "/sessions/%d/action?user_id=%d", &room, &user) == 2 &&
        known(room, user))
        on_post(g, room, user);
    else if (parser->method == HTTP_GET && sscanf(g->url, "/sse/sessions/%d?user_id=%d", &room, &user) == 2 &&
             known(room, user))
        on_stream(g, room);
    else
        send_text(g, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    return 0;
}

static int on_begin(http_parser *parser)
{
    struct guest *g = parser->data;
    g->url_n = 0;
    buf_reset(&g->body);
    return 0;
}

static int on_url(http_parser *parser, const char *p, size_t n)
{
    struct guest *g = parser->data;
    if (g->url_n + n >= sizeof g->url)
        return 1;
    memcpy(g->url + g->url_n, p, n);
    g->url_n += (uint16_t)n;
    return 0;
}

static int on_body(http_parser *parser, const char *p, size_t n)
{
    struct guest *g = parser->data;
    buf_put(&g->body, p, n);
    return g->body.failed || g->body.n > BODY_MOST;
}

static void on_room_for_bytes(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    static char bytes[BYTES];
    *ret = uv_buf_init(bytes, sizeof bytes);
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    static const http_parser_settings settings = {
        .on_message_begin = on_begin, .on_url = on_url, .on_body = on_body, .on_message_complete = on_complete
    };
    struct guest *g = (struct guest *)stream;
    if (n < 0 || (n && http_parser_execute(&g->parser, &settings, bytes->base, (size_t)n) != (size_t)n))
        leave(g);
}

void guest_accept(uv_stream_t *listener, int status)
{
    struct guest *g = calloc(1, sizeof *g);
    uv_tcp_init(reference.loop, &g->tcp);
    g->place = -1;
    http_parser_init(&g->parser, HTTP_REQUEST);
    g->parser.data = g;
    if (uv_accept(listener, (uv_stream_t *)&g->tcp)) {
        leave(g);
        return;
    }
    uv_tcp_nodelay(&g->tcp, 1);
    uv_read_start((uv_stream_t *)&g->tcp, on_room_for_bytes, on_bytes);
}
