/* Frames: see frame.h. Hot path: an event is encoded here once for all its listeners. */
#include "proto/frame.h"

size_t frame_put(struct buf *out, int32_t epoch, int64_t seq, const char *event, struct text data)
{
    if (seq) {
        buf_puts(out, "id: ");
        buf_int(out, epoch);
        buf_putc(out, '-');
        buf_int(out, seq);
        buf_putc(out, '\n');
    }
    buf_puts(out, "event: ");
    buf_puts(out, event);
    buf_puts(out, "\ndata: ");
    size_t at = out->n;
    buf_text(out, data);
    buf_puts(out, "\n\n");
    return at;
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
