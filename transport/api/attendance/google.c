/* Google: sign-in by a token of Google's (attendance contract, section 3). The token is checked first in all that it
 * says, then by its signature; only then is the database asked who that is. Tokens and addresses are never logged. */
#include "proto/base/json.h"
#include "proto/base/log.h"
#include "proto/base/utf8.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "store/statements.h"
#include "transport/api/attendance/attendance.h"
#include "transport/budgets/budgets.h"
#include "transport/identity/signing.h"
#include "transport/services/google/id_token.h"
#include "transport/services/google/keys.h"
#include "transport/transport.h"

#include <stdio.h>

/* One sign-in, in the request's memory. */
struct sign_in {
    struct keys_question question;
    struct request *rq;
    struct text token;
    struct id_token id;
};

/* ---- limit: what is refused is counted by address, apart from failed passwords ---- */

/* It was no bad one, or nobody knows. */
static void give_back(struct request *rq)
{
    budget_return(request_worker(rq), BUDGET_GOOGLE_GUESSES, payer_address(request_peer(rq)), 1);
}

/* ---- sign-in ---- */

static void refuse(struct request *rq, enum id_token_fault fault)
{
    struct buf detail = { 0 };
    log_debug("sign-in refused", F_STR("why", id_token_words(fault)));
    buf_printf(&detail, "%s: %s", error_detail(ERROR_GOOGLE_TOKEN_INVALID), id_token_words(fault));
    respond_detail(rq, ERROR_GOOGLE_TOKEN_INVALID, buf_view(&detail));
    buf_fini(&detail);
}

struct person {
    int32_t user_id;
    const char *id, *email, *name, *role;
    int64_t signed_in;
};

static void respond_token(struct request *rq, const struct person *p)
{
    const struct token_claims claims = { p->user_id,
                                         .subject = p->id,
                                         .role = p->role,
                                         .email = p->email,
                                         .seconds = config_here()->jwt_expiration_hours * 3600,
                                         .signed_in = p->signed_in };
    struct buf token = { 0 }, body = { 0 };
    body.failed = !token_make(&token, &claims);
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_text(&j, "token", buf_view(&token));
    json_begin_object(&j, "user");
    json_str(&j, "id", p->id);
    json_str(&j, "email", p->email);
    json_str(&j, "name", p->name);
    json_str(&j, "role", p->role);
    json_end_object(&j);
    json_end_object(&j);
    respond_built(rq, 200, &body);
    buf_fini(&token);
}

static void on_person(struct request *rq, const struct db_result *r)
{
    if (r->status != DB_OK || r->rows)
        give_back(rq);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!r->rows) {
        respond_error(rq, ERROR_EMAIL_NOT_ALLOWED);
        return;
    }
    const struct person p = { (int32_t)db_int(r, 0, ATTENDANCE_SIGN_IN_USER_ID),
                              request_string(rq, db_text(r, 0, ATTENDANCE_SIGN_IN_ID)),
                              request_string(rq, db_text(r, 0, ATTENDANCE_SIGN_IN_EMAIL)),
                              request_string(rq, db_text(r, 0, ATTENDANCE_SIGN_IN_NAME)),
                              request_string(rq, db_text(r, 0, ATTENDANCE_SIGN_IN_ROLE)),
                              signing_time(rq, db_int(r, 0, ATTENDANCE_SIGN_IN_TOKENS_FROM)) };
    if (p.id && p.email && p.name && p.role)
        respond_token(rq, &p);
    else
        respond_error(rq, ERROR_OVERLOADED);
}

static void on_key(struct keys_question *q, enum keys_answer answer, struct jwks_key *key)
{
    struct sign_in *s = (struct sign_in *)q;
    if (answer == KEYS_BUSY || answer == KEYS_AWAY)
        give_back(s->rq);
    if (answer == KEYS_UNKNOWN) {
        refuse(s->rq, ID_TOKEN_KEY);
    } else if (answer == KEYS_BUSY) {
        respond_error(s->rq, ERROR_OVERLOADED);
    } else if (answer == KEYS_AWAY) {
        respond_later(s->rq, ERROR_GOOGLE_UNAVAILABLE, keys_rest(google_keys(request_worker(s->rq))));
    } else if (!id_token_signed_by(s->token, key)) {
        refuse(s->rq, ID_TOKEN_SIGNATURE);
    } else {
        struct db_params p = { 0 };
        db_param_text(&p, text_of(s->id.email));
        db_param_text(&p, utf8_trim(text_of(s->id.name)));
        request_query(s->rq, &ATTENDANCE_SIGN_IN, &p, on_person);
    }
}

void google_sign_in(struct request *rq)
{
    struct worker *w = request_worker(rq);
    struct sign_in *s = *config.google_client_id ? request_alloc(rq, sizeof *s) : NULL;
    if (!s) {
        respond_error(rq, *config.google_client_id ? ERROR_OVERLOADED : ERROR_GOOGLE_NOT_CONFIGURED);
        return;
    }
    if (!request_spend(rq, BUDGET_GOOGLE_GUESSES, 1))
        return;
    s->rq = rq;
    s->token = request_text(rq, "idToken");
    enum id_token_fault fault = id_token_read(s->token, config.google_client_id, worker_wall(w) / 1000000, &s->id);
    if (fault) {
        refuse(rq, fault);
        return;
    }
    s->question = (struct keys_question){ .kid = text_of(s->id.kid), .done = on_key };
    keys_find(google_keys(w), &s->question);
}
