/* Report: all that is wrong with a request's values, as the answer its area wants: 422 with a list, or 400 with a text.
 * Private to transport/http. */
#pragma once

#include "proto/base/json.h"
#include "proto/field.h"
#include "transport/http/request.h"

enum { REPORT_MOST = 100, REPORT_INPUT_MOST = 200 }; /* faults that are told; bytes of JSON of an input */

struct report {
    struct request *rq;
    struct buf text;
    struct json json;
    int faults;
    enum error refusal; /* what a field has of its own to say, if nothing else is wrong */
};

/* One fault: what, and where. */
struct report_fault {
    const char *where;        /* "body", "query", "path" */
    const struct field *list; /* inside this list, at `item`; NULL: in none */
    int item;
    const struct field *field; /* NULL: the whole */
    enum fault fault;
    const struct json_t *json; /* what was sent, as JSON or as text */
    struct text text;
};

void report_add(struct report *r, const struct report_fault *fault);

/* JSON that cannot be read, at this byte. */
void report_malformed(struct report *r, size_t offset);

/* Sends the report if there is anything in it. True: there was nothing. */
bool report_clean(struct report *r);
