/* Voice of coaching: enrolment (coaching contract, section 14.2). What is uploaded is decoded at once, and kept as a WAV of our
 * own form, which is what its length is measured by; its embedding is made when it becomes a profile, or, if the embedder
 * does not answer then, when it is first needed. */
#include "transport/api/coaching/voice.h"

#include "actors/databases.h"
#include "store/statements.h"
#include "transport/services/voice/voice_match.h"

/* ---- the recording ---- */

static void answer_error(struct voice_upload *u, enum error why)
{
    voice_upload_end(u);
    respond_error(u->rq, why);
}

static void on_uploaded(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_ENROLLMENT_NOT_FOUND); /* it has gone meanwhile */
    else
        respond_json(rq, (int)db_int(r, 0, COACHING_VOICE_UPLOAD_STATUS), db_text(r, 0, COACHING_VOICE_UPLOAD_BODY));
}

static void keep(struct voice_upload *u)
{
    struct request *rq = u->rq;
    struct db_params p = { 0 };
    struct buf sample = { 0 };
    size_t n;
    const int16_t *samples = sound_samples(u->sound, &n);
    recording_put(&sample, samples, n);
    voice_upload_end(u);
    db_param_text(&p, request_text(rq, "enrollment_id"));
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, buf_view(&sample));
    if (sample.failed)
        respond_error(rq, ERROR_OVERLOADED);
    else
        request_query(rq, &COACHING_VOICE_UPLOAD, &p, on_uploaded);
    buf_fini(&sample);
}

static void on_decoded(void *arg, enum sound_end how)
{
    struct voice_upload *u = arg;
    if (how == SOUND_DECODED)
        keep(u);
    else
        answer_error(u, how == SOUND_NONE ? ERROR_VOICE_NOT_DECODED : ERROR_OVERLOADED);
}

static void on_enrollment(void *arg, const struct db_result *r)
{
    struct voice_upload *u = arg;
    struct request *rq = u->rq;
    if (r->status != DB_OK) {
        voice_upload_end(u);
        respond_db(rq, r);
    } else if (db_int(r, 0, COACHING_VOICE_ENROLLMENT_STATUS) != 200) {
        voice_upload_end(u);
        respond_json(rq, (int)db_int(r, 0, COACHING_VOICE_ENROLLMENT_STATUS),
                     db_text(r, 0, COACHING_VOICE_ENROLLMENT_BODY));
    } else if (!sound_size(u->sound)) {
        answer_error(u, ERROR_VOICE_EMPTY);
    } else if (!sound_decode(u->sound, on_decoded, u)) {
        answer_error(u, ERROR_OVERLOADED);
    }
}

static void upload(struct request *rq)
{
    struct voice_upload *u = request_data(rq);
    struct db_params p = { 0 };
    if (!voice_spend(u))
        return;
    db_param_text(&p, request_text(rq, "enrollment_id"));
    db_param_int4(&p, request_caller(rq)->user_id);
    if (!db_query(db_reading(request_worker(rq)), &COACHING_VOICE_ENROLLMENT, &p, on_enrollment, u))
        answer_error(u, ERROR_OVERLOADED);
}

/* ---- the profile ---- */

static void on_completed(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else
        respond_json(rq, (int)db_int(r, 0, COACHING_VOICE_COMPLETE_STATUS),
                     db_text(r, 0, COACHING_VOICE_COMPLETE_BODY));
}

/* request_data is since when the recording is there, ended by NUL. */
static void make_profile(void *arg, const float *floats)
{
    struct request *rq = arg;
    struct db_params p = { 0 };
    struct buf embedding = { 0 };
    if (floats)
        voice_put_embedding(&embedding, floats);
    db_param_text(&p, request_text(rq, "enrollment_id"));
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, floats && !embedding.failed ? buf_view(&embedding) : (struct text){ 0 });
    db_param_text(&p, text_of(request_data(rq)));
    request_query(rq, &COACHING_VOICE_COMPLETE, &p, on_completed);
    buf_fini(&embedding);
}

/* Whoever has none is told why by the statement that would complete it. */
static void on_recording(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (r->rows)
        request_set_data(rq, (void *)request_string(rq, db_text(r, 0, COACHING_VOICE_RECORDING_SINCE)));
    if (r->rows && request_data(rq))
        voice_recall(request_worker(rq), db_text(r, 0, COACHING_VOICE_RECORDING_SAMPLE), make_profile, rq);
    else
        make_profile(rq, NULL);
}

static void complete(struct request *rq)
{
    struct db_params p = { 0 };
    if (!request_spend(rq, BUDGET_VOICES, 1))
        return;
    db_param_text(&p, request_text(rq, "enrollment_id"));
    db_param_int4(&p, request_caller(rq)->user_id);
    request_query(rq, &COACHING_VOICE_RECORDING, &p, on_recording);
}

/* ---- the table ---- */

static const struct field upload_form[] = {
    { "audio", FIELD_FILE, .required = true, .about = "WAV, FLAC or Ogg; its first minute counts" },
    {},
};

#define ID "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11"

const struct endpoint coaching_voice_endpoints[] = {
    { POST, "/v1/voice/enrollment/start", KNOWN, .statement = &COACHING_VOICE_BEGIN,
      .summary = "Begin to enrol one's voice", .gives = "{\"enrollment_id\":\"" ID "\",\"upload_url\":null}" },
    { PUT, "/v1/voice/enrollment/{enrollment_id:text}/audio", KNOWN, .handle = upload, .upload = &voice_upload_ops,
      .body_kind = BODY_FORM, .body = upload_form, .summary = "Upload a recording of it",
      .about = "May be repeated; the last one counts.", .example = "{\"audio\":\"recording.wav\"}",
      .gives = "{\"ok\":true}",
      .refusals = REFUSALS(ERROR_ENROLLMENT_NOT_FOUND, ERROR_ENROLLMENT_FORBIDDEN, ERROR_ENROLLMENT_COMPLETE,
                           ERROR_VOICE_EMPTY, ERROR_VOICE_NOT_DECODED) },
    { POST, "/v1/voice/enrollment/{enrollment_id:text}/complete", KNOWN, .handle = complete,
      .summary = "Make it one's voice profile", .about = "An earlier one is overwritten, and keeps its id.",
      .gives = "{\"voice_profile_id\":\"" ID "\",\"quality_score\":0.8}",
      .refusals = REFUSALS(ERROR_ENROLLMENT_NOT_FOUND, ERROR_ENROLLMENT_FORBIDDEN, ERROR_ENROLLMENT_COMPLETE,
                           ERROR_ENROLLMENT_WITHOUT_AUDIO) },
    { DELETE, "/v1/voice/profile", KNOWN, .statement = &COACHING_VOICE_FORGET,
      .summary = "Delete one's voice profile, with its recording", .gives = "{\"ok\":true}",
      .refusals = REFUSALS(ERROR_VOICE_PROFILE_NOT_FOUND) },
    { POST, "/v1/voice/identify", KNOWN, .handle = voice_identify, .upload = &voice_upload_ops, .body_kind = BODY_FORM,
      .body = voice_identify_form, .summary = "Whose voice is this?",
      .about = "Candidates without a profile, and people with whom the caller shares no relationship, are passed over.",
      .example = "{\"candidate_user_ids\":\"" ID "\",\"audio\":\"recording.wav\"}",
      .gives = "{\"user_id?\":\"" ID "\",\"similarity_score\":0.71}", .refusals = REFUSALS(ERROR_VOICE_NOT_DECODED) },
    {},
};
