/* The classroom's area: its tables, and what its files share. Worker's thread. */
#pragma once

#include "proto/classroom.h"
#include "transport/api/api.h"

extern const struct area classroom_area;

/* Its further tables. */
extern const struct endpoint audio_endpoints[];
extern const struct endpoint playback_endpoints[];
extern const struct endpoint reports_endpoints[];
extern const struct endpoint notify_endpoints[];

/* For struct area.identify: by token; in legacy mode the bare query parameter user_id counts too (classroom contract,
 * section 1.1). */
enum identified classroom_identify(struct request *rq, enum error *ret_why);

/* For struct endpoint.open: in legacy mode whatever the classroom's contract asks no identity for. */
bool classroom_open(struct request *rq);

/* Endpoint handler and its `open`: the bytes of an audio file (audio_stream.c). */
void audio_stream(struct request *rq);
bool audio_open(struct request *rq);

/* Opens a classroom's stream. Its legacy form answers 422 when user_id is missing (classroom contract, section 9.1),
 * others 400. */
void classroom_stream(struct request *rq);

/* A command to a classroom in the name of the caller; and sending it to the session of the path, whose answer becomes
 * the request's. */
struct room_command classroom_command(struct request *rq, uint16_t op);
void classroom_ask(struct request *rq, const struct room_command *cmd);
