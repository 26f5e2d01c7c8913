/* Ogg (RFC 3533): Vorbis by libvorbisfile, Opus by libopusfile, else what libsndfile reads. The first two sum the links
 * of a chained stream, and count from the first sample that is there, wherever the recording began. */
#include "store/media/formats.h"

#include <opusfile.h>
#include <stdio.h>

#define OV_EXCLUDE_STATIC_CALLBACKS
#include <vorbis/vorbisfile.h>

enum { PAGE_HEAD = 27, BEGINS = 2, PAGES_MOST = 64 };

/* The codec of a logical stream, by its first packet. */
static const struct {
    struct text magic;
    bool sound;
} codecs[] = { { TEXT("\1vorbis"), true },
               { TEXT("OpusHead"), true },
               { TEXT("\x7f"
                      "FLAC"),
                 true },
               { TEXT("Speex   "), true },
               { TEXT("\x80theora"), false },
               { TEXT("\1video"), false },
               { TEXT("BBCD"), false },
               { TEXT("OVP80"), false } };

/* All streams of the first link begin on the first pages. */
enum media_kind ogg_recognise(struct media_file *f)
{
    unsigned char head[PAGE_HEAD], sizes[255], first[8];
    bool sound = false, pictures = false;
    uint64_t at = 0;
    for (int page = 0; page < PAGES_MOST && media_read(f, at, head, PAGE_HEAD) && !memcmp(head, "OggS", 5); page++) {
        if (!(head[5] & BEGINS) || !media_read(f, at + PAGE_HEAD, sizes, head[26]))
            break;
        at += PAGE_HEAD + head[26];
        size_t n = media_read_some(f, at, first, sizeof first);
        for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
            if (n >= codecs[i].magic.n && !memcmp(first, codecs[i].magic.p, codecs[i].magic.n))
                *(codecs[i].sound ? &sound : &pictures) = true;
        for (int i = 0; i < head[26]; i++)
            at += sizes[i];
    }
    return !sound ? MEDIA_NONE : pictures ? MEDIA_OGG_VIDEO : MEDIA_OGG;
}

/* ---- Vorbis ---- */

static size_t vorbis_read(void *to, size_t size, size_t n, void *stream)
{
    return size ? media_stream_read(stream, to, size * n) / size : 0;
}

static int vorbis_seek(void *stream, ogg_int64_t offset, int whence)
{
    return media_stream_seek(stream, offset, whence) < 0 ? -1 : 0;
}

static long vorbis_tell(void *stream)
{
    return (long)((struct media_stream *)stream)->at;
}

static bool vorbis_seconds(struct media_stream *s, double *ret)
{
    static const ov_callbacks calls = { vorbis_read, vorbis_seek, NULL, vorbis_tell };
    OggVorbis_File file;
    if (ov_open_callbacks(s, &file, NULL, 0, calls) < 0)
        return false;
    *ret = ov_time_total(&file, -1);
    ov_clear(&file);
    return *ret > 0;
}

/* ---- Opus ---- */

static int opus_read(void *stream, unsigned char *to, int n)
{
    return (int)media_stream_read(stream, to, (size_t)n);
}

static int opus_seek(void *stream, opus_int64 offset, int whence)
{
    return media_stream_seek(stream, offset, whence) < 0 ? -1 : 0;
}

static opus_int64 opus_tell(void *stream)
{
    return (opus_int64)((struct media_stream *)stream)->at;
}

static bool opus_seconds(struct media_stream *s, double *ret)
{
    static const OpusFileCallbacks calls = { opus_read, opus_seek, opus_tell, NULL };
    OggOpusFile *file = op_open_callbacks(s, &calls, NULL, 0, NULL);
    if (!file)
        return false;
    *ret = (double)op_pcm_total(file, -1) / 48000;
    op_free(file);
    return *ret > 0;
}

double opus_packet_seconds(const unsigned char *p, size_t n)
{
    static const double silk[] = { 10, 20, 40, 60 }, hybrid[] = { 10, 20 }, celt[] = { 2.5, 5, 10, 20 };
    if (!n)
        return 0;
    int config = p[0] >> 3, code = p[0] & 3;
    double ms = config < 12 ? silk[config & 3] : config < 16 ? hybrid[config & 1] : celt[config & 3];
    int frames = code == 0 ? 1 : code < 3 ? 2 : n > 1 ? p[1] & 63 : 0;
    return frames * ms / 1000;
}

bool ogg_seconds(struct media_file *f, double *ret)
{
    struct media_stream s = { f, 0, f->size, 0 };
    if (vorbis_seconds(&s, ret))
        return true;
    s.at = 0;
    return opus_seconds(&s, ret) || sndfile_seconds(f, ret);
}
