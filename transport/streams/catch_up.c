/* Catching up: a new stream is told its greeting, then what it missed (from the room's ring, or page by page from the
 * log), then the live events that came meanwhile. Small pieces, each sent when the one before has left, so a snapshot
 * or a long replay never counts as a slow client's backlog. */
#include "transport/streams/catch_up.h"

#include "actors/databases.h"
#include "actors/room/room.h"
#include "actors/runtime/shared.h"
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "transport/streams/stream.h"
#include "transport/streams/streams_state.h"

#include <stdlib.h>

enum { PIECE = 32768, PAGE = 64 }; /* a page of the longest chats takes about a megabyte */

struct catch_up {
    const struct spelling *spelling;
    struct buf text; /* told next: greeting, then pages */
    size_t told;     /* of text */
    struct shared **missed;
    uint32_t missed_count, missed_told;
    const struct room_ops *ops; /* of the room's kind */
    int32_t room, epoch;
    int64_t log_after, log_last;
    struct buf resumed;
    struct chunk **held;
    uint32_t nheld, held_cap;
    size_t held_bytes;
};

void catch_up_free(struct catch_up *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < c->missed_count; i++)
        shared_unref(c->missed[i]);
    for (uint32_t i = 0; i < c->nheld; i++)
        chunk_unref(c->held[i]);
    free(c->missed);
    free(c->held);
    buf_fini(&c->text);
    buf_fini(&c->resumed);
    free(c);
}

/* The last of what it missed. */
static void put_resumed(const struct spelling *sp, const struct room_joined *j, struct buf *out)
{
    if (sp->protocol->kept) {
        buf_text(out, j->resumed);
    } else if (j->resumed_at.name) {
        struct frame_parts parts = frame_parts(j->resumed, &j->resumed_at);
        sp->protocol->put(sp, &parts, out);
    }
}

bool catch_up_begin(struct stream *s, const struct spelling *sp, const struct room_joined *j)
{
    struct catch_up *c = calloc(1, sizeof *c);
    s->catching = c;
    if (!c)
        return false;
    c->spelling = sp;
    c->ops = room_address(worker_system(streams_worker(s->all)), j->room).kind->room;
    c->room = (int32_t)j->room.id;
    c->epoch = j->epoch;
    c->log_after = j->log_after;
    c->log_last = j->log_last;
    int64_t jitter = (int64_t)(worker_random(streams_worker(s->all)) % (uint64_t)(config_here()->sse_retry / 2 + 1));
    if (sp->protocol->put_first)
        sp->protocol->put_first(&c->text, config_here()->sse_retry + jitter);
    spelling_put_hello(sp, j, &c->text);
    put_resumed(sp, j, &c->resumed);
    if (j->missed_count && !(c->missed = malloc(j->missed_count * sizeof *c->missed)))
        return false;
    for (uint32_t i = 0; i < j->missed_count; i++)
        c->missed[c->missed_count++] = shared_ref(j->missed[i]);
    return !c->text.failed && !c->resumed.failed;
}

size_t catch_up_held(const struct stream *s)
{
    return s->catching->held_bytes;
}

bool catch_up_hold(struct stream *s, struct chunk *chunk)
{
    struct catch_up *c = s->catching;
    if (c->held_bytes + chunk->n > (size_t)config_here()->sse_backlog)
        return false;
    if (c->nheld == c->held_cap) {
        uint32_t cap = c->held_cap ? c->held_cap * 2 : 8;
        struct chunk **held = realloc(c->held, cap * sizeof *held);
        if (!held)
            return false;
        c->held = held;
        c->held_cap = cap;
    }
    chunk->refs++;
    c->held[c->nheld++] = chunk;
    c->held_bytes += chunk->n;
    return true;
}

static void put_past(struct catch_up *c, const struct room_past *past)
{
    struct buf id = { 0 };
    frame_put_id(&id, c->epoch, past->seq);
    struct frame_parts parts = { buf_view(&id), text_of(past->name), past->data };
    c->spelling->protocol->put(c->spelling, &parts, &c->text);
    c->text.failed = c->text.failed || id.failed;
    buf_fini(&id);
}

