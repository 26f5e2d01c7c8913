/* File: answers a GET or HEAD with a file, or the part of it that was asked for: Range, If-Range, If-None-Match,
 * If-Modified-Since; ETag, Last-Modified, Accept-Ranges (RFC 9110). Bytes go out as body.h says. Worker's thread. */
#pragma once

#include "transport/http/request.h"

/* The texts must last as long as the request: constants, or request_keep. */
struct file_answer {
    const char *path;         /* never made from what a client has sent without a check */
    const char *content_type; /* of 200 and 206 */
    const char *extra;        /* whole header lines "Name: value\r\n" (Cache-Control, Content-Disposition, ...) of 200,
                                 206 and 304; or NULL */
    enum error absent;        /* what to answer when there is no such regular file, or it cannot be read */
    const char *key;          /* under which file_respond_again finds the answer for a second; NULL: it is not kept */
};

/* Ends the handler's chain. The file is opened on the blocking pool: looking for it may wait for the disk. A full
 * queue and a shortage of memory or descriptors answer 503. The tag is strong: it is made of size and time of change
 * to the nanosecond. */
void file_respond(struct request *rq, const struct file_answer *answer);

/* The same answer as the last one under this key, if that was within a second; else false, and nothing has happened. */
bool file_respond_again(struct request *rq, const char *key);
