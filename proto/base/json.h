/* JSON writer: appends JSON text to a buf, placing commas by itself. One owner, no locks, no tree.
 * Keys are string literals of our own and are written unescaped; values are escaped (RFC 8259). */
#pragma once

#include "proto/base/buf.h"

struct json {
    struct buf *out;
    bool comma; /* a value has been written at this level: the next one needs a comma first */
};

static inline struct json json_into(struct buf *out)
{
    return (struct json){ out, false };
}

/* Containers and array elements: pass key NULL inside an array or at the top.
 * Names stay clear of jansson's, whose symbols are global. */
void json_begin_object(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_begin_array(struct json *j, const char *key);
void json_end_array(struct json *j);

void json_text(struct json *j, const char *key, struct text value); /* absent text gives null */
void json_str(struct json *j, const char *key, const char *value);  /* NULL gives null */
void json_int(struct json *j, const char *key, int64_t value);
void json_double(struct json *j, const char *key,
                 double value); /* always with a fraction: 1.0; NaN and infinity give null */
void json_bool(struct json *j, const char *key, bool value);
void json_nil(struct json *j, const char *key);
void json_int_if(struct json *j, const char *key, bool known, int64_t value); /* else null */
void json_raw(struct json *j, const char *key, struct text json);             /* text that is JSON already */
void json_time(struct json *j, const char *key, int64_t us);                  /* see proto/base/stamp.h; 0 gives null */

/* An object key that is data (a participant id, say): written as "<key>": and followed by json_begin_object(j, NULL) or
 * the like. */
void json_key_int(struct json *j, int64_t key);

/* Appends the text as a JSON string with its quotes; returns its length in code points. Input must be UTF-8. */
size_t json_escape(struct buf *out, struct text value);
