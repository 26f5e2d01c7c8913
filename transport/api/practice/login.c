/* Signing in to practice: password, then a session of its own (practice contract, section 4). Students and teachers have
 * endpoints of their own; the address alone does not say who is meant. */
#include "proto/base/json.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/api/practice/practice.h"
#include "transport/identity/signing.h"

#include <stdio.h>

/* In the request's memory. */
struct entrant {
    const char *role;
    int32_t account;
    bool active;
    struct text email, name, password_changed_at;
    struct practice_tokens *tokens;
};

static void on_opened(struct request *rq, const struct db_result *r)
{
    const struct entrant *e = request_data(rq);
    struct buf body = { 0 };
    struct json j = json_into(&body);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!r->rows) { /* the password has just been changed */
        respond_error(rq, ERROR_INVALID_EMAIL_OR_PASSWORD);
        return;
    }
    json_begin_object(&j, NULL);
    json_int(&j, "user_id", e->account);
    json_text(&j, "email", e->email);
    json_str(&j, "role", e->role);
    json_text(&j, "name", e->name);
    json_bool(&j, "success", true);
    practice_tokens_put(&j, e->tokens, db_int(r, 0, PRACTICE_OPEN_SESSION_EXPIRES_IN));
    json_end_object(&j);
    respond_built(rq, 200, &body);
}

static void open_session(struct request *rq)
{
    struct entrant *e = request_data(rq);
    struct db_params p = { 0 };
    if (!e->active) {
        respond_error(rq, !strcmp(e->role, "teacher") ? ERROR_TEACHER_INACTIVE : ERROR_STUDENT_INACTIVE);
        return;
    }
    e->tokens = practice_tokens_make(rq);
    if (!e->tokens)
        return;
    db_param_text(&p, text_of(e->role));
    db_param_int4(&p, e->account);
    db_param_text(&p, e->password_changed_at);
    db_param_text(&p, text_of(e->tokens->access_hash));
    db_param_text(&p, text_of(e->tokens->refresh_hash));
    db_param_float8(&p, config_here()->practice_session_minutes);
    request_query(rq, &PRACTICE_OPEN_SESSION, &p, on_opened);
}

static bool read_entrant(struct request *rq, const struct db_result *r, struct entrant *e)
{
    e->account = (int32_t)db_int(r, 0, PRACTICE_BY_EMAIL_ACCOUNT);
    e->active = db_bool(r, 0, PRACTICE_BY_EMAIL_IS_ACTIVE);
    e->email = request_keep(rq, db_text(r, 0, PRACTICE_BY_EMAIL_EMAIL));
    e->name = request_keep(rq, db_text(r, 0, PRACTICE_BY_EMAIL_NAME));
    e->password_changed_at = request_keep(rq, db_text(r, 0, PRACTICE_BY_EMAIL_PASSWORD_CHANGED_AT));
    return e->email.p && e->name.p &&
           (e->password_changed_at.p || db_null(r, 0, PRACTICE_BY_EMAIL_PASSWORD_CHANGED_AT));
}

/* By which failures are counted: the account, or else the address, however that is spelled: the limit does not tell which. */
static struct text key_of(struct request *rq, const struct entrant *e, struct text known)
{
    struct buf key = { 0 };
    buf_printf(&key, "practice:%s:", e->role);
    if (e->account)
        buf_int(&key, e->account);
    else
        buf_text(&key, known);
    struct text kept = key.failed ? (struct text){ 0 } : request_keep(rq, buf_view(&key));
    buf_fini(&key);
    return kept;
}

static void on_account(struct request *rq, const struct db_result *r)
{
    struct entrant *e = request_data(rq);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    bool there = !db_null(r, 0, PRACTICE_BY_EMAIL_ACCOUNT), read = !there || read_entrant(rq, r, e);
    struct signing_account account = { .key = key_of(rq, e, db_text(r, 0, PRACTICE_BY_EMAIL_KNOWN)),
                                       .user_id = e->account,
                                       .stored =
                                           there ? db_text(r, 0, PRACTICE_BY_EMAIL_PASSWORD_HASH) : (struct text){ 0 },
                                       .wrong = ERROR_INVALID_EMAIL_OR_PASSWORD,
                                       .renew = &PRACTICE_RENEW_HASH };
    if (!read || !account.key.p)
        respond_error(rq, ERROR_OVERLOADED);
    else
        signing_compare(rq, &account, open_session);
}

static void login(struct request *rq, const char *role)
{
    struct entrant *e = request_alloc(rq, sizeof *e);
    struct db_params p = { 0 };
    if (!e) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    e->role = role;
    request_set_data(rq, e);
    db_param_text(&p, text_of(role));
    db_param_text(&p, request_text(rq, "email"));
    request_query(rq, &PRACTICE_BY_EMAIL, &p, on_account);
}

void practice_login_student(struct request *rq)
{
    login(rq, "student");
}

void practice_login_teacher(struct request *rq)
{
    login(rq, "teacher");
}
