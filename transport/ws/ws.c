/* WebSockets: see ws.h. Opening, what comes, what is said, the end. */
#include "transport/ws/ws.h"

#include "proto/config/config_live.h"
#include "transport/budgets/budgets.h"
#include "transport/http/stream.h"
#include "transport/streams/streams.h"
#include "transport/transport.h"
#include "transport/ws/part.h"
#include "transport/ws/socket_state.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(offsetof(struct socket, stream) == 0, "a stream of sockets is its socket");

static uint32_t seconds(const struct worker *w)
{
    return (uint32_t)(worker_now(w) / 1000000000);
}

static struct wire *wire_of_socket(const struct socket *s)
{
    return s->stream.wire;
}

static bool is_open(const struct socket *s)
{
    return s->stream.phase < STREAM_ENDING;
}

static struct sockets *shared(const struct socket *s)
{
    return transport_of(ws_worker(s))->sockets;
}

/* ---- what an area asks ---- */

void ws_set_arg(struct socket *s, void *arg)
{
    s->arg = arg;
}

void *ws_arg(const struct socket *s)
{
    return s->arg;
}

int32_t ws_user(const struct socket *s)
{
    return s->stream.channel ? stream_user(&s->stream) : 0;
}

int32_t ws_participant(const struct socket *s)
{
    return s->stream.participant;
}

struct room_key ws_room(const struct socket *s)
{
    return stream_room(&s->stream);
}

struct worker *ws_worker(const struct socket *s)
{
    return streams_worker(s->stream.all);
}

/* ---- what is said ---- */

static bool say(struct socket *s, enum frame_kind kind, struct text message)
{
    struct wire *w = wire_of_socket(s);
    if (!is_open(s))
        return false;
    if (!stream_has_room(&s->stream, message.n + FRAME_HEAD_MOST)) {
        stream_stop(&s->stream, NULL, CLOSE_SLOW_READER);
        return false;
    }
    frame_append(kind, message, output_buf(w));
    return output_done(w);
}

bool ws_say(struct socket *s, struct text message)
{
    return say(s, FRAME_TEXT, message);
}

bool ws_say_binary(struct socket *s, struct text message)
{
    return say(s, FRAME_BINARY, message);
}

static void put_text(const struct frame_parts *event, struct buf *out)
{
    buf_puts(out, "{\"event\":\"");
    buf_text(out, event->name);
    if (event->id.p) {
        buf_puts(out, "\",\"id\":\"");
        buf_text(out, event->id);
    }
    buf_puts(out, "\",\"data\":");
    buf_text(out, event->data);
    buf_putc(out, '}');
}

/* The text is written behind the longest head, and moved up to its own. */
static void put_event(const struct spelling *sp, const struct frame_parts *event, struct buf *out)
{
    char head[FRAME_HEAD_MOST] = { 0 };
    size_t at = out->n;
    buf_put(out, head, sizeof head);
    sp->text(event, out);
    size_t n = out->n - at - sizeof head;
    if (out->failed)
        return;
    size_t head_n = n ? frame_head(FRAME_TEXT, n, head) : 0;
    memcpy(out->p + at, head, head_n);
    memmove(out->p + at + head_n, out->p + at + sizeof head, n);
    out->n = at + head_n + n;
}

static struct chunk *chunk_of(struct text spelt)
{
    struct chunk *c = chunk_create(spelt.n);
    if (c)
        memcpy(c->p, spelt.p, spelt.n);
    return c;
}

/* ---- the end ---- */

static void on_over(struct wire *w)
{
}

/* Of a wire that has been told its last: whatever comes is dropped, the client's close frame too. */
static const struct wire_user over = { .closed = on_over };

/* The wire's last: it goes as a whole, then our side is shut down and the client's end awaited for a moment (RFC 6455,
 * section 7.1.1). */
