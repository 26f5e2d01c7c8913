/* Who is calling coaching: whom a token names, and whether that account is one still. Nothing of it is kept, so an account
 * that has been closed is out with its next request. */
#include "actors/databases.h"
#include "store/statements.h"
#include "transport/api/coaching/coaching.h"
#include "transport/api/coaching/token.h"

static void take_over(struct request *rq, const struct db_result *r)
{
    struct caller *c = request_caller(rq);
    c->user_id = (int32_t)db_int(r, 0, COACHING_CALLER_PERSON);
    c->name = request_keep(rq, db_text(r, 0, COACHING_CALLER_NAME));
    c->role = text_of(coaching_area.roles->word);
    c->rank = coaching_area.roles->rank;
}

static void on_account(void *arg, const struct db_result *r)
{
    struct request *rq = arg;
    enum error why = r->status != DB_OK ? ERROR_UNAVAILABLE : r->rows ? ERROR_OK : ERROR_INVALID_TOKEN;
    if (!why) {
        take_over(rq, r);
        why = request_caller(rq)->name.p ? ERROR_OK : ERROR_OVERLOADED;
    }
    request_identified(rq, why);
}

enum identified coaching_identify(struct request *rq, enum error *ret_why)
{
    char user[COACHING_USER_MAX];
    struct worker *w = request_worker(rq);
    struct text token = api_token(rq);
    struct db_params p = { 0 };
    *ret_why = token.n ? ERROR_INVALID_TOKEN : ERROR_NOT_AUTHENTICATED;
    if (!token.n || !coaching_token_read(token, COACHING_ACCESS, worker_wall(w) / 1000000, user))
        return IDENTIFY_REFUSED;
    db_param_text(&p, text_of(user));
    *ret_why = ERROR_OVERLOADED;
    return db_query(db_reading(w), &COACHING_CALLER, &p, on_account, rq) ? IDENTIFY_LATER : IDENTIFY_REFUSED;
}
