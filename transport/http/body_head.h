/* Body head: what the head of an answer says of its body. */
#pragma once

#include <stdint.h>

/* Length of a body whose end is known only when it comes. It is sent in chunks; to an HTTP/1.0 client, until the
 * connection closes. */
#define BODY_UNKNOWN UINT64_MAX

struct body_head {
    int status;
    const char *content_type;
    const char *extra; /* whole header lines "Name: value\r\n", or NULL */
    uint64_t length;   /* of the whole body, or BODY_UNKNOWN */
};
