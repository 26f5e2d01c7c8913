/* Upload operations: what an endpoint does with the file of its form. See upload.h. */
#pragma once

#include "proto/errors.h"

struct request;

struct upload_ops {
    const int64_t *max_file; /* bytes of the file, a parameter of the configuration; more is 413 */

    /* The file begins. The name is the client's: never one for a file of ours. Absent type: not sent. May call
     * upload_refuse or upload_fail. */
    void (*begin)(struct request *rq, struct text file_name, struct text content_type);

    /* Its next bytes, borrowed. May call upload_pause or upload_fail. Not called after either refusal. */
    void (*data)(struct request *rq, struct text bytes);

    /* After `begin`, instead of the handler: the client is gone, or was refused. The last call; the request is freed
     * next, so nothing that goes on may know it. */
    void (*discard)(struct request *rq);
};
