/* Account: sign-up and sign-in by phone number (classroom contract, section 2). */
#include "transport/api/account/account.h"
#include "proto/base/json.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "proto/config/secret.h"
#include "proto/identity/token.h"
#include "store/statements.h"
#include "transport/identity/signing.h"

/* ---- sign-up ---- */

static void on_registered(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_PHONE_TAKEN);
    else
        respond_json(rq, 200, db_text(r, 0, ACCOUNT_REGISTER_BODY));
}

static void on_hashed(struct request *rq, const char *hash)
{
    struct db_params p = { 0 };
    db_param_text(&p, request_text(rq, "name"));
    db_param_text(&p, request_text(rq, "phone_number"));
    db_param_text(&p, request_text(rq, "role"));
    db_param_text(&p, text_of(hash));
    request_query(rq, &ACCOUNT_REGISTER, &p, on_registered);
}

/* Guesses of the code are counted like wrong passwords, by address. False: it has been answered. */
static bool knows_the_code(struct request *rq)
{
    if (!signing_guess(rq))
        return false;
    bool known =
        *config.teacher_signup_code && secret_same(request_text(rq, "signup_code"), config.teacher_signup_code);
    if (known || !request_has(rq, "signup_code"))
        signing_guessed(rq);
    if (!known)
        respond_error(rq, ERROR_TEACHER_SIGNUP_CODE);
    return known;
}

/* False: it has been answered. */
static bool may_teach(struct request *rq)
{
    const char *who = config_here()->teacher_signup;
    if (!strcmp(who, "anybody"))
        return true;
    if (!strcmp(who, "code"))
        return knows_the_code(rq);
    respond_error(rq, ERROR_TEACHER_SIGNUP_CLOSED);
    return false;
}

void account_register(struct request *rq)
{
    if (!text_is(request_text(rq, "role"), "teacher") || may_teach(rq))
        signing_hash(rq, on_hashed);
}

/* ---- sign-in ---- */

struct entrant {
    int32_t user_id;
    const char *role; /* NULL: none here */
    struct text name;
    int64_t signed_in;
};

static void respond_token(struct request *rq)
{
    const struct entrant *e = request_data(rq);
    struct buf token = { 0 }, body = { 0 };
    struct token_claims claims = { e->user_id, .role = e->role, .seconds = config_here()->token_days * 86400,
                                   .signed_in = e->signed_in };
    body.failed = !token_make(&token, &claims);
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_text(&j, "access_token", buf_view(&token));
    json_str(&j, "token_type", "bearer");
    json_int(&j, "user_id", e->user_id);
    json_str(&j, "role", e->role);
    json_text(&j, "name", e->name);
    json_end_object(&j);
    respond_built(rq, 200, &body);
    buf_fini(&token);
}

static bool read_entrant(struct request *rq, const struct db_result *r, struct entrant *e)
{
    e->user_id = (int32_t)db_int(r, 0, ACCOUNT_BY_PHONE_USER_ID);
    e->role = request_string(rq, db_text(r, 0, ACCOUNT_BY_PHONE_ROLE));
    e->name = request_keep(rq, db_text(r, 0, ACCOUNT_BY_PHONE_NAME));
    e->signed_in = signing_time(rq, db_int(r, 0, ACCOUNT_BY_PHONE_TOKENS_FROM));
    return e->name.p && (e->role || db_null(r, 0, ACCOUNT_BY_PHONE_ROLE));
}

static void on_account(struct request *rq, const struct db_result *r)
{
    struct entrant *e = request_alloc(rq, sizeof *e);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!e || (r->rows && !read_entrant(rq, r, e))) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    struct signing_account account = { .key = request_text(rq, "username"),
                                       .user_id = e->user_id,
                                       .stored =
                                           r->rows ? db_text(r, 0, ACCOUNT_BY_PHONE_PASSWORD_HASH) : (struct text){ 0 },
                                       .wrong = ERROR_INVALID_CREDENTIALS };
    request_set_data(rq, e);
    signing_compare(rq, &account, respond_token);
}

void account_login(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_text(&p, request_sent(rq, "username"));
    request_query(rq, &ACCOUNT_BY_PHONE, &p, on_account);
}