static void finish(struct wire *w, struct text last, enum close_reason why)
{
    if (!wire_use(w, &over, NULL))
        return;
    buf_text(output_buf(w), last);
    if (!output_done(w))
        return;
    w->unread = true;
    wire_finish(w, why);
    if (output_flush(w))
        wire_settle(w);
}

/* What a client is told of the reason for which it ends. */
static const struct {
    uint16_t code;
    const char *reason;
} ends[CLOSE_REASON_COUNT] = {
    [CLOSE_SESSION_ENDED] = { CLOSE_CODE_NORMAL, "over" },
    [CLOSE_REMOVED] = { CLOSE_CODE_REMOVED, "removed" },
    [CLOSE_TOKEN_EXPIRED] = { CLOSE_CODE_TOKEN, "token expired" },
    [CLOSE_RESYNC] = { CLOSE_CODE_TRY_AGAIN, "come back with the last id" },
    [CLOSE_SLOW_READER] = { CLOSE_CODE_SLOW, "too far behind, come back with the last id" },
    [CLOSE_DRAIN] = { CLOSE_CODE_GOING_AWAY, "the server goes" },
    [CLOSE_SILENT] = { CLOSE_CODE_GOING_AWAY, "no answer to pings" },
    [CLOSE_NO_MEMORY] = { CLOSE_CODE_TRY_AGAIN, "memory is short" },
    [CLOSE_BODY_TIMEOUT] = { CLOSE_CODE_POLICY, "a message took too long" },
};

static const char *reason_of(const struct socket_ops *ops, enum close_reason why)
{
    return why == CLOSE_SESSION_ENDED && ops->over ? ops->over : ends[why].reason;
}

static void put_close(const struct socket *s, enum close_reason why, struct buf *out)
{
    if (s->code || s->answered)
        frame_append_close(s->code, s->reason, out);
    else if (s->stream.revoked && why == CLOSE_REMOVED)
        frame_append_close(CLOSE_CODE_TOKEN, "token revoked", out);
    else
        frame_append_close(ends[why].code ? ends[why].code : CLOSE_CODE_INTERNAL, reason_of(s->ops, why), out);
}

/* The socket leaves its wire, which says its last alone. */
static void end(struct stream *stream, struct text last, enum close_reason why)
{
    struct wire *w = stream->wire;
    struct buf out = { 0 };
    buf_text(&out, last);
    put_close(socket_of(stream), why, &out);
    if (why == CLOSE_SLOW_READER)
        output_count_slow(w);
    stream_gone(stream);
    finish(w, out.failed ? TEXT("") : buf_view(&out), why);
    buf_fini(&out);
}

static bool behind(struct stream *s)
{
    stream_stop(s, NULL, CLOSE_SLOW_READER);
    return true;
}

static void free_held(struct socket *s)
{
    for (struct held *h; (h = s->first);) {
        s->first = h->next;
        free(h);
    }
    s->nheld = 0;
}

static void gone(struct stream *stream)
{
    struct socket *s = socket_of(stream);
    if (s->ops->closed)
        s->ops->closed(s);
    if (s->under_way)
        s->under_way->forget(s->under_way);
    s->under_way = NULL;
    chunk_unref(s->pong);
    s->pong = NULL;
    free_held(s);
    if (!s->reading)
        frame_reader_destroy(s->reader);
    s->reader = NULL;
}

void ws_close(struct socket *s, uint16_t code, const char *reason, enum close_reason why)
{
    if (!is_open(s))
        return;
    s->code = code;
    s->reason = reason;
    stream_stop(&s->stream, NULL, why);
}

/* ---- control frames ---- */

/* As long as the wire is behind, only the last ping is answered (RFC 6455, section 5.5.3). */
static bool keep_pong(struct socket *s, struct text payload)
{
    struct buf out = { 0 };
    frame_append(FRAME_PONG, payload, &out);
    chunk_unref(s->pong);
    s->pong = out.failed ? NULL : chunk_of(buf_view(&out));
    buf_fini(&out);
    return true;
}

