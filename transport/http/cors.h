/* CORS: which origins may call an area from a browser (Fetch standard), and the lines that say so. Private to
 * transport/http. */
#pragma once

#include "proto/base/origin.h"
#include "transport/http/request_state.h"

enum origin_found cors_find(const struct cors *cors, struct text origin);

/* Appends the header lines of an answer; of a preflight's those that every answer has. */
void cors_put(const struct request *rq, struct buf *out);

/* "Name: value", name with its colon and blank. */
void cors_put_line(struct buf *out, const char *name, struct text value);
