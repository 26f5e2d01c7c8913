/* People: who a user id is and which roles that person has in all areas, from the database, kept by each worker for a
 * while. Own thread only. A change in account.users or account.roles is told by the database (NOTIFY) and forgotten at
 * once; whatever is older than a minute is asked again. Limit: PEOPLE_PLACES entries; a newer person takes an older
 * one's place. */
#pragma once

#include "actors/databases.h"
#include "proto/endpoint.h"

struct people;

enum { PEOPLE_PLACES = 16384 };

struct people *people_create(struct worker *w); /* needs the worker's databases; NULL without memory */
void people_destroy(struct people *p);          /* after the database connection has closed */

/* True and *ret filled, with role and rank in the area (NULL: none), which tokens count and what they may call the
 * person, if the person is known here; the texts are borrowed until the next call. */
bool people_find(struct people *p, int32_t user_id, const struct area *area, struct caller *ret);

/* Does a token count of this person, as people_find or people_load tell of them? A bare user_id has none to judge. */
bool people_count(const struct caller *who, const struct token *token);

/* Does a stream go on that was opened with it? As people_count; and so does one of the sign-in that has changed the
 * person's password since, which ends its tokens: whether or not anybody here has heard of its new one. */
bool people_keep(const struct caller *who, const struct token *token);

/* Asks the database. done is called later, once: ERROR_OK and who, ERROR_USER_NOT_FOUND, or ERROR_UNAVAILABLE. False:
 * refused now, done is not called. */
typedef void people_done(void *arg, enum error why, const struct caller *who);
bool people_load(struct people *p, int32_t user_id, const struct area *area, people_done *done, void *arg);

/* Forgets one person; 0: everybody (the connection was away and may have missed a change). */
void people_forget(struct people *p, int32_t user_id);

/* Bytes that it holds; *ret_people: how many are known. Looks at everybody. */
uint64_t people_memory(const struct people *p, uint64_t *ret_people);
