/* Streams: who listens to rooms from this worker, grouped in channels, one per room and spelling that has listeners here.
 * Own thread only. An event is spelt once per worker, spelling and turn, into a chunk that all streams of the channel
 * send; nothing is sent before the end of the turn, so events of one turn share a send (design, section 7). What is said
 * on a wire is the spelling's: server-sent events (transport/sse/), WebSockets (transport/ws/).
 *
 * Limits: a stream may be behind by sse-backlog bytes, live or while it catches up; over it the stream
 * is cut.
 */
#pragma once

#include "actors/part.h"
#include "proto/room.h"
#include "transport/asks.h"
#include "transport/http/request.h"
#include "transport/streams/measures.h"

struct spelling;
struct streams;

extern const struct part streams_part;

/* Needs the worker's databases. NULL without memory. */
struct streams *streams_create(struct worker *w);
void streams_destroy(struct streams *s); /* after its streams have ended */

/* Asks a room to let in a stream for the caller of the request, from where its client was (last_id.h); or answers the
 * request. `joined` calls streams_joined, with its spelling. */
void streams_ask(struct request *rq, struct address room, asks_done *joined);
/* Opens it, or answers the request. */
void streams_joined(struct request *rq, const struct spelling *sp, enum error why, struct message *answer);

/* Opens one of no room: it is told only what is said to it alone (stream_say). Answers the request in every case. */
void streams_open_alone(struct request *rq, const struct spelling *sp);

/* From the ingress. */
void streams_deliver(struct streams *s, const struct room_deliver *d);
void streams_cut(struct streams *s, struct room_key room); /* kind 0: every stream of this worker */

/* The room let a stream in that nobody waits for any more: tells it so. */
void streams_abandon(struct streams *s, const struct room_joined *j);

/* Tokens. A stream opened with one ends when it does, and is told so token-notice before: `token_expiring`; its last
 * event is `token_ended`. One that was opened by a bare user_id goes on. */

/* Tokens of this person may count no more (people.h, which has forgotten them, knows): ends the streams of those. */
void streams_judge(struct streams *s, int32_t user_id);

/* Streams of the token's sign-in go on until this one ends. */
void streams_renew(struct streams *s, const struct token *token);

/* Ends all streams of a person, those without a token too; they may come back if they can. */
void streams_end_of(struct streams *s, int32_t user_id);

/* Changes to people may have been missed: asks the database which, and judges those. */
void streams_missed(struct streams *s);

/* Ends all streams, spread over `ns`, each told to come back after a time of its own. Rooms are not told: people count
 * as present until the next start has given them time to come back. */
void streams_drain(struct streams *s, uint64_t ns);

/* Out of service: new streams are refused, and those that are there are told to come back, `batch` of them every `ns`,
 * the first after `first_ns`; their rooms are told that they have left. streams_take_back ends that. */
void streams_set_aside(struct streams *s, uint32_t batch, uint64_t first_ns, uint64_t ns);
void streams_take_back(struct streams *s);

uint32_t streams_count(const struct streams *s);

/* Bytes that streams and channels hold, their connections left out. Looks at every stream. */
uint64_t streams_memory(const struct streams *s);

const struct streams_measures *streams_measures(const struct streams *s);
