/* Accounts of coaching: signing up, signing in, new tokens for old ones (coaching contract, section 3). An account is one of a
 * new person, or of the one whom a token of another area names that came along. */
#include "proto/base/log.h"
#include "proto/identity/digest.h"
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"
#include "transport/api/coaching/token.h"
#include "transport/budgets/budgets.h"
#include "transport/identity/newcomer.h"
#include "transport/identity/signing.h"

enum { TOKEN_MOST = 1 << 20 };

static void give_tokens(struct request *rq, const char *user)
{
    struct buf body = { 0 };
    if (user && coaching_tokens_put(&body, user))
        respond_built(rq, 200, &body);
    else
        respond_error(rq, ERROR_OVERLOADED);
}

/* ---- signing up ---- */

static void on_made(struct request *rq, const struct db_result *r)
{
    int status = (int)db_int(r, 0, COACHING_SIGN_UP_STATUS);
    if (status != 200) {
        respond_json(rq, status, db_text(r, 0, COACHING_SIGN_UP_BODY));
        return;
    }
    if (request_has(rq, "invite_token") && !db_bool(r, 0, COACHING_SIGN_UP_JOINED))
        log_info("an invitation did not count at a sign-up to coaching");
    give_tokens(rq, request_string(rq, db_text(r, 0, COACHING_SIGN_UP_ACCOUNT)));
}

static bool bind_invitation(struct request *rq, struct db_params *p)
{
    char digest[DIGEST_MAX];
    bool invited = request_has(rq, "invite_token");
    bool made = invited && digest_put(request_text(rq, "invite_token"), digest);
    struct text kept = made ? request_keep(rq, text_of(digest)) : (struct text){ 0 };
    if (invited && !kept.p) {
        respond_error(rq, ERROR_OVERLOADED);
        return false;
    }
    db_param_text(p, kept);
    return true;
}

static void sign_up(struct request *rq)
{
    static const struct newcomer_kind kind = { &COACHING_SIGN_UP, "display_name", bind_invitation, on_made };
    newcomer_begin(rq, &kind);
}

/* ---- signing in ---- */

/* In the request's memory. */
struct entrant {
    const char *id;
    bool active;
};

static void enter(struct request *rq)
{
    const struct entrant *e = request_data(rq);
    if (e->active)
        give_tokens(rq, e->id);
    else
        respond_error(rq, ERROR_ACCOUNT_INACTIVE);
}

/* By which failures are counted: the address, however it is spelled. Whether it is somebody's makes no difference, or the
 * limit would tell who is here. */
static struct text key_of(struct request *rq, struct text known)
{
    struct buf key = { 0 };
    buf_puts(&key, "coaching:");
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
    bool there = !db_null(r, 0, COACHING_BY_EMAIL_ACCOUNT);
    if (there)
        *e = (struct entrant){ request_string(rq, db_text(r, 0, COACHING_BY_EMAIL_ACCOUNT)),
                               db_bool(r, 0, COACHING_BY_EMAIL_IS_ACTIVE) };
    struct signing_account account = { .key = key_of(rq, db_text(r, 0, COACHING_BY_EMAIL_KNOWN)),
                                       .wrong = ERROR_INCORRECT_EMAIL_OR_PASSWORD,
                                       .renew = &COACHING_RENEW_HASH };
    if (there) {
        account.user_id = (int32_t)db_int(r, 0, COACHING_BY_EMAIL_PERSON);
        account.stored = db_text(r, 0, COACHING_BY_EMAIL_PASSWORD_HASH);
    }
    if ((there && !e->id) || !account.key.p)
        respond_error(rq, ERROR_OVERLOADED);
    else
        signing_compare(rq, &account, enter);
}

static void sign_in(struct request *rq)
{
    struct entrant *e = request_alloc(rq, sizeof *e);
    struct db_params p = { 0 };
    if (!e) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    request_set_data(rq, e);
    db_param_text(&p, request_text(rq, "email"));
    request_query(rq, &COACHING_BY_EMAIL, &p, on_account);
}

/* ---- new tokens for old ones ---- */

