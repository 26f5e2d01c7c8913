/* Voice frame: see voice_frame.h. Numbers and floats have their lowest byte first, whatever machine this is. */
#include "transport/services/voice/voice_frame.h"

#include <math.h>

enum { HEAD = 8, ID = 4, GREETING = ID + 4, EMBEDDING = ID + VOICE_FLOATS * 4 }; /* lengths count the id */

static uint32_t number_at(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void put_number(unsigned char *to, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(v >> 8 * i);
}

/* An embedding points somewhere. */
static bool read_floats(const unsigned char *p, float *ret)
{
    double length = 0;
    for (int i = 0; i < VOICE_FLOATS; i++) {
        uint32_t bits = number_at(p + 4 * i);
        memcpy(ret + i, &bits, sizeof bits);
        length += (double)ret[i] * ret[i];
    }
    return isfinite(length) && length > 0;
}

/* Has the frame that begins here a length that it may have? */
static bool may_be(const struct voice_reader *r, uint32_t length)
{
    return r->greeted ? length == ID || length == EMBEDDING : length == GREETING;
}

static bool read_frame(struct voice_reader *r, uint32_t length, struct voice_frame *ret)
{
    ret->id = number_at(r->bytes + 4);
    ret->kind = !r->greeted ? VOICE_GREETING : length == ID ? VOICE_NOTHING : VOICE_EMBEDDING;
    r->greeted = true;
    if (ret->kind == VOICE_GREETING)
        return !ret->id && number_at(r->bytes + HEAD) == VOICE_VERSION;
    return ret->kind == VOICE_NOTHING || read_floats(r->bytes + HEAD, ret->floats);
}

/* As many bytes as the head lacks, and then the frame. */
static size_t lacks(const struct voice_reader *r)
{
    return (r->n < 4 ? 4 : 4 + number_at(r->bytes)) - r->n;
}

bool voice_reader_feed(struct voice_reader *r, struct text bytes, void (*said)(void *arg, const struct voice_frame *f),
                       void *arg)
{
    struct voice_frame f;
    for (size_t at = 0, n; at < bytes.n && !r->broken; at += n) {
        n = bytes.n - at < lacks(r) ? bytes.n - at : lacks(r);
        memcpy(r->bytes + r->n, bytes.p + at, n);
        r->n += n;
        r->broken = r->n >= 4 && !may_be(r, number_at(r->bytes));
        if (r->broken || r->n < 4 || lacks(r))
            continue;
        r->broken = !read_frame(r, number_at(r->bytes), &f);
        r->n = 0;
        if (!r->broken)
            said(arg, &f);
    }
    return !r->broken;
}

void voice_frame_put(struct buf *out, uint32_t id, const int16_t *samples, size_t n)
{
    unsigned char *to = (unsigned char *)buf_room(out, HEAD + 4 * n);
    if (!to)
        return;
    put_number(to, (uint32_t)(ID + 4 * n));
    put_number(to + 4, id);
    for (size_t i = 0; i < n; i++) {
        float sample = (float)samples[i] / 32768;
        uint32_t bits;
        memcpy(&bits, &sample, sizeof bits);
        put_number(to + HEAD + 4 * i, bits);
    }
    out->n += HEAD + 4 * n;
}
