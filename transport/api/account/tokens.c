/* Tokens: signing out, renewing a token, changing the password; the same in every area that has them. Each needs a
 * token, in legacy mode too: a bare user_id has nothing to end, and must not end what others have. What is answered is
 * on disk, and every worker knows it. */
#include "proto/base/json.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/api/account/account.h"
#include "transport/identity/changed.h"
#include "transport/identity/signing.h"

enum { DAY_S = 86400, SLACK_S = 3600 /* between this clock and the database's */ };

/* The token that the caller has shown; NULL: there is none, and it has been answered. */
static const struct token *token_of(struct request *rq)
{
    const struct token *t = &request_caller(rq)->token;
    if (t->user_id)
        return t;
    respond_error(rq, request_area(rq)->says.no_token ?: ERROR_NOT_AUTHENTICATED);
    return NULL;
}

static void tell_workers(struct request *rq, const struct change *what, void (*done)(struct request *rq))
{
    if (!changed_everywhere(rq, what, done))
        respond_error(rq, ERROR_OVERLOADED);
}

/* ---- a new token ---- */

/* In the request's memory. */
struct renewal {
    struct buf text;
    struct token token;
};

static void respond_token(struct request *rq)
{
    struct renewal *r = request_data(rq);
    struct buf body = { 0 };
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_text(&j, "access_token", buf_view(&r->text));
    json_str(&j, "token_type", "bearer");
    json_int(&j, "expires_in", r->token.expires - r->token.issued);
    json_time(&j, "expires_at", r->token.expires * 1000000);
    json_end_object(&j);
    body.failed = body.failed || r->text.failed;
    buf_fini(&r->text);
    respond_built(rq, 200, &body);
}

/* Makes the caller a new token, tells every worker that streams go on with it, and answers. `signed_in` as token_renew
 * takes it; `changed`: the person has changed as well. */
