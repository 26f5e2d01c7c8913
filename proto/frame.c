/* Frames: see frame.h. Hot path: an event is encoded here once for all its listeners. */
#include "proto/frame.h"

#include <assert.h>

void frame_put_id(struct buf *out, int32_t epoch, int64_t seq)
{
    buf_int(out, epoch);
    buf_putc(out, '-');
    buf_int(out, seq);
}

/* What stands behind the id; the data's place is returned. */
static size_t put_rest(struct buf *out, struct text name, struct text data)
{
    buf_puts(out, "event: ");
    buf_text(out, name);
    buf_puts(out, "\ndata: ");
    size_t at = out->n;
    buf_text(out, data);
    buf_puts(out, "\n\n");
    return at;
}

struct frame_mark frame_put(struct buf *out, int32_t epoch, int64_t seq, const char *event, struct text data)
{
    struct frame_mark mark = { .name = event, .data_n = (uint32_t)data.n };
    if (seq) {
        buf_puts(out, "id: ");
        mark.id_at = (uint32_t)out->n;
        frame_put_id(out, epoch, seq);
        mark.id_n = (uint32_t)out->n - mark.id_at;
        buf_putc(out, '\n');
    }
    mark.data_at = (uint32_t)put_rest(out, text_of(event), data);
    return mark;
}

void frame_put_parts(struct buf *out, const struct frame_parts *e)
{
    if (e->id.p) {
        buf_puts(out, "id: ");
        buf_text(out, e->id);
        buf_putc(out, '\n');
    }
    (void)put_rest(out, e->name, e->data);
}

struct frame_parts frame_parts(struct text frames, const struct frame_mark *mark)
{
    assert(mark->name && mark->id_at + mark->id_n <= frames.n && mark->data_at + mark->data_n <= frames.n);
    return (struct frame_parts){ .id = { mark->id_n ? frames.p + mark->id_at : NULL, mark->id_n },
                                 .name = text_of(mark->name),
                                 .data = { frames.p + mark->data_at, mark->data_n } };
}

/* Reads digits up to n; false if there are none, or too many for the type. */
static bool digits(const char **at, const char *end, int64_t most, int64_t *ret)
{
    int64_t v = 0;
    const char *from = *at;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        if (v > (most - (**at - '0')) / 10)
            return false;
        v = v * 10 + (**at - '0');
    }
    *ret = v;
    return *at > from;
}

enum last_id frame_read_id(struct text id, int32_t *ret_epoch, int64_t *ret_seq)
{
    if (!id.p || !id.n)
        return LAST_ID_NONE;
    const char *at = id.p, *end = id.p + id.n;
    int64_t epoch, seq;
    if (!digits(&at, end, INT32_MAX, &epoch) || at == end || *at++ != '-' || !digits(&at, end, INT64_MAX, &seq) ||
        at != end)
        return LAST_ID_BAD;
    *ret_epoch = (int32_t)epoch;
    *ret_seq = seq;
    return LAST_ID_GOOD;
}
