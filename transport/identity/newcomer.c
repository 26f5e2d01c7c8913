/* Newcomer: see newcomer.h. */
#include "transport/identity/newcomer.h"

#include "transport/identity/identity.h"
#include "transport/identity/signing.h"

/* In the request's memory. */
struct newcomer {
    const struct newcomer_kind *kind;
    int32_t person; /* 0: a new one */
    const char *hash;
    bool again;
};

static void insert(struct request *rq);

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
        n->kind->made(rq, r);
    }
}

static void insert(struct request *rq)
{
    const struct newcomer *n = request_data(rq);
    struct db_params p = { 0 };
    if (n->person)
        db_param_int4(&p, n->person);
    else
        db_param_null(&p);
    db_param_text(&p, request_text(rq, "email"));
    db_param_text(&p, request_text(rq, n->kind->name));
    db_param_text(&p, text_of(n->hash));
    if (!n->kind->bind || n->kind->bind(rq, &p))
        request_query(rq, n->kind->make, &p, on_inserted);
}

static void on_hashed(struct request *rq, const char *hash)
{
    struct newcomer *n = request_data(rq);
    n->hash = hash;
    insert(rq);
}

static void on_person(struct request *rq, int32_t user_id)
{
    struct newcomer *n = request_data(rq);
    n->person = user_id;
    signing_hash(rq, on_hashed);
}

void newcomer_begin(struct request *rq, const struct newcomer_kind *kind)
{
    struct newcomer *n = request_alloc(rq, sizeof *n);
    if (!n) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    n->kind = kind;
    request_set_data(rq, n);
    identity_person(rq, on_person);
}
