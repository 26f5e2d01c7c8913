/* Document: the JSON body of a request, read by jansson. The only place of the transport that knows jansson. Any one
 * thread. */
#pragma once

#include "proto/base/buf.h"

struct json_t;

#define DOCUMENT_NO_MEMORY SIZE_MAX

/* What a text of a request may have, so that reading it takes a worker no more than some milliseconds. */
enum { DOCUMENT_VALUES_MOST = 24576, DOCUMENT_CONTAINERS_MOST = 16384 /* objects and lists among them */ };

/* Has a text that may be JSON no more than that? Looks at its bytes alone, some millisecond for a MiB. */
bool document_fits(struct text json);

/* Reads JSON text of any type, which fits. NULL with the offset of the fault if it is malformed, or with DOCUMENT_NO_MEMORY. The
 * caller frees. */
struct json_t *document_read(struct text json, size_t *ret_offset);
void document_free(struct json_t *d); /* NULL is fine */

bool document_is_object(const struct json_t *d);
bool document_is_null(const struct json_t *d); /* the JSON value null */

/* The member of an object, NULL if there is none. Borrowed. */
const struct json_t *document_member(const struct json_t *d, const char *name);

/* The text of a member's value in the JSON text of the object it was read from: exactly the client's bytes, numbers and
 * all. Names are compared by what they say, so it is the member that document_member finds. Absent if there is none. */
struct text document_slice(struct text json, const char *name);

/* Appends the value as JSON if that takes at most `most` bytes and it is neither object nor array, else null. */
void document_put(const struct json_t *v, size_t most, struct buf *out);