static bool pong(struct socket *s, struct text payload)
{
    if (output_backlog(wire_of_socket(s)))
        return keep_pong(s, payload);
    return say(s, FRAME_PONG, payload);
}

static bool closed_by_client(struct socket *s, struct text payload)
{
    uint16_t code;
    bool good = frame_close(payload, &code);
    s->answered = true;
    ws_close(s, code, NULL, good ? CLOSE_PEER_CLOSED : CLOSE_PROTOCOL_ERROR);
    return false;
}

/* Counts what has come. False: no more of it for now. */
static bool spend(struct socket *s)
{
    s->resting |= is_open(s) && budget_spend(ws_worker(s), BUDGET_MESSAGES, payer_person(ws_user(s)), 1);
    return !s->resting;
}

static bool on_control(void *arg, enum frame_kind kind, struct text payload)
{
    if (kind == FRAME_CLOSE)
        return closed_by_client(arg, payload);
    return (kind == FRAME_PONG || pong(arg, payload)) && spend(arg);
}

/* ---- messages ---- */

static void tell(struct socket *s, enum frame_kind kind, struct text message)
{
    void (*take)(struct socket *, struct text) = kind == FRAME_TEXT ? s->ops->text : s->ops->binary;
    if (take)
        take(s, message);
}

static bool hold(struct socket *s, enum frame_kind kind, struct text message)
{
    struct held *h = malloc(sizeof *h + message.n);
    if (!h) {
        stream_stop(&s->stream, NULL, CLOSE_NO_MEMORY);
        return false;
    }
    *h = (struct held){ .n = message.n, .kind = kind };
    memcpy(h->p, message.p, message.n);
    if (!s->first)
        s->last = &s->first;
    *s->last = h;
    s->last = &h->next;
    return ++s->nheld < WS_HELD_MOST && spend(s);
}

/* It is to be given no messages now. */
static bool waits(const struct socket *s)
{
    return s->paused || s->crowded;
}

static bool on_message(void *arg, enum frame_kind kind, struct text message)
{
    struct socket *s = arg;
    sockets_measures(shared(s))->messages++;
    if (waits(s) || s->first)
        return hold(s, kind, message);
    tell(s, kind, message);
    return is_open(s) && spend(s);
}

/* Gives what waited, until it is paused again. It may have ended afterwards. */
static void tell_held(struct socket *s)
{
    while (is_open(s) && !waits(s) && s->first) {
        struct held *h = s->first;
        s->first = h->next;
        s->nheld--;
        tell(s, h->kind, (struct text){ h->p, h->n });
        free(h);
    }
}

static uint64_t most_of(const struct socket *s)
{
    return s->ops->max_message ? s->ops->max_message : (uint64_t)config_here()->ws_message;
}

/* ---- what comes ---- */

static const struct frame_user frames = { on_message, on_control };

/* Why a socket ends that has done what it may not. */
static enum close_reason why_closed(enum close_code code)
{
    return code == CLOSE_CODE_TOO_BIG     ? CLOSE_BODY_TOO_LARGE
           : code == CLOSE_CODE_TRY_AGAIN ? CLOSE_NO_MEMORY
                                          : CLOSE_PROTOCOL_ERROR;
}

/* What waited first, then what has come. */
static void use(struct socket *s, struct frame_reader *r, const char *p, size_t n)
{
    const char *why;
    tell_held(s);
    if (!is_open(s))
        return;
    enum close_code code = frame_read(r, p, n, most_of(s), s->ops->binary, &frames, s, &why);
    if (!code)
        return;
    sockets_measures(shared(s))->broken++;
    ws_close(s, code, why, why_closed(code));
}

/* A message has to come whole within request-timeout, each of its own, `anew` if one that is half here has just begun; while
 * nothing is to come, it is not read, and not timed. */
