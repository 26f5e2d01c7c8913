/* Kind: what sorts of audio there are, and their media types. Any thread. */
#pragma once

#include "proto/base/text.h"

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

/* "audio/mpeg"; "none" of MEDIA_NONE. */
const char *media_type(enum media_kind kind);
/* The other way; false for any other text. */
bool media_read_type(struct text type, enum media_kind *ret);
