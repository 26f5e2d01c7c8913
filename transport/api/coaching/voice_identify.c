/* Voice of coaching: identification (coaching contract, sections 12.11 and 14.3). The candidates are read, the sound is decoded
 * and embedded, profiles without an embedding get theirs, and the scores are judged. */
#include "actors/databases.h"
#include "proto/base/json.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/api/coaching/voice.h"
#include "transport/services/voice/voice.h"
#include "transport/services/voice/voice_match.h"

enum {
    NAMED_MOST = 10000, /* code points */
    LATE_MOST = 8,      /* embeddings made for one question; another question makes the next ones */
};

struct candidate {
    struct text user, profile;
    struct text known;  /* absent: nothing yet */
    struct text digest; /* of the recording of which the embedding is being made */
};

/* A question, in its request's memory. */
struct identifying {
    struct voice_upload *upload;
    struct candidate *candidates;
    int n, at, late;            /* at: whose embedding is being made */
    float floats[VOICE_FLOATS]; /* of the sound */
};

const struct field voice_identify_form[] = {
    { "candidate_user_ids", FIELD_TEXT, .required = true, .max = NAMED_MOST, .about = "ids, comma separated" },
    { "audio", FIELD_FILE, .required = true, .about = "WAV, FLAC or Ogg; its first minute counts" },
    {},
};

/* ---- the answer ---- */

static void answer(struct voice_upload *u, struct text user, double score)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    voice_upload_end(u);
    json_begin_object(&j, NULL);
    json_text(&j, "user_id", user);
    json_double(&j, "similarity_score", score);
    json_end_object(&j);
    respond_built(u->rq, 200, &body);
}

static void answer_nobody(struct voice_upload *u)
{
    answer(u, (struct text){ 0 }, 0);
}

static void refuse(struct voice_upload *u, enum error why)
{
    voice_upload_end(u);
    respond_error(u->rq, why);
}

/* Those whose voice is known by now. */
static void judge(struct identifying *q)
{
    const struct voice_rule rule = { config_here()->voice_threshold, config_here()->voice_margin };
    double scores[VOICE_EMBEDDINGS_MOST];
    int whose[VOICE_EMBEDDINGS_MOST];
    size_t n = 0;
    for (int i = 0; i < q->n && n < VOICE_EMBEDDINGS_MOST; i++)
        if (voice_score(q->candidates[i].known, q->floats, &scores[n]))
            whose[n++] = i;
    struct voice_verdict v = voice_judge(scores, n, rule);
    answer(q->upload, v.recognised ? q->candidates[whose[v.best]].user : (struct text){ 0 }, v.score);
}

/* ---- embeddings that profiles lack ---- */

static void next_late(struct identifying *q);

/* Nobody waits for it: another question would make it again. */
static void on_learnt(void *arg, const struct db_result *r)
{
}

static void learn(struct request *rq, const struct candidate *c)
{
    struct db_params p = { 0 };
    db_param_text(&p, c->profile);
    db_param_text(&p, c->known);
    db_param_text(&p, c->digest);
    (void)db_query(db_reading(request_worker(rq)), &COACHING_VOICE_LEARN, &p, on_learnt, NULL);
}

static void on_recalled(void *arg, const float *floats)
{
    struct identifying *q = arg;
    struct candidate *c = &q->candidates[q->at++];
    struct buf known = { 0 };
    if (floats) {
        voice_put_embedding(&known, floats);
        c->known = known.failed ? (struct text){ 0 } : request_keep(q->upload->rq, buf_view(&known));
        if (c->known.p)
            learn(q->upload->rq, c);
        buf_fini(&known);
    }
    next_late(q);
}

static void on_sample(struct request *rq, const struct db_result *r)
{
    struct identifying *q = request_data(rq);
    struct candidate *c = &q->candidates[q->at];
    if (r->status != DB_OK || !r->rows) {
        q->at++;
        next_late(q);
        return;
    }
    c->digest = request_keep(rq, db_text(r, 0, COACHING_VOICE_SAMPLE_DIGEST));
    voice_recall(request_worker(rq), db_text(r, 0, COACHING_VOICE_SAMPLE_SAMPLE), on_recalled, q);
}

static void next_late(struct identifying *q)
{
    struct db_params p = { 0 };
    while (q->at < q->n && q->candidates[q->at].known.p)
        q->at++;
    if (q->at == q->n || q->late++ == LATE_MOST) {
        judge(q);
        return;
    }
    db_param_text(&p, q->candidates[q->at].profile);
    request_query(q->upload->rq, &COACHING_VOICE_SAMPLE, &p, on_sample);
}

/* ---- the sound ---- */

static void on_embedded(void *arg, const float *floats)
{
    struct identifying *q = arg;
    if (!floats) {
        answer_nobody(q->upload);
        return;
    }
    memcpy(q->floats, floats, sizeof q->floats);
    voice_upload_end(q->upload); /* it has been heard */
    next_late(q);
}

static void on_decoded(void *arg, enum sound_end how)
{
    struct identifying *q = arg;
    size_t n = 0;
    if (how == SOUND_DECODED)
        (void)sound_samples(q->upload->sound, &n);
    if (how != SOUND_DECODED)
        refuse(q->upload, how == SOUND_NONE ? ERROR_VOICE_NOT_DECODED : ERROR_OVERLOADED);
    else if (n < VOICE_LEAST)
        answer_nobody(q->upload);
    else if (!voice_embed(request_worker(q->upload->rq), q->upload->sound, on_embedded, q))
        refuse(q->upload, ERROR_OVERLOADED);
}

/* ---- the candidates ---- */

static bool take_over(struct identifying *q, struct request *rq, const struct db_result *r)
{
    q->candidates = request_alloc(rq, (size_t)r->rows * sizeof *q->candidates);
    for (int i = 0; q->candidates && i < r->rows; i++) {
        struct candidate *c = &q->candidates[q->n++];
        c->user = request_keep(rq, db_text(r, i, COACHING_VOICE_CANDIDATES_USER_ID));
        c->profile = request_keep(rq, db_text(r, i, COACHING_VOICE_CANDIDATES_PROFILE));
        if (!db_null(r, i, COACHING_VOICE_CANDIDATES_EMBEDDING))
            c->known = request_keep(rq, db_text(r, i, COACHING_VOICE_CANDIDATES_EMBEDDING));
        if (!c->user.p || !c->profile.p)
            return false;
    }
    return q->candidates;
}

static void on_candidates(void *arg, const struct db_result *r)
{
    struct voice_upload *u = arg;
    struct request *rq = u->rq;
    struct identifying *q = request_alloc(rq, sizeof *q);
    if (r->status != DB_OK) {
        voice_upload_end(u);
        respond_db(rq, r);
    } else if (!r->rows) {
        answer_nobody(u);
    } else if (!q || !take_over(q, rq, r)) {
        refuse(u, ERROR_OVERLOADED);
    } else {
        q->upload = u;
        request_set_data(rq, q);
        if (!sound_decode(u->sound, on_decoded, q))
            refuse(u, ERROR_OVERLOADED);
    }
}

void voice_identify(struct request *rq)
{
    struct voice_upload *u = request_data(rq);
    struct db_params p = { 0 };
    if (!voice_desk(request_worker(rq)) || !sound_size(u->sound)) {
        answer_nobody(u);
        return;
    }
    if (!voice_spend(u))
        return;
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, request_text(rq, "candidate_user_ids"));
    if (!db_query(db_reading(request_worker(rq)), &COACHING_VOICE_CANDIDATES, &p, on_candidates, u))
        refuse(u, ERROR_OVERLOADED);
}
