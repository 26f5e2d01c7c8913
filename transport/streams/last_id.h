/* Last id: where the client of a stream was, as it says when it comes back. Own worker's thread. */
#pragma once

#include "proto/frame.h"
#include "transport/http/request.h"

/* The header Last-Event-ID is what a browser's EventSource sends (HTML standard, "Server-sent events"). What cannot send
 * it, to another origin above all, puts the id into the query, each in its own spelling: lastEventId, lastEventID,
 * Last-Event-ID, last_event_id, evs_last_event_id. The last occurrence that is not empty counts. Of header and query
 * both, the id that is further on: some clients keep the address that a page has given them and update the header,
 * others keep the header. */
enum last_id last_id_of(struct request *rq, int32_t *ret_epoch, int64_t *ret_seq);
