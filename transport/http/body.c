/* Body: see body.h. A body is driven by its client: body_go_on is called when it has taken what it was given. A piece
 * asks for the next one in a loop, not in a recursion. */
#include "transport/http/body.h"

#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/http/connection_state.h"
#include "transport/http/request_state.h"
#include "transport/wire/writable.h"

#include <assert.h>
#include <errno.h>
#include <sys/sendfile.h>

struct body {
    const struct body_source *source; /* NULL: a range of a file */
    struct body_file file;
    uint64_t left; /* bytes still to be sent; BODY_UNKNOWN: nobody knows */
    uint64_t sent;
    int64_t seen; /* acknowledged bytes at the last body_progress */
    int status;
    bool chunked;
    bool closes;  /* its end is the connection's */
    bool asked;   /* `more` has been called and not answered */
    bool driving; /* drive is on the stack: whatever ends the body is seen there */
    bool ended, failed;
    bool limited; /* what the kernel may hold of it */
};

enum { UNSENT_MOST = 1048576 };

/* ---- its end ---- */

static void free_body(struct request *rq)
{
    struct body *b = rq->out;
    assert(rq->answered && !b->driving && !b->asked);
    rq->out = NULL;
    if (!b->source)
        b->file.release(b->file.arg);
    else if (b->source->release)
        b->source->release(rq);
    request_free(rq);
}

static void finish(struct request *rq)
{
    struct connection *c = rq->connection;
    struct body *b = rq->out;
    assert(c->rq == rq && c->state == CONNECTION_ANSWER && b->ended && !b->failed);
    enum after after = b->closes ? AFTER_CLOSE : respond_after(rq);
    enum close_reason why = b->closes ? CLOSE_CLIENT_ASKED : respond_ends_for(rq);
    respond_log(rq, b->status, b->sent);
    if (b->limited)
        wire_limit_unsent(&c->wire, 0);
    c->rq = NULL;
    free_body(rq);
    connection_answered(c, after, why);
}

/* A body that ends with its connection would look complete after an orderly close. */
static void cut(struct request *rq)
{
    wire_reset(&rq->connection->wire, CLOSE_ANSWER_FAILED); /* calls body_left */
}

void body_left(struct request *rq)
{
    if (!rq->out->asked && !rq->out->driving)
        free_body(rq);
}

/* ---- pieces ---- */

static void put_piece(struct connection *c, struct body *b, struct text piece, bool last)
{
    assert(piece.n <= b->left);
    struct buf *out = output_buf(&c->wire);
    if (b->chunked)
        chunked_put(out, piece, last);
    else
        buf_text(out, piece);
    if (b->left != BODY_UNKNOWN)
        b->left -= piece.n;
    b->sent += piece.n;
    c->share -= piece.n < c->share ? (uint32_t)piece.n : c->share;
    (void)output_done(&c->wire); /* a failure shows in rq->connection */
}

static void ask_for_pieces(struct request *rq)
{
    struct body *b = rq->out;
    while (rq->connection && !b->asked && !b->ended && !rq->connection->wire.backlog && rq->connection->share) {
        b->asked = true;
        b->source->more(rq);
    }
}

/* ---- a range ---- */

static void send_range(struct request *rq)
{
    struct connection *c = rq->connection;
    struct body *b = rq->out;
    if (!(b->left ? output_flush_more(&c->wire) : output_flush(&c->wire)))
        return;
    bool takes = !c->wire.backlog;
    while (takes && b->left && c->share) {
        size_t want = b->left < c->share ? (size_t)b->left : c->share;
        off_t from = (off_t)b->file.from;
        ssize_t n = sendfile(c->wire.fd, b->file.fd, &from, want);
        if (n < 0 && errno == EINTR)
            continue;
        b->failed = n == 0 || (n < 0 && errno != EAGAIN);
        takes = n == (ssize_t)want;
        if (n <= 0)
            break;
        b->file.from += (uint64_t)n;
        b->left -= (uint64_t)n;
        b->sent += (uint64_t)n;
        output_count(&c->wire, (uint64_t)n);
        c->share -= (uint32_t)n;
    }
    b->ended = !b->left;
}

/* ---- what drives it ---- */

static void wait_for_client(struct connection *c, const struct body *b)
{
    if (!b->asked && !c->wire.backlog && !c->wire.waits && !writable_wait(&c->wire))
        wire_close(&c->wire, CLOSE_NO_MEMORY);
    else
        connection_settle_answer(c);
}

static void conclude(struct request *rq)
{
    struct body *b = rq->out;
    if (!rq->connection)
        body_left(rq);
    else if (b->failed)
        cut(rq);
    else if (b->ended)
        finish(rq);
    else if (!rq->connection->feeding)
        wait_for_client(rq->connection, b);
    else if (!b->asked && !rq->connection->wire.waits && !writable_wait(&rq->connection->wire))
        wire_close(&rq->connection->wire, CLOSE_NO_MEMORY);
}

