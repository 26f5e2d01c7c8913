/* Media: see media.h. WAV and FLAC are read by libsndfile, MPEG audio by libmpg123, Ogg by libvorbisfile and
 * libopusfile; MP4, WebM and ADTS, whose libraries are those of whole players, by the files beside this one. */
#include "store/media/formats.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const types[] = { [MEDIA_NONE] = "none",
#define MEDIA_TYPE(symbol, type) [MEDIA_##symbol] = type,
                                     MEDIA_KINDS(MEDIA_TYPE)
#undef MEDIA_TYPE
};

const char *media_type(enum media_kind kind)
{
    return types[kind];
}

bool media_read_type(struct text type, enum media_kind *ret)
{
    for (int i = 0; i < MEDIA_KIND_COUNT; i++)
        if (text_is(type, types[i])) {
            *ret = (enum media_kind)i;
            return true;
        }
    return false;
}

/* ---- reading ---- */

bool media_open(struct media_file *f, int fd)
{
    struct stat info;
    if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
        return false;
    f->fd = fd;
    f->size = (uint64_t)info.st_size;
    f->window_at = f->window_n = 0;
    return true;
}

static bool show(struct media_file *f, uint64_t at)
{
    ssize_t got;
    do
        got = pread(f->fd, f->window, sizeof f->window, (off_t)at);
    while (got < 0 && errno == EINTR);
    f->window_at = at;
    f->window_n = got > 0 ? (size_t)got : 0;
    return got > 0;
}

size_t media_read_some(struct media_file *f, uint64_t at, void *to, size_t n)
{
    size_t done = 0;
    while (done < n && at < f->size) {
        bool seen = at >= f->window_at && at - f->window_at < f->window_n;
        if (!seen && !show(f, at))
            break;
        size_t from = (size_t)(at - f->window_at), take = f->window_n - from;
        if (take > n - done)
            take = n - done;
        memcpy((char *)to + done, f->window + from, take);
        done += take;
        at += take;
    }
    return done;
}

bool media_read(struct media_file *f, uint64_t at, void *to, size_t n)
{
    return media_read_some(f, at, to, n) == n;
}

uint64_t media_number(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

uint64_t media_content(struct media_file *f)
{
    unsigned char tag[10];
    uint64_t at = 0;
    while (media_read(f, at, tag, sizeof tag) && !memcmp(tag, "ID3", 3) && tag[3] < 0xff && tag[4] < 0xff &&
           !((tag[6] | tag[7] | tag[8] | tag[9]) & 0x80)) {
        uint64_t n = (uint64_t)tag[6] << 21 | (uint64_t)tag[7] << 14 | (uint64_t)tag[8] << 7 | tag[9];
        at += 10 + n + (tag[5] & 0x10 ? 10 : 0);
    }
    return at;
}

size_t media_stream_read(struct media_stream *s, void *to, size_t n)
{
    uint64_t left = s->end - s->begin - s->at;
    size_t got = media_read_some(s->file, s->begin + s->at, to, n < left ? n : (size_t)left);
    s->at += got;
    return got;
}

int64_t media_stream_seek(struct media_stream *s, int64_t offset, int whence)
{
    int64_t all = (int64_t)(s->end - s->begin);
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)s->at : all;
    if (offset < -from || offset > all - from)
        return -1;
    s->at = (uint64_t)(from + offset);
    return from + offset;
}

/* ---- WAV, FLAC ---- */

static sf_count_t sndfile_size(void *stream)
{
    return (sf_count_t)((struct media_stream *)stream)->file->size;
}

static sf_count_t sndfile_seek(sf_count_t offset, int whence, void *stream)
{
    return media_stream_seek(stream, offset, whence);
}

static sf_count_t sndfile_read(void *to, sf_count_t n, void *stream)
{
    return n > 0 ? (sf_count_t)media_stream_read(stream, to, (size_t)n) : 0;
}

static sf_count_t sndfile_write(const void *p, sf_count_t n, void *stream)
{
    return 0;
}

static sf_count_t sndfile_tell(void *stream)
{
    return (sf_count_t)((struct media_stream *)stream)->at;
}

static bool sndfile_seconds(struct media_file *f, double *ret)
{
    static SF_VIRTUAL_IO calls = { sndfile_size, sndfile_seek, sndfile_read, sndfile_write, sndfile_tell };
    struct media_stream s = { f, 0, f->size, 0 };
    SF_INFO info = { 0 };
    SNDFILE *file = sf_open_virtual(&calls, SFM_READ, &info, &s);
    if (!file)
        return false;
    *ret = info.samplerate > 0 && info.frames < SF_COUNT_MAX ? (double)info.frames / info.samplerate : 0;
    sf_close(file);
    return true;
}

