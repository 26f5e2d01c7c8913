/* Media: see media.h. WAV and FLAC are read by libsndfile, MPEG audio by libmpg123, Ogg by libvorbisfile and
 * libopusfile; MP4, WebM and ADTS, whose libraries are those of whole players, by the files beside this one. */
#include "store/media/media.h"

#include "store/media/formats.h"

#include <math.h>

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
        [MEDIA_MP4_VIDEO] = mp4_seconds,   [MEDIA_OGG] = ogg_seconds,         [MEDIA_OGG_VIDEO] = ogg_seconds,
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
