/* Identity: a token says by `user_id` who somebody is, in every area, and its `sub` must be a name of that person; what
 * the person may do in this area is read from their row. */
#include "transport/identity/identity.h"

#include "transport/people/people.h"
#include "transport/transport.h"

#include <strings.h>

struct text api_bearer(const struct request *rq)
{
    static const char scheme[] = "bearer";
    struct text h = request_header(rq, "authorization");
    bool named = h.p && h.n >= sizeof scheme - 1 && !strncasecmp(h.p, scheme, sizeof scheme - 1);
    if (!named || (h.n > sizeof scheme - 1 && h.p[sizeof scheme - 1] != ' '))
        return (struct text){ 0 };
    h.p += sizeof scheme - 1;
    h.n -= sizeof scheme - 1;
    while (h.n && *h.p == ' ') {
        h.p++;
        h.n--;
    }
    return h;
}

/* The area's word for somebody who is no more. */
static enum error nobody(const struct request *rq, enum error why)
{
    return why == ERROR_USER_NOT_FOUND ? request_area(rq)->says.no_person ?: why : why;
}

/* What a token says beside the number must be true of the person; a bare user_id says no more. */
static bool is_called(const struct caller *who, uint64_t subject)
{
    bool called = !subject;
    for (int i = 0; i < PERSON_NAMES; i++)
        called |= who->names[i] == subject;
    return called;
}

/* Takes over who was found. A token that has been revoked names nobody, nor does one of two minds. */
static enum error take_over(struct request *rq, const struct caller *who)
{
    struct caller *c = request_caller(rq);
    struct token token = c->token;
    *c = *who;
    c->token = token;
    c->name = request_keep(rq, who->name);
    c->ended = (struct text){ 0 }; /* was borrowed */
    if (!people_count(who, &token) || !is_called(who, token.subject))
        return request_area(rq)->says.bad_token ?: ERROR_INVALID_TOKEN;
    return c->name.p ? ERROR_OK : ERROR_OVERLOADED;
}

static void on_person(void *arg, enum error why, const struct caller *who)
{
    struct request *rq = arg;
    if (!why)
        why = take_over(rq, who);
    request_identified(rq, nobody(rq, why));
}

enum identified identity_look_up(struct request *rq, int32_t user_id, const struct token *token, enum error *ret_why)
{
    struct people *people = transport_of(request_worker(rq))->people;
    const struct area *area = request_area(rq);
    struct caller who;
    request_caller(rq)->token = token ? *token : (struct token){ 0 };
    if (people_find(people, user_id, area, &who)) {
        *ret_why = take_over(rq, &who);
        return *ret_why ? IDENTIFY_REFUSED : IDENTIFIED;
    }
    if (people_load(people, user_id, area, on_person, rq))
        return IDENTIFY_LATER;
    *ret_why = ERROR_OVERLOADED;
    return IDENTIFY_REFUSED;
}

bool identity_read_token(struct request *rq, struct text token, struct token *ret, enum error *ret_why)
{
    struct worker *w = request_worker(rq);
    *ret_why = request_area(rq)->says.bad_token ?: ERROR_INVALID_TOKEN;
    return token_cache_verify(transport_of(w)->tokens, token, worker_wall(w) / 1000000, ret);
}

/* ---- of who need not be known ---- */

struct asked {
    struct request *rq;
    struct token token;
    void (*done)(struct request *rq, int32_t user_id);
};

static void on_asked(void *arg, enum error why, const struct caller *who)
{
    const struct asked *a = arg;
    bool counts = !why && people_count(who, &a->token) && is_called(who, a->token.subject);
    a->done(a->rq, counts ? a->token.user_id : 0);
}

void identity_person(struct request *rq, void (*done)(struct request *rq, int32_t user_id))
{
    struct people *people = transport_of(request_worker(rq))->people;
    struct asked *a = request_alloc(rq, sizeof *a);
    struct caller who;
    enum error why;
    if (!a) {
        respond_error(rq, ERROR_OVERLOADED);
        return;
    }
    *a = (struct asked){ .rq = rq, .done = done };
    struct text text = api_bearer(rq);
    if (!text.p || !identity_read_token(rq, text, &a->token, &why))
        done(rq, 0);
    else if (people_find(people, a->token.user_id, NULL, &who))
        on_asked(a, ERROR_OK, &who);
    else if (!people_load(people, a->token.user_id, NULL, on_asked, a))
        respond_error(rq, ERROR_OVERLOADED);
}

struct text api_token(struct request *rq)
{
    /* what opens sockets in browsers can send no header */
    bool in_query = request_area(rq)->token_in_query || request_endpoint(rq)->socket;
    if (in_query && !request_header(rq, "authorization").p)
        return request_query_last(rq, "token");
    return api_bearer(rq);
}

enum identified api_identify(struct request *rq, enum error *ret_why)
{
    struct text text = api_token(rq);
    struct token token;
    *ret_why = request_area(rq)->says.no_token ?: ERROR_NOT_AUTHENTICATED;
    if (!text.p || !identity_read_token(rq, text, &token, ret_why))
        return IDENTIFY_REFUSED;
    return identity_look_up(rq, token.user_id, &token, ret_why);
}
