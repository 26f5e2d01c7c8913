/* Position: see position.h. */
#include "actors/classroom/position.h"

#include <math.h>
#include <stdlib.h>

#define NS_PER_SECOND 1e9
#define US_PER_SECOND 1e6

static const char *const status_names[PLAYBACK_STATUS_COUNT] = {
    [PLAYBACK_STOPPED] = "stopped",
    [PLAYBACK_PLAYING] = "playing",
    [PLAYBACK_PAUSED] = "paused",
};

void playback_init(struct playback *p)
{
    *p = (struct playback){ .speed = 1.0, .duration = NAN };
}

void playback_fini(struct playback *p)
{
    free(p->title);
    p->title = NULL;
}

double playback_position(const struct playback *p, uint64_t now)
{
    if (p->status != PLAYBACK_PLAYING)
        return p->position;
    double at = p->position + (double)(now - p->as_of) / NS_PER_SECOND * p->speed;
    at = round(at * US_PER_SECOND) / US_PER_SECOND;
    return at > p->duration ? p->duration : at; /* never true of a duration that is not known */
}

bool playback_select(struct playback *p, int32_t audio, struct text title, double duration)
{
    char *copy = strndup(title.p ? title.p : "", title.n);
    if (!copy)
        return false;
    playback_fini(p);
    *p = (struct playback){ .audio = audio, .speed = p->speed, .duration = duration, .title = copy };
    return true;
}

void playback_play(struct playback *p, double position, double speed, uint64_t now)
{
    p->status = PLAYBACK_PLAYING;
    p->speed = speed;
    p->position = position;
    p->as_of = now;
}

void playback_pause(struct playback *p, double position)
{
    p->status = PLAYBACK_PAUSED;
    p->position = position;
}

void playback_seek(struct playback *p, double position, uint64_t now)
{
    p->position = position;
    p->as_of = now;
}

void playback_set_speed(struct playback *p, double speed, uint64_t now)
{
    playback_seek(p, playback_position(p, now), now);
    p->speed = speed;
}

void playback_restore(struct playback *p, enum playback_status status, double position, double speed, int64_t ago,
                      uint64_t now)
{
    double gone = status == PLAYBACK_PLAYING && ago > 0 ? (double)ago / US_PER_SECOND : 0;
    p->status = status;
    p->speed = speed;
    p->position = position + gone * speed;
    p->as_of = now;
}

void playback_put(const struct playback *p, uint64_t now, const char *key, const char *stream_url, struct json *out)
{
    json_begin_object(out, key);
    if (p->audio)
        json_int(out, "audio_id", p->audio);
    else
        json_nil(out, "audio_id");
    json_str(out, "status", playback_status_name(p->status));
    json_double(out, "speed", p->speed);
    json_double(out, "position", playback_position(p, now));
    json_str(out, "title", p->title);
    json_double(out, "duration", p->duration);
    if (stream_url)
        json_str(out, "stream_url", stream_url);
    json_end_object(out);
}

const char *playback_status_name(enum playback_status s)
{
    return status_names[s];
}

enum playback_status playback_read_status(struct text word)
{
    for (int s = 0; s < PLAYBACK_STATUS_COUNT; s++)
        if (text_is(word, status_names[s]))
            return (enum playback_status)s;
    return PLAYBACK_STOPPED;
}