static void renew(struct request *rq, int64_t signed_in, bool changed)
{
    struct renewal *r = request_alloc(rq, sizeof *r);
    if (!r || !token_renew(&r->text, api_token(rq), signed_in, &r->token)) {
        if (r)
            buf_fini(&r->text);
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    request_set_data(rq, r);
    const struct change what = { .user_id = changed ? r->token.user_id : 0, .renewed = r->token };
    if (changed_everywhere(rq, &what, respond_token))
        return;
    buf_fini(&r->text);
    respond_error(rq, ERROR_OVERLOADED);
}

static void refresh(struct request *rq)
{
    int64_t now = worker_wall(request_worker(rq)) / 1000000;
    const struct token *t = token_of(rq);
    if (!t)
        return;
    if (now >= t->signed_in + config_here()->token_max_days * DAY_S)
        respond_error(rq, ERROR_SIGN_IN_TOO_OLD);
    else
        renew(rq, 0, false);
}

/* ---- signing out ---- */

static void respond_signed_out(struct request *rq)
{
    respond_json(rq, 200,
                 request_bool(rq, "everywhere") ? TEXT("{\"ok\":true,\"message\":\"Signed out everywhere\"}")
                                                : TEXT("{\"ok\":true,\"message\":\"Signed out\"}"));
}

static void on_signed_out(struct request *rq, const struct db_result *r)
{
    const struct change what = { .user_id = request_caller(rq)->user_id };
    if (r->status != DB_OK)
        respond_db(rq, r);
    else
        tell_workers(rq, &what, respond_signed_out);
}

/* The row is kept until the last token of the sign-in has ended: they all live as long, and no new one is made from now
 * on. */
static void end_sign_in(struct request *rq, const struct token *t, int64_t now)
{
    char name[TOKEN_SIGN_IN_MAX];
    struct db_params p = { 0 };
    token_put_sign_in(t->sign_in, name);
    db_param_int4(&p, t->user_id);
    db_param_text(&p, text_of(name));
    db_param_timestamp(&p, t->signed_in * 1000000);
    db_param_timestamp(&p, now + (t->expires - t->issued + SLACK_S) * 1000000);
    db_param_timestamp(&p, now);
    request_query(rq, &ACCOUNT_SIGN_OUT, &p, on_signed_out);
}

static void sign_out(struct request *rq)
{
    int64_t now = worker_wall(request_worker(rq));
    const struct token *t = token_of(rq);
    struct db_params p = { 0 };
    if (!t)
        return;
    if (!request_bool(rq, "everywhere")) {
        end_sign_in(rq, t, now);
        return;
    }
    db_param_int4(&p, t->user_id);
    db_param_timestamp(&p, now);
    request_query(rq, &ACCOUNT_REVOKE, &p, on_signed_out);
}

/* ---- a new password ---- */

/* No row: the hash is not what was read any more, perhaps in a new form only. */
static void on_changed(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        respond_error(rq, ERROR_UNAVAILABLE);
    else
        renew(rq, db_int(r, 0, ACCOUNT_CHANGE_PASSWORD_TOKENS_FROM), true);
}

static void on_hashed(struct request *rq, const char *hash)
{
    const char *old = request_data(rq);
    char sign_in[TOKEN_SIGN_IN_MAX];
    struct db_params p = { 0 };
    token_put_sign_in(request_caller(rq)->token.sign_in, sign_in);
    db_param_int4(&p, request_caller(rq)->user_id);
    db_param_text(&p, text_of(old));
    db_param_text(&p, text_of(hash));
    db_param_timestamp(&p, worker_wall(request_worker(rq)));
    db_param_text(&p, text_of(sign_in));
    request_query(rq, &ACCOUNT_CHANGE_PASSWORD, &p, on_changed);
}

/* Who has no password, as those who come by Google, is told that it is wrong. */
static void on_account(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    struct signing_account account = {
        .key = r->rows ? db_text(r, 0, ACCOUNT_PASSWORD_OF_COUNTED_AS) : (struct text){ 0 },
        .user_id = request_caller(rq)->user_id,
        .stored = r->rows ? db_text(r, 0, ACCOUNT_PASSWORD_OF_PASSWORD_HASH) : (struct text){ 0 },
        .wrong = ERROR_OLD_PASSWORD_WRONG
    };
    const char *old = request_string(rq, account.stored.p ? account.stored : TEXT(""));
    if (!old) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    request_set_data(rq, (void *)(uintptr_t)old);
    signing_replace(rq, &account, on_hashed);
}

static void change_password(struct request *rq)
{
    struct db_params p = { 0 };
    if (!token_of(rq))
        return;
    db_param_int4(&p, request_caller(rq)->user_id);
    request_query(rq, &ACCOUNT_PASSWORD_OF, &p, on_account);
}

/* ---- the tables ---- */

static const struct field sign_out_query[] = {
    { "everywhere", FIELD_BOOL, .def = "false", .about = "all tokens of the person, on every device" },
    {},
};
static const struct field password_body[] = {
    { "old_password", FIELD_TEXT, .required = true, .password = true, .min = 1, .max = 4096 },
    { "new_password", FIELD_TEXT, .required = true, .password = true, .min = 6, .max = 1024 },
    {},
};

#define NEW_TOKEN                                                                                                      \
    "{\"access_token\":\"eyJhbGciOiJIUzI1NiJ9.e30.signature\",\"token_type\":\"bearer\",\"expires_in\":604800,"        \
    "\"expires_at\":\"2026-02-24T16:24:20\"}"

const struct endpoint token_endpoints[] = {
    { POST, "/auth/refresh", KNOWN, .handle = refresh, .summary = "Get a new token for one that is good",
      .about =
          "It lives as long as the old one did, from now on, and is of the same sign-in. Streams of that sign-in go on "
          "with it. A sign-in can be renewed for a number of days (token-max-days).",
      .gives = NEW_TOKEN, .refusals = REFUSALS(ERROR_SIGN_IN_TOO_OLD) },
    { POST, "/auth/logout", KNOWN, .handle = sign_out, .query = sign_out_query, .summary = "Sign out",
      .about = "No token of this sign-in counts any more, renewed ones neither, and its streams end.",
      .gives = "{\"ok\":true,\"message\":\"Signed out\"}" },
    {},
};

const struct endpoint password_endpoints[] = {
    { POST, "/auth/password", KNOWN, .handle = change_password, .body_kind = BODY_JSON, .body = password_body,
      .summary = "Change the password",
      .about =
          "All other tokens of the person end. The answer has a new one, with which the streams of this sign-in go on.",
      .example = "{\"old_password\":\"pass123\",\"new_password\":\"a better one\"}", .gives = NEW_TOKEN,
      .refusals = REFUSALS(ERROR_OLD_PASSWORD_WRONG, ERROR_TOO_MANY_ATTEMPTS) },
    {},
};