static enum media_kind wav_recognise(struct media_file *f)
{
    unsigned char head[12];
    bool riff = media_read(f, 0, head, sizeof head) &&
                (!memcmp(head, "RIFF", 4) || !memcmp(head, "RF64", 4) || !memcmp(head, "BW64", 4));
    return riff && !memcmp(head + 8, "WAVE", 4) ? MEDIA_WAV : MEDIA_NONE;
}

static uint32_t little_endian(const unsigned char *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* Of samples whose length nobody came back to write: up to the end of the file. */
static double unfinished_wav_seconds(struct media_file *f)
{
    unsigned char head[8], format[16] = { 0 };
    uint64_t at = 12;
    for (; media_read(f, at, head, 8) && memcmp(head, "data", 4) != 0;
         at += 8 + (little_endian(head + 4) + 1ull) / 2 * 2)
        if (!memcmp(head, "fmt ", 4) && !media_read(f, at + 8, format, sizeof format))
            return 0;
    unsigned tag = format[0] | (unsigned)format[1] << 8, frame = format[12] | (unsigned)format[13] << 8;
    bool samples =
        tag == 1 || tag == 3 || tag == 6 || tag == 7 || tag == 0xfffe; /* PCM, float, A-law, mu-law, extended */
    double rate = (double)little_endian(format + 4) * frame;
    return at + 8 < f->size && !little_endian(head + 4) && samples && rate > 0 ? (double)(f->size - at - 8) / rate : 0;
}

/* A WAV may hold MP3, which libsndfile leaves. */
static bool wav_seconds(struct media_file *f, double *ret)
{
    if (!sndfile_seconds(f, ret))
        return mpeg_seconds(f, ret);
    if (*ret <= 0)
        *ret = unfinished_wav_seconds(f);
    return true;
}

static bool ogg_any_seconds(struct media_file *f, double *ret)
{
    return ogg_seconds(f, ret) || sndfile_seconds(f, ret); /* FLAC in Ogg */
}

static enum media_kind flac_recognise(struct media_file *f)
{
    unsigned char head[4];
    return media_read(f, media_content(f), head, 4) && !memcmp(head, "fLaC", 4) ? MEDIA_FLAC : MEDIA_NONE;
}

/* ---- all ---- */

/* Files of other kinds that may hold MPEG audio in pieces; what is found in them is no MP3. */
static bool holds_others(struct media_file *f)
{
    static const struct text heads[] = { TEXT("RIFF"),
                                         TEXT("FORM"),
                                         TEXT("FLV"),
                                         TEXT("\0\0\1"),
                                         TEXT("0&\xb2u"),
                                         TEXT("PK\3\4"),
                                         TEXT("%PDF"),
                                         TEXT("\x1a\x45\xdf\xa3"),
                                         TEXT("OggS"),
                                         TEXT("\x7f"
                                              "ELF"),
                                         TEXT("MZ"),
                                         TEXT("Rar!"),
                                         TEXT("FWS"),
                                         TEXT("CWS"),
                                         TEXT("7z\xbc"),
                                         TEXT("\x1f\x8b") };
    char head[8] = { 0 };
    size_t n = media_read_some(f, 0, head, sizeof head);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (n >= heads[i].n && !memcmp(head, heads[i].p, heads[i].n))
            return true;
    return n >= 8 && !memcmp(head + 4, "ftyp", 4);
}

enum media_kind media_recognise(struct media_file *f)
{
    static enum media_kind (*const formats[])(struct media_file * f) = {
        wav_recognise, mp4_recognise, webm_recognise, ogg_recognise, flac_recognise,
    };
    enum media_kind kind = MEDIA_NONE;
    for (size_t i = 0; !kind && i < sizeof formats / sizeof *formats; i++)
        kind = formats[i](f);
    if (kind || holds_others(f))
        return kind;
    kind = adts_recognise(f);
    return kind ? kind : mpeg_recognise(f);
}

bool media_seconds(struct media_file *f, enum media_kind kind, double *ret)
{
    static bool (*const formats[])(struct media_file * f, double *ret) = {
        [MEDIA_MPEG_AUDIO] = mpeg_seconds, [MEDIA_WAV] = wav_seconds,         [MEDIA_MP4] = mp4_seconds,
        [MEDIA_MP4_VIDEO] = mp4_seconds,   [MEDIA_OGG] = ogg_any_seconds,     [MEDIA_OGG_VIDEO] = ogg_any_seconds,
        [MEDIA_WEBM] = webm_seconds,       [MEDIA_WEBM_VIDEO] = webm_seconds, [MEDIA_ADTS] = adts_seconds,
        [MEDIA_FLAC] = sndfile_seconds,
    };
    double seconds;
    if (!formats[kind] || !formats[kind](f, &seconds) || !isfinite(seconds) || seconds <= 0 ||
        seconds > MEDIA_SECONDS_MOST)
        return false;
    *ret = seconds;
    return true;
}
