/* Frames: see frames.h. */
#include "transport/ws/frames.h"

#include "proto/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <wslay/wslay.h>

enum { OPCODE_CONTINUATION = 0, CONTROL_BIT = 8 };

struct frame_reader {
    struct wslay_frame_context *wslay;
    const char *p; /* what has come and wslay has not taken */
    size_t n;
    struct buf kept;      /* the same, while nobody reads on */
    uint64_t taken, used; /* bytes that wslay has taken; those of whole frames among them */
    uint64_t whole;       /* ... up to where nothing was half here */
    uint64_t got;         /* bytes of the current frame's payload */
    bool amid;            /* ... and it has begun */
    uint8_t kind;         /* of the current message; 0: none has begun */
    struct buf message;
    char control[CONTROL_MOST];
};

/* ---- wslay ---- */

static ssize_t give(uint8_t *to, size_t n, int flags, void *arg)
{
    struct frame_reader *r = arg;
    n = n < r->n ? n : r->n;
    if (!n)
        return -1; /* it says WSLAY_ERR_WANT_READ then */
    memcpy(to, r->p, n);
    r->p += n;
    r->n -= n;
    r->taken += n;
    return (ssize_t)n;
}

struct frame_reader *frame_reader_create(void)
{
    static const struct wslay_frame_callbacks callbacks = { .recv_callback = give };
    struct frame_reader *r = calloc(1, sizeof *r);
    if (r && !wslay_frame_context_init(&r->wslay, &callbacks, r))
        return r;
    free(r);
    return NULL;
}

void frame_reader_destroy(struct frame_reader *r)
{
    if (!r)
        return;
    wslay_frame_context_free(r->wslay);
    buf_fini(&r->kept);
    buf_fini(&r->message);
    free(r);
}

bool frame_reader_amid(const struct frame_reader *r)
{
    return r->kind || r->amid || r->taken != r->used;
}

uint64_t frame_reader_whole(const struct frame_reader *r)
{
    return r->whole;
}

bool frame_reader_idle(const struct frame_reader *r)
{
    return !frame_reader_amid(r) && !r->kept.n;
}

uint64_t frame_reader_memory(const struct frame_reader *r)
{
    enum { CONTEXT = 4096 + 256 }; /* wslay's own, which it does not tell: a buffer of a page, and states */
    return sizeof *r + CONTEXT + r->kept.cap + r->message.cap;
}

/* ---- one frame ---- */

/* What has been found wrong. */
struct fault {
    enum close_code code;
    const char *why;
};
#define FINE ((struct fault){ CLOSE_CODE_NONE, NULL })

static bool known(uint8_t opcode)
{
    return opcode <= FRAME_BINARY || (opcode >= FRAME_CLOSE && opcode <= FRAME_PONG);
}

/* By its head: wslay has looked at the lengths, and at what control frames may not be. */
static struct fault judge(const struct frame_reader *r, const struct wslay_frame_iocb *f, uint64_t most, bool binary)
{
    bool control = f->opcode & CONTROL_BIT;
    if (!f->mask)
        return (struct fault){ CLOSE_CODE_PROTOCOL, "a client's frame must be masked" };
    if (f->rsv)
        return (struct fault){ CLOSE_CODE_PROTOCOL, "reserved bits without an extension" };
    if (!known(f->opcode))
        return (struct fault){ CLOSE_CODE_PROTOCOL, "reserved opcode" };
    if (control)
        return FINE;
    if (f->opcode == OPCODE_CONTINUATION && !r->kind)
        return (struct fault){ CLOSE_CODE_PROTOCOL, "nothing to continue" };
    if (f->opcode != OPCODE_CONTINUATION && r->kind)
        return (struct fault){ CLOSE_CODE_PROTOCOL, "a message within a message" };
    if (f->opcode == FRAME_BINARY && !binary)
        return (struct fault){ CLOSE_CODE_BINARY, "text only" };
    if (f->payload_length > most || r->message.n > most - f->payload_length)
        return (struct fault){ CLOSE_CODE_TOO_BIG, "message too big" };
    return FINE;
}

/* RFC 6455, section 5.2: two bytes, the length's, and the mask. */
static uint64_t whole_length(const struct wslay_frame_iocb *f)
{
    uint64_t n = f->payload_length;
    return 2 + (n < 126 ? 0 : n < 65536 ? 2 : 8) + (f->mask ? 4 : 0) + n;
}

/* What a reader is asked to do, and by whom. */
struct reading {
    uint64_t most;
    bool binary, stopped;
    const struct frame_user *user;
    void *arg;
};

static struct fault tell_message(struct frame_reader *r, struct reading *x, struct text whole)
{
    enum frame_kind kind = r->kind;
    if (kind == FRAME_TEXT && !utf8_valid(whole))
        return (struct fault){ CLOSE_CODE_TEXT, "text that is not UTF-8" };
    r->kind = 0;
    x->stopped = !x->user->message(x->arg, kind, whole);
    return FINE;
}

/* The memory of a large message is given back. */
static void forget_message(struct frame_reader *r)
{
    if (!r->message.n)
        return;
    buf_fini(&r->message);
    r->message = (struct buf){ 0 };
}

