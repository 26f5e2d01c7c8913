/* Output: what is to be sent on a wire. Worker's thread only. */
#pragma once

#include "transport/wire/wire.h"

/* Where to append what is to be sent next; output_done sends it: with the rest if the wire is gathering, else at once.
 * What the socket does not take is kept. False: the wire has been closed. */
struct buf *output_buf(struct wire *w);
bool output_done(struct wire *w);
/* Sends what has been gathered. False: the wire has been closed. */
bool output_flush(struct wire *w);
/* The same when more will be sent in this very turn by other means: the kernel may wait for it with the packet. */
bool output_flush_more(struct wire *w);
/* Begins gathering. False: somebody gathers already; else output_uncork sends and ends it. */
bool output_cork(struct wire *w);
void output_uncork(struct wire *w);
/* Sends a chunk; keeps a reference to what the socket does not take. False: the wire has been closed. */
bool output_chunk(struct wire *w, struct chunk *chunk);
/* The socket has taken so many bytes. */
void output_count(struct wire *w, uint64_t n);

enum output_sent { OUTPUT_SENT, OUTPUT_BEHIND, OUTPUT_CUT };
/* The same for a user that does not wait for its peer, and lets it be so many bytes behind. OUTPUT_CUT: it would be
 * further, the wire has been cut and `closed` called; or it is its user's no more. The caller keeps its reference. */
enum output_sent output_push(struct wire *w, struct chunk *chunk, size_t behind_most);
/* May so many bytes more wait for a peer that may be so far behind? One that is not behind may be sent anything. */
bool output_has_room(const struct wire *w, size_t n, size_t behind_most);
/* Its user ends it because it is behind: counted with those that output_push cuts. */
void output_count_slow(struct wire *w);
/* Sends what is left and `last` (may be NULL), then closes for this reason. */
void output_end(struct wire *w, struct chunk *last, enum close_reason why);

/* Bytes that the socket has not taken. */
size_t output_backlog(const struct wire *w);
/* Bytes of memory behind it: a chunk that several hold counts in parts. Judged by a few of its chunks. */
uint64_t output_memory(const struct wire *w);
/* True if the peer has acknowledged something since the last call, or there is no backlog. */
bool output_progress(struct wire *w);
/* Bytes that the socket has taken and the peer not acknowledged. A socket takes megabytes ahead, so only these tell
 * whether a slow peer is alive. */
uint64_t output_unacknowledged(const struct wire *w);
void output_free(struct wire *w);
