/* ADTS: AAC in frames that each say how long they are (ISO 13818-7, section 6.2; ISO 14496-3, 1.A), as phones and radio
 * streams record it. A frame holds 1024 samples or a few times that, of the rate it says. */
#include "store/media/formats.h"

enum { HEAD = 7, CHAIN = 4, LEADING_MOST = 1 << 16 };

struct frame {
    uint32_t fixed; /* what all frames of a stream have in common */
    size_t bytes;
    double seconds;
};

static bool read_frame(struct media_file *f, uint64_t at, struct frame *ret)
{
    static const int rates[] = {
        96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350
    };
    enum { RATES = sizeof rates / sizeof *rates };
    unsigned char h[HEAD];
    if (!media_read(f, at, h, HEAD) || h[0] != 0xff || (h[1] & 0xf6) != 0xf0)
        return false;
    int rate = h[2] >> 2 & 15;
    size_t bytes = (size_t)(h[3] & 3) << 11 | (size_t)h[4] << 3 | h[5] >> 5;
    if (rate >= RATES || bytes < HEAD || bytes > f->size - at)
        return false;
    *ret = (struct frame){ (uint32_t)(h[1] << 16 | (h[2] & 0xfd) << 8 | (h[3] & 0xc0)), bytes,
                           1024.0 * ((h[6] & 3) + 1) / rates[rate] };
    return true;
}

/* Frame on frame from here, or up to the end of the file. */
static bool chains(struct media_file *f, uint64_t at)
{
    struct frame first, frame;
    if (!read_frame(f, at, &first))
        return false;
    at += first.bytes;
    for (int i = 1; i < CHAIN && at < f->size; i++, at += frame.bytes)
        if (!read_frame(f, at, &frame) || frame.fixed != first.fixed)
            return false;
    return true;
}

/* The next place where frames begin, or the end of the file. */
static uint64_t find(struct media_file *f, uint64_t at, uint64_t end)
{
    while (at < end && !chains(f, at))
        at++;
    return at < end ? at : f->size;
}

/* Where frames begin: a stream that was joined in its middle begins with a part of one. */
static uint64_t begin(struct media_file *f)
{
    uint64_t at = media_content(f), end = at + LEADING_MOST;
    return find(f, at, end < f->size ? end : f->size);
}

enum media_kind adts_recognise(struct media_file *f)
{
    return begin(f) < f->size ? MEDIA_ADTS : MEDIA_NONE;
}

bool adts_seconds(struct media_file *f, double *ret)
{
    struct frame frame;
    *ret = 0;
    for (uint64_t at = begin(f); at < f->size;)
        if (read_frame(f, at, &frame)) {
            *ret += frame.seconds;
            at += frame.bytes;
        } else {
            at = find(f, at + 1, f->size);
        }
    return true;
}
