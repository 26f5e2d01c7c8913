/* People: a direct-mapped cache in front of one statement. */
#include "transport/people.h"

#include "proto/log.h"
#include "store/statements.h"

#include <stdlib.h>

static const uint64_t fresh_ns = UINT64_C(60) * 1000000000;

struct known {
    int32_t user_id; /* 0: free */
    bool teacher;
    uint64_t loaded;
    char *name;
};

struct people {
    struct worker *worker;
    struct db *db;
    uint64_t changes; /* rises when something is forgotten: an answer asked for before then is not kept */
    struct known places[PEOPLE_PLACES];
};

struct people *people_create(struct worker *w)
{
    struct people *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->worker = w;
    p->db = worker_service(w, SERVICE_DB_READ);
    return p;
}

void people_destroy(struct people *p)
{
    if (!p)
        return;
    people_forget(p, 0);
    free(p);
}

static struct known *place_of(struct people *p, int32_t user_id)
{
    return &p->places[(uint32_t)user_id % PEOPLE_PLACES];
}

static void forget(struct known *k)
{
    free(k->name);
    *k = (struct known){ 0 };
}

void people_forget(struct people *p, int32_t user_id)
{
    p->changes++;
    if (user_id) {
        struct known *k = place_of(p, user_id);
        if (k->user_id == user_id)
            forget(k);
        return;
    }
    for (int i = 0; i < PEOPLE_PLACES; i++)
        forget(&p->places[i]);
}

static void fill(struct caller *c, int32_t user_id, bool teacher, struct text name)
{
    *c = (struct caller){ .user_id = user_id,
                          .rank = teacher ? TEACHER : STUDENT,
                          .name = name,
                          .role = teacher ? TEXT("teacher") : TEXT("student") };
}

bool people_find(struct people *p, int32_t user_id, struct caller *ret)
{
    struct known *k = place_of(p, user_id);
    if (!user_id || k->user_id != user_id || worker_now(p->worker) - k->loaded > fresh_ns)
        return false;
    fill(ret, user_id, k->teacher, text_of(k->name));
    return true;
}

struct load {
    struct people *people;
    int32_t user_id;
    uint64_t changes;
    people_done *done;
    void *arg;
};

static void keep(struct people *p, const struct caller *who)
{
    char *name = strndup(who->name.p, who->name.n);
    if (!name)
        return;
    struct known *k = place_of(p, who->user_id);
    forget(k);
    *k = (struct known){ who->user_id, who->rank == TEACHER, worker_now(p->worker), name };
}

static void on_row(void *arg, const struct db_result *r)
{
    struct load load = *(struct load *)arg;
    free(arg);
    if (r->status == DB_REFUSED)
        log_error("a person could not be read", F_STR("sqlstate", r->sqlstate));
    if (r->status != DB_OK || !r->rows) {
        load.done(load.arg, r->status == DB_OK ? ERROR_USER_NOT_FOUND : ERROR_UNAVAILABLE, NULL);
        return;
    }
    struct caller who;
    fill(&who, load.user_id, text_is(db_text(r, 0, 1), "teacher"), db_text(r, 0, 0));
    if (load.changes == load.people->changes)
        keep(load.people, &who);
    load.done(load.arg, ERROR_OK, &who);
}

bool people_load(struct people *p, int32_t user_id, people_done *done, void *arg)
{
    struct load *load = malloc(sizeof *load);
    if (!load)
        return false;
    *load = (struct load){ p, user_id, p->changes, done, arg };
    struct db_params params = { 0 };
    db_param_int4(&params, user_id);
    if (db_query(p->db, &ACCOUNT_BY_ID, &params, on_row, load))
        return true;
    free(load);
    return false;
}
