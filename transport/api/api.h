/* Api: what the product areas share, and the list of areas. What an area has of its own is in the header of its folder.
 * Worker's thread. */
#pragma once

#include "transport/identity/identity.h"

/* All areas in the order in which they claim unprefixed paths; NULL-ended. */
extern const struct area *const api_areas[];

extern const struct part api_part; /* the listener */

/* Answers {"status": …, "service": name} when the database has been asked. */
void api_service_health(struct request *rq, const char *name);

/* Appends "services": the health of each service of the area (NULL: of all areas). */
struct json;
void api_put_services(struct json *j, const struct area *area, bool alive);

/* Signing out and renewing a token, for every area with tokens; changing the password, for those with passwords
 * (account/tokens.c). */
extern const struct endpoint token_endpoints[];
extern const struct endpoint password_endpoints[];
