/* Signing up and in by name, in courses (courses contract, sections 3.1 and 3.2). */
#include "transport/identity/signing.h"
#include "proto/base/json.h"
#include "proto/config/config.h"
#include "proto/config/config_live.h"
#include "proto/identity/token.h"
#include "store/statements.h"
#include "transport/api/courses/courses.h"

enum { TOKEN_SECONDS = 24 * 3600 };

/* ---- sign-up ---- */

struct newcomer {
    const char *hash;
    bool again;
};

static void insert(struct request *rq);

/* Whoever loses a race for the name or the address asks once more, and is then told which of them is taken. */
static void on_inserted(struct request *rq, const struct db_result *r)
{
    struct newcomer *n = request_data(rq);
    bool lost = r->status == DB_REFUSED && !strcmp(r->sqlstate, "23505");
    if (lost && !n->again) {
        n->again = true;
        insert(rq);
    } else if (r->status != DB_OK) {
        respond_db(rq, r);
    } else {
        respond_json(rq, (int)db_int(r, 0, COURSES_SIGN_UP_STATUS), db_text(r, 0, COURSES_SIGN_UP_BODY));
    }
}

static void insert(struct request *rq)
{
    static const char *const fields[] = { "username", "name", "email", "role" };
    const struct newcomer *n = request_data(rq);
    struct db_params p = { 0 };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        db_param_text(&p, request_text(rq, fields[i]));
    db_param_text(&p, text_of(n->hash));
    request_query(rq, &COURSES_SIGN_UP, &p, on_inserted);
}

static void on_hashed(struct request *rq, const char *hash)
{
    struct newcomer *n = request_alloc(rq, sizeof *n);
    if (!n) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    n->hash = hash;
    request_set_data(rq, n);
    insert(rq);
}

void courses_sign_up(struct request *rq)
{
    if (text_is(request_text(rq, "role"), "admin") && !config_here()->courses_admin_signup)
        respond_error(rq, ERROR_ADMIN_SIGNUP_CLOSED);
    else
        signing_hash(rq, on_hashed);
}

/* ---- sign-in ---- */

struct entrant {
    int32_t user_id;
    const char *user_name;
    struct text person; /* as JSON */
    int64_t signed_in;
};

static void respond_token(struct request *rq)
{
    const struct entrant *e = request_data(rq);
    struct buf token = { 0 }, body = { 0 };
    struct token_claims claims = { e->user_id, .subject = e->user_name, .seconds = TOKEN_SECONDS,
                                   .signed_in = e->signed_in };
    body.failed = !token_make(&token, &claims);
    struct json j = json_into(&body);
    json_begin_object(&j, NULL);
    json_text(&j, "access_token", buf_view(&token));
    json_str(&j, "token_type", "bearer");
    json_raw(&j, "user", e->person);
    json_end_object(&j);
    respond_built(rq, 200, &body);
    buf_fini(&token);
}

static bool read_entrant(struct request *rq, const struct db_result *r, struct entrant *e)
{
    e->user_id = (int32_t)db_int(r, 0, COURSES_BY_NAME_USER_ID);
    e->user_name = request_string(rq, db_text(r, 0, COURSES_BY_NAME_USER_NAME));
    e->person = request_keep(rq, db_text(r, 0, COURSES_BY_NAME_PERSON));
    e->signed_in = signing_time(rq, db_int(r, 0, COURSES_BY_NAME_TOKENS_FROM));
    return e->user_name && e->person.p;
}

/* What failures are counted by: the same words may be a phone number elsewhere. */
static struct text key_of(struct request *rq)
{
    static const char area[] = "courses:";
    struct text name = request_text(rq, "username");
    char *p = request_alloc(rq, sizeof area - 1 + name.n);
    if (!p)
        return (struct text){ 0 };
    memcpy(mempcpy(p, area, sizeof area - 1), name.p, name.n);
    return (struct text){ p, sizeof area - 1 + name.n };
}

static void on_account(struct request *rq, const struct db_result *r)
{
    struct entrant *e = request_alloc(rq, sizeof *e);
    struct text key = key_of(rq);
    if (r->status != DB_OK) {
        respond_db(rq, r);
        return;
    }
    if (!e || !key.p || (r->rows && !read_entrant(rq, r, e))) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    struct signing_account account = { .key = key,
                                       .user_id = e->user_id,
                                       .stored =
                                           r->rows ? db_text(r, 0, COURSES_BY_NAME_PASSWORD_HASH) : (struct text){ 0 },
                                       .wrong = ERROR_INVALID_NAME_OR_PASSWORD };
    request_set_data(rq, e);
    signing_compare(rq, &account, respond_token);
}

void courses_sign_in(struct request *rq)
{
    struct db_params p = { 0 };
    db_param_text(&p, request_sent(rq, "username"));
    request_query(rq, &COURSES_BY_NAME, &p, on_account);
}