static void settle(struct socket *s, bool anew)
{
    struct wire *w = wire_of_socket(s);
    bool full = s->nheld >= WS_HELD_MOST || s->resting;
    bool timed = s->reader && !full && frame_reader_amid(s->reader);
    if (timed != (w->class == DEADLINE_READ) || (timed && anew))
        wire_deadline(w, timed ? DEADLINE_READ : DEADLINE_NONE);
    wire_read(w, !full);
}

/* Its reader goes back when nothing is left in it. */
static void put_back(struct socket *s, struct frame_reader *r)
{
    if (is_open(s) && !frame_reader_idle(r))
        s->reader = r;
    else if (frame_reader_idle(r))
        sockets_give_reader(shared(s), r);
    else
        frame_reader_destroy(r);
}

static void feed(struct socket *s, const char *p, size_t n)
{
    struct frame_reader *r = s->reader ? s->reader : sockets_take_reader(shared(s));
    struct wire *w = wire_of_socket(s);
    if (!r) {
        stream_stop(&s->stream, NULL, CLOSE_NO_MEMORY);
        return;
    }
    bool kept = stream_keep(&s->stream), corked = output_cork(w);
    uint64_t whole = frame_reader_whole(r);
    s->reader = r;
    s->reading = true;
    use(s, r, p, n);
    bool anew = frame_reader_whole(r) != whole;
    s->reading = false;
    s->reader = NULL;
    put_back(s, r);
    if (corked)
        output_uncork(w);
    if (is_open(s))
        settle(s, anew);
    stream_let_go(&s->stream, kept);
}

static void on_bytes(struct wire *w, const char *p, size_t n)
{
    struct socket *s = w->arg;
    s->heard = seconds(ws_worker(s));
    feed(s, p, n);
}

void ws_pause(struct socket *s)
{
    s->paused = true;
}

void ws_resume(struct socket *s)
{
    s->paused = false;
    ws_go_on(s);
}

void ws_go_on(struct socket *s)
{
    if (is_open(s) && !s->reading && (s->first || s->reader))
        feed(s, "", 0);
}

/* ---- its wire ---- */

static void on_drained(struct wire *w)
{
    struct socket *s = w->arg;
    struct chunk *late = s->pong;
    s->pong = NULL;
    bool there = !late || stream_write(&s->stream, late);
    chunk_unref(late);
    if (there && !output_backlog(w))
        stream_on_drained(w);
}

static bool on_expired(struct wire *w)
{
    struct socket *s = w->arg;
    if (w->class != DEADLINE_READ)
        return false;
    stream_stop(&s->stream, NULL, CLOSE_BODY_TIMEOUT);
    return true;
}

static const struct wire_user user = {
    .bytes = on_bytes,
    .drained = on_drained,
    .expired = on_expired,
    .closed = stream_on_closed,
};

/* ---- keep-alive ---- */

/* False: it has ended. */
static bool go_on_reading(struct socket *s)
{
    bool kept = stream_keep(&s->stream);
    s->resting = false;
    feed(s, "", 0);
    bool open = is_open(s);
    stream_let_go(&s->stream, kept);
    return open;
}

/* One that is not read may have sent what has not been looked at. */
static bool is_silent(const struct socket *s, uint32_t now)
{
    return wire_of_socket(s)->reading && now - s->heard >= (uint32_t)config_here()->ws_silence;
}

static void sweep(struct channel *c, uint64_t now)
{
    uint32_t at = (uint32_t)(now / 1000000000);
    struct chunk *ping = NULL;
    for (uint32_t i = c->n; i-- > 0;) {
        struct socket *s = socket_of(c->streams[i]);
        if (is_silent(s, at)) {
            stream_stop(&s->stream, NULL, CLOSE_SILENT);
            continue;
        }
        if (s->resting && !go_on_reading(s))
            continue;
        if (at - s->pinged < (uint32_t)config_here()->ws_ping)
            continue;
        s->pinged = at;
        ping = ping ? ping : chunk_of((struct text){ "\x89\0", 2 });
        if (ping)
            (void)stream_write(&s->stream, ping);
    }
    chunk_unref(ping);
}

