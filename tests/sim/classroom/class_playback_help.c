/* Class tables of playback: audio files, where each class is, and the rows of what has played. */
#include "class_tables_help.h"

#include <assert.h>
#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const struct fake_audio *audio_of(const struct class_tables *t, int64_t id)
{
    return id > 0 && id <= t->naudios ? &t->audios[id - 1] : NULL;
}

/* ---- the statements ---- */

bool class_write_playing(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    int32_t session = (int32_t)fake_integer(v[0]), audio = (int32_t)fake_integer(v[3]);
    int64_t started = fake_time(v[1]);
    for (int i = 0; i < t->nplayings; i++)
        if (t->playings[i].session == session && t->playings[i].started == started) {
            t->playings[i].ended = fake_time(v[2]);
            return true;
        }
    if (!class_session_of(t, session) || (audio && !audio_of(t, audio)))
        return fake_refuse(why, "23503", "playback_audio_file_id_fkey");
    *FAKE_APPEND(t, playings) = (struct fake_playing){ .session = session,
                                                       .audio = audio,
                                                       .by = (int32_t)fake_integer(v[4]),
                                                       .started = started,
                                                       .ended = fake_time(v[2]),
                                                       .speed = fake_real(v[5]) };
    return true;
}

bool class_write_playback(void *own, const struct text *v, struct fake_refusal *why)
{
    struct class_tables *t = own;
    static const char *const words[] = { "stopped", "playing", "paused" };
    struct fake_session *s = class_session_of(t, fake_integer(v[0]));
    const char *status = NULL;
    for (int i = 0; i < 3; i++)
        if (text_is(v[2], words[i]))
            status = words[i];
    if (!s || (v[1].p && !audio_of(t, fake_integer(v[1]))))
        return fake_refuse(why, "23503", "playback_state_audio_file_id_fkey");
    if (!status)
        return fake_refuse(why, "23514", "playback_state_status_check");
    s->playback = (struct fake_playback){ status, (int32_t)fake_integer(v[1]), fake_real(v[3]), fake_real(v[4]),
                                          fake_time(v[5]) };
    return true;
}

static const struct fake_playing *open_playing(const struct class_tables *t, int32_t session)
{
    for (int i = t->nplayings; i-- > 0;)
        if (t->playings[i].session == session && !t->playings[i].ended)
            return &t->playings[i];
    return NULL;
}

void class_playback_cells(char **cells, const struct class_tables *t, int32_t session)
{
    const struct fake_playback *p = &class_session_of(t, session)->playback;
    const struct fake_audio *a = audio_of(t, p->audio);
    const struct fake_playing *open = open_playing(t, session);
    if (a) {
        cells[0] = fake_cell(p->audio);
        cells[1] = fake_copy(text_of(a->title));
        cells[2] = fake_digits(a->duration);
    }
    if (p->status) {
        cells[3] = fake_copy(text_of(p->status));
        cells[4] = fake_digits(p->speed);
        cells[5] = fake_digits(p->position);
        cells[6] = fake_stamp(p->as_of);
    }
    if (open) {
        cells[7] = fake_stamp(open->started);
        cells[8] = fake_cell(open->audio);
        cells[9] = fake_cell(open->by);
        cells[10] = fake_digits(open->speed);
    }
}

/* A class plays once at a time, and a row is open just while it plays. */
void class_check_playings(void *own)
{
    const struct class_tables *t = own;
    for (int i = 0; i < t->nplayings; i++) {
        const struct fake_playing *p = &t->playings[i];
        if (p->ended && p->ended < p->started)
            fake_broken(t->base, "a playing ended before it began", p->session, 0);
        for (int k = i + 1; k < t->nplayings; k++)
            if (t->playings[k].session == p->session && (!p->ended || t->playings[k].started < p->ended))
                fake_broken(t->base, "two playings at a time", p->session, 0);
    }
    for (int32_t id = 1; id <= t->nsessions; id++) {
        if (!class_session_of(t, id))
            continue;
        const struct fake_playback *p = &class_session_of(t, id)->playback;
        bool plays = p->status && !strcmp(p->status, "playing");
        if (plays != (open_playing(t, id) != NULL))
            fake_broken(t->base, "what plays is not the open row", id, 0);
        if (plays && !class_session_of(t, id)->active)
            fake_broken(t->base, "an ended session plays", id, 0);
    }
}

/* ---- for tests ---- */

int32_t class_audio(struct fake_store *s, int32_t owner, const char *title, double duration)
{
    struct class_tables *t = fake_store_own(s, &class_tables);
    *FAKE_APPEND(t, audios) = (struct fake_audio){ fake_copy(text_of(title)), duration, owner };
    return t->naudios;
}

struct fake_file class_file(const struct fake_store *s, const char *title)
{
    const struct class_tables *t = fake_store_own(s, &class_tables);
    for (int i = 0; i < t->naudios; i++)
        if (!strcmp(t->audios[i].title, title))
            return (struct fake_file){ i + 1, t->audios[i].owner, t->audios[i].title, t->audios[i].duration };
    return (struct fake_file){ .id = t->naudios + 1, .duration = NAN };
}

struct fake_playback class_playback(const struct fake_store *s, int32_t session)
{
    return class_session_of(fake_store_own(s, &class_tables), session)->playback;
}

double class_position(const struct fake_store *s, int32_t session, int64_t wall)
{
    struct fake_playback p = class_playback(s, session);
    const struct fake_audio *a = audio_of(fake_store_own(s, &class_tables), p.audio);
    if (!p.status || strcmp(p.status, "playing") != 0)
        return p.status ? p.position : 0;
    double at = p.position + (wall > p.as_of ? (double)(wall - p.as_of) / 1e6 * p.speed : 0);
    return a && at > a->duration ? a->duration : at;
}

int class_playings(const struct fake_store *s, int32_t session, bool open)
{
    const struct class_tables *t = fake_store_own(s, &class_tables);
    int n = 0;
    for (int i = 0; i < t->nplayings; i++)
        n += t->playings[i].session == session && (!open || !t->playings[i].ended);
    return n;
}
