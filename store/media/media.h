/* Media: what kind of audio a file is, by its content alone, and how long. Runs in the confined child (store/probe.h):
 * the files are strangers'. Every read is bounded by the file, every loop moves on in it, and no claim of a header is
 * believed that the rest of the file can be asked for. Blocks on the disk. One thread. */
#pragma once

#include "proto/base/text.h"

#include <stdint.h>

/* What browsers and phones play, and its media type. */
#define MEDIA_KINDS(X)                                                                                                 \
    X(MPEG_AUDIO, "audio/mpeg") /* MP3: ISO 11172-3 and 13818-3, and 2.5 */                                            \
    X(WAV, "audio/wav")                                                                                                \
    X(MP4, "audio/mp4")                                                                                                \
    X(MP4_VIDEO, "video/mp4") /* of each: with pictures, and sound */                                                  \
    X(OGG, "audio/ogg")                                                                                                \
    X(OGG_VIDEO, "video/ogg")                                                                                          \
    X(WEBM, "audio/webm")                                                                                              \
    X(WEBM_VIDEO, "video/webm")                                                                                        \
    X(ADTS, "audio/aac")                                                                                               \
    X(FLAC, "audio/flac")

enum media_kind {
    MEDIA_NONE, /* no audio, or none of these kinds */
#define MEDIA_SYMBOL(symbol, type) MEDIA_##symbol,
    MEDIA_KINDS(MEDIA_SYMBOL)
#undef MEDIA_SYMBOL
        MEDIA_KIND_COUNT
};

enum { MEDIA_SECONDS_MOST = 31 * 24 * 3600 }; /* a longer file is none that is believed */

/* "audio/mpeg"; "none" of MEDIA_NONE. */
const char *media_type(enum media_kind kind);
/* The other way; false for any other text. */
bool media_read_type(struct text type, enum media_kind *ret);

/* A file that is read by offset, through a window. About 64 KiB. */
struct media_file {
    int fd;
    uint64_t size;
    uint64_t window_at; /* what the window shows */
    size_t window_n;
    unsigned char window[1 << 16];
};

/* fd is borrowed; its position does not move. False if it is no regular file. */
bool media_open(struct media_file *f, int fd);

/* What it is. Reads little of a file of these kinds. */
enum media_kind media_recognise(struct media_file *f);

/* Its duration in seconds, above 0 and at most MEDIA_SECONDS_MOST. False if it cannot be told. Reads all of most files.
 */
bool media_seconds(struct media_file *f, enum media_kind kind, double *ret);