static uint64_t memory(const struct stream *stream)
{
    const struct socket *s = (const struct socket *)stream;
    uint64_t bytes = s->reader ? frame_reader_memory(s->reader) : 0;
    for (const struct held *h = s->first; h; h = h->next)
        bytes += sizeof *h + h->n;
    return bytes + (s->pong ? sizeof *s->pong + s->pong->n : 0);
}

/* ---- opening ---- */

static bool init(struct stream *stream, struct request *rq)
{
    struct socket *s = socket_of(stream);
    s->ops = request_endpoint(rq)->socket;
    s->heard = s->pinged = seconds(request_worker(rq));
    return !s->ops->opening || s->ops->opening(s, rq);
}

static void begun(struct stream *stream)
{
    struct socket *s = socket_of(stream);
    sockets_measures(shared(s))->opened++;
    if (s->ops->opened)
        s->ops->opened(s);
    if (is_open(s))
        stream_take_early(stream->wire);
}

static void put_head(struct request *rq, struct buf *out)
{
    respond_put_switch(rq, out);
}

static const struct spelling *spelling_of(const struct request *rq)
{
    const struct spelling *own = request_endpoint(rq)->socket->spelling;
    return own ? own : &ws_events;
}

/* Its client is told this last instead of becoming a stream. */
static void let_in_for(struct request *rq, struct room_key room, const struct buf *last, enum close_reason why)
{
    struct buf head = { 0 };
    put_head(rq, &head);
    bool whole = !head.failed && !last->failed;
    struct wire *w = whole ? request_take_wire(rq) : NULL;
    if (w) {
        stream_begin(w, room, buf_view(&head), &over, NULL);
        if (w->state == WIRE_OPEN)
            finish(w, buf_view(last), why);
    } else if (!whole)
        respond_error(rq, ERROR_OVERLOADED);
    buf_fini(&head);
}

/* It is let in to be told why not: a browser shows no page the answer to a refused handshake. */
static void turn_away(struct request *rq, const struct room_joined *j)
{
    struct buf last = { 0 };
    enum close_reason why = j->participant ? CLOSE_REMOVED : CLOSE_SESSION_ENDED;
    spelling_put_hello(spelling_of(rq), j, &last);
    frame_append_close(ends[why].code, reason_of(request_endpoint(rq)->socket, why), &last);
    let_in_for(rq, j->room, &last, why);
    buf_fini(&last);
}

void ws_turn_away(struct request *rq, uint16_t code, const char *reason)
{
    struct buf last = { 0 };
    frame_append_close(code, reason, &last);
    let_in_for(rq, (struct room_key){ 0 }, &last, CLOSE_SOCKET_DONE);
    buf_fini(&last);
}

const struct protocol ws_protocol = {
    .size = sizeof(struct socket),
    .init = init,
    .head = put_head,
    .user = &user,
    .begun = begun,
    .turn_away = turn_away,
    .put = put_event,
    .chunk = chunk_of,
    .sweep = sweep,
    .end = end,
    .behind = behind,
    .gone = gone,
    .memory = memory,
};

const struct spelling ws_events = { .protocol = &ws_protocol, .text = put_text };

static void on_joined(struct request *rq, enum error why, struct message *answer)
{
    streams_joined(rq, spelling_of(rq), why, answer);
}

void ws_listen(struct request *rq, struct address room)
{
    assert(request_endpoint(rq)->socket);
    streams_ask(rq, room, on_joined);
}

void ws_open(struct request *rq)
{
    assert(request_endpoint(rq)->socket);
    streams_open_alone(rq, spelling_of(rq));
}
