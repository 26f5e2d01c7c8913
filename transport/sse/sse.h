/* Sse: the server-sent-event streams of one worker, grouped in channels, one per room that has listeners here. Own
 * thread only. An event is copied once per worker and turn into a chunk that all streams of the channel send; nothing
 * is sent before the end of the turn, so events of one turn share a send (design, section 7).
 *
 * Limits: a stream may be behind by sse-backlog bytes, live or while it catches up; over it the stream
 * is cut.
 */
#pragma once

#include "actors/part.h"
#include "proto/room.h"
#include "transport/http/request.h"
#include "transport/sse/measures.h"

struct sse;

extern const struct part streams_part;

/* Needs the worker's databases. NULL without memory. */
struct sse *sse_create(struct worker *w);
void sse_destroy(struct sse *s); /* after its streams have ended */

/* Opens a stream of a room for the caller of the request, from where its client was (last_id.h); answers the request in
 * every case. Its endpoint is an `event_stream`. */
void sse_open(struct request *rq, struct address room);

/* From the ingress. */
void sse_deliver(struct sse *s, const struct room_deliver *d);
void sse_cut(struct sse *s, struct room_key room); /* kind NULL: every stream of this worker */

/* The room let a stream in that nobody waits for any more: tells it so. */
void sse_abandon(struct sse *s, const struct room_joined *j);

/* Tokens. A stream opened with one ends when it does, and is told so token-notice before: `token_expiring`; its last
 * event is `token_ended`. One that was opened by a bare user_id goes on. */

/* Tokens of this person may count no more (people.h, which has forgotten them, knows): ends the streams of those. */
void sse_judge(struct sse *s, int32_t user_id);

/* Streams of the token's sign-in go on until this one ends. */
void sse_renew(struct sse *s, const struct token *token);

/* Ends all streams of a person, those without a token too; they may come back if they can. */
void sse_part(struct sse *s, int32_t user_id);

/* Changes to people may have been missed: asks the database which, and judges those. */
void sse_missed(struct sse *s);

/* Ends all streams, spread over `ns`, each told to come back after a time of its own. Rooms are not told: people count
 * as present until the next start has given them time to come back. */
void sse_drain(struct sse *s, uint64_t ns);

/* Out of service: new streams are refused, and those that are there are told to come back, `batch` of them every `ns`,
 * the first after `first_ns`; their rooms are told that they have left. sse_take_back ends that. */
void sse_set_aside(struct sse *s, uint32_t batch, uint64_t first_ns, uint64_t ns);
void sse_take_back(struct sse *s);

uint32_t sse_streams(const struct sse *s);

/* Bytes that streams and channels hold, their connections left out. Looks at every stream. */
uint64_t sse_memory(const struct sse *s);

const struct sse_measures *sse_measures(const struct sse *s);