static void drive(struct request *rq, const struct body_head *head)
{
    struct connection *c = rq->connection;
    struct body *b = rq->out;
    bool mine = output_cork(&c->wire);
    b->driving = true;
    if (!c->feeding)
        c->share = BODY_SHARE;
    if (head) {
        respond_put_head(rq, head, b->closes ? AFTER_CLOSE : respond_after(rq), output_buf(&c->wire));
        (void)output_done(&c->wire);
    }
    if (request_head_only(rq))
        b->ended = true;
    else if (b->source)
        ask_for_pieces(rq);
    else if (rq->connection)
        send_range(rq);
    if (mine)
        output_uncork(&c->wire);
    b->driving = false;
    conclude(rq);
}

void body_go_on(struct request *rq)
{
    assert(rq->tag == REQUEST_TAG && rq->out);
    if (rq->out->asked)
        connection_settle_answer(rq->connection);
    else
        drive(rq, NULL);
}

bool body_progress(struct request *rq)
{
    struct connection *c = rq->connection;
    struct body *b = rq->out;
    if (c->wire.backlog)
        return output_progress(&c->wire);
    int64_t acknowledged = (int64_t)(b->sent - output_unacknowledged(&c->wire));
    int64_t least = config_here()->least_rate * config.request_timeout, more = acknowledged - b->seen;
    bool moved = more > 0 && (more >= least || b->left < (uint64_t)least); /* of the rest a little will do */
    b->seen = acknowledged;
    return moved;
}

/* ---- what handlers call ---- */

static void begin(struct request *rq, const struct body_head *head, const struct body_source *source,
                  const struct body_file *file)
{
    assert(rq->tag == REQUEST_TAG && !rq->answered);
    struct body *b = request_alloc(rq, sizeof *b);
    if (!b) {
        if (file)
            file->release(file->arg);
        else if (source->release)
            source->release(rq);
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *b = (struct body){ .source = source, .left = head->length, .status = head->status };
    if (file)
        b->file = *file;
    b->chunked = head->length == BODY_UNKNOWN && !rq->head.http10;
    b->closes = head->length == BODY_UNKNOWN && rq->head.http10;
    rq->answered = true;
    rq->out = b;
    respond_count(rq, head->status);
    if (!rq->connection) {
        free_body(rq);
        return;
    }
    connection_enter(rq->connection, CONNECTION_ANSWER);
    b->limited = head->length > UNSENT_MOST && !request_head_only(rq);
    if (b->limited)
        wire_limit_unsent(&rq->connection->wire, UNSENT_MOST);
    drive(rq, head);
}

void body_begin(struct request *rq, const struct body_head *head, const struct body_source *source)
{
    assert(source && source->more && head->status != 204 && head->status != 304);
    begin(rq, head, source, NULL);
}

void body_range(struct request *rq, const struct body_head *head, const struct body_file *file)
{
    assert(head->length != BODY_UNKNOWN && file->release);
    begin(rq, head, NULL, file);
}

/* The answer to `more` has come. Until now it was still asked for, so that a connection which breaks under the piece
 * leaves the request to us. */
static void answered(struct request *rq)
{
    rq->out->asked = false;
    if (rq->out->driving)
        return;
    if (rq->connection && !rq->out->ended)
        drive(rq, NULL);
    else
        conclude(rq);
}

static struct body *expect_answer(struct request *rq)
{
    assert(rq->tag == REQUEST_TAG && rq->out && rq->out->asked);
    return rq->out;
}

void body_give(struct request *rq, struct text piece)
{
    struct body *b = expect_answer(rq);
    assert(piece.n >= 1 && piece.n <= BODY_PIECE_MOST && piece.n <= b->left);
    if (rq->connection)
        put_piece(rq->connection, b, piece, false);
    answered(rq);
}

void body_finish(struct request *rq, struct text last)
{
    struct body *b = expect_answer(rq);
    assert(last.n <= BODY_PIECE_MOST && last.n <= b->left);
    if (b->left != BODY_UNKNOWN && b->left != last.n) {
        log_error("a body is shorter than promised", F_TEXT("path", rq->head.path),
                  F_INT("missing", (int64_t)(b->left - last.n)));
        b->failed = true;
    }
    if (rq->connection && !b->failed)
        put_piece(rq->connection, b, last, true);
    b->ended = true;
    answered(rq);
}

void body_fail(struct request *rq)
{
    struct body *b = expect_answer(rq);
    b->ended = b->failed = true;
    answered(rq);
}
