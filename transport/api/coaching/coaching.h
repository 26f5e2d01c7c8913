/* The coaching area, and its tables, each of a file of this folder. Worker's thread. */
#pragma once

#include "transport/api/api.h"

extern const struct area coaching_area;

enum {
    COACHING_ID_MOST = 65536
}; /* of an id that is sent, code points: longer ones are refused, odd ones name nothing */

/* For documents. */
#define COACHING_ID    "5a1e0d5c-1c1b-4b0e-9c64-5d3b7f0a9d11"
#define COACHING_STAMP "\"2026-11-21T02:05:29.558986Z\""

extern const struct endpoint coaching_account_endpoints[];      /* accounts.c */
extern const struct endpoint coaching_user_endpoints[];         /* users.c */
extern const struct endpoint coaching_relationship_endpoints[]; /* relationships.c */
extern const struct endpoint coaching_session_endpoints[];      /* sessions.c */
extern const struct endpoint coaching_invite_endpoints[];       /* invites.c */
extern const struct endpoint coaching_poke_list_endpoints[];    /* notifications.c */
extern const struct endpoint coaching_notification_endpoints[]; /* notifications.c */
extern const struct endpoint coaching_room_endpoints[];         /* rooms.c: what is asked of rooms, and sockets */
extern const struct endpoint coaching_voice_endpoints[];        /* voice.c */

/* ---- who is calling (identify.c) ---- */

/* By an access token of this area (coaching contract, section 1). For struct area.identify: fills in user_id, the person;
 * statements find the account by that. Who wants a socket may have the token in the query. */
enum identified coaching_identify(struct request *rq, enum error *ret_why);
