/* Who is calling practice: by the token of a session, or by the header that the web client composes of what it was told
 * at its login, which counts only while the very account is signed in (practice contract, section 3). Everything that is
 * then known comes from the session's and the account's row. */
#include "actors/databases.h"
#include "proto/base/utf8.h"
#include "proto/config/config_live.h"
#include "proto/field.h"
#include "store/statements.h"
#include "transport/api/practice/practice.h"

static void take_over(struct request *rq, const struct db_result *r)
{
    struct caller *c = request_caller(rq);
    struct text role = db_text(r, 0, PRACTICE_CALLER_ROLE);
    c->session = db_int(r, 0, PRACTICE_CALLER_SESSION);
    c->account = (int32_t)db_int(r, 0, PRACTICE_CALLER_ACCOUNT);
    c->user_id = (int32_t)db_int(r, 0, PRACTICE_CALLER_PERSON);
    c->name = request_keep(rq, db_text(r, 0, PRACTICE_CALLER_NAME));
    for (const struct area_role *known = practice_area.roles; known->word; known++)
        if (text_is(role, known->word)) {
            c->role = text_of(known->word);
            c->rank = known->rank;
        }
}

static void on_session(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    enum error why = r->status != DB_OK ? ERROR_UNAVAILABLE : r->rows ? ERROR_OK : ERROR_INVALID_SESSION;
    if (!why) {
        take_over(rq, r);
        why = request_caller(rq)->name.p ? ERROR_OK : ERROR_OVERLOADED;
    }
    request_identified(rq, why);
}

static bool ask(struct request *rq, struct text token_hash)
{
    struct db_params p = { 0 };
    db_param_text(&p, token_hash);
    db_param_float8(&p, config_here()->practice_session_minutes);
    return db_query(db_reading(request_worker(rq)), &PRACTICE_CALLER, &p, on_session, rq);
}

/* Of the account that a header names. */
static void on_newest(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    if (r->status != DB_OK)
        request_identified(rq, ERROR_UNAVAILABLE);
    else if (!r->rows)
        request_identified(rq, ERROR_INVALID_SESSION);
    else if (!ask(rq, db_text(r, 0, PRACTICE_NEWEST_SESSION_TOKEN_HASH)))
        request_identified(rq, ERROR_OVERLOADED);
}

/* Takes what stands before the next bar off *t. */
static struct text part_of(struct text *t)
{
    const char *bar = memchr(t->p, '|', t->n);
    struct text part = { t->p, bar ? (size_t)(bar - t->p) : t->n };
    *t = bar ? (struct text){ bar + 1, t->n - part.n - 1 } : (struct text){ t->p + t->n, 0 };
    return part;
}

/* ROLE|ID|EMAIL. What is no such thing names nobody. */
static enum identified by_parts(struct request *rq, struct text parts, enum error *ret_why)
{
    static const struct field number = { "id", FIELD_ID }, address = { "email", FIELD_TEXT, .min = 1, .max = 254 };
    struct value id, email;
    struct text role = part_of(&parts), digits = part_of(&parts);
    bool known = text_is(role, "student") || text_is(role, "teacher");
    *ret_why = ERROR_INVALID_SESSION;
    if (!config_here()->legacy_session_header || !known || field_check_text(&number, digits, &id) ||
        field_check_text(&address, parts, &email))
        return IDENTIFY_REFUSED;
    struct db_params p = { 0 };
    db_param_text(&p, role);
    db_param_int4(&p, (int32_t)id.integer);
    db_param_text(&p, parts);
    *ret_why = ERROR_OVERLOADED;
    return db_query(db_reading(request_worker(rq)), &PRACTICE_NEWEST_SESSION, &p, on_newest, rq) ? IDENTIFY_LATER
                                                                                                 : IDENTIFY_REFUSED;
}

static enum identified by_token(struct request *rq, struct text token, enum error *ret_why)
{
    char hash[DIGEST_MAX];
    *ret_why = ERROR_OVERLOADED;
    return digest_put(token, hash) && ask(rq, text_of(hash)) ? IDENTIFY_LATER : IDENTIFY_REFUSED;
}

enum identified practice_identify_by(struct request *rq, struct text credential, enum error *ret_why)
{
    return memchr(credential.p, '|', credential.n) ? by_parts(rq, credential, ret_why)
                                                   : by_token(rq, credential, ret_why);
}

enum identified practice_identify(struct request *rq, enum error *ret_why)
{
    struct text token = api_bearer(rq), session = request_header(rq, "x-session-id");
    if (token.n)
        return by_token(rq, token, ret_why);
    if (session.n)
        return practice_identify_by(rq, session, ret_why);
    if (request_endpoint(rq)->socket && (token = request_query_last(rq, "token")).n)
        return practice_identify_by(rq, token, ret_why);
    *ret_why = ERROR_NOT_AUTHENTICATED;
    return IDENTIFY_REFUSED;
}
