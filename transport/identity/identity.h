/* Identity: who is calling, by Bearer token (design, section 8). Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* The token of the Authorization header; absent if that has none of the scheme Bearer. */
struct text api_bearer(const struct request *rq);

/* The same, or where the area takes it from the query, and there is no such header, from there. */
struct text api_token(struct request *rq);

/* Who is calling, by token. For struct area.identify. */
enum identified api_identify(struct request *rq, enum error *ret_why);

/* The person whom a token names that came with a request for which nobody is asked: calls done once, now or later, with
 * 0 where there is no token, or it does not count. */
void identity_person(struct request *rq, void (*done)(struct request *rq, int32_t user_id));

/* The part of a worker: people, tokens, passwords, who may try. */
extern const struct part identity_part;

/* ---- for areas with a way of their own ---- */

/* Does the token name a person? If not, *ret_why says why. */
bool identity_read_token(struct request *rq, struct text token, struct token *ret, enum error *ret_why);

/* Fills in the caller, now or when the database has answered. The token waits in the caller until it is known whether it
 * counts; NULL: a bare user_id. */
enum identified identity_look_up(struct request *rq, int32_t user_id, const struct token *token, enum error *ret_why);
