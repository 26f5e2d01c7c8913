/* Sessions of practice: their tokens, a new pair for an old one, the end of the others with a new password. */
#include "proto/base/json.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/api/practice/practice.h"
#include "transport/identity/signing.h"

#include <stdio.h>

struct practice_tokens *practice_tokens_make(struct request *rq)
{
    struct practice_tokens *t = request_alloc(rq, sizeof *t);
    if (t && practice_token_make(t->access) && practice_token_make(t->refresh) &&
        digest_put(text_of(t->access), t->access_hash) && digest_put(text_of(t->refresh), t->refresh_hash))
        return t;
    respond_error(rq, ERROR_OVERLOADED);
    return NULL;
}

void practice_tokens_put(struct json *j, const struct practice_tokens *tokens, int64_t expires_in)
{
    json_str(j, "access_token", tokens->access);
    json_str(j, "refresh_token", tokens->refresh);
    json_str(j, "token_type", "bearer");
    json_int(j, "expires_in", expires_in);
}

/* ---- a new pair ---- */

static void on_refreshed(struct request *rq, const struct db_result *r)
{
    struct buf body = { 0 };
    struct json j = json_into(&body);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!r->rows) {
        respond_error(rq, ERROR_INVALID_REFRESH_TOKEN);
        return;
    }
    json_begin_object(&j, NULL);
    practice_tokens_put(&j, request_data(rq), db_int(r, 0, PRACTICE_REFRESH_EXPIRES_IN));
    json_end_object(&j);
    respond_built(rq, 200, &body);
}

void practice_refresh(struct request *rq)
{
    char hash[DIGEST_MAX];
    struct practice_tokens *tokens = practice_tokens_make(rq);
    struct db_params p = { 0 };
    if (!tokens)
        return;
    if (!digest_put(request_text(rq, "refresh_token"), hash)) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    request_set_data(rq, tokens);
    db_param_text(&p, text_of(hash));
    db_param_text(&p, text_of(tokens->access_hash));
    db_param_text(&p, text_of(tokens->refresh_hash));
    db_param_float8(&p, config_here()->practice_session_minutes);
    request_query(rq, &PRACTICE_REFRESH, &p, on_refreshed);
}

/* ---- a new password ---- */

static void put_caller(struct request *rq, struct db_params *p)
{
    db_param_text(p, request_caller(rq)->role);
    db_param_int4(p, request_caller(rq)->account);
}

/* No row: the hash is not what was read any more, perhaps in a new form only. */
static void on_changed(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_UNAVAILABLE);
    else
        respond_json(rq, 200, TEXT("{\"message\":\"Password changed successfully\"}"));
}

static void on_hashed(struct request *rq, const char *hash)
{
    const char *old = request_data(rq);
    struct db_params p = { 0 };
    put_caller(rq, &p);
    db_param_text(&p, text_of(old));
    db_param_text(&p, text_of(hash));
    db_param_int8(&p, request_caller(rq)->session);
    request_query(rq, &PRACTICE_CHANGE_PASSWORD, &p, on_changed);
}

/* By which failures are counted, as login.c does. */
static struct text key_of(struct request *rq)
{
    const struct caller *c = request_caller(rq);
    char key[64];
    int n = snprintf(key, sizeof key, "practice:%.*s:%d", (int)c->role.n, c->role.p, c->account);
    return request_keep(rq, (struct text){ key, (size_t)n });
}

static void on_account(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!r->rows) {
        respond_detail(rq, ERROR_BAD_REQUEST, TEXT("User not found"));
        return;
    }
    struct signing_account account = { .key = key_of(rq),
                                       .user_id = request_caller(rq)->account,
                                       .stored = db_text(r, 0, PRACTICE_PASSWORD_OF_PASSWORD_HASH),
                                       .wrong = ERROR_OLD_PASSWORD_INCORRECT };
    const char *old = request_string(rq, account.stored);
    if (!old || !account.key.p) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    request_set_data(rq, (void *)(uintptr_t)old);
    signing_replace(rq, &account, on_hashed);
}

void practice_change_password(struct request *rq)
{
    struct db_params p = { 0 };
    put_caller(rq, &p);
    request_query(rq, &PRACTICE_PASSWORD_OF, &p, on_account);
}

/* ---- a new name or address ---- */

static void on_changed_me(struct request *rq, const struct db_result *r)
{
    if (r->status == DB_REFUSED && !strcmp(r->sqlstate, "23505"))
        respond_error(rq, ERROR_EMAIL_TAKEN);
    else if (r->status != DB_OK)
        respond_db(rq, r);
    else
        respond_json(rq, (int)db_int(r, 0, PRACTICE_CHANGE_ME_STATUS), db_text(r, 0, PRACTICE_CHANGE_ME_BODY));
}

void practice_change_me(struct request *rq)
{
    struct db_params p = { 0 };
    put_caller(rq, &p);
    db_param_text(&p, request_text(rq, "name"));
    db_param_text(&p, request_text(rq, "email"));
    request_query(rq, &PRACTICE_CHANGE_ME, &p, on_changed_me);
}
