/* WAV and FLAC, by libsndfile, which reads FLAC in Ogg too. */
#include "store/media/sndfile.h"

#include "store/media/formats.h"

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

SNDFILE *sndfile_open(struct media_stream *s, SF_INFO *info)
{
    static SF_VIRTUAL_IO calls = { sndfile_size, sndfile_seek, sndfile_read, sndfile_write, sndfile_tell };
    return sf_open_virtual(&calls, SFM_READ, info, s);
}

bool sndfile_seconds(struct media_file *f, double *ret)
{
    struct media_stream s = { f, 0, f->size, 0 };
    SF_INFO info = { 0 };
    SNDFILE *file = sndfile_open(&s, &info);
    if (!file)
        return false;
    *ret = info.samplerate > 0 && info.frames < SF_COUNT_MAX ? (double)info.frames / info.samplerate : 0;
    sf_close(file);
    return true;
}

enum media_kind wav_recognise(struct media_file *f)
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
bool wav_seconds(struct media_file *f, double *ret)
{
    if (!sndfile_seconds(f, ret))
        return mpeg_seconds(f, ret);
    if (*ret <= 0)
        *ret = unfinished_wav_seconds(f);
    return true;
}

enum media_kind flac_recognise(struct media_file *f)
{
    unsigned char head[4];
    return media_read(f, media_content(f), head, 4) && !memcmp(head, "fLaC", 4) ? MEDIA_FLAC : MEDIA_NONE;
}