/* One row of the log as the frame it once was. */
static void put_row(struct catch_up *c, const struct db_result *r, int row)
{
    struct room_past past = { 0 };
    c->ops->event(r, row, &past);
    c->log_after = past.seq;
    if (past.name)
        put_past(c, &past);
    c->text.failed = c->text.failed || past.made.failed;
    buf_fini(&past.made);
}

static void on_page(void *arg, const struct db_result *r)
{
    struct stream *s = arg;
    struct catch_up *c = s->catching;
    s->asking = false;
    if (s->phase == STREAM_GONE) {
        stream_release(s);
        return;
    }
    if (s->phase == STREAM_ENDING)
        return;
    if (r->status == DB_REFUSED)
        log_error("the log could not be read for a stream", F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK) {
        stream_stop(s, NULL, CLOSE_RESYNC); /* it comes back with its last id */
        return;
    }
    for (int i = 0; i < r->rows; i++)
        put_row(c, r, i);
    if (!r->rows)
        c->log_after = c->log_last;
    if (c->text.failed)
        stream_stop(s, NULL, CLOSE_NO_MEMORY);
    else
        catch_up_pump(s);
}

static void ask_page(struct stream *s)
{
    struct catch_up *c = s->catching;
    struct db_params p = { 0 };
    db_param_int4(&p, c->room);
    db_param_int8(&p, c->log_after);
    db_param_int8(&p, c->log_last);
    db_param_int4(&p, PAGE);
    s->asking = db_query(db_reading(streams_worker(s->all)), c->ops->replay, &p, on_page, s);
    if (!s->asking)
        stream_stop(s, NULL, CLOSE_RESYNC);
}

/* The next piece of what is at hand; NULL: nothing is, or (with *ret_failed) no memory. */
static struct chunk *next_piece(struct catch_up *c, bool *ret_failed)
{
    if (c->told == c->text.n) {
        buf_reset(&c->text);
        c->told = 0;
        while (c->missed_told < c->missed_count && c->text.n < PIECE)
            spelling_put(c->spelling, c->missed[c->missed_told++], &c->text);
        if (!c->text.n && c->missed_told == c->missed_count && c->log_after >= c->log_last) {
            buf_text(&c->text, buf_view(&c->resumed));
            buf_reset(&c->resumed);
        }
    }
    size_t left = c->text.n - c->told, n = left < PIECE || !c->spelling->protocol->cut ? left : PIECE;
    struct chunk *piece = n ? c->spelling->protocol->chunk((struct text){ c->text.p + c->told, n }) : NULL;
    *ret_failed = c->text.failed || (n && !piece);
    c->told += n;
    return piece;
}

/* The stream may be gone afterwards. */
static void go_live(struct stream *s)
{
    struct catch_up *c = s->catching;
    s->catching = NULL;
    stream_enter(s, STREAM_LIVE);
    bool there = true;
    for (uint32_t i = 0; i < c->nheld && there; i++)
        there = stream_write(s, c->held[i]);
    catch_up_free(c);
}

void catch_up_pump(struct stream *s)
{
    while (s->phase == STREAM_CATCHING && !s->asking && !output_backlog(s->wire)) {
        bool failed;
        struct chunk *piece = next_piece(s->catching, &failed);
        if (failed) {
            chunk_unref(piece);
            stream_stop(s, NULL, CLOSE_NO_MEMORY);
            return;
        }
        if (piece) {
            bool there = stream_write(s, piece);
            chunk_unref(piece);
            if (!there)
                return;
        } else if (s->catching->log_after < s->catching->log_last) {
            ask_page(s);
            return;
        } else {
            go_live(s);
            return;
        }
    }
}

uint64_t catch_up_memory(const struct catch_up *c)
{
    return sizeof *c + c->text.cap + c->resumed.cap + c->missed_count * sizeof *c->missed +
           c->held_cap * sizeof *c->held + c->held_bytes;
}
