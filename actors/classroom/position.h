/* Playback: where a class is in its audio: the record and the position arithmetic of the classroom contract, section
 * 6.1. Times are the caller's monotonic clock in nanoseconds; it never goes back. Plain state: no locks, no I/O, no
 * clock of its own. */
#pragma once

#include "proto/base/json.h"

enum playback_status { PLAYBACK_STOPPED, PLAYBACK_PLAYING, PLAYBACK_PAUSED, PLAYBACK_STATUS_COUNT };

struct playback {
    int32_t audio; /* 0: none is selected */
    enum playback_status status;
    double speed, position; /* seconds; the position was right at as_of */
    uint64_t as_of;
    double duration; /* seconds; NaN: not known */
    char *title;     /* owned; NULL while none is selected */
};

/* Nothing is selected, stopped, at 0, speed 1. */
void playback_init(struct playback *p);

/* Releases the title. Copes with a zeroed struct. */
void playback_fini(struct playback *p);

/* The effective position: it runs while playing, up to the duration when that is known; in whole microseconds then. */
double playback_position(const struct playback *p, uint64_t now);

/* Another audio file, from its beginning, stopped; the speed stays. The title is copied. False: no memory, and nothing
 * has changed. */
bool playback_select(struct playback *p, int32_t audio, struct text title, double duration);

/* position finite and not negative, 0 < speed finite: the caller has checked. */
void playback_play(struct playback *p, double position, double speed, uint64_t now);
void playback_pause(struct playback *p, double position);
void playback_seek(struct playback *p, double position, uint64_t now);
void playback_set_speed(struct playback *p, double speed, uint64_t now);

/* Goes on where a record of `ago` microseconds ago was; less than none counts as none. */
void playback_restore(struct playback *p, enum playback_status status, double position, double speed, int64_t ago,
                      uint64_t now);

/* The record as a JSON object under key (NULL: without one), with the effective position, and where the file is heard
 * (NULL: that is left out). */
void playback_put(const struct playback *p, uint64_t now, const char *key, const char *stream_url, struct json *out);

/* "stopped", "playing", "paused"; reading takes an unknown word for stopped. */
const char *playback_status_name(enum playback_status s);
enum playback_status playback_read_status(struct text word);