/* Clients that are told 401 here ask again at once, without end; 429 has them show their form. A token that is bad stays
 * so: good ones are not counted. */
static void refuse_refresh(struct request *rq)
{
    struct payer who = payer_digest(request_text(rq, "refresh_token"), request_peer(rq));
    uint64_t wait = budget_spend(request_worker(rq), BUDGET_REFRESH_GUESSES, who, 1);
    if (wait)
        respond_later(rq, ERROR_TOO_MANY_REFRESHES, wait);
    else
        respond_error(rq, ERROR_REFRESH_TOKEN_INVALID);
}

static void on_refreshed(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK)
        respond_db(rq, r);
    else if (!r->rows)
        refuse_refresh(rq);
    else
        give_tokens(rq, request_string(rq, db_text(r, 0, COACHING_ACTIVE_ACCOUNT)));
}

static void refresh(struct request *rq)
{
    char user[COACHING_USER_MAX];
    struct db_params p = { 0 };
    if (!coaching_token_read(request_text(rq, "refresh_token"), COACHING_REFRESH,
                             worker_wall(request_worker(rq)) / 1000000, user)) {
        refuse_refresh(rq);
        return;
    }
    db_param_text(&p, text_of(user));
    request_query(rq, &COACHING_ACTIVE, &p, on_refreshed);
}

/* ---- the table ---- */

#define ADDRESS                                                                                                        \
    {                                                                                                                  \
        "email", FIELD_EMAIL, .required = true, .mailbox = true, .min = 1, .max = 254                                  \
    }

static const struct field sign_up_body[] = {
    ADDRESS,
    { "password", FIELD_TEXT, .required = true, .password = true, .min = 1, .max = 1024 },
    { "display_name", FIELD_TEXT, .nullable = true, .max = 1000 },
    { "invite_token", FIELD_TEXT, .nullable = true, .max = TOKEN_MOST,
      .about = "of an invitation's link; one that does not count is ignored" },
    {},
};
static const struct field sign_in_body[] = {
    ADDRESS,
    { "password", FIELD_TEXT, .required = true, .password = true, .max = 4096 },
    {},
};
static const struct field refresh_body[] = { { "refresh_token", FIELD_TEXT, .required = true, .max = TOKEN_MOST }, {} };

#define TOKENS "{\"access_token\":\"eyJ…\",\"refresh_token\":\"eyJ…\"}"

const struct endpoint coaching_account_endpoints[] = {
    { POST, "/v1/auth/signup", ANYONE, .handle = sign_up, .body_kind = BODY_JSON, .body = sign_up_body,
      .faults_as_text = true, .summary = "Sign up",
      .about = "With a bearer token of another area the account is that person's, else a new person's.",
      .example = "{\"email\":\"ada@example.org\",\"password\":\"pass123\",\"display_name\":\"Ada\"}", .gives = TOKENS,
      .refusals = REFUSALS(ERROR_EMAIL_TAKEN, ERROR_ACCOUNT_EXISTS) },
    { POST, "/v1/auth/login", ANYONE, .handle = sign_in, .body_kind = BODY_JSON, .body = sign_in_body,
      .faults_as_text = true, .summary = "Sign in",
      .example = "{\"email\":\"ada@example.org\",\"password\":\"pass123\"}", .gives = TOKENS,
      .refusals = REFUSALS(ERROR_INCORRECT_EMAIL_OR_PASSWORD, ERROR_ACCOUNT_INACTIVE, ERROR_TOO_MANY_ATTEMPTS) },
    { POST, "/v1/auth/refresh", ANYONE, .handle = refresh, .body_kind = BODY_JSON, .body = refresh_body,
      .summary = "Get new tokens for a refresh token",
      .about = "The old one counts until it ends. After three bad tries of an address and token in a minute: 429.",
      .example = "{\"refresh_token\":\"eyJ…\"}", .gives = TOKENS,
      .refusals = REFUSALS(ERROR_REFRESH_TOKEN_INVALID, ERROR_TOO_MANY_REFRESHES) },
    {},
};
