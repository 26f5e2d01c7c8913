/* Voice, sounds: uploads, and what is known of a recording. */
#include "proto/config/config.h"
#include "transport/api/coaching/voice.h"
#include "transport/budgets/budgets.h"
#include "transport/http/upload.h"
#include "transport/services/voice/embedder.h"
#include "transport/services/voice/voice.h"

#include <stdlib.h>

/* ---- uploads ---- */

static void begin_upload(struct request *rq, struct text file_name, struct text content_type)
{
    struct voice_upload *u = request_alloc(rq, sizeof *u);
    request_set_data(rq, u);
    if (u)
        *u = (struct voice_upload){ rq, sound_create(voice_sounds(request_worker(rq))) };
    if (!u || !u->sound)
        upload_fail(rq, ERROR_OVERLOADED);
}

static void take_bytes(struct request *rq, struct text bytes)
{
    struct voice_upload *u = request_data(rq);
    if (!sound_put(u->sound, bytes))
        upload_fail(rq, ERROR_OVERLOADED);
}

void voice_upload_end(struct voice_upload *u)
{
    sound_destroy(u->sound);
    u->sound = NULL;
}

bool voice_spend(struct voice_upload *u)
{
    struct request *rq = u->rq;
    uint64_t wait = budget_spend(request_worker(rq), BUDGET_VOICES, payer_person(request_caller(rq)->user_id), 1);
    if (!wait)
        return true;
    voice_upload_end(u);
    respond_later(rq, ERROR_TOO_MANY_REQUESTS, wait);
    return false;
}

static void discard(struct request *rq)
{
    if (request_data(rq))
        voice_upload_end(request_data(rq));
}

const struct upload_ops voice_upload_ops = { &config.voice_max_bytes, begin_upload, take_bytes, discard };

/* ---- embeddings ---- */

/* One that is waited for. */
struct waiting {
    struct worker *worker;
    struct sound *sound; /* of a recording; NULL: somebody else's */
    void (*then)(void *arg, const float *floats);
    void *arg;
};

static void finish(struct waiting *l, const float *floats)
{
    sound_destroy(l->sound);
    l->then(l->arg, floats);
    free(l);
}

static void on_embedded(void *arg, enum embedder_end how, const float *floats)
{
    finish(arg, floats);
}

static bool embed(struct waiting *l, const struct sound *s)
{
    size_t n;
    const int16_t *samples = sound_samples(s, &n);
    return n >= VOICE_LEAST && embedder_ask(voice_desk(l->worker), samples, n, on_embedded, l);
}

bool voice_embed(struct worker *w, const struct sound *s, void (*then)(void *arg, const float *floats), void *arg)
{
    struct waiting *l = malloc(sizeof *l);
    if (!l)
        return false;
    *l = (struct waiting){ w, NULL, then, arg };
    if (embed(l, s))
        return true;
    free(l);
    return false;
}

static void on_decoded(void *arg, enum sound_end how)
{
    struct waiting *l = arg;
    if (how != SOUND_DECODED || !embed(l, l->sound))
        finish(l, NULL);
}

void voice_recall(struct worker *w, struct text sample, void (*then)(void *arg, const float *floats), void *arg)
{
    struct waiting *l = voice_desk(w) ? malloc(sizeof *l) : NULL;
    if (!l) {
        then(arg, NULL);
        return;
    }
    *l = (struct waiting){ w, sound_create(voice_sounds(w)), then, arg };
    if (!l->sound || !recording_read(sample, l->sound) || !sound_decode(l->sound, on_decoded, l))
        finish(l, NULL);
}