/* A piece of the payload of a data frame. A message that is here whole is told where it lies. */
static struct fault take_data(struct frame_reader *r, struct reading *x, const struct wslay_frame_iocb *f, bool first,
                              bool last)
{
    struct text piece = { (const char *)f->data, f->data_length };
    if (first && f->opcode != OPCODE_CONTINUATION)
        r->kind = f->opcode;
    if (first && last && f->fin && !r->message.n)
        return tell_message(r, x, piece);
    buf_text(&r->message, piece);
    if (r->message.failed)
        return (struct fault){ CLOSE_CODE_TRY_AGAIN, "memory is short" };
    if (!last || !f->fin)
        return FINE;
    struct fault fault = tell_message(r, x, buf_view(&r->message));
    forget_message(r);
    return fault;
}

static void take_control(struct frame_reader *r, struct reading *x, const struct wslay_frame_iocb *f, bool last)
{
    assert(r->got + f->data_length <= CONTROL_MOST);
    memcpy(r->control + r->got, f->data, f->data_length);
    if (last)
        x->stopped = !x->user->control(x->arg, f->opcode, (struct text){ r->control, (size_t)f->payload_length });
}

static struct fault take(struct frame_reader *r, struct reading *x, const struct wslay_frame_iocb *f)
{
    bool first = !r->amid, last = r->got + f->data_length == f->payload_length;
    struct fault fault = first ? judge(r, f, x->most, x->binary) : FINE;
    if (fault.code)
        return fault;
    if (last)
        r->used += whole_length(f); /* before it is told: who is told may look */
    r->amid = !last;
    if (f->opcode & CONTROL_BIT)
        take_control(r, x, f, last);
    else
        fault = take_data(r, x, f, first, last);
    r->got = last ? 0 : r->got + f->data_length;
    if (last && !r->kind)
        r->whole = r->used;
    return fault;
}

/* ---- all that has come ---- */

/* What is left when nobody reads on; it may lie in what is kept. */
static bool keep(struct frame_reader *r, bool from_kept)
{
    struct buf rest = { 0 };
    if (!from_kept) {
        buf_put(&r->kept, r->p, r->n);
        return !r->kept.failed;
    }
    buf_put(&rest, r->p, r->n);
    buf_fini(&r->kept);
    r->kept = rest;
    return !rest.failed;
}

enum close_code frame_read(struct frame_reader *r, const char *p, size_t n, uint64_t most, bool binary,
                           const struct frame_user *user, void *arg, const char **ret_why)
{
    struct reading x = { .most = most, .binary = binary, .user = user, .arg = arg };
    struct fault fault = FINE;
    bool from_kept = r->kept.n;
    if (from_kept)
        buf_put(&r->kept, p, n);
    r->p = from_kept ? r->kept.p : p;
    r->n = from_kept ? r->kept.n : n;
    if (r->kept.failed)
        fault = (struct fault){ CLOSE_CODE_TRY_AGAIN, "memory is short" };
    while (!fault.code && !x.stopped) {
        struct wslay_frame_iocb f = { 0 };
        ssize_t got = wslay_frame_recv(r->wslay, &f);
        if (got == WSLAY_ERR_WANT_READ)
            break;
        fault = got < 0 ? (struct fault){ CLOSE_CODE_PROTOCOL, "a frame that is none" } : take(r, &x, &f);
    }
    if (!fault.code && !keep(r, from_kept))
        fault = (struct fault){ CLOSE_CODE_TRY_AGAIN, "memory is short" };
    r->p = NULL;
    r->n = 0;
    *ret_why = fault.why;
    return fault.code;
}

/* ---- close frames ---- */

/* RFC 6455, section 7.4, and what has been registered since. */
static bool may_be_said(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

bool frame_close(struct text payload, uint16_t *ret_code)
{
    *ret_code = CLOSE_CODE_NONE;
    if (!payload.n)
        return true;
    const unsigned char *p = (const unsigned char *)payload.p;
    *ret_code = payload.n < 2 ? 0 : (uint16_t)(p[0] << 8 | p[1]);
    if (!may_be_said(*ret_code)) {
        *ret_code = CLOSE_CODE_PROTOCOL;
        return false;
    }
    if (utf8_valid((struct text){ payload.p + 2, payload.n - 2 }))
        return true;
    *ret_code = CLOSE_CODE_TEXT;
    return false;
}

/* ---- writing ---- */

size_t frame_head(enum frame_kind kind, size_t n, char ret[static FRAME_HEAD_MOST])
{
    char *at = ret;
    int more = n < 126 ? 0 : n < 65536 ? 2 : 8;
    *at++ = (char)(0x80 | kind);
    *at++ = (char)(more == 0 ? n : more == 2 ? 126 : 127);
    while (more--)
        *at++ = (char)((uint64_t)n >> 8 * more);
    return (size_t)(at - ret);
}

void frame_append(enum frame_kind kind, struct text payload, struct buf *out)
{
    char head[FRAME_HEAD_MOST];
    buf_put(out, head, frame_head(kind, payload.n, head));
    buf_text(out, payload);
}

void frame_append_close(uint16_t code, const char *reason, struct buf *out)
{
    char payload[CONTROL_MOST] = { (char)(code >> 8), (char)code };
    size_t n = reason ? strlen(reason) : 0;
    n = n < sizeof payload - 2 ? n : sizeof payload - 2;
    if (n)
        memcpy(payload + 2, reason, n);
    frame_append(FRAME_CLOSE, (struct text){ payload, code ? n + 2 : 0 }, out);
}
