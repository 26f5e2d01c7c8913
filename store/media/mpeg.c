/* MPEG audio: MP3 and its elders, by libmpg123, frame by frame: what their first frame says of all (Xing, Info, VBRI)
 * may be missing, wrong, or of a longer file. Whatever stands before, between and behind frames is passed over. */
#include "store/media/formats.h"

#include <mpg123.h>
#include <sys/types.h>

enum {
    GAP_MOST = 1 << 20, /* bytes between frames that are looked through */
    FRAME_MOST = 8192,  /* no frame is longer */
    CHAIN = 3,          /* frames, each where the one before it ends, that are no accident at the beginning, … */
    LONG_CHAIN = 12,    /* … and anywhere else */
    LOOK_MOST = 10000,  /* frames looked at to find them */
};

static ssize_t read_stream(void *stream, void *to, size_t n)
{
    return (ssize_t)media_stream_read(stream, to, n);
}

static off_t seek_stream(void *stream, off_t offset, int whence)
{
    return (off_t)media_stream_seek(stream, offset, whence);
}

/* Recorders leave zeros where a header was to come. */
static uint64_t behind_zeros(struct media_file *f)
{
    unsigned char bytes[4096];
    uint64_t at = media_content(f);
    size_t n;
    while ((n = media_read_some(f, at, bytes, sizeof bytes)))
        for (size_t i = 0; i < n; i++, at++)
            if (bytes[i])
                return at;
    return at;
}

/* Where the sound ends: before the tags ID3v1 and APEv2, whose pictures may hold anything. */
static uint64_t before_tags(struct media_file *f)
{
    unsigned char tag[32];
    uint64_t end = f->size;
    if (end >= 128 && media_read(f, end - 128, tag, 3) && !memcmp(tag, "TAG", 3))
        end -= 128;
    if (end >= 32 && media_read(f, end - 32, tag, 32) && !memcmp(tag, "APETAGEX", 8)) {
        uint64_t n = (uint64_t)tag[15] << 24 | (uint64_t)tag[14] << 16 | (uint64_t)tag[13] << 8 | tag[12];
        end -= n >= 32 && n <= end ? n : 32;
    }
    return end;
}

static struct media_stream stream_of(struct media_file *f)
{
    struct media_stream s = { f, behind_zeros(f), before_tags(f), 0 };
    if (s.end < s.begin)
        s.end = s.begin;
    return s;
}

/* NULL without memory. */
static mpg123_handle *open_stream(struct media_stream *s)
{
    long flags = MPG123_QUIET | MPG123_SKIP_ID3V2;
    int why;
    s->at = 0;
    if (s->end - s->begin <= FRAME_MOST) /* perhaps there is but one: none behind it to be sure by */
        flags |= MPG123_NO_READAHEAD;
    mpg123_handle *m = mpg123_init() == MPG123_OK ? mpg123_new(NULL, &why) : NULL;
    if (m && mpg123_param(m, MPG123_ADD_FLAGS, flags, 0) == MPG123_OK &&
        mpg123_param(m, MPG123_RESYNC_LIMIT, GAP_MOST, 0) == MPG123_OK &&
        mpg123_replace_reader_handle(m, read_stream, seek_stream, NULL) == MPG123_OK &&
        mpg123_open_handle(m, s) == MPG123_OK)
        return m;
    mpg123_delete(m);
    return NULL;
}

static bool next_frame(mpg123_handle *m, struct mpg123_frameinfo *ret)
{
    int result = mpg123_framebyframe_next(m);
    return (result == MPG123_OK || result == MPG123_NEW_FORMAT) && mpg123_info(m, ret) == MPG123_OK && ret->rate > 0;
}

static bool are_alike(const struct mpg123_frameinfo *a, const struct mpg123_frameinfo *b)
{
    return a->version == b->version && a->layer == b->layer && a->rate == b->rate;
}

/* A frame of layer I, which nobody has any more, or of free format, whose length is but the way to the next that looks
 * so: fonts and programs are full of them. They count from the very beginning only. */
static bool is_doubtful(struct media_file *f, uint64_t at, const struct mpg123_frameinfo *frame)
{
    unsigned char header[3];
    return frame->layer == 1 || !media_read(f, at, header, 3) || !(header[2] >> 4);
}

enum media_kind mpeg_recognise(struct media_file *f)
{
    struct media_stream s = stream_of(f);
    mpg123_handle *m = open_stream(&s);
    struct mpg123_frameinfo frame, last = { 0 };
    int chain = 0, enough = CHAIN;
    off_t end = 0; /* of the last frame */
    for (int i = 0; m && i < LOOK_MOST && chain < enough && next_frame(m, &frame); i++, last = frame) {
        off_t at = mpg123_framepos(m);
        bool goes_on = at == end && (!chain || are_alike(&frame, &last));
        if (!goes_on)
            enough = LONG_CHAIN;
        if (enough == LONG_CHAIN && is_doubtful(f, s.begin + (uint64_t)at, &frame))
            chain = 0;
        else
            chain = goes_on ? chain + 1 : 1;
        end = at + frame.framesize;
    }
    /* a short one, up to its end */
    bool whole = chain >= (enough == CHAIN ? 1 : CHAIN) && s.begin + (uint64_t)end == s.end;
    mpg123_delete(m);
    return chain >= enough || whole ? MEDIA_MPEG_AUDIO : MEDIA_NONE;
}

struct sum {
    double seconds;
    bool even; /* one rate, and no frame was left out */
};

/* A frame that stands alone is none: what a tag or a picture holds can look like one. */
static struct sum sum_frames(mpg123_handle *m)
{
    struct sum sum = { .even = true };
    struct mpg123_frameinfo frame;
    double alone = 0; /* the last frame's seconds, until another stands beside it */
    long rate = 0;
    off_t end = 0;
    while (next_frame(m, &frame)) {
        double seconds = (double)mpg123_spf(m) / (double)frame.rate;
        off_t at = mpg123_framepos(m);
        bool beside = at == end;
        sum.even = sum.even && (!rate || rate == frame.rate) && (beside || alone == 0);
        if (beside)
            sum.seconds += alone + seconds;
        alone = beside ? 0 : seconds;
        rate = frame.rate;
        end = at + frame.framesize;
    }
    return sum;
}

/* Of an even stream a second look takes off what its encoder has put before and behind the sound. */
bool mpeg_seconds(struct media_file *f, double *ret)
{
    struct media_stream s = stream_of(f);
    struct mpg123_frameinfo info;
    mpg123_handle *m = open_stream(&s);
    if (!m)
        return false;
    struct sum sum = sum_frames(m);
    *ret = sum.seconds;
    mpg123_delete(m);
    m = *ret > 0 && sum.even ? open_stream(&s) : NULL;
    if (m && mpg123_scan(m) == MPG123_OK && mpg123_info(m, &info) == MPG123_OK && info.rate > 0 && mpg123_length(m) > 0)
        *ret = (double)mpg123_length(m) / (double)info.rate;
    mpg123_delete(m);
    return true;
}
