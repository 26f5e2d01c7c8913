/* Api: what the product areas share: identification, and the list of areas. Worker's thread. */
#pragma once

#include "proto/room.h"
#include "transport/http/request.h"

/* All areas in the order in which they claim unprefixed paths; NULL-ended. */
extern const struct area *const api_areas[];

extern const struct area classroom_area;
extern const struct area courses_area;
extern const struct area service_area;
extern const struct area attendance_area;

extern const struct part api_part;     /* the listener */
extern const struct part courses_part; /* courses/import.c */

/* Answers {"status": …, "service": name} when the database has been asked. */
void api_service_health(struct request *rq, const char *name);

/* Appends "services": the health of each service of the area (NULL: of all areas). */
struct json;
void api_put_services(struct json *j, const struct area *area, bool alive);

/* Who is calling, by Bearer token (design, section 8). For struct area.identify. */
enum identified api_identify(struct request *rq, enum error *ret_why);

/* The same for the classroom: in legacy mode the bare query parameter user_id counts too (classroom contract, section
 * 1.1). */
enum identified classroom_identify(struct request *rq, enum error *ret_why);

/* Endpoint handler and its `open`: the bytes of an audio file (api/audio_stream.c). */
void audio_stream(struct request *rq);
bool audio_open(struct request *rq);

/* For struct endpoint.open: in legacy mode whatever the classroom's contract asks no identity for. */
bool classroom_open(struct request *rq);

/* Opens a classroom's stream. Its legacy form answers 422 when user_id is missing (classroom contract, section 9.1),
 * others 400. */
void classroom_stream(struct request *rq);

/* The classroom's further tables. */
extern const struct endpoint audio_endpoints[]; /* api/audio.c */
extern const struct endpoint playback_endpoints[];
extern const struct endpoint reports_endpoints[];
extern const struct endpoint notify_endpoints[];

/* A command to a classroom in the name of the caller; and sending it to the session of the path, whose answer becomes
 * the request's. */
struct room_command classroom_command(struct request *rq, enum room_op op);
void classroom_ask(struct request *rq, const struct room_command *cmd);

/* The token of an Authorization header, perhaps empty; absent without one of the Bearer scheme. */
struct text api_bearer(const struct request *rq);

/* The token that names the caller, where the request's area takes one; absent if there is none. */
struct text api_token(struct request *rq);

/* What the server counts, for a monitor (api/metrics.c): part of the service area. */
extern const struct endpoint metrics_endpoints[];

/* The pages for people and their files (api/pages.c): part of the service area. */
extern const struct endpoint pages_endpoints[];

/* Their handlers: the page of the endpoint's path, and the file that its parameter `file` names. */
void pages_page(struct request *rq);
void pages_asset(struct request *rq);

/* Signing out and renewing a token, for every area with tokens; changing the password, for those with passwords
 * (api/tokens.c). */
extern const struct endpoint token_endpoints[];
extern const struct endpoint password_endpoints[];

/* Endpoint handlers of sign-up and sign-in (api/account.c). */
void account_register(struct request *rq);
void account_login(struct request *rq);

/* Endpoint handler of sign-in with Google (api/google.c). */
void google_sign_in(struct request *rq);
