/* Upload: a form with a file that is never whole in memory. A row of an endpoint table with `upload` and a FIELD_FILE
 * gets its form read as it comes: who is calling and their rank are checked before the first byte of the body is read,
 * ordinary fields are kept (`max-body` bytes together), the file's bytes go to the row's operations piece by piece, and
 * the handler runs when the form is complete and its fields are valid. Worker's thread only.
 *
 * What is wrong is answered as early as the contracts' order allows. Fields may stand behind the file; so a refused
 * file is dropped for DROPPED_MOST bytes in case the form ends soon and a field is wrong too, which counts first. An
 * upload must go on at PROGRESS_LEAST bytes per `request-timeout`. */
#pragma once

#include "transport/http/request.h"
#include "transport/http/upload_ops.h"

enum {
    UPLOADS_MOST = 64, /* per worker; then 503 */
    UPLOAD_DROPPED_MOST = 1 << 20,
    UPLOAD_PROGRESS_LEAST = 1 << 16,
};

/* The file is not taken. The text is copied. */
void upload_refuse(struct request *rq, enum error why, struct text detail);

/* It cannot go on: answered at once. In data or from a later callback; `discard` is called before it returns, or, in
 * data, soon after. */
void upload_fail(struct request *rq, enum error why);

/* No more data until upload_resume: reading from the connection stops. Up to 128 KiB may still come. */
void upload_pause(struct request *rq);
void upload_resume(struct request *rq);
