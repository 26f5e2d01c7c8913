/* People: a direct-mapped cache in front of one statement. */
#include "transport/people/people.h"

#include "actors/databases.h"
#include "proto/base/log.h"
#include "store/statements.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t fresh_ns = UINT64_C(60) * 1000000000;

struct known {
    int32_t user_id; /* 0: free */
    uint64_t loaded;
    char *name;  /* one block with the other two */
    char *roles; /* "area:word area:word" */
    char *ended; /* sign-ins that have ended, their names one after another */
    int64_t tokens_from;
    uint64_t kept;
    uint64_t names[PERSON_NAMES];
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
    p->db = db_reading(w);
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

/* The word for the person's role in the area, among "area:word area:word"; absent if there is none. */
static struct text word_in(struct text roles, const char *area)
{
    const char *at = roles.p, *end = roles.p + roles.n;
    while (at < end) {
        const char *blank = memchr(at, ' ', (size_t)(end - at)), *stop = blank ? blank : end;
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (colon && text_is((struct text){ at, (size_t)(colon - at) }, area))
            return (struct text){ colon + 1, (size_t)(stop - colon - 1) };
        at = stop + 1;
    }
    return (struct text){ 0 };
}

/* A word that the area does not know is no role. */
static void fill(struct caller *c, int32_t user_id, struct text name, struct text roles, const struct area *area)
{
    *c = (struct caller){ .user_id = user_id, .name = name };
    struct text word = area ? word_in(roles, area->name) : (struct text){ 0 };
    for (const struct area_role *r = area ? area->roles : NULL; word.p && r && r->word; r++)
        if (text_is(word, r->word)) {
            c->rank = r->rank;
            c->role = text_of(r->word);
        }
}

bool people_find(struct people *p, int32_t user_id, const struct area *area, struct caller *ret)
{
    struct known *k = place_of(p, user_id);
    if (!user_id || k->user_id != user_id || worker_now(p->worker) - k->loaded > fresh_ns)
        return false;
    fill(ret, user_id, text_of(k->name), text_of(k->roles), area);
    ret->tokens_from = k->tokens_from;
    ret->ended = text_of(k->ended);
    ret->kept = k->kept;
    memcpy(ret->names, k->names, sizeof ret->names);
    return true;
}

/* Is the name among those? */
static bool has_ended(struct text ended, uint64_t sign_in)
{
    enum { DIGITS = TOKEN_SIGN_IN_MAX - 1 };
    char name[TOKEN_SIGN_IN_MAX];
    if (!ended.n)
        return false;
    token_put_sign_in(sign_in, name);
    for (size_t at = 0; at + DIGITS <= ended.n; at += DIGITS)
        if (!memcmp(ended.p + at, name, DIGITS))
            return true;
    return false;
}

bool people_count(const struct caller *who, const struct token *token)
{
    return !token->user_id || (token->signed_in >= who->tokens_from && !has_ended(who->ended, token->sign_in));
}

bool people_keep(const struct caller *who, const struct token *token)
{
    return people_count(who, token) ||
           (who->kept && who->kept == token->sign_in && !has_ended(who->ended, token->sign_in));
}

struct load {
    struct people *people;
    int32_t user_id;
    const struct area *area;
    uint64_t changes;
    people_done *done;
    void *arg;
};

/* Puts a text at *end, which moves behind its NUL. */
static char *add_text(char **end, struct text t)
{
    char *at = *end;
    if (t.n)
        memcpy(at, t.p, t.n);
    at[t.n] = 0;
    *end = at + t.n + 1;
    return at;
}

/* Not remembered without memory. */
static void keep(struct people *p, const struct caller *who, struct text roles)
{
    char *block = malloc(who->name.n + roles.n + who->ended.n + 3), *end = block;
    if (!block)
        return;
    struct known *k = place_of(p, who->user_id);
    forget(k);
    *k = (struct known){ .user_id = who->user_id, .loaded = worker_now(p->worker), .tokens_from = who->tokens_from };
    k->kept = who->kept;
    memcpy(k->names, who->names, sizeof k->names);
    k->name = add_text(&end, who->name);
    k->roles = add_text(&end, roles);
    k->ended = add_text(&end, who->ended);
}

static void name(struct caller *who, const struct db_result *r)
{
    char number[16];
    (void)snprintf(number, sizeof number, "%d", who->user_id);
    const struct text names[PERSON_NAMES] = { text_of(number), db_text(r, 0, ACCOUNT_BY_ID_PROFILE),
                                              db_text(r, 0, ACCOUNT_BY_ID_USER_NAME) };
    for (int i = 0; i < PERSON_NAMES; i++)
        who->names[i] = names[i].p ? text_digest(names[i]) : 0;
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
    struct text roles = db_text(r, 0, ACCOUNT_BY_ID_ROLES);
    fill(&who, load.user_id, db_text(r, 0, ACCOUNT_BY_ID_NAME), roles, load.area);
    who.tokens_from = db_int(r, 0, ACCOUNT_BY_ID_TOKENS_FROM);
    who.ended = db_text(r, 0, ACCOUNT_BY_ID_ENDED);
    (void)token_read_sign_in(db_text(r, 0, ACCOUNT_BY_ID_KEPT), &who.kept);
    name(&who, r);
    if (load.changes == load.people->changes)
        keep(load.people, &who, roles);
    load.done(load.arg, ERROR_OK, &who);
}

bool people_load(struct people *p, int32_t user_id, const struct area *area, people_done *done, void *arg)
{
    struct load *load = malloc(sizeof *load);
    if (!load)
        return false;
    *load = (struct load){ p, user_id, area, p->changes, done, arg };
    struct db_params params = { 0 };
    db_param_int4(&params, user_id);
    if (db_query(p->db, &ACCOUNT_BY_ID, &params, on_row, load))
        return true;
    free(load);
    return false;
}

uint64_t people_memory(const struct people *p, uint64_t *ret_people)
{
    uint64_t bytes = sizeof *p;
    *ret_people = 0;
    for (int i = 0; i < PEOPLE_PLACES; i++)
        if (p->places[i].user_id) {
            const struct known *k = &p->places[i];
            bytes += strlen(k->name) + strlen(k->roles) + strlen(k->ended) + 3;
            ++*ret_people;
        }
    return bytes;
}
