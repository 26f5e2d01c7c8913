/* Transfer: one call as a libcurl easy handle: what is asked, what is collected of the answer, how its end is called.
 * Private to transport/outbound; the loop's thread only. */
#pragma once

#include "proto/base/buf.h"
#include "transport/outbound/call.h"

#include <curl/curl.h>

struct transfer {
    CURL *easy;
    struct curl_slist *headers; /* sent */
    struct buf head, body;      /* of the answer */
    /* private */
    uint32_t answer_most;
    size_t taken; /* bytes of the body that are not in `body` */
    bool too_large;
    outbound_piece *piece;
    void *piece_arg;
};

/* Fills t, which is zeroed, from the request. OUTBOUND_ANSWERED when it can be sent. What was made belongs to it either
 * way. `owner` is what CURLINFO_PRIVATE gives; ca_file and proxy as in struct outbound_options. */
enum outbound_end transfer_prepare(struct transfer *t, const struct outbound_request *rq, const char *ca_file,
                                   const char *proxy, void *owner);

/* How libcurl's result is called. */
enum outbound_end transfer_end(const struct transfer *t, CURLcode code);

/* Releases what prepare and the answer took. The handle must not be in the multi any more. */
void transfer_free(struct transfer *t);
